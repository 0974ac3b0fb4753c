import type { Deliveries } from './deliveries';
import type { Network } from './network';
import { lineKey, orderKey, type Need, type Order, type OrderFlow, type OrderLine } from './purchase-types';
import { release } from './purchasing';
import type { Rng } from './random';
import { listCents, type Facility, type Supplier } from './world';
import { cents } from './money';
import { addDays, DAY, HOUR, inOfficeHours, localDate, MINUTE } from './zone';

const LINES_PER_ORDER = 10;
/** After this long without an answer to a failed transmission the buyer gives the order up. */
const GIVEN_UP_AFTER = 3 * DAY;

/** Purchase orders: created, handed to the ERP, sent to the supplier, acknowledged, changed, cancelled. */
export class Orders {
  private readonly rng: Rng;
  /** Items that a supplier cannot deliver for a while. */
  private readonly troubles = new Map<string, { from: number; to: number }>();

  constructor(
    private readonly net: Network,
    private readonly deliveries: Deliveries,
  ) {
    this.rng = net.rng('orders');
  }

  trouble(item: string, from: number, to: number): void {
    this.troubles.set(item, { from, to });
  }

  /** Orders what is needed, in as many orders as their lines take. `raise` is what is paid over the contract price. */
  create(facility: Facility, needs: readonly Need[], flow: OrderFlow, from: Supplier | undefined, raise: number): void {
    const byItem = new Map<string, Need[]>();
    for (const need of needs) {
      const key = need.usages.length > 0 ? `${need.item.id}/${lineKey(need.usages[0] ?? { document: '', line: '' })}` : need.item.id;
      const list = byItem.get(key);
      if (list) list.push(need);
      else byItem.set(key, [need]);
    }
    const groups = [...byItem.values()];
    for (let i = 0; i < groups.length; i += LINES_PER_ORDER) this.propose(facility, groups.slice(i, i + LINES_PER_ORDER), flow, from, raise);
  }

  private propose(facility: Facility, groups: readonly Need[][], flow: OrderFlow, from: Supplier | undefined, raise: number): void {
    const { net, rng } = this;
    const first = groups[0]?.[0];
    if (!first) return;
    if (!rng.chance(net.rates.failedOrderCreation)) {
      this.place(facility, groups, flow, from ?? first.item.supplier, raise);
      return;
    }
    const proposal = net.nextId('PRP', 9_900);
    const supplier = from ?? first.item.supplier;
    const failure = rng.pick([
      { class: 'validation', code: 'ITEM_BLOCKED', message: `Item ${first.item.id} is blocked for purchasing (proposal ${proposal})`, retryable: false },
      { class: 'validation', code: 'VENDOR_BLOCKED', message: `Vendor ${supplier.code} is blocked for posting, proposal ${proposal}`, retryable: false },
      { class: 'mapping', code: 'NO_COST_CENTRE', message: `Cost centre ${first.costCentre} has no assignment in company code ${rng.int(1000, 9999)}`, retryable: false },
      { class: 'business', code: 'BUDGET', message: `Budget exceeded by ${rng.int(100, 9000)}.00 on ${proposal}`, retryable: false },
    ]);
    const requisitions = groups.flat().flatMap((need) => (need.requisition ? [need.requisition] : []));
    const fault = net.fault({
      kind: 'failed-order-creation', facility: facility.code, interface: 'procurement-to-erp', magnitude: { code: failure.code },
      documents: [{ type: 'order', document: proposal }, ...requisitions.map((one) => ({ type: 'requisition-line', document: one.document, line: one.line }))],
    });
    net.outbox.emit(
      {
        type: 'procurement.order.failed.v1', via: 'order', facility, subject: proposal, trace: rng.hex(32), faults: fault ? [fault] : [],
        fact: (truth) => groups.forEach((needs, i) => needs.forEach(({ requisition }) => requisition && truth.link('requisition-line', lineKey(requisition), 'orders', 'order-line', `${proposal}/${(i + 1) * 10}`))),
        fields: {
          document: { id: proposal, revision: 0, date: net.today(facility), currency: facility.currency }, supplier: supplier.code, shipTo: facility.dock.code, flowType: flow,
          lines: groups.map((needs, i) => ({
            id: String((i + 1) * 10), item: needs[0]?.item.id, description: needs[0]?.item.name, quantity: String(needs.reduce((sum, need) => sum + need.units, 0)), uom: needs[0]?.item.purchase.uom,
            requisitions: needs.flatMap((need) => (need.requisition ? [need.requisition] : [])),
          })),
        },
      },
      net.now,
      { target: 'erp', outcome: 'failed', attempt: 1, latencyMs: rng.int(150, 900), error: failure },
    );
    if (rng.chance(0.72)) {
      const fixed = inOfficeHours(net.now + rng.logNormal(9 * HOUR, 0.8), facility.zone, 8, 18);
      net.clock.at(fixed, () => {
        if (fault) fault.outcome = 'repaired';
        this.place(facility, groups, flow, supplier, raise);
      });
    } else {
      if (fault) fault.outcome = 'given up';
      net.clock.after(GIVEN_UP_AFTER, () => groups.flat().forEach(release));
    }
  }

