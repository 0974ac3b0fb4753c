import type { Network } from './network';
import type { Rng } from './random';
import { everyDay } from './rhythm';
import { onHand, type Lot, type StockPoint } from './stock';
import type { Facility, Location } from './world';
import { atLocal, HOUR, localDate, localTime, MINUTE } from './zone';

const LINES_PER_REPORT = 60;
const FULL_REPORT_HOUR = 4;

/** Balances as the inventory system reports them: all once a day, what changed every two hours. */
export class Inventory {
  private readonly rng: Rng;

  constructor(private readonly net: Network) {
    this.rng = net.rng('inventory');
    for (const [code, points] of net.stock.byLocation) {
      const location = points[0]?.location;
      const facility = points[0]?.facility;
      if (!location || !facility) continue;
      net.clock.at(net.start, () => this.report(facility, location, points, true));
      const offset = this.rng.int(0, 9) * MINUTE + code.length * 1000;
      everyDay(net.clock, facility, (date) => {
        for (let hour = 0; hour < 24; hour += 2) {
          const at = atLocal(date, hour, 0, facility.zone) + offset;
          if (at >= net.now) net.clock.at(at, () => this.report(facility, location, points, hour === FULL_REPORT_HOUR));
        }
        const count = atLocal(date, 21, 0, facility.zone) + offset;
        if (count >= net.now) net.clock.at(count, () => this.clearExpired(facility, points));
      });
    }
  }

  private report(facility: Facility, location: Location, points: readonly StockPoint[], all: boolean): void {
    const { net } = this;
    const lines: Record<string, unknown>[] = [];
    for (const point of points) {
      if (!all && !point.changed) continue;
      for (const lot of point.lots) if (all || lot.changed) lines.push(balanceLine(point, lot, lines.length + 1));
      if (point.lots.length === 0 && all) lines.push(balanceLine(point, undefined, lines.length + 1));
      point.changed = false;
      // An emptied lot is reported at zero once, then left out.
      const kept = point.lots.filter((lot) => lot.quantity > 0 || point.lots.length === 1);
      point.lots.splice(0, point.lots.length, ...kept);
      for (const lot of kept) lot.changed = false;
    }
    const local = localTime(net.now, facility.zone);
    const stamp = `${local.date.replaceAll('-', '')}${String(local.hour).padStart(2, '0')}${String(local.minute).padStart(2, '0')}`;
    for (let i = 0; i < lines.length; i += LINES_PER_REPORT) {
      const id = `BAL-${location.code}-${stamp}${all ? 'F' : 'C'}${i / LINES_PER_REPORT + 1}`;
      net.send({
        type: 'inventory.balance.reported.v1', via: 'balance', facility, subject: id,
        fields: { document: { id, revision: 0, date: local.date }, scope: all ? 'full' : 'changes', lines: lines.slice(i, i + LINES_PER_REPORT) },
      });
    }
  }

  private clearExpired(facility: Facility, points: readonly StockPoint[]): void {
    const { net } = this;
    const today = localDate(net.now, facility.zone);
    for (const point of points)
      for (const lot of point.lots) {
        if (lot.quantity <= 0 || lot.expiry === '' || lot.expiry >= today) continue;
        // What a shelf check has not found yet stays on hand, expired.
        if (this.rng.chance(0.4)) this.adjust(point, lot, -lot.quantity, 'expired');
      }
  }

  /** Corrects what the system believes to be on a shelf. */
  adjust(point: StockPoint, lot: Lot, by: number, reason: string): void {
    const { net } = this;
    net.stock.takeLot(point, lot, -by, net.now);
    const id = net.nextId('ADJ', 9_900);
    net.send({
      type: 'inventory.balance.adjusted.v1', via: 'balance', facility: point.facility, subject: id, human: `u-${this.rng.int(430, 450)}`,
      fields: { document: { id, revision: 0, date: net.today(point.facility) }, reason, lines: [{ ...balanceLine(point, lot, 1), adjustment: String(by) }] },
    });
  }

