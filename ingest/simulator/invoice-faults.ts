import { amountOf, baseOf, type InvoiceLine } from './invoice-types';
import { cents } from './money';
import type { Network } from './network';
import type { Rng } from './random';
import type { Fault } from './truth';
import type { Facility, Supplier } from './world';

export interface PlantedInvoice {
  /** Verdict that the mistake should lead to. */
  readonly wrong: string | undefined;
  readonly fault: Fault | undefined;
  readonly supplierCode?: string;
  readonly currency?: string;
  readonly freight?: number;
}

interface Draft {
  readonly id: string;
  readonly facility: Facility;
  readonly supplier: Supplier;
  readonly lines: InvoiceLine[];
  readonly total: number;
}

type Planter = (net: Network, rng: Rng, invoice: Draft) => PlantedInvoice | undefined;

/** Plants at most one mistake in an invoice, by changing its lines. */
export function plantInvoiceFault(net: Network, rng: Rng, invoice: Draft): PlantedInvoice | undefined {
  const { rates } = net;
  const kinds: [number, Planter][] = [
    [rates.priceError, priceError], [rates.smallPriceError, smallPriceError], [rates.quantityError, quantityError], [rates.packError, packError], [rates.unknownPack, unknownPack],
    [rates.wrongItem, wrongItem], [rates.wrongSupplier, wrongSupplier], [rates.wrongCurrency, wrongCurrency], [rates.excessCharges, excessCharges],
  ];
  let draw = rng.unit();
  for (const [rate, plant] of kinds) {
    if (draw < rate) return plant(net, rng, invoice);
    draw -= rate;
  }
  return undefined;
}

function fault(net: Network, invoice: Draft, line: InvoiceLine | undefined, kind: string, expected: string | undefined, magnitude: Record<string, string>): Fault | undefined {
  return net.fault({
    kind, facility: invoice.facility.code, magnitude, beyondTolerance: expected !== undefined && expected !== 'WITHIN_TOLERANCE', ...(expected === undefined ? {} : { expected }),
    documents: line ? [{ type: 'invoice-line', document: invoice.id, line: line.id }] : [{ type: 'invoice', document: invoice.id }],
    touches: (line ? [line] : invoice.lines).flatMap((one) => (one.line ? [{ type: 'order-line', document: one.line.order.id, line: one.line.id }] : [])),
  });
}

const priced = (invoice: Draft) => invoice.lines.filter((line) => line.cents >= 50 && line.quantity > 0);

const priceError: Planter = (net, rng, invoice) => {
  const lines = priced(invoice);
  if (lines.length === 0) return undefined;
  const line = rng.pick(lines);
  const before = line.cents;
  // Too little is tolerated further than too much.
  const share = rng.chance(0.82) ? rng.between(0.03, 0.18) : -rng.between(0.12, 0.25);
  line.cents = before + Math.sign(share) * Math.max(2, Math.ceil(before * Math.abs(share)));
  // The ERP's own limit is wider than the house's.
  line.erp = Math.abs(share) < 0.05 ? 'MATCHED' : 'PRICE';
  return { wrong: line.erp === 'MATCHED' ? undefined : 'PRICE', fault: fault(net, invoice, line, 'price-error', 'PRICE', { ordered: cents(before), invoiced: cents(line.cents), variance: cents((line.cents - before) * line.quantity) }) };
};

const smallPriceError: Planter = (net, rng, invoice) => {
  const lines = priced(invoice).filter((line) => line.quantity <= 500 && line.cents >= 100);
  if (lines.length === 0) return undefined;
  const line = rng.pick(lines);
  const most = Math.min(Math.floor(500 / line.quantity), Math.floor(line.cents * 0.019));
  if (most < 1) return undefined;
  const before = line.cents;
  line.cents += rng.int(1, most) * (rng.chance(0.7) ? 1 : -1);
  return { wrong: undefined, fault: fault(net, invoice, line, 'small-price-error', 'WITHIN_TOLERANCE', { ordered: cents(before), invoiced: cents(line.cents), variance: cents((line.cents - before) * line.quantity) }) };
};