  private place(facility: Facility, groups: readonly Need[][], flow: OrderFlow, supplier: Supplier, raise: number): void {
    const { net, rng } = this;
    const order: Order = {
      id: net.nextId('PO', 450_000), facility, supplier, flow, currency: facility.currency, buyer: rng.pick(facility.buyers), lines: [], revision: 0, createdAt: net.now,
      correlation: `flow-${rng.hex(12)}`, trace: rng.hex(32), inErp: false, waiting: [],
    };
    const promised = addDays(net.today(facility), Math.max(1, Math.round(supplier.leadDays * 1.25 + 0.6)));
    for (const needs of groups) {
      const item = needs[0]?.item;
      if (!item) continue;
      const held = net.world.contracts.get(`${item.id}/${order.currency}`);
      const factor = item.purchase.factor;
      const onContract = held !== undefined && held.supplier === supplier;
      const each = onContract ? held.eachCents : Math.max(1, Math.round((held ? held.eachCents : listCents(item, order.currency)) * (1 + raise)));
      order.lines.push({
        order, id: String((order.lines.length + 1) * 10), item, uom: item.purchase.uom, factor, units: needs.reduce((sum, need) => sum + need.units, 0),
        cents: flow === 'consignment-fill' ? 0 : each * factor, contract: onContract && flow !== 'consignment-fill' ? held.contract : undefined, contractCents: held?.eachCents,
        needs, promised, cancelled: false, shipped: 0, received: 0, inErp: 0, invoiced: 0,
      });
    }
    this.emitOrder(order, 'procurement.order.created.v1', () => {
      order.inErp = true;
      order.waiting.splice(0).forEach((run) => run());
    });
    net.clock.after(rng.between(3, 45) * MINUTE, () => this.transmit(order));
  }

  private emitOrder(order: Order, type: string, delivered?: () => void): void {
    const { net } = this;
    // What this revision states; the line itself may change before its message is published.
    const stated = new Map(order.lines.map((line) => [line, { base: line.units * line.factor, cents: line.cents }]));
    const { revision } = order;
    const total = order.lines.reduce((sum, line) => sum + (line.cancelled ? 0 : line.units * line.cents), 0);
    net.send(
      {
        type, via: 'order', facility: order.facility, subject: order.id, correlation: order.correlation, trace: order.trace, ...(order.revision > 0 ? { human: order.buyer } : {}),
        fact: (truth) => {
          for (const line of order.lines) {
            truth.orderLine({
              order: order.id, line: line.id, facility: order.facility.code, supplier: order.supplier.code, currency: order.currency, item: line.item.id, flow: order.flow, quantity: stated.get(line)?.base ?? 0,
              cents: stated.get(line)?.cents ?? 0, factor: line.factor, contract: line.contract, contractCents: line.contractCents, packFactors: line.item.packs.map((pack) => pack.factor), revision,
            });
            for (const need of line.needs) {
              if (need.requisition) truth.link('requisition-line', lineKey(need.requisition), 'orders', 'order-line', orderKey(line));
              for (const usage of need.usages) truth.link('usage', lineKey(usage), 'bills', 'order-line', orderKey(line));
            }
          }
        },
        fields: {
          document: { id: order.id, revision: order.revision, date: net.today(order.facility), currency: order.currency }, supplier: order.supplier.code, supplierName: order.supplier.name,
          shipTo: order.facility.dock.code, buyer: order.buyer, flowType: order.flow, paymentTerms: `NET${order.supplier.termsDays}`, lines: order.lines.filter((line) => !line.cancelled).map(orderLineFields),
        },
      },
      delivered && (() => delivered()),
      total,
    );
  }

  private transmit(order: Order): void {
    const { net, rng } = this;
    let arrived = false;
    net.send(
      {
        type: 'procurement.order.sent.v1', via: 'orderOut', facility: order.facility, subject: order.id, correlation: order.correlation, trace: order.trace,
        fields: {
          document: { id: order.id, revision: 0, date: net.today(order.facility), currency: order.currency }, supplier: order.supplier.code, shipTo: order.facility.dock.code, flowType: order.flow,
          edi: { transactionSet: '850', isa13: rng.digits(9), gs06: rng.digits(6), st02: '0001' }, lineCount: order.lines.length,
        },
      },
      () => {
        if (arrived) return;
        arrived = true;
        this.supplierActs(order);
      },
    );
    net.clock.after(GIVEN_UP_AFTER, () => {
      if (arrived) return;
      arrived = true;
      this.cancel(order, order.lines, 'not transmitted');
    });
  }

