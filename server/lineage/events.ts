import type { Store } from '@/clickhouse/client';
import { documentEventHeads, EVER, eventHeads, eventHeadsOfLines, type EventHead } from '@/clickhouse/queries/lineage';
import { headReader } from './heads';
import { documentTypeOfObject, lineOf, type ObjectRef } from './objects';

/** As migration 0029 has it. */
const readEvent = headReader({
  id: 'text', type: 'text', action: 'text', source: 'text', facility: 'text', interface: 'text', pattern: 'text', target: 'text', outcome: 'text', attempt: 'number', latency_ms: 'number or null',
  error_class: 'text', error_code: 'text', error_message: 'text', revision: 'number', replay_of: 'text', stream_seq: 'number',
});

/** An event without its payload. */
export type EventFact = Omit<EventHead, 'head'> & ReturnType<typeof readEvent>;

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Events in the order in which they happened, and were recorded; each once. */
export const eventsOfHeads = (heads: readonly EventHead[]): EventFact[] =>
  [...new Map(heads.map((head) => [head.event_key, head])).values()]
    .map(({ head, ...columns }) => ({ ...columns, ...readEvent(head) }))
    .sort((a, b) => compare(a.time, b.time) || a.stream_seq - b.stream_seq || compare(a.recorded_at, b.recorded_at));

/** An event speaks of a line, or of its document as a whole. */
interface Spoken {
  readonly type: string;
  readonly document: string;
  readonly line: string | null;
}

/** The ERP's verdict is a document of its own kind, about the invoice. */
const typesOf = (documentType: string): string[] => (documentType === 'invoice' ? ['invoice', 'match'] : [documentType]);

const spokenOf = (ref: ObjectRef): Spoken[] => {
  const line = lineOf(ref);
  if (!line) return typesOf(documentTypeOfObject(ref.type)).map((type) => ({ type, document: ref.id, line: null }));
  return typesOf(line.documentType).flatMap((type) => [{ type, document: line.document, line: null }, { type, document: line.document, line: line.line }]);
};
const keyOf = ({ type, document, line }: Spoken): string => JSON.stringify(line === null ? [type, document] : [type, document, line]);

/**
 * Events of the lines and documents of a chain: of a line those that speak of it or of its document as a whole. They can be asked
 * for before all of the chain is known; each line is asked for once.
 */
export class ChainEvents {
  private readonly asked = new Map<string, Promise<EventHead[]>>();
  private readonly knownAt: Date;

  /** @param most the newest of them where there are more */
  constructor(private readonly store: Store, private readonly most: number, knownAt: Date | undefined) {
    this.knownAt = knownAt ?? EVER;
  }

  ask(refs: readonly ObjectRef[]): void {
    const unasked = refs.flatMap(spokenOf).filter((spoken) => !this.asked.has(keyOf(spoken)));
    if (unasked.length === 0) return;
    const documents = [...new Map(unasked.map(({ type, document }) => [JSON.stringify([type, document]), { type, document }])).values()];
    const rows = this.read(documents, unasked.filter(({ line }) => line !== null));
    rows.catch(() => undefined);
    for (const spoken of unasked) this.asked.set(keyOf(spoken), rows);
  }

  private async read(documents: readonly Pick<Spoken, 'type' | 'document'>[], lines: readonly Spoken[]): Promise<EventHead[]> {
    const ids = lines.map(({ line }) => line ?? '');
    const asked = { types: documents.map(({ type }) => type), documents: documents.map(({ document }) => document), most: this.most, known_at: this.knownAt };
    const rows = await eventHeads(this.store, { ...asked, said: [...new Set([...ids, ''])] });
    if (rows.length < this.most) return rows;
    return eventHeadsOfLines(this.store, { ...asked, line_types: lines.map(({ type }) => type), line_documents: lines.map(({ document }) => document), line_ids: ids });
  }

  async of(refs: readonly ObjectRef[]): Promise<EventFact[]> {
    this.ask(refs);
    const wanted = new Set(refs.flatMap(spokenOf).map(keyOf));
    const rows = (await Promise.all(new Set([...wanted].flatMap((key) => this.asked.get(key) ?? [])))).flat();
    // What was asked for ahead may not be of the chain after all.
    const ofChain = rows.filter(({ document_type: type, document_id: document, lines }) => lines.some((line) => wanted.has(keyOf({ type, document, line: line === '' ? null : line }))));
    return eventsOfHeads(ofChain).slice(-this.most);
  }
}

/** All events of a document, the newest `most`. */
export async function eventsOfDocument(store: Store, document: { type: string; id: string; most: number }): Promise<EventFact[]> {
  const types = typesOf(document.type);
  return eventsOfHeads(await documentEventHeads(store, { types, documents: types.map(() => document.id), most: document.most, known_at: EVER }));
}
