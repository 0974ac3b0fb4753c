import type { Rng } from '../random';
import type { Item } from './items';

/** What a procedure takes: per item how likely and how many. */
export interface CardLine {
  readonly item: Item;
  readonly probability: number;
  readonly low: number;
  readonly high: number;
}

export interface Procedure {
  readonly code: string;
  readonly serviceLine: string;
  readonly area: 'OR' | 'CATH';
  readonly share: number;
  readonly minutes: number;
  readonly card: readonly CardLine[];
}

type Row = [code: string, serviceLine: string, area: 'OR' | 'CATH', share: number, minutes: number, special: [category: string, count: number, probability: number, high: number][]];

const ROWS: readonly Row[] = [
  ['27130', 'orthopaedics', 'OR', 14, 120, [['orthopaedic implants', 4, 0.6, 1], ['wound care', 3, 0.8, 4]]],
  ['27447', 'orthopaedics', 'OR', 16, 110, [['orthopaedic implants', 4, 0.6, 1], ['sutures', 3, 0.7, 3]]],
  ['22612', 'spine', 'OR', 5, 190, [['spine implants', 4, 0.6, 2], ['biologics', 2, 0.4, 1], ['sutures', 2, 0.8, 4]]],
  ['47562', 'general surgery', 'OR', 22, 75, [['stapling and energy', 5, 0.6, 3], ['sutures', 3, 0.8, 4]]],
  ['44204', 'general surgery', 'OR', 9, 160, [['stapling and energy', 7, 0.6, 4], ['sutures', 4, 0.8, 5]]],
  ['58570', 'gynaecology', 'OR', 11, 120, [['stapling and energy', 5, 0.5, 2], ['sutures', 4, 0.9, 4]]],
  ['19303', 'general surgery', 'OR', 9, 95, [['wound care', 4, 0.8, 4], ['sutures', 3, 0.9, 4]]],
  ['15777', 'plastic surgery', 'OR', 5, 140, [['biologics', 2, 0.6, 1], ['sutures', 3, 0.9, 6]]],
  ['92928', 'cardiology', 'CATH', 32, 70, [['coronary stents', 3, 0.35, 1], ['catheters and wires', 7, 0.55, 2]]],
  ['93458', 'cardiology', 'CATH', 40, 45, [['catheters and wires', 6, 0.6, 2]]],
  ['33208', 'electrophysiology', 'CATH', 12, 90, [['cardiac rhythm implants', 3, 0.6, 1], ['catheters and wires', 3, 0.5, 1]]],
  ['33249', 'electrophysiology', 'CATH', 5, 110, [['cardiac rhythm implants', 4, 0.6, 1], ['catheters and wires', 3, 0.5, 1]]],
  ['93656', 'electrophysiology', 'CATH', 11, 180, [['electrophysiology', 5, 0.5, 1], ['catheters and wires', 4, 0.6, 2]]],
];

/** Preference cards: what is special to the procedure, and what its area uses on everybody. */
export function buildProcedures(rng: Rng, items: readonly Item[]): Procedure[] {
  return ROWS.map(([code, serviceLine, area, share, minutes, special]) => {
    const card = new Map<string, CardLine>();
    for (const [category, count, probability, high] of special) {
      const pool = items.filter((item) => item.category === category && item.areas.includes(area));
      for (const item of rng.sample(pool, count)) card.set(item.id, { item, probability: probability * rng.between(0.7, 1), low: 1, high });
    }
    const common = items.filter((item) => (item.group === 'commodity' || item.group === 'drug') && item.areas.includes(area) && !card.has(item.id));
    for (const item of rng.sample(common, 9)) card.set(item.id, { item, probability: rng.between(0.25, 0.8), low: 1, high: item.eachCents < 100 ? 8 : item.eachCents < 1000 ? 4 : 2 });
    return { code, serviceLine, area, share, minutes, card: [...card.values()] };
  });
}

/** What a bedside area reaches for, with its share of the area's lines. */
export function bedsideItems(items: readonly Item[], area: 'ICU' | 'ED'): Item[] {
  return items.filter((item) => item.areas.includes(area) && (item.group === 'commodity' || item.group === 'drug'));
}
