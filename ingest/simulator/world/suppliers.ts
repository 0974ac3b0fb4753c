import type { Rng } from '../random';

export interface Supplier {
  readonly code: string;
  readonly name: string;
  readonly groups: readonly ItemGroup[];
  /** Order sent to goods at the dock: median in days and spread (sigma of the logarithm). */
  readonly leadDays: number;
  readonly leadSpread: number;
  /** Median hours to the acknowledgement; none where it sends neither 855 nor 856. */
  readonly ackHours: number | undefined;
  /** How its goods are bought and paid. */
  readonly flow: 'three-way' | 'three-way-invoice-first' | 'two-way' | 'bill-only' | 'consignment';
  /** Days after the shipment (or order) at which it invoices. */
  readonly invoiceDays: number;
  readonly termsDays: number;
  /** Days within which it grants a discount; 0 where it grants none. */
  readonly discountDays: number;
  /** One invoice a week for all that was shipped. */
  readonly consolidates: boolean;
  readonly carrier: string;
}

export type ItemGroup = 'commodity' | 'drug' | 'device' | 'implant' | 'trunk' | 'replace' | 'service';

type Row = [name: string, groups: ItemGroup[], leadDays: number, spread: number, ackHours: number | undefined, flow: Supplier['flow'], invoiceDays: number, terms: number, discount: number, consolidates?: boolean];

const ROWS: readonly Row[] = [
  ['Halvorsen Medical Supply', ['commodity'], 2, 0.25, 2, 'three-way', 0.6, 30, 10],
  ['Bright Valley Healthcare', ['commodity'], 3, 0.3, 3, 'three-way', 0.8, 30, 0],
  ['Corvane Disposables', ['commodity'], 4, 0.35, 5, 'three-way', 1.5, 30, 10, true],
  ['Linden & Moore Surgical', ['commodity', 'device'], 3, 0.3, 4, 'three-way', 1, 45, 0],
  ['Sutter Wound Care', ['commodity'], 5, 0.4, undefined, 'three-way', 2, 30, 0],
  ['Aldgate Pharma Logistics', ['drug'], 1.5, 0.3, 1.5, 'three-way-invoice-first', 0.2, 15, 0],
  ['Meridian Infusion', ['drug'], 2.5, 0.3, 3, 'three-way', 0.7, 20, 10],
  ['Kestrel Cardiovascular', ['device'], 3, 0.35, 4, 'three-way', 1.2, 30, 0],
  ['Orion Endoscopy', ['device'], 4, 0.4, 6, 'three-way-invoice-first', 0.4, 30, 0],
  ['Tarn Electrophysiology', ['device'], 6, 0.45, 8, 'three-way', 1.6, 45, 0],
  ['Pallas Orthopaedics', ['implant', 'replace'], 3, 0.3, 4, 'consignment', 1, 30, 0],
  ['Veridian Spine', ['trunk'], 2, 0.3, 6, 'bill-only', 1.4, 30, 0],
  ['Corona Rhythm Devices', ['implant', 'replace'], 2.5, 0.3, 3, 'consignment', 0.8, 30, 0],
  ['Nordlys Biologics', ['trunk'], 2, 0.35, undefined, 'bill-only', 2, 30, 0],
  ['Fenwick Equipment Services', ['service'], 4, 0.5, 10, 'two-way', 3, 30, 0],
  ['Mira Sterile Reprocessing', ['service'], 3, 0.4, undefined, 'two-way', 4, 30, 10, true],
];
const CARRIERS = ['Tri-State Freight', 'Overland Parcel', 'MedDirect Courier', 'Blue Line Cargo'];

export function buildSuppliers(rng: Rng): Supplier[] {
  return ROWS.map(([name, groups, leadDays, leadSpread, ackHours, flow, invoiceDays, termsDays, discountDays, consolidates], i) => ({
    code: `SUP-${String(i + 1).padStart(2, '0')}`,
    name, groups, leadDays, leadSpread, ackHours, flow, invoiceDays, termsDays, discountDays,
    consolidates: consolidates ?? false,
    carrier: rng.pick(CARRIERS),
  }));
}