  /** To be called whenever on hand fell: tells once when it is under the reorder point. */
  checkThreshold(point: StockPoint): void {
    const { net } = this;
    const left = onHand(point);
    if (left > point.reorderPoint) {
      point.breached = false;
      return;
    }
    if (point.breached) return;
    point.breached = true;
    const id = net.nextId('THR', 50_100);
    net.send({
      type: 'inventory.threshold.breached.v1', via: 'balance', facility: point.facility, subject: id,
      fields: {
        document: { id, revision: 0, date: net.today(point.facility) },
        lines: [{ id: '1', item: point.item.id, description: point.item.name, location: point.location.code, onHand: String(left), reserved: String(point.reserved), par: String(point.par), reorderPoint: String(point.reorderPoint), uom: point.item.baseUom }],
      },
    });
  }
}

function balanceLine(point: StockPoint, lot: Lot | undefined, number: number): Record<string, unknown> {
  // Field by field: there are thousands of these a day.
  const line: Record<string, unknown> = { id: String(number), item: point.item.id, location: point.location.code };
  const quantity = lot?.quantity ?? 0;
  if (lot && lot.lot !== '') {
    line.lot = lot.lot;
    line.expiry = lot.expiry;
  }
  line.status = lot?.recalled ? 'recalled' : 'available';
  line.onHand = String(quantity);
  line.reserved = lot === undefined || point.lots[0] === lot ? String(Math.min(point.reserved, Math.max(0, quantity))) : '0';
  line.par = String(point.par);
  line.reorderPoint = String(point.reorderPoint);
  line.uom = point.item.baseUom;
  if (point.source === 'consignment') line.ownership = 'consignment';
  return line;
}

/** Closes a recall after this long. */
const RECALL_DAYS = 12;

/** Recalls of single lots: what is on hand of them may not be used, and goes back when the recall closes. */
export class Recalls {
  private readonly rng: Rng;

  constructor(
    private readonly net: Network,
    private readonly inventory: Inventory,
  ) {
    this.rng = net.rng('recalls');
  }

  plan(from: number, to: number): void {
    for (let n = this.rng.poisson(this.net.rates.recalls); n > 0; n--) this.net.clock.at(this.rng.between(from, to), () => this.open());
  }

  private open(): void {
    const { net, rng } = this;
    const points = [...net.stock.points.values()].filter((point) => point.item.lotTracked && point.lots.some((lot) => lot.quantity > 0 && lot.lot !== ''));
    if (points.length === 0) return;
    const picked = rng.pick(points);
    const lot = rng.pick(picked.lots.filter((one) => one.quantity > 0 && one.lot !== ''));
    const id = net.nextId('RCL', 90);
    const affected: [StockPoint, Lot][] = [];
    for (const point of net.stock.points.values()) {
      if (point.item !== picked.item) continue;
      for (const one of [...point.lots])
        if (one.lot === lot.lot && !one.recalled) {
          affected.push([point, { ...one, recalled: true, changed: true }]);
          // The balance by status: nothing available of it any more, all of it recalled.
          point.lots.push({ ...one, recalled: true, changed: true });
          one.quantity = 0;
          one.changed = true;
          point.changed = true;
        }
    }
    const fields = (revision: number) => ({
      document: { id, revision, date: net.today(picked.facility) }, reason: 'Manufacturer notice, class II',
      lines: [{ id: '1', item: picked.item.id, gtin: picked.item.gtin, description: picked.item.name, lot: lot.lot, expiry: lot.expiry }],
    });
    const facility = picked.facility;
    net.send({ type: 'inventory.recall.opened.v1', via: 'balance', facility, subject: id, human: 'u-451', fields: fields(0) });
    net.clock.after(RECALL_DAYS * 24 * HOUR, () => {
      for (const [point, one] of affected)
        for (const found of point.lots) if (found.lot === one.lot && found.recalled && found.quantity > 0) this.inventory.adjust(point, found, -found.quantity, 'recalled, sent back');
      net.send({ type: 'inventory.recall.closed.v1', via: 'balance', facility, subject: id, human: 'u-451', fields: fields(1) });
    });
  }
}
