import type { Ref } from './network';
import type { StockPoint } from './stock';
import type { Facility, Item, Supplier } from './world';

export type OrderFlow = 'three-way' | 'three-way-invoice-first' | 'two-way' | 'consignment-fill' | 'consignment-use' | 'bill-only' | 'bill-and-replace';

/** What somebody needs bought, until it is on an order. */
export interface Need {
  readonly facility: Facility;
  readonly item: Item;
  /** Purchase units. */
  readonly units: number;
  readonly location: string;
  readonly costCentre: string;
  readonly flow: OrderFlow;
  readonly point: StockPoint | undefined;
  readonly triggeredBy: readonly Ref[];
  /** Usages that set it off too, and that nobody says so of. */
  readonly alsoTriggeredBy?: readonly Ref[];
  readonly replenishment: Ref | undefined;
  /** Usages that the order pays for. */
  readonly usages: readonly Ref[];
  readonly lot: string;
  requisition: Ref | undefined;
}

export interface OrderLine {
  readonly order: Order;
  readonly id: string;
  readonly item: Item;
  readonly uom: string;
  /** Base units in one purchase unit. */
  readonly factor: number;
  units: number;
  /** Price of a purchase unit in cents. */
  cents: number;
  readonly contract: string | undefined;
  readonly contractCents: number | undefined;
  readonly needs: readonly Need[];
  promised: string;
  cancelled: boolean;
  /** Base units shipped, booked in, and booked in as far as the ERP knows. */
  shipped: number;
  received: number;
  inErp: number;
  /** Base units invoiced, net of what was cancelled or credited. */
  invoiced: number;
}

export interface Order {
  readonly id: string;
  readonly facility: Facility;
  readonly supplier: Supplier;
  readonly flow: OrderFlow;
  readonly currency: 'USD' | 'EUR';
  readonly buyer: string;
  readonly lines: OrderLine[];
  revision: number;
  readonly createdAt: number;
  readonly correlation: string;
  readonly trace: string;
  /** Whether the ERP has it. */
  inErp: boolean;
  /** What waits for the ERP to have it. */
  readonly waiting: (() => void)[];
}

/** Part of an order line that goes into an invoice. */
export interface Billed {
  readonly line: OrderLine;
  /** Base units. */
  readonly quantity: number;
  /** Receipt line that they came with; credits for what is missing or returned need none. */
  readonly usages: readonly Ref[];
}

export const lineKey = (ref: { readonly document: string; readonly line: string }): string => `${ref.document}/${ref.line}`;
export const orderRef = (line: OrderLine): Ref => ({ document: line.order.id, line: line.id });
export const orderKey = (line: OrderLine): string => `${line.order.id}/${line.id}`;

/** Base units as the unit of measure that papers show: the purchase unit where it divides them. */
export function asUnits(line: OrderLine, base: number): { quantity: string; uom: string } {
  return base % line.factor === 0 ? { quantity: String(base / line.factor), uom: line.uom } : { quantity: String(base), uom: line.item.baseUom };
}

/** Price of `base` base units in whole cents. Prices of purchase units are multiples of their factor. */
export function value(line: OrderLine, base: number): number {
  return Math.round((line.cents * base) / line.factor);
}