  private supplierActs(order: Order): void {
    const { net, rng } = this;
    const { supplier } = order;
    const withdrawn = (order.flow === 'three-way' || order.flow === 'two-way') && rng.chance(net.rates.invoiceOnCancelledOrder);
    const silent = supplier.ackHours === undefined;
    const missing = !silent && rng.chance(net.rates.missingAcknowledgement);
    if (missing) net.fault({ kind: 'missing-acknowledgement', facility: order.facility.code, documents: [{ type: 'order', document: order.id }] });
    const answers = order.lines.map((line) => ({ line, ...this.answer(order, line, silent || missing) }));
    if (!silent && !missing) {
      const when = net.now + rng.logNormal((supplier.ackHours ?? 4) * HOUR, 0.6);
      net.clock.at(when, () => this.acknowledge(order, answers));
    }
    if (withdrawn) {
      const fault = net.fault({ kind: 'invoice-on-cancelled-order', facility: order.facility.code, documents: [{ type: 'order', document: order.id }], beyondTolerance: true, expected: 'ORDER_CANCELLED' });
      net.clock.after(rng.between(6, 30) * HOUR, () => this.cancel(order, order.lines, 'ordered twice'));
      net.clock.after(rng.logNormal((supplier.leadDays + supplier.invoiceDays) * DAY, 0.3) + 30 * HOUR, () => this.deliveries.invoiceUndelivered(order, fault));
      return;
    }
    for (const { line, code, extraDays, units } of answers) {
      if (code === 'IR' || code === 'IS') continue;
      const trouble = this.troubles.get(line.item.id);
      const lead = Math.max(0.6, rng.logNormal(supplier.leadDays, supplier.leadSpread) + extraDays) * DAY;
      let arrival = net.now + lead;
      if (trouble && net.now >= trouble.from && net.now < trouble.to) arrival = Math.max(arrival, trouble.to + rng.between(0.5, 4) * DAY);
      this.deliveries.expect(line, Math.min(units, line.units) * line.factor, arrival);
      if (units < line.units) this.deliveries.expect(line, (line.units - units) * line.factor, arrival + rng.between(3, 8) * DAY);
    }
    this.deliveries.dispatch(order);
  }

  private answer(order: Order, line: OrderLine, silent: boolean): { code: string; extraDays: number; units: number } {
    const { net, rng } = this;
    const plain = { code: 'IA', extraDays: 0, units: line.units };
    if (silent) return plain;
    const trouble = this.troubles.get(line.item.id);
    if (trouble && net.now >= trouble.from && net.now < trouble.to) return { code: 'IB', extraDays: 0, units: line.units };
    if (order.flow === 'bill-only' || order.flow === 'consignment-use' || order.flow === 'bill-and-replace' || order.flow === 'two-way') return plain;
    if (!rng.chance(net.rates.acknowledgementException)) return plain;
    const code = rng.weighted(['IB', 'BP', 'IP', 'IQ', 'IR', 'IS', 'DR', 'IH'], (one) => ({ IB: 5, BP: 4, IP: 2, IQ: 2, IR: 2, IS: 1, DR: 4, IH: 1 })[one] ?? 1);
    net.fault({ kind: 'acknowledgement-exception', facility: order.facility.code, documents: [{ type: 'order-line', document: order.id, line: line.id }], magnitude: { code } });
    if (code === 'IB') return { code, extraDays: rng.between(4, 11), units: line.units };
    if (code === 'DR') return { code, extraDays: rng.between(2, 6), units: line.units };
    if (code === 'IH') return { code, extraDays: rng.between(1, 3), units: line.units };
    if (code === 'BP' && line.units > 1) return { code, extraDays: 0, units: rng.int(1, line.units - 1) };
    if (code === 'BP') return { code: 'IB', extraDays: rng.between(4, 9), units: line.units };
    return { code, extraDays: code === 'IP' || code === 'IQ' ? 0.5 : 0, units: line.units };
  }

