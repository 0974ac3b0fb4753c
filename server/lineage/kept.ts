import { chainsAsOf as keptUntil } from '@/clickhouse/chains';
import type { Store } from '@/clickhouse/client';
import { EVER } from '@/clickhouse/queries/lineage';
import type { ChainFactRow } from '@/clickhouse/queries/lineage-chains';
import { chainsKept, touchedSince } from '@/clickhouse/queries/lineage-kept';
import { headReader } from './heads';
import { containersOf, refKey, type ObjectRef } from './objects';

/** Stamps of what was touched and ends of runs are not that exact to each other. */
const OVERLAP_MS = 1_000;
/** What was touched is remembered for three days: a keeper that stood still for longer has lost track. */
const KEPT_MS = 2 * 86_400_000;
/** More at once are asked for only when it is known that they are wanted. */
const MOST_AHEAD = 50;

/** Chains as they are kept, for the page of one: asked for as soon as the walk meets where they are counted. */
export class KeptChains {
  /** Up to when chains are kept; null where nothing is that could be relied on. */
  readonly until: Promise<Date | null>;
  private readonly asked = new Map<string, Promise<ChainFactRow[]>>();

  constructor(private readonly store: Store) {
    this.until = keptUntil(store).then((kept) => (kept === null || Date.now() - kept.at.getTime() > KEPT_MS ? null : kept.at));
    this.until.catch(() => undefined);
  }

  /** Order lines are where most chains are counted: those that a walk meets are asked for beside its next step. */
  met(refs: readonly ObjectRef[]): void {
    const orders = refs.filter(({ type }) => type === 'order-line');
    if (orders.length <= MOST_AHEAD) this.ask(orders);
  }

  private ask(anchors: readonly ObjectRef[]): void {
    const unasked = [...new Map(anchors.map((ref) => [refKey(ref), ref])).values()].filter((ref) => !this.asked.has(refKey(ref)));
    if (unasked.length === 0) return;
    // Not before it is known up to when they are kept: rows of an earlier run could be taken for those of the last.
    const rows = this.until.then((until) => (until === null ? [] : keptOf(this.store, unasked)));
    rows.catch(() => undefined);
    for (const ref of unasked) this.asked.set(refKey(ref), rows);
  }

  /**
   * The facts of chains by their anchors; undefined where something has touched one of the things (`refs`) that they are made of since.
   * @param settling postings that settle their cases, and whether something has touched one of those
   */
  async factsOf(anchors: readonly ObjectRef[], refs: readonly ObjectRef[], settling: Promise<{ touched: boolean }>): Promise<ChainFactRow[] | undefined> {
    const until = await this.until;
    if (until === null) return undefined;
    const things = new Map<string, ObjectRef>();
    for (const ref of refs) {
      things.set(refKey(ref), ref);
      for (const container of containersOf(ref)) things.set(refKey(container), container);
    }
    const all = [...things.values()];
    this.ask(anchors);
    const wanted = new Set(anchors.map(refKey));
    const [touched, settled, kept] = await Promise.all([
      touchedSince(this.store, { since: sinceKept(until), types: all.map(({ type }) => type), ids: all.map(({ id }) => id) }),
      settling,
      Promise.all(new Set(anchors.flatMap((anchor) => this.asked.get(refKey(anchor)) ?? []))),
    ]);
    return touched.length > 0 || settled.touched ? undefined : kept.flat().filter((row) => wanted.has(refKey({ type: row.anchor, id: row.id })));
  }
}

/** What was touched from then on is not in what is kept. */
export const sinceKept = (until: Date | null): Date => (until === null ? EVER : new Date(until.getTime() - OVERLAP_MS));

/** As migration 0028 has it. */
const readChain = headReader({
  facility: 'text', supplier: 'text', item: 'text', flow_type: 'text', started_at: 'moment', flow_known: 'number', cancelled: 'number',
  usage: 'text', requisition: 'text', order: 'text', acknowledgement: 'text', shipment: 'text', receipt: 'text', invoice: 'text', posting: 'text',
  usage_at: 'moment or null', order_at: 'moment or null', acknowledgement_at: 'moment or null', shipment_at: 'moment or null', receipt_at: 'moment or null', invoice_at: 'moment or null', posting_at: 'moment or null',
  order_from: 'moment or null', acknowledgement_from: 'moment or null', receipt_from: 'moment or null', is_promised: 'number', invoice_from: 'moment or null', posting_from: 'moment or null',
  acknowledgement_code: 'text', posting_failed: 'number', order_failed: 'number', quantity: 'text or null', uom: 'text', currency: 'text', value: 'text or null',
});

/** Chains by their anchors as they were last kept; what is no chain any more is left out. */
export async function keptOf(store: Store, anchors: readonly ObjectRef[]): Promise<ChainFactRow[]> {
  const rows = await chainsKept(store, { anchor_types: anchors.map(({ type }) => type), anchor_ids: anchors.map(({ id }) => id) });
  return rows.map(({ anchor, id, head }) => ({ anchor, id, ...readChain(head) }));
}
