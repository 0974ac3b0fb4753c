import type { OrderLine } from './purchase-types';
import type { Ref } from './network';
import type { Fault } from './truth';
import type { Facility, Supplier } from './world';

/** One line as the supplier prints it. */
export interface InvoiceLine {
  readonly id: string;
  readonly line: OrderLine | undefined;
  /** The order that it names, where that is no order of ours. */
  readonly strayOrder?: string;
  readonly item: string;
  readonly description: string;
  /** In `uom`. */
  quantity: number;
  uom: string;
  /** Base units in one `uom`; undefined where nobody knows. */
  factor: number | undefined;
  /** Cents per `uom`. */
  cents: number;
  readonly usages: readonly Ref[];
  /** Base units that were never shipped. */
  over?: number;
  /** What the ERP makes of it. */
  erp: string;
  creditedQuantity: number;
  creditedCents: number;
}

export interface Invoice {
  readonly id: string;
  readonly number: string;
  readonly facility: Facility;
  /** Who sent it; its code on paper may be another one. */
  readonly supplier: Supplier;
  readonly supplierCode: string;
  readonly currency: string;
  readonly date: string;
  readonly dueDate: string;
  readonly discountDate: string | undefined;
  readonly freight: number;
  readonly lines: readonly InvoiceLine[];
  /** What is wrong with it; undefined where nothing is. */
  readonly wrong: string | undefined;
  readonly fault: Fault | undefined;
  readonly correlation: string;
  readonly trace: string;
  revision: number;
  cancelled: boolean;
  blocked: boolean;
  approved: boolean;
  /** Replaces this one where it has to be cancelled. */
  readonly correct: (() => void) | undefined;
}

export const amountOf = (line: InvoiceLine): number => line.quantity * line.cents;
export const baseOf = (line: InvoiceLine): number => line.quantity * (line.factor ?? 0);
export const totalOf = (invoice: Invoice): number => invoice.lines.reduce((sum, line) => sum + amountOf(line), 0);
