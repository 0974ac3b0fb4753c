import type { Store } from '@/clickhouse/client';
import { documentHeads, lineHeads, type LineFact, type LineHead } from '@/clickhouse/queries/lineage';
import { lineageFactsAsOf } from '@/clickhouse/queries/lineage-as-of';
import { headReader } from './heads';
import { lineOf, type ObjectRef } from './objects';

/** As migration 0028 has it. */
const readLine = headReader({
  action: 'text', object_id: 'text', event_key: 'text', time: 'moment', recorded_at: 'moment', facility: 'text', revision: 'number', currency: 'text', supplier: 'text', case_token: 'text',
  invoice_number: 'text', reason: 'text', due_date: 'text or null', header_tax: 'text or null', header_freight: 'text or null', item: 'text', lot: 'text', quantity: 'text or null', uom: 'text',
  price: 'text or null', amount: 'text or null', location: 'text', flow_type: 'text', due_at: 'moment or null', code: 'text', order_id: 'text', order_line: 'text',
});

const factOf = ({ head, ...key }: LineHead): LineFact => ({ ...key, ...readLine(head) });

export interface LineKey {
  readonly type: string;
  readonly document: string;
  readonly line: string;
}

/** What named lines say, one row per aspect, the one in force (with `knownAt`: then); in no order. */
export async function factsOfLines(store: Store, lines: readonly LineKey[], knownAt?: Date): Promise<LineFact[]> {
  if (lines.length === 0) return [];
  const params = { types: lines.map(({ type }) => type), documents: lines.map(({ document }) => document), lines: lines.map(({ line }) => line) };
  return knownAt === undefined ? (await lineHeads(store, params)).map(factOf) : lineageFactsAsOf(store, { ...params, known_at: knownAt });
}

/** What the lines of a whole document say, at most `most` rows, by line and time. */
export const factsOfDocument = async (store: Store, document: { type: string; id: string; most: number }): Promise<LineFact[]> => (await documentHeads(store, document)).map(factOf);

const keysOf = (ref: ObjectRef): LineKey[] => {
  const line = lineOf(ref);
  if (!line) return [];
  const { documentType: type, document } = line;
  // The ERP's verdict is a document of its own kind, about the invoice's line.
  return [{ type, document, line: line.line }, { type, document, line: '' }, ...(type === 'invoice' ? [{ type: 'match', document, line: line.line }] : [])];
};
const keyOf = ({ type, document, line }: LineKey): string => JSON.stringify([type, document, line]);

/** What the lines of a chain say, and their documents as wholes. They can be asked for before all of the chain is known; each is asked for once. */
export class ChainLines {
  private readonly asked = new Map<string, Promise<LineFact[]>>();

  /** @param onFacts told what was found as soon as it is there */
  constructor(private readonly store: Store, private readonly knownAt: Date | undefined, private readonly onFacts: (facts: readonly LineFact[]) => void = () => undefined) {}

  ask(refs: readonly ObjectRef[]): void {
    const unasked = [...new Map(refs.flatMap(keysOf).map((key) => [keyOf(key), key])).values()].filter((key) => !this.asked.has(keyOf(key)));
    if (unasked.length === 0) return;
    const rows = factsOfLines(this.store, unasked, this.knownAt);
    rows.then(this.onFacts, () => undefined);
    for (const key of unasked) this.asked.set(keyOf(key), rows);
  }

  /** In no order; what was asked for ahead and is not of the chain may be among it. */
  async of(refs: readonly ObjectRef[]): Promise<LineFact[]> {
    this.ask(refs);
    return (await Promise.all(new Set(refs.flatMap(keysOf).flatMap((key) => this.asked.get(keyOf(key)) ?? [])))).flat();
  }
}
