import { z } from 'zod';
import type { Store } from '@/clickhouse/client';
import { recallGtins, recallKeys } from '@/clickhouse/queries/recall';
import { parseBarcode } from '../../ingest/contract/barcode';

/** From what a person typed or scanned to items, GTINs and lots as they are recorded. */

/** An item, a GTIN or a barcode, and a lot; either may be empty. `unstated`: of the item, what states no lot. */
export const recallInput = z.object({ item: z.string().max(400).default(''), lot: z.string().max(400).default(''), unstated: z.boolean().default(false) });

export interface RecallAsk {
  /** An item, a GTIN or a whole barcode; empty: any item of the lot. */
  readonly item: string;
  /** A lot, or a whole barcode that states one; empty: every lot of the item. */
  readonly lot: string;
  /** Instead of the lot's lines those of the item that state no lot: they cannot be ruled out. */
  readonly unstated?: boolean;
}

export interface RecallSubject {
  /** Items meant; none where only the lot was given, or only a GTIN that no item carries. */
  readonly items: string[];
  /** Every spelling of every GTIN of them; without items those that were given. */
  readonly gtins: string[];
  /** Items by GTIN, of the item master. */
  readonly itemOfGtin: Readonly<Record<string, string>>;
  /** Lots as they are written in the record, each spelling of capitals; none: every lot. */
  readonly lots: string[];
  /** What a barcode said, to be shown and to take the place of the barcode in the address. */
  readonly barcode: { readonly gtin: string; readonly hibc: string; readonly lot: string; readonly expiry: string } | null;
  /** What was given and is recorded nowhere. */
  readonly unknown: string[];
  readonly lookedIn: string[];
}

const DIGITS = /^\d{8}$|^\d{12,14}$/;

/** A GTIN with and without the zeros in front: sources write it with 8, 12, 13 or 14 digits. */
export function gtinSpellings(gtin: string): string[] {
  const bare = gtin.replace(/^0+/, '');
  return [...new Set([gtin, ...[8, 12, 13, 14].filter((length) => length >= bare.length).map((length) => bare.padStart(length, '0'))])];
}

/** What is typed in either field; a barcode in one of them says both. */
function read(ask: RecallAsk) {
  const barcodeOf = (text: string) => {
    const result = text.length >= 8 ? parseBarcode(text) : undefined;
    return result?.ok ? result.barcode : undefined;
  };
  const [item, lot] = [ask.item.trim(), ask.lot.trim()];
  // As it was scanned: a blank may be the check character of a HIBC label.
  const [inItem, inLot] = [barcodeOf(ask.item), barcodeOf(ask.lot)];
  const scanned = inItem ?? inLot;
  return {
    item: inItem ? '' : item,
    lot: inLot ? (inLot.lot ?? '') : lot || (inItem?.lot ?? ''),
    gtin: scanned?.gtin ?? (DIGITS.test(item) ? item : ''),
    hibc: scanned?.hibc ?? '',
    barcode: scanned ? { gtin: scanned.gtin ?? '', hibc: scanned.hibc ?? '', lot: scanned.lot ?? '', expiry: scanned.expiry ?? '' } : null,
  };
}

const unique = (values: readonly string[]) => [...new Set(values)];

/** Whether anything is asked for at all. */
export const isAsked = (ask: RecallAsk): boolean => ask.item.trim() !== '' || ask.lot.trim() !== '';

export async function subjectOf(store: Store, ask: RecallAsk): Promise<RecallSubject> {
  const said = read(ask);
  const typed = said.item || said.hibc;
  const gtins = said.gtin ? gtinSpellings(said.gtin) : [];
  const keys = unique([typed, said.lot, ...gtins].filter((key) => key !== '').map((key) => key.toLowerCase()));
  const [found, master] = await Promise.all([recallKeys(store, { keys }), recallGtins(store, { gtins, items: [] })]);
  const is = (id: string, text: string) => text !== '' && id.toLowerCase() === text.toLowerCase();
  const items = unique([
    ...found.filter((row) => row.object_type === 'item' && (is(row.object_id, typed) || row.kind === 'gtin')).map((row) => row.object_id),
    ...master.map((row) => row.master_item),
  ]);
  const lots = unique(found.filter((row) => row.object_type === 'lot' && is(row.object_id, said.lot)).map((row) => row.object_id));
  const packs = items.length > 0 ? await recallGtins(store, { gtins: [], items }) : [];
  const asksItem = typed !== '' || said.gtin !== '';
  return {
    // A HIBC label names its product by a code that no item may bear; its lot then leads on.
    items: items.length > 0 ? items : said.item && !said.gtin ? [said.item] : said.hibc && !said.lot ? [said.hibc] : [],
    gtins: unique([...gtins, ...packs.flatMap((row) => gtinSpellings(row.gtin))]),
    itemOfGtin: Object.fromEntries([...master, ...packs].flatMap((row) => gtinSpellings(row.gtin).map((gtin) => [gtin, row.master_item]))),
    lots: lots.length > 0 ? lots : said.lot ? [said.lot] : [],
    barcode: said.barcode,
    unknown: [...(asksItem && items.length === 0 ? [`item ${typed || said.gtin}`] : []), ...(said.lot && lots.length === 0 ? [`lot ${said.lot}`] : [])],
    lookedIn: [
      ...(asksItem ? ['items by their id', 'GTINs of the item master and of document lines'] : []),
      ...(said.lot ? ['lots as documents and balances state them'] : []),
      'usages, receipts, returns, shipment notices, transfers and replenishments',
      said.lot ? 'inventory balances' : 'inventory balances of the last 400 days', 'recall notices',
    ],
  };
}
