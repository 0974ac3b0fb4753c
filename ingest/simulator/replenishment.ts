import type { Inventory } from './inventory';
import type { Network, Ref } from './network';
import { lineKey } from './purchase-types';
import type { Rng } from './random';
import { everyDay } from './rhythm';
import { onHand, type StockPoint, type Taken } from './stock';
import type { Facility } from './world';
import { atLocal, HOUR, inOfficeHours, MINUTE } from './zone';

const MOST_TRIGGERS = 40;

interface Asked {
  readonly point: StockPoint;
  readonly store: StockPoint;
  readonly quantity: number;
  readonly line: string;
}

/** The warehouse refills the areas: request, pick, transfer, put away. */
export class Replenishment {
  private readonly rng: Rng;
  /** The request that last took from a warehouse point; what a purchase of it refers to. */
  readonly lastRequest = new Map<StockPoint, Ref>();
  private readonly shipped = new Set<string>();
  private readonly givenUp = new Set<string>();

  constructor(
    private readonly net: Network,
    private readonly inventory: Inventory,
  ) {
    this.rng = net.rng('replenishment');
    for (const facility of net.world.hospitals)
      everyDay(net.clock, facility, (date, weekday) => {
        for (const hour of weekday === 0 || weekday === 6 ? [9] : [7, 13])
          for (const area of facility.areas) {
            const at = atLocal(date, hour, this.rng.int(10, 50), facility.zone);
            if (at >= net.now) net.clock.at(at, () => this.request(facility, net.stock.byLocation.get(area.code) ?? []));
          }
      });
  }

  private request(facility: Facility, points: readonly StockPoint[]): void {
    const { net } = this;
    const asked: Asked[] = [];
    const lines: Record<string, unknown>[] = [];
    const id = net.nextId('REP', 70_000);
    const links: [usage: string, line: string][] = [];
    const unstated: [usage: string, line: string][] = [];
    for (const point of points) {
      if (point.source !== 'warehouse') continue;
      const left = onHand(point);
      if (left + point.onOrder > point.reorderPoint) continue;
      const store = net.stock.point(facility.warehouse.code, point.item.id);
      if (!store) continue;
      const quantity = point.par - left - point.onOrder;
      const line = String(lines.length + 1);
      asked.push({ point, store, quantity, line });
      this.lastRequest.set(store, { document: id, line });
      const used = point.waiting;
      const triggers = used.slice(-MOST_TRIGGERS);
      point.waiting = [];
      point.onOrder += quantity;
      for (const usage of triggers) links.push([`${usage.document}/${usage.line}`, `${id}/${line}`]);
      for (const usage of used.slice(0, used.length - triggers.length)) unstated.push([`${usage.document}/${usage.line}`, `${id}/${line}`]);
      lines.push({ id: line, item: point.item.id, description: point.item.name, location: point.location.code, quantity: String(quantity), uom: point.item.baseUom, onHand: String(left), ...(triggers.length > 0 ? { triggeredBy: triggers } : {}) });
    }
    if (asked.length === 0) return;
    const trace = this.rng.hex(32);
    const correlation = `flow-${this.rng.hex(12)}`;
    net.send(
      {
        type: 'inventory.replenishment.requested.v1', via: 'replenish', facility, subject: id, trace, correlation,
        fact: (truth) => {
          links.forEach(([usage, line]) => truth.link('usage', usage, 'triggers', 'replenishment-line', line));
          unstated.forEach(([usage, line]) => truth.unstatedLink('usage', usage, 'triggers', 'replenishment-line', line));
        },
        fields: { document: { id, revision: 0, date: net.today(facility) }, lines },
      },
      (at) => {
        const pick = inOfficeHours(at + this.rng.between(0.7, 4) * HOUR, facility.warehouse.zone, 6, 19, true);
        net.clock.at(pick, () => this.ship(facility, id, asked, trace, correlation));
      },
    );
    // A request that the warehouse never got is asked again after a day.
    net.clock.after(30 * HOUR, () => {
      if (this.shipped.delete(id)) return;
      this.givenUp.add(id);
      for (const { point, quantity } of asked) point.onOrder -= quantity;
    });
  }

  private ship(facility: Facility, request: string, asked: readonly Asked[], trace: string, correlation: string): void {
    const { net } = this;
    // Given up and asked anew: it is not picked twice.
    if (this.givenUp.delete(request)) return;
    this.shipped.add(request);
    const id = net.nextId('TRF', 31_000);
    const lines: { id: string; replenishment: Ref; [field: string]: unknown }[] = [];
    const moving: { asked: Asked; lots: Taken[] }[] = [];
    for (const one of asked) {
      const lots = net.stock.take(one.store, one.quantity, net.now);
      this.inventory.checkThreshold(one.store);
      moving.push({ asked: one, lots });
      for (const lot of lots)
        lines.push({
          id: String(lines.length + 1), item: one.point.item.id, ...(lot.lot === '' ? {} : { lot: lot.lot, expiry: lot.expiry }), quantity: String(lot.quantity), uom: one.point.item.baseUom,
          fromLocation: facility.warehouse.code, location: one.point.location.code, replenishment: { document: request, line: one.line },
        });
    }
    const picker = `u-${this.rng.int(460, 480)}`;
    const document = { id, revision: 0, date: net.today(facility) };
    if (lines.length > 0)
      net.send({
        type: 'inventory.transfer.shipped.v1', via: 'warehouse', facility, subject: id, human: picker, trace, correlation, fields: { document, carrier: 'internal', lines },
        fact: (truth) => lines.forEach(({ replenishment, id: line }) => truth.link('replenishment-line', lineKey(replenishment), 'replenishes', 'transfer-line', `${id}/${line}`)),
      });
    const near = facility.warehouse.facility === facility.code;
    const arrival = net.now + (near ? this.rng.between(0.6, 3) * HOUR : this.rng.between(5, 14) * HOUR);
    net.clock.at(arrival, () => {
      for (const { asked: one, lots } of moving) {
        const brought = lots.reduce((sum, lot) => sum + lot.quantity, 0);
        for (const lot of lots) net.stock.put(one.point, lot, net.now);
        one.point.onOrder -= one.quantity;
        if (brought > 0) this.inventory.checkThreshold(one.point);
      }
      const receiver = `u-${this.rng.int(481, 499)}`;
      if (lines.length > 0)
        net.send({ type: 'inventory.transfer.received.v1', via: 'warehouse', facility, subject: id, human: receiver, trace, correlation, fields: { document: { ...document, date: net.today(facility) }, lines } });
      net.clock.after(this.rng.between(3, 25) * MINUTE, () =>
        net.send({
          type: 'inventory.replenishment.filled.v1', via: 'warehouse', facility, subject: request, human: receiver, trace, correlation,
          fields: {
            document: { id: request, revision: 0, date: net.today(facility) }, transfer: id,
            lines: moving.map(({ asked: one, lots }) => ({
              id: one.line, item: one.point.item.id, description: one.point.item.name, location: one.point.location.code, fromLocation: facility.warehouse.code,
              quantity: String(lots.reduce((sum, lot) => sum + lot.quantity, 0)), uom: one.point.item.baseUom,
            })),
          },
        }),
      );
    });
  }
}
