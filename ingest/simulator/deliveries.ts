import type { Inventory } from './inventory';
import type { Invoices } from './invoices';
import type { Ledger } from './ledger';
import type { Network } from './network';
import { asUnits, orderKey, orderRef, value, type Order, type OrderLine } from './purchase-types';
import type { Rng } from './random';
import { available } from './stock';
import type { Fault } from './truth';
import { elementString } from './world/gtin';
import { DAY, HOUR, inOfficeHours, localDate, MINUTE } from './zone';

interface Expected {
  readonly line: OrderLine;
  /** Base units. */
  quantity: number;
  readonly arrival: number;
}

interface Shipped {
  readonly line: OrderLine;
  readonly quantity: number;
  readonly lot: string;
  readonly expiry: string;
  readonly id: string;
}

interface Received {
  readonly line: OrderLine;
  readonly quantity: number;
  readonly lot: string;
  readonly expiry: string;
  readonly shipment: string | undefined;
  readonly location: string;
  /** The receipt line that it takes back. */
  readonly of?: { readonly document: string; readonly line: string };
}

/** Goods on their way: shipped by the supplier, received at the dock, now and then sent back. */
export class Deliveries {
  private readonly rng: Rng;
  private readonly expected = new Map<string, Expected[]>();

  constructor(
    private readonly net: Network,
    private readonly inventory: Inventory,
    private readonly invoices: Invoices,
    private readonly ledger: Ledger,
  ) {
    this.rng = net.rng('deliveries');
  }

  /** The supplier means to deliver this much of a line at that time. */
  expect(line: OrderLine, quantity: number, arrival: number): void {
    if (quantity <= 0) return;
    const list = this.expected.get(line.order.id);
    const one = { line, quantity, arrival };
    if (list) list.push(one);
    else this.expected.set(line.order.id, [one]);
  }

  /** More of a line that was acknowledged with a larger quantity. */
  expectMore(line: OrderLine, quantity: number): void {
    this.expect(line, quantity, this.net.now + line.order.supplier.leadDays * DAY);
    this.dispatch(line.order);
  }

  /** Plans the shipments of what is expected of an order: what arrives within a day goes together. */
  dispatch(order: Order): void {
    const { net, rng } = this;
    const all = (this.expected.get(order.id) ?? []).sort((a, b) => a.arrival - b.arrival);
    this.expected.delete(order.id);
    if (all.length === 0) return;
    if (order.flow === 'two-way' || order.flow === 'bill-only' || order.flow === 'consignment-use' || order.flow === 'bill-and-replace') {
      const last = all[all.length - 1]?.arrival ?? net.now;
      const when = (order.flow === 'two-way' ? last : net.now) + rng.logNormal(order.supplier.invoiceDays, 0.5) * DAY;
      this.invoices.bill(order, all.map(({ line, quantity }) => ({ line, quantity, usages: line.needs.flatMap((need) => need.usages) })), when);
      return;
    }
    let group: Expected[] = [];
    for (const one of all) {
      const first = group[0];
      if (first && one.arrival - first.arrival > DAY) {
        this.planShipment(order, group);
        group = [];
      }
      group.push(one);
    }
    this.planShipment(order, group);
  }

  private planShipment(order: Order, group: readonly Expected[]): void {
    const { net, rng } = this;
    const arrival = Math.max(...group.map((one) => one.arrival));
    const transit = rng.between(0.5, 1.3) * DAY;
    const ship = Math.max(net.now + 2 * HOUR, arrival - transit);
    const dock = inOfficeHours(Math.max(arrival, ship + 8 * HOUR), order.facility.zone, 6, 16);
    net.clock.at(ship, () => this.ship(order, group.filter(({ line }) => !line.cancelled), dock));
  }

