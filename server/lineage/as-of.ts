import type { ChainRow } from '@/clickhouse/queries/lineage-completeness';
import type { EventFact } from './events';
import type { ChainView, EdgeView, NodeView } from './view';

/** A chain as it was known at a moment, beside what is known of it now. */

/** A document that the chain has now, and that nobody knew of then. */
export interface NotYetView extends NodeView {
  /** It had happened by then, and was recorded only later. */
  happened: boolean;
  /** When the first of its events was recorded; null where none was yet: others name it. */
  recordedAt: string | null;
}

export interface ThenView {
  /** The moment, ISO 8601. */
  at: string;
  notYet: NotYetView[];
  /** Relations that were not known then. */
  edges: EdgeView[];
  /** Verdicts as they are now, by the clocks of now. */
  now: ChainRow[];
  nowAt: string;
  money: ChainView['money'];
  /** All events that are known now; those recorded later than the moment are not in the chain's own. */
  events: Learned[];
}

/** When an event happened and when it became known. */
export type Learned = Pick<EventFact, 'event_key' | 'type' | 'document_id' | 'time' | 'recorded_at' | 'outcome' | 'target' | 'facility'> & { nodes: string[] };

const recordedFirst = (events: ChainView['events'], key: string): string | null => {
  let first: string | null = null;
  for (const event of events) if (event.nodes.includes(key) && (first === null || event.recorded_at < first)) first = event.recorded_at;
  return first;
};

/** What of `now` was not known when the chain was `then`. */
export function thenOf(at: Date, then: ChainView, now: ChainView): ThenView {
  const moment = at.toISOString();
  const known = new Set(then.nodes.map((node) => node.key));
  const edges = new Set(then.edges.map((edge) => edge.id));
  return {
    at: moment,
    notYet: now.nodes.filter((node) => !known.has(node.key)).map((node) => ({ ...node, happened: node.at !== null && node.at <= moment, recordedAt: recordedFirst(now.events, node.key) })),
    edges: now.edges.filter((edge) => !edges.has(edge.id)),
    now: now.verdicts,
    nowAt: now.asOf,
    money: now.money,
    events: now.events.map(({ event_key, type, document_id, time, recorded_at, outcome, target, facility, nodes }) => ({ event_key, type, document_id, time, recorded_at, outcome, target, facility, nodes })),
  };
}

/** Nothing was known: what names a line only as a question does is not shown. */
export function nothingKnown(view: ChainView): ChainView {
  return view.events.length === 0 && view.verdicts.length === 0 && view.nodes.every((node) => node.orphan) && view.edges.length === 0 ? { ...view, nodes: [], ghosts: [] } : view;
}
