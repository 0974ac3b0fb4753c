import type { Network } from './network';
import type { Orders } from './orders';
import { lineKey, type Need, type OrderFlow } from './purchase-types';
import type { Rng } from './random';
import type { Replenishment } from './replenishment';
import { everyDay } from './rhythm';
import { onHand, type StockPoint } from './stock';
import type { Facility, Location } from './world';
import { addDays, atLocal, DAY, HOUR, inOfficeHours, MINUTE } from './zone';

const MOST_TRIGGERS = 40;
const LINES_PER_REQUISITION = 12;
const AUTO_APPROVED = 0.62;

/** What has to be bought: shelves are reviewed, requisitions written and approved, and pooled for the buyer. */
export class Purchasing {
  private readonly rng: Rng;
  private readonly pools = new Map<string, Need[]>();

  constructor(
    private readonly net: Network,
    private readonly orders: Orders,
    private readonly replenishment: Replenishment,
  ) {
    this.rng = net.rng('purchasing');
    const sites = [...net.world.facilities.values()];
    for (const facility of sites)
      everyDay(net.clock, facility, (date, weekday) => {
        const plan = (hour: number, minute: number, action: () => void) => {
          const at = atLocal(date, hour, minute, facility.zone);
          if (at >= net.now) net.clock.at(at, action);
        };
        const weekend = weekday === 0 || weekday === 6;
        if (!weekend) {
          for (const area of facility.areas) for (const hour of [8, 14]) plan(hour, this.rng.int(5, 55), () => this.review(facility, area, 'supplier'));
          for (const area of facility.areas) plan(16, this.rng.int(0, 40), () => this.review(facility, area, 'consignment'));
          if (facility.warehouse.facility === facility.code) plan(10, this.rng.int(0, 30), () => this.review(facility, facility.warehouse, 'supplier'));
          for (const hour of [9, 11, 13, 15, 17]) plan(hour, this.rng.int(0, 25), () => this.buy(facility));
          this.planServices(facility, plan);
        }
      });
  }

  private review(facility: Facility, location: Location, source: StockPoint['source']): void {
    const { net } = this;
    const needs: Need[] = [];
    for (const point of net.stock.byLocation.get(location.code) ?? []) {
      if (point.source !== source) continue;
      const position = onHand(point) + point.onOrder;
      if (position > point.reorderPoint) continue;
      const { item } = point;
      const units = Math.max(1, Math.ceil((point.par - position) / item.purchase.factor));
      const replaces = item.group === 'implant' || item.group === 'replace';
      const used = point.waiting;
      // Not every system hands on what set a purchase off.
      const triggers = this.rng.chance(0.8) ? used.slice(-MOST_TRIGGERS) : [];
      point.waiting = [];
      point.onOrder += units * item.purchase.factor;
      needs.push({
        facility, item, units, location: location.code, costCentre: location.costCentre, flow: replaces ? 'consignment-fill' : stockFlow(point), point, usages: [], lot: '', requisition: undefined,
        triggeredBy: triggers, alsoTriggeredBy: used.slice(0, used.length - triggers.length),
        replenishment: this.replenishment.lastRequest.get(point),
      });
    }
    for (let i = 0; i < needs.length; i += LINES_PER_REQUISITION) this.requisition(facility, needs.slice(i, i + LINES_PER_REQUISITION), false);
  }

  private planServices(facility: Facility, plan: (hour: number, minute: number, action: () => void) => void): void {
    const { net, rng } = this;
    const services = net.world.items.filter((item) => item.group === 'service');
    for (let n = rng.poisson(facility.areas.length * 0.45); n > 0; n--) {
      const area = rng.pick(facility.areas);
      const item = rng.pick(services);
      plan(rng.int(8, 15), rng.int(0, 59), () =>
        this.requisition(facility, [{ facility, item, units: rng.int(1, 5), location: area.code, costCentre: area.costCentre, flow: 'two-way', point: undefined, triggeredBy: [], replenishment: undefined, usages: [], lot: '', requisition: undefined }], true));
    }
  }