  private ship(order: Order, group: readonly Expected[], dock: number): void {
    const { net, rng } = this;
    if (group.length === 0) return;
    const parts = new Map(group.map((one) => [one, one.quantity]));
    // The rest of one line follows later.
    const splittable = group.filter(({ line, quantity }) => quantity > line.factor);
    if (splittable.length > 0 && rng.chance(net.rates.partialReceipt)) {
      const one = rng.pick(splittable);
      const units = one.quantity / one.line.factor;
      const now = rng.int(1, Math.ceil(units) - 1) * one.line.factor;
      parts.set(one, now);
      net.fault({ kind: 'partial-receipt', facility: order.facility.code, documents: [{ type: 'order-line', document: order.id, line: one.line.id }], magnitude: { first: String(now), of: String(one.quantity) } });
      const rest = { line: one.line, quantity: one.quantity - now, arrival: dock + rng.between(2, 8) * DAY };
      this.planShipment(order, [rest]);
    }
    const announced = order.supplier.ackHours !== undefined;
    const id = announced ? net.nextId('ASN', 778_000) : '';
    const shipped: Shipped[] = [];
    for (const [{ line }, quantity] of parts) {
      if (quantity <= 0) continue;
      line.shipped += quantity;
      shipped.push({ line, quantity, ...net.stock.newLot(line.item, net.now), id: String(shipped.length + 1) });
    }
    if (announced)
      net.send({
        type: 'procurement.shipment.notified.v1', via: 'supplierIn', facility: order.facility, subject: id, correlation: order.correlation, trace: order.trace,
        fact: (truth) => shipped.forEach((one) => truth.link('order-line', orderKey(one.line), 'ships', 'shipment-line', `${id}/${one.id}`)),
        fields: {
          document: { id, revision: 0, date: net.today(order.facility) }, supplier: order.supplier.code, supplierName: order.supplier.name, carrier: order.supplier.carrier, tracking: `1Z${rng.digits(14)}`,
          edi: { transactionSet: '856', isa13: rng.digits(9), gs06: rng.digits(6), st02: '0001' },
          lines: shipped.map((one) => ({
            id: one.id, order: orderRef(one.line), item: one.line.item.id, gtin: one.line.item.gtin, ...asUnits(one.line, one.quantity), ...(one.lot === '' ? {} : { lot: one.lot, expiry: one.expiry }),
            expectedDate: localDate(dock, order.facility.zone),
          })),
        },
      });
    net.clock.at(dock, () => this.arrive(order, id, shipped));
    if (order.flow === 'consignment-fill') return;
    const base = order.flow === 'three-way-invoice-first' ? net.now : dock;
    const when = Math.max(net.now + HOUR, base + rng.logNormal(order.supplier.invoiceDays, 0.45) * DAY);
    this.invoices.bill(order, shipped.map(({ line, quantity }) => ({ line, quantity, usages: [] })), when);
  }

  private arrive(order: Order, shipment: string, shipped: readonly Shipped[]): void {
    const { net, rng } = this;
    if (rng.chance(net.rates.missingReceipt)) {
      this.arriveUnseen(order, shipped);
      return;
    }
    const counts = new Map(shipped.map((one) => [one, one.quantity]));
    const odd = rng.pick(shipped);
    const faults: Fault[] = [];
    const about = { facility: order.facility.code, documents: [{ type: 'order-line', document: order.id, line: odd.line.id }], beyondTolerance: true };
    if (odd.quantity > 1 && rng.chance(net.rates.shortReceipt)) {
      const missing = Math.max(1, Math.round(odd.quantity * rng.between(0.05, 0.4)));
      counts.set(odd, odd.quantity - missing);
      const fault = net.fault({ ...about, kind: 'short-receipt', magnitude: { announced: String(odd.quantity), received: String(odd.quantity - missing) }, ...(order.flow === 'consignment-fill' ? {} : { expected: 'QTY_OVER_RECEIPT' }) });
      if (fault) faults.push(fault);
      if (order.flow !== 'consignment-fill') this.invoices.creditLater(odd.line, missing, 'short', rng.logNormal(7 * DAY, 0.4));
      net.clock.after(3 * DAY, () => this.unexpect(odd.line, missing));
    } else if (rng.chance(net.rates.overDelivery)) {
      const more = Math.max(1, Math.round((odd.quantity / odd.line.factor) * rng.between(0.08, 0.3))) * odd.line.factor;
      counts.set(odd, odd.quantity + more);
      const fault = net.fault({ ...about, kind: 'over-delivery', magnitude: { announced: String(odd.quantity), received: String(odd.quantity + more) }, expected: 'OVER_DELIVERED' });
      if (fault) faults.push(fault);
    }
    const received: Received[] = [];
    for (const [one, quantity] of counts) for (const [location, some] of this.split(one.line, quantity)) received.push({ line: one.line, quantity: some, lot: one.lot, expiry: one.expiry, shipment: shipment === '' ? undefined : `${shipment}/${one.id}`, location });
    const booked = net.now + rng.between(0.3, 3.5) * HOUR;
    net.clock.at(booked, () => {
      const id = this.book(order, received, faults);
      for (const [i, one] of received.entries()) {
        this.shelve(one);
        this.mishaps(order, id, String(i + 1), one);
      }
    });
  }