  private acknowledge(order: Order, answers: readonly { line: OrderLine; code: string; extraDays: number; units: number }[]): void {
    const { net, rng } = this;
    const changed: OrderLine[] = [];
    const refused: OrderLine[] = [];
    const lines = answers.filter(({ line }) => !line.cancelled).map(({ line, code, extraDays, units }) => {
      let price = line.cents;
      let offered = line.units;
      if (code === 'IP') {
        price = Math.max(line.factor, Math.round((line.cents * rng.between(1.03, 1.09)) / line.factor) * line.factor);
        changed.push(line);
      }
      if (code === 'IQ') {
        // Full layers only: never less than asked for, so that what is on its way stays true.
        offered = line.units + rng.int(1, Math.max(1, Math.floor(line.units / 3)));
        changed.push(line);
      }
      if (code === 'IR' || code === 'IS') refused.push(line);
      if (code === 'BP') offered = units;
      const trouble = this.troubles.get(line.item.id);
      const wait = code === 'IB' && trouble && trouble.to > net.now ? (trouble.to - net.now) / DAY + 2 : extraDays;
      const promised = code === 'IA' ? line.promised : addDays(line.promised, Math.ceil(wait));
      const substitute = code === 'IS' ? (line.item.substitutes[0] ?? net.world.items.find((one) => one.category === line.item.category && one !== line.item)?.id) : undefined;
      return {
        line, code, price, offered,
        fields: {
          id: line.id, code, item: line.item.id, gtin: line.item.gtin, quantity: String(offered), uom: line.uom, price: cents(price), promisedDate: promised, ...(substitute === undefined ? {} : { substituteItem: substitute }),
        },
      };
    });
    if (lines.length === 0) return;
    net.send({
      type: 'procurement.order.acknowledged.v1', via: 'supplierIn', facility: order.facility, subject: order.id, correlation: order.correlation, trace: order.trace,
      fact: (truth) => lines.forEach(({ line, code }) => truth.acknowledged(orderKey(line), code)),
      fields: {
        document: { id: order.id, revision: 0, date: localDate(net.now, order.facility.zone) }, supplier: order.supplier.code, supplierName: order.supplier.name,
        edi: { transactionSet: '855', isa13: rng.digits(9), gs06: rng.digits(6), st02: '0001' }, lines: lines.map(({ fields }) => fields),
      },
    });
    if (changed.length > 0)
      net.clock.at(inOfficeHours(net.now + rng.between(0.3, 3) * HOUR, order.facility.zone, 8, 18), () => {
        for (const { line, price, offered } of lines) {
          if (!changed.includes(line) || line.cancelled) continue;
          line.cents = price;
          const more = offered - line.units;
          if (more <= 0) continue;
          line.units = offered;
          this.deliveries.expectMore(line, more * line.factor);
        }
        order.revision++;
        this.emitOrder(order, 'procurement.order.changed.v1');
      });
    if (refused.length > 0) net.clock.at(inOfficeHours(net.now + rng.between(0.3, 4) * HOUR, order.facility.zone, 8, 18), () => this.cancel(order, refused, 'refused by the supplier'));
  }

  private cancel(order: Order, given: readonly OrderLine[], reason: string): void {
    const { net } = this;
    const lines = given.filter((line) => !line.cancelled);
    if (lines.length === 0) return;
    for (const line of lines) line.cancelled = true;
    order.revision++;
    const whole = order.lines.every((line) => line.cancelled) && lines.length === order.lines.length;
    net.send({
      type: 'procurement.order.cancelled.v1', via: 'order', facility: order.facility, subject: order.id, human: order.buyer, correlation: order.correlation, trace: order.trace,
      fact: (truth) => lines.forEach((line) => truth.orderLineCancelled(orderKey(line))),
      fields: {
        document: { id: order.id, revision: order.revision, date: net.today(order.facility), currency: order.currency }, supplier: order.supplier.code, reason, buyer: order.buyer,
        ...(whole ? {} : { lines: lines.map((line) => ({ id: line.id, item: line.item.id, quantity: String(line.units), uom: line.uom })) }),
      },
    });
    net.clock.after(2 * HOUR, () => lines.forEach((line) => line.needs.forEach(release)));
  }
}

function orderLineFields(line: OrderLine): Record<string, unknown> {
  const requisitions = line.needs.flatMap((need) => (need.requisition ? [need.requisition] : []));
  const usages = line.needs.flatMap((need) => need.usages);
  const first = line.needs[0];
  return {
    id: line.id, item: line.item.id, gtin: line.item.gtin, description: line.item.name, quantity: String(line.units), uom: line.uom, price: cents(line.cents),
    ...(line.contract === undefined ? {} : { contract: line.contract }), flowType: line.order.flow, promisedDate: line.promised, location: first?.location, costCentre: first?.costCentre,
    ...(requisitions.length > 0 ? { requisitions } : {}), ...(usages.length > 0 ? { usages } : {}),
  };
}

