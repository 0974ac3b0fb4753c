import { z } from 'zod';

/**
 * How often things go wrong. Each rate is a probability per opportunity, which its comment names; the last ones
 * are counts per month. All zero is a network in which nothing goes wrong.
 */
export const DEFAULT_FAULT_RATES = {
  // Messages
  /** per message: the very same bytes are sent again */
  duplicateMessage: 0.006,
  /** per message: arrives minutes to two days after it happened */
  lateMessage: 0.008,
  /** per message: arrives a little later than those that followed it */
  outOfOrderMessage: 0.01,
  /** per message: a copy of it that nobody can read is sent as well */
  unreadableMessage: 0.0012,
  /** per message: other bytes are sent under the same source and id */
  identityConflict: 0.0003,
  /** per usage message or failed hand-over: a patient identifier stands where none should be */
  patientIdentifier: 0.006,

  // Hand-overs
  /** per hand-over: the first attempt fails (outside of windows in which the target is down) */
  failedHandOver: 0.014,
  /** per failed hand-over: it is given up after some attempts, or rejected at once */
  deadLetter: 0.22,
  /** per order: creating it fails */
  failedOrderCreation: 0.015,
  /** per call between systems */
  failedCall: 0.008,

  // Usage and stock
  /** per usage document: an item that the item master has not */
  unmappedItem: 0.006,
  /** per usage line: taken back later */
  usageReversal: 0.008,
  /** per scheduled case: its usage is never recorded */
  missingUsage: 0.004,

  // Orders and receipts
  /** per requisition: rejected by the approver */
  requisitionRejection: 0.01,
  /** per acknowledged line: the supplier answers something other than accepted */
  acknowledgementException: 0.06,
  /** per order: no acknowledgement ever comes */
  missingAcknowledgement: 0.012,
  /** per shipment: the rest of a line follows days later */
  partialReceipt: 0.07,
  /** per shipment: less than announced is in the box */
  shortReceipt: 0.02,
  /** per shipment: goods arrive and are never booked in */
  missingReceipt: 0.015,
  /** per shipment: more arrives than was ordered */
  overDelivery: 0.012,
  /** per receipt line: booked in twice by mistake, and booked out again */
  receiptReversal: 0.006,
  /** per receipt line: goods go back to the supplier */
  supplierReturn: 0.006,
  /** per order line: bought off contract although a contract has it */
  offContract: 0.03,

  // Invoices; each at most once per invoice
  /** price past the tolerance */
  priceError: 0.05,
  /** price off, within the tolerance */
  smallPriceError: 0.02,
  /** more invoiced than shipped */
  quantityError: 0.02,
  /** invoiced by the piece at the price of the box, or the other way round */
  packError: 0.03,
  /** unit of measure that no pack factor explains */
  unknownPack: 0.004,
  /** other item than ordered */
  wrongItem: 0.004,
  /** other supplier than ordered from */
  wrongSupplier: 0.004,
  /** other currency than ordered in */
  wrongCurrency: 0.003,
  /** freight far past the usual */
  excessCharges: 0.006,
  /** the invoice comes a second time */
  duplicateInvoice: 0.02,
  /** per invoice: another one comes that names no order, or one that nobody placed */
  invoiceWithoutOrder: 0.014,
  /** per order: cancelled although the supplier ships and invoices it */
  invoiceOnCancelledOrder: 0.006,

  // Ledger
  /** per posting due: it is never made */
  missingPosting: 0.006,
  /** per posting due: fails first */
  failedPosting: 0.008,
  /** per posting: another amount than matched */
  wrongPosting: 0.004,

  // Reconciliation; each at most once per interface, facility and day
  /** per window: the target does not report a document that it has */
  reconciliationLost: 0.012,
  /** per window: the target reports a document that nobody sent */
  reconciliationExtra: 0.01,
  /** per window: the target reports a document at another value */
  reconciliationValue: 0.012,
  /** per window: the target reports nothing at all */
  reconciliationSilent: 0.006,

  // Master data
  /** per supplier: a second record of the same supplier */
  duplicateSupplier: 0.12,

  // Per month (30 days) and network
  erpMaintenances: 4,
  erpOutages: 2,
  silences: 5,
  /** items whose supplier stops delivering for two to three weeks, per hospital */
  supplierTroubles: 4,
  recalls: 2,
};

export type FaultRates = typeof DEFAULT_FAULT_RATES;
export type RateName = keyof FaultRates;

const overrides = z.partialRecord(z.enum(Object.keys(DEFAULT_FAULT_RATES) as [RateName, ...RateName[]]), z.number().min(0));

/** The default rates times a factor; probabilities stay at most one half. */
export function scaledRates(factor: number): FaultRates {
  const rates = { ...DEFAULT_FAULT_RATES };
  for (const name of Object.keys(rates) as RateName[]) {
    const value = rates[name] * factor;
    rates[name] = rates[name] >= 1 ? value : Math.min(0.5, value);
  }
  return rates;
}

/** Rates from a JSON object that names some of them; the others keep their defaults. Throws with the name that is wrong. */
export function ratesFrom(json: string): FaultRates {
  const parsed = overrides.safeParse(JSON.parse(json));
  if (!parsed.success) throw new Error(`fault rates: ${parsed.error.issues.map((issue) => `${issue.path.join('.') || 'file'}: ${issue.message}`).join('; ')}`);
  return { ...DEFAULT_FAULT_RATES, ...parsed.data };
}