  /** Shares what arrived among those who asked for it, in their order. */
  private split(line: OrderLine, quantity: number): [location: string, quantity: number][] {
    const shares = new Map<string, number>();
    let left = quantity;
    let already = line.received;
    for (const need of line.needs) {
      const wanted = need.units * line.factor;
      const had = Math.min(already, wanted);
      already -= had;
      const some = Math.min(left, wanted - had);
      if (some <= 0) continue;
      shares.set(need.location, (shares.get(need.location) ?? 0) + some);
      left -= some;
    }
    if (left > 0) {
      const last = line.needs[line.needs.length - 1]?.location ?? line.order.facility.dock.code;
      shares.set(last, (shares.get(last) ?? 0) + left);
    }
    return [...shares];
  }

  private book(order: Order, received: readonly Received[], faults: readonly Fault[]): string {
    const { net, rng } = this;
    const id = net.nextId('RCV', 55_000);
    const total = received.reduce((sum, one) => sum + value(one.line, one.quantity), 0);
    for (const one of received) one.line.received += one.quantity;
    net.send(
      {
        type: 'procurement.receipt.confirmed.v1', via: 'receipt', facility: order.facility, subject: id, human: `u-${rng.int(570, 590)}`, correlation: order.correlation, trace: order.trace, faults,
        fact: (truth, at) => received.forEach((one, i) => {
          const key = `${id}/${i + 1}`;
          truth.received(orderKey(one.line), key, one.quantity, at);
          truth.link('order-line', orderKey(one.line), 'receives', 'receipt-line', key);
          if (one.shipment !== undefined) truth.link('shipment-line', one.shipment, 'arrives as', 'receipt-line', key);
        }),
        fields: {
          document: { id, revision: 0, date: net.today(order.facility) }, supplier: order.supplier.code, dock: order.facility.dock.code, packingSlip: `PS${rng.digits(7)}`,
          lines: received.map((one, i) => this.receiptFields(one, String(i + 1))),
        },
      },
      () => received.forEach((one) => (one.line.inErp += one.quantity)),
      total,
    );
    if (order.flow !== 'consignment-fill') this.ledger.accrue(order, received.map((one, i) => ({ id: `${id}/${i + 1}`, line: one.line, quantity: one.quantity })));
    return id;
  }

  private receiptFields(one: Received, id: string): Record<string, unknown> {
    const { item } = one.line;
    const [document, line] = one.shipment?.split('/') ?? [];
    const scanned = one.lot !== '' && this.rng.chance(0.2);
    return {
      id, order: orderRef(one.line), ...(document !== undefined && line !== undefined ? { shipment: { document, line } } : {}), ...(one.of ? { receipt: one.of } : {}),
      item: item.id, description: item.name, ...(scanned ? { udi: elementString({ gtin: item.gtin, expiry: one.expiry, lot: one.lot, serial: '' }, 'gs1-128') } : {}),
      ...asUnits(one.line, one.quantity), ...(one.lot === '' ? {} : { lot: one.lot, expiry: one.expiry }), location: one.location,
    };
  }

  private shelve(one: Received): void {
    const { net } = this;
    const point = net.stock.point(one.location, one.line.item.id);
    if (!point) return;
    net.stock.put(point, { lot: one.lot, expiry: one.expiry, quantity: one.quantity }, net.now);
    point.onOrder = Math.max(0, point.onOrder - one.quantity);
    this.inventory.checkThreshold(point);
  }

  /** What is not coming is not on order any more. */
  private unexpect(line: OrderLine, quantity: number): void {
    const point = line.needs.find((need) => need.point)?.point;
    if (point) point.onOrder = Math.max(0, point.onOrder - quantity);
  }

  /** Goods that came in and that nobody booked: a count finds them days later. */
  private arriveUnseen(order: Order, shipped: readonly Shipped[]): void {
    const { net, rng } = this;
    net.fault({
      kind: 'missing-receipt', facility: order.facility.code, beyondTolerance: true, ...(order.flow === 'consignment-fill' ? {} : { expected: 'AWAITING_RECEIPT' }),
      documents: shipped.map((one) => ({ type: 'order-line', document: order.id, line: one.line.id })), magnitude: { quantity: String(shipped.reduce((sum, one) => sum + one.quantity, 0)) },
    });
    net.clock.at(inOfficeHours(net.now + rng.between(2, 5) * DAY, order.facility.zone, 8, 17), () => {
      for (const one of shipped)
        for (const [location, quantity] of this.split(one.line, one.quantity)) {
          const point = net.stock.point(location, one.line.item.id);
          if (!point) continue;
          point.onOrder = Math.max(0, point.onOrder - quantity);
          let lot = point.lots.find((known) => known.lot === one.lot && !known.recalled);
          if (!lot) {
            lot = { lot: one.lot, expiry: one.expiry, quantity: 0, recalled: false, changed: true };
            point.lots.push(lot);
          }
          this.inventory.adjust(point, lot, quantity, 'found in count');
          this.inventory.checkThreshold(point);
        }
    });
  }