const quantityError: Planter = (net, rng, invoice) => {
  const line = rng.pick(invoice.lines);
  const { line: ordered } = line;
  if (!ordered) return undefined;
  const more = Math.max(1, Math.round(line.quantity * rng.between(0.1, 0.5)));
  const shipped = line.quantity;
  line.quantity += more;
  line.over = more * (line.factor ?? 1);
  const { flow } = ordered.order;
  const expected = flow === 'three-way' ? 'QTY_OVER_RECEIPT' : flow === 'three-way-invoice-first' ? 'AWAITING_RECEIPT' : 'QTY_OVER_ORDER';
  line.erp = expected;
  return { wrong: expected, fault: fault(net, invoice, line, 'quantity-error', expected, { shipped: String(shipped), invoiced: String(line.quantity), amount: cents(more * line.cents) }) };
};

const packError: Planter = (net, rng, invoice) => {
  const lines = invoice.lines.filter((line) => line.line && line.factor !== undefined && line.factor > 1);
  if (lines.length === 0) return undefined;
  const line = rng.pick(lines);
  const ordered = line.line;
  if (!ordered) return undefined;
  const before = amountOf(line);
  const boxCents = line.cents;
  const way = rng.weighted(['pieces at the price of the box', 'boxes as pieces', 'boxes at the price of the piece'], (one) => (one.startsWith('pieces') ? 3 : 1));
  if (way === 'pieces at the price of the box') {
    line.quantity = baseOf(line);
    line.uom = ordered.item.baseUom;
    line.factor = 1;
  } else if (way === 'boxes as pieces') {
    line.uom = ordered.item.baseUom;
    line.factor = 1;
  } else line.cents = Math.round(boxCents / ordered.factor);
  line.erp = 'PRICE';
  return { wrong: 'UOM_SUSPECT', fault: fault(net, invoice, line, 'pack-error', 'UOM_SUSPECT', { way, factor: String(ordered.factor), should: cents(before), invoiced: cents(amountOf(line)) }) };
};

const unknownPack: Planter = (net, rng, invoice) => {
  const line = rng.pick(invoice.lines);
  if (!line.line) return undefined;
  const amount = amountOf(line);
  line.uom = 'TRAY';
  line.factor = undefined;
  line.erp = 'UOM_UNRESOLVED';
  return { wrong: 'UOM_UNRESOLVED', fault: fault(net, invoice, line, 'unknown-pack', 'UOM_UNRESOLVED', { uom: 'TRAY', amount: cents(amount) }) };
};

const wrongItem: Planter = (net, rng, invoice) => {
  const at = rng.int(0, invoice.lines.length - 1);
  const line = invoice.lines[at];
  if (!line?.line) return undefined;
  const { item } = line.line;
  const other = net.world.items.find((one) => one.category === item.category && one.id !== item.id);
  if (!other) return undefined;
  const wrong = { ...line, item: other.id, description: other.name, erp: 'ITEM' };
  invoice.lines[at] = wrong;
  return { wrong: 'ITEM', fault: fault(net, invoice, wrong, 'wrong-item', 'ITEM', { ordered: item.id, invoiced: other.id }) };
};

const wrongSupplier: Planter = (net, rng, invoice) => {
  const other = rng.pick(net.world.suppliers.filter((one) => one !== invoice.supplier));
  for (const line of invoice.lines) line.erp = 'SUPPLIER';
  return { wrong: 'SUPPLIER', supplierCode: other.code, fault: fault(net, invoice, undefined, 'wrong-supplier', 'SUPPLIER', { ordered: invoice.supplier.code, invoiced: other.code }) };
};

const wrongCurrency: Planter = (net, _rng, invoice) => {
  const currency = invoice.facility.currency === 'USD' ? 'EUR' : 'USD';
  for (const line of invoice.lines) line.erp = 'CURRENCY';
  return { wrong: 'CURRENCY', currency, fault: fault(net, invoice, undefined, 'wrong-currency', 'CURRENCY', { ordered: invoice.facility.currency, invoiced: currency }) };
};

const excessCharges: Planter = (net, rng, invoice) => {
  const freight = Math.max(40_000, Math.round(invoice.total * 0.3)) + rng.int(0, 9999);
  return { wrong: 'CHARGES', freight, fault: fault(net, invoice, invoice.lines[0], 'excess-charges', 'CHARGES', { freight: cents(freight), invoice: cents(invoice.total) }) };
};