  /** Writes a requisition, has it approved, and orders what it asks for: at once where the goods are used already, else with the buyer's next run. */
  requisition(facility: Facility, needs: readonly Need[], byHand: boolean, atOnce = false): void {
    const { net, rng } = this;
    const id = net.nextId('REQ', 330_000);
    const buyer = rng.pick(facility.buyers);
    const trace = rng.hex(32);
    const correlation = `flow-${rng.hex(12)}`;
    const date = net.today(facility);
    const links: [fromType: string, from: string, qualifier: string, to: string][] = [];
    const unstated: [usage: string, to: string][] = [];
    const lines = needs.map((need, i) => {
      const line = String(i + 1);
      need.requisition = { document: id, line };
      for (const usage of need.triggeredBy) links.push(['usage', lineKey(usage), 'triggers', `${id}/${line}`]);
      for (const usage of need.alsoTriggeredBy ?? []) unstated.push([lineKey(usage), `${id}/${line}`]);
      if (need.replenishment) links.push(['replenishment-line', lineKey(need.replenishment), 'replenishes', `${id}/${line}`]);
      return {
        id: line, item: need.item.id, description: need.item.name, quantity: String(need.units), uom: need.item.purchase.uom, location: need.location, costCentre: need.costCentre,
        needBy: addDays(date, Math.ceil(need.item.supplier.leadDays) + 3), flowType: need.flow,
        ...(need.triggeredBy.length > 0 ? { triggeredBy: need.triggeredBy } : {}), ...(need.replenishment ? { replenishment: need.replenishment } : {}),
      };
    });
    const shared = { facility, subject: id, correlation, trace };
    net.send(
      {
        ...shared, type: 'procurement.requisition.submitted.v1', via: 'requisition', ...(byHand ? { human: `u-${rng.int(500, 540)}` } : {}),
        fact: (truth) => {
          links.forEach(([fromType, from, qualifier, to]) => truth.link(fromType, from, qualifier, 'requisition-line', to));
          unstated.forEach(([usage, to]) => truth.unstatedLink('usage', usage, 'triggers', 'requisition-line', to));
        },
        fields: { document: { id, revision: 0, date }, buyer, lines },
      },
      () => {
        const auto = rng.chance(AUTO_APPROVED) && !byHand;
        const when = auto ? net.now + rng.int(1, 18) * MINUTE : inOfficeHours(net.now + rng.logNormal(4 * HOUR, 0.9), facility.zone, 8, 18);
        const approver = auto ? undefined : `u-${rng.int(541, 560)}`;
        const rejected = rng.chance(net.rates.requisitionRejection);
        net.clock.at(when, () => {
          const document = { id, revision: 1, date: net.today(facility) };
          if (rejected) {
            const reason = rng.pick(['not in budget', 'duplicate of another requisition', 'use contract item instead']);
            net.fault({ kind: 'rejected-requisition', facility: facility.code, documents: [{ type: 'requisition', document: id }], magnitude: { reason } });
            net.send({ ...shared, type: 'procurement.requisition.rejected.v1', via: 'approval', human: approver ?? 'u-541', fields: { document, reason, buyer } });
            // The shelf is reviewed again after a while.
            net.clock.after(DAY, () => needs.forEach(release));
            return;
          }
          net.send({ ...shared, type: 'procurement.requisition.approved.v1', via: 'approval', ...(approver === undefined ? {} : { human: approver }), fields: { document, buyer, approvedLines: needs.length } });
          if (atOnce) this.orders.create(facility, needs, needs[0]?.flow ?? 'two-way', undefined, 0);
          else for (const need of needs) this.pool(need);
        });
      },
    );
  }

  private pool(need: Need): void {
    const { rng, net } = this;
    const leaks = need.item.onContract && (need.flow === 'three-way' || need.flow === 'three-way-invoice-first') && rng.chance(net.rates.offContract);
    const supplier = leaks ? need.item.otherSupplier : need.item.supplier;
    const key = `${need.facility.code}|${supplier.code}|${need.flow}|${leaks ? 'off' : 'on'}`;
    const list = this.pools.get(key);
    if (list) list.push(need);
    else this.pools.set(key, [need]);
  }

  private buy(facility: Facility): void {
    for (const [key, needs] of this.pools) {
      const [code, supplierCode, flow, contract] = key.split('|');
      if (code !== facility.code) continue;
      this.pools.delete(key);
      const supplier = this.net.world.suppliers.find((one) => one.code === supplierCode);
      const raise = contract === 'off' ? this.rng.between(0.08, 0.25) : 0;
      this.orders.create(facility, needs, flow as OrderFlow, supplier, raise);
    }
  }
}

/** How what lies on a shelf is bought. */
function stockFlow(point: StockPoint): OrderFlow {
  const { flow } = point.item.supplier;
  return flow === 'three-way-invoice-first' ? flow : 'three-way';
}

/** It is not on its way any more. */
export function release(need: Need): void {
  if (need.point) need.point.onOrder = Math.max(0, need.point.onOrder - need.units * need.item.purchase.factor);
}