  /** Booked in twice and taken out again; or sent back to the supplier. */
  private mishaps(order: Order, receipt: string, line: string, one: Received): void {
    const { net, rng } = this;
    if (rng.chance(net.rates.receiptReversal)) {
      net.clock.after(rng.between(4, 50) * MINUTE, () => {
        const again = this.book(order, [one], []);
        this.shelve(one);
        net.fault({ kind: 'receipt-booked-twice', facility: order.facility.code, documents: [{ type: 'receipt-line', document: again, line: '1' }], touches: [{ type: 'order-line', document: order.id, line: one.line.id }], magnitude: { quantity: String(one.quantity) } });
        net.clock.after(rng.between(1, 20) * HOUR, () => this.takeBack(order, { ...one, of: { document: again, line: '1' } }, 'reversed'));
      });
    } else if (order.flow !== 'consignment-fill' && rng.chance(net.rates.supplierReturn)) {
      const quantity = one.quantity === 1 ? 1 : rng.int(1, Math.ceil(one.quantity / 2));
      net.clock.at(inOfficeHours(net.now + rng.between(1, 4) * DAY, order.facility.zone, 8, 16), () => {
        net.fault({ kind: 'supplier-return', facility: order.facility.code, documents: [{ type: 'receipt-line', document: receipt, line }], touches: [{ type: 'order-line', document: order.id, line: one.line.id }], magnitude: { quantity: String(quantity) } });
        this.takeBack(order, { ...one, quantity, of: { document: receipt, line } }, 'returned');
        this.invoices.creditLater(one.line, quantity, 'returned', rng.logNormal(5 * DAY, 0.4));
      });
    }
  }

  private takeBack(order: Order, wanted: Received, what: 'reversed' | 'returned'): void {
    const { net, rng } = this;
    const point = net.stock.point(wanted.location, wanted.line.item.id);
    const lot = point?.lots.find((known) => known.lot === wanted.lot && known.quantity >= wanted.quantity);
    if (point && lot) net.stock.takeLot(point, lot, wanted.quantity, net.now);
    else if (point && available(point, net.today(order.facility)) >= wanted.quantity) net.stock.take(point, wanted.quantity, net.now);
    else {
      // Used up by now: nothing goes back, and a booking is corrected once the shelf shows as much.
      if (what === 'reversed') net.clock.after(DAY, () => this.takeBack(order, wanted, what));
      return;
    }
    const id = net.nextId(what === 'reversed' ? 'RCR' : 'RTN', 8_100);
    wanted.line.received -= wanted.quantity;
    net.send(
      {
        type: `procurement.receipt.${what}.v1`, via: 'receipt', facility: order.facility, subject: id, human: `u-${rng.int(570, 590)}`, correlation: order.correlation, trace: order.trace,
        fact: (truth) => {
          const of = wanted.of ? `${wanted.of.document}/${wanted.of.line}` : '';
          truth.takenBack(orderKey(wanted.line), what, of, wanted.quantity);
          truth.link('order-line', orderKey(wanted.line), 'receives', 'receipt-line', `${id}/1`);
          truth.link('receipt-line', of, 'taken back by', 'receipt-line', `${id}/1`);
        },
        fields: { document: { id, revision: 0, date: net.today(order.facility) }, supplier: order.supplier.code, reason: what === 'reversed' ? 'booked twice' : 'damaged in transit', lines: [this.receiptFields({ ...wanted, shipment: undefined }, '1')] },
      },
      () => (wanted.line.inErp -= wanted.quantity),
    );
    this.ledger.accrue(order, [{ id: `${id}/1`, line: wanted.line, quantity: -wanted.quantity }]);
  }

  /** The supplier invoices an order that was cancelled, as if it had delivered. */
  invoiceUndelivered(order: Order, fault: Fault | undefined): void {
    this.invoices.billCancelled(order, order.lines.map((line) => ({ line, quantity: line.units * line.factor, usages: [] })), fault);
  }
}

