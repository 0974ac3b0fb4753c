import Decimal from 'decimal.js';
import type { RecallRow } from './recall';

/** The figures of a recall, from its rows. */

export interface Amount {
  uom: string;
  quantity: string;
}

export interface OnHand {
  facility: string;
  location: string;
  amounts: Amount[];
  /** Lots whose balance gave no number. */
  unknown: number;
  /** The oldest of the balances that this adds up. */
  asOf: string;
}

export interface RecallSummary {
  /** `balances`: of lots at locations, empty ones too. None: nothing says what is on hand. */
  onHand: { balances: number; amounts: Amount[]; unknown: number; places: OnHand[] };
  used: { cases: number; lines: number; amounts: Amount[]; takenBack: number; withoutCase: number; implants: number };
  received: { documents: number; amounts: Amount[] };
  returned: { documents: number; amounts: Amount[] };
  moved: { documents: number };
  reached: { facilities: number; locations: number; documents: number };
}

/** Sums per unit of measure, as decimal strings; what has no quantity adds nothing. */
function amountsOf(rows: readonly Pick<RecallRow, 'quantity' | 'uom'>[], less: readonly Pick<RecallRow, 'quantity' | 'uom'>[] = []): Amount[] {
  const sums = new Map<string, Decimal>();
  const add = (row: Pick<RecallRow, 'quantity' | 'uom'>, sign: 1 | -1) => {
    if (row.quantity !== null) sums.set(row.uom, (sums.get(row.uom) ?? new Decimal(0)).plus(new Decimal(row.quantity).times(sign)));
  };
  for (const row of rows) add(row, 1);
  for (const row of less) add(row, -1);
  return [...sums].sort(([a], [b]) => a.localeCompare(b)).map(([uom, sum]) => ({ uom, quantity: sum.toFixed() }));
}

const documents = (rows: readonly RecallRow[]) => new Set(rows.map((row) => `${row.line_type} ${row.line_id.slice(0, row.line_id.lastIndexOf('/'))}`)).size;

/**
 * A usage that was taken back in whole was no use: its case is not counted. Reversals of receipts are taken off what was
 * received; returns are a figure of their own.
 */
export function summaryOf(rows: readonly RecallRow[]): RecallSummary {
  const of = (...happened: RecallRow['happened'][]) => rows.filter((row) => happened.includes(row.happened));
  const used = of('used');
  const reversed = of('usage reversed');
  const back = new Map<string, Decimal | null>();
  for (const row of reversed) {
    const sofar = back.get(row.of);
    // Without a quantity the whole line is meant.
    back.set(row.of, row.quantity === null || sofar === null ? null : (sofar ?? new Decimal(0)).plus(row.quantity));
  }
  const isBack = (row: RecallRow) => {
    const quantity = back.get(row.line_id);
    return quantity !== undefined && (quantity === null || row.quantity === null || quantity.gte(row.quantity));
  };
  const standing = used.filter((row) => !isBack(row));
  const onHand = of('on hand').filter((row) => row.quantity === null || !new Decimal(row.quantity).isZero());
  const places = new Map<string, RecallRow[]>();
  for (const row of onHand) {
    const own = places.get(`${row.facility} ${row.location}`);
    if (own) own.push(row);
    else places.set(`${row.facility} ${row.location}`, [row]);
  }
  const receipts = of('received');
  const lines = rows.filter((row) => row.happened !== 'on hand');
  return {
    onHand: {
      balances: of('on hand').length, amounts: amountsOf(onHand), unknown: onHand.filter((row) => row.quantity === null).length,
      places: [...places.values()].flatMap((own) => {
        const [first] = own;
        return first ? [{ facility: first.facility, location: first.location, amounts: amountsOf(own), unknown: own.filter((row) => row.quantity === null).length, asOf: own.map((row) => row.time).sort()[0] ?? '' }] : [];
      }).sort((a, b) => a.facility.localeCompare(b.facility) || a.location.localeCompare(b.location)),
    },
    used: {
      cases: new Set(standing.map((row) => row.case_token).filter((token) => token !== '')).size, lines: standing.length, amounts: amountsOf(used, reversed),
      takenBack: used.length - standing.length, withoutCase: standing.filter((row) => row.case_token === '').length, implants: standing.filter((row) => row.implant === 1).length,
    },
    received: { documents: documents(receipts), amounts: amountsOf(receipts, of('receipt reversed')) },
    returned: { documents: documents(of('returned')), amounts: amountsOf(of('returned')) },
    moved: { documents: documents(of('moved', 'sent')) },
    reached: {
      facilities: new Set(rows.map((row) => row.facility).filter((facility) => facility !== '')).size,
      locations: new Set(rows.flatMap((row) => [`${row.facility} ${row.location}`, ...(row.from_location ? [`${row.facility} ${row.from_location}`] : [])]).filter((place) => !place.endsWith(' '))).size,
      documents: documents(lines),
    },
  };
}
