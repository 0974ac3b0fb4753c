import type { Ref } from './network';
import type { Rng } from './random';
import type { StockoutEpisode, Truth } from './truth';
import { dailyDemand, type Facility, type Item, type Location, type World } from './world';
import { addDays, DAY, localDate } from './zone';

export interface Lot {
  /** Empty where the item is not tracked by lot. */
  readonly lot: string;
  /** YYYY-MM-DD, empty where it does not expire. */
  readonly expiry: string;
  quantity: number;
  recalled: boolean;
  /** Changed since it was last reported. */
  changed: boolean;
}

/** An item at a stocked location. Quantities are whole base units. */
export interface StockPoint {
  readonly facility: Facility;
  readonly location: Location;
  readonly item: Item;
  readonly source: 'warehouse' | 'supplier' | 'consignment';
  readonly daily: number;
  readonly par: number;
  readonly reorderPoint: number;
  readonly lots: Lot[];
  /** Where it began, and every movement since: what conservation is tested with. */
  readonly opening: number;
  moved: number;
  reserved: number;
  /** Asked for and not yet arrived. */
  onOrder: number;
  /** Usages since the last request. */
  waiting: Ref[];
  changed: boolean;
  breached: boolean;
  stockout: StockoutEpisode | undefined;
}

export interface Taken {
  readonly lot: string;
  readonly expiry: string;
  readonly quantity: number;
}

export function onHand(point: StockPoint): number {
  let sum = 0;
  for (const lot of point.lots) sum += lot.quantity;
  return sum;
}

export function available(point: StockPoint, today: string): number {
  let sum = 0;
  for (const lot of point.lots) if (isUsable(lot, today)) sum += lot.quantity;
  return sum;
}

function isUsable(lot: Lot, today: string): boolean {
  return !lot.recalled && (lot.expiry === '' || lot.expiry >= today);
}

/** What lies where. Only `put` and `take` move it. */
export class Stock {
  readonly points = new Map<string, StockPoint>();
  readonly byLocation = new Map<string, StockPoint[]>();

  constructor(
    private readonly rng: Rng,
    world: World,
    volume: number,
    private readonly start: number,
    private readonly truth: Truth | undefined,
  ) {
    const demand = dailyDemand(world, volume);
    const warehouse = new Map<string, { facility: Facility; location: Location; item: Item; daily: number }>();
    for (const facility of world.hospitals)
      for (const area of facility.areas)
        for (const item of world.items) {
          const daily = demand.get(`${area.code}/${item.id}`);
          if (daily === undefined || item.group === 'trunk') continue;
          const source = item.group === 'commodity' || item.group === 'drug' ? 'warehouse' : item.group === 'device' ? 'supplier' : 'consignment';
          this.add(facility, area, item, source, daily, ...levels(source, daily, item));
          if (source !== 'warehouse') continue;
          const key = `${facility.warehouse.code}/${item.id}`;
          const site = world.facilities.get(facility.warehouse.facility) ?? facility;
          const sum = warehouse.get(key) ?? { facility: site, location: facility.warehouse, item, daily: 0 };
          sum.daily += daily;
          warehouse.set(key, sum);
        }
    for (const { facility, location, item, daily } of warehouse.values()) this.add(facility, location, item, 'supplier', daily, ...levels('supplier', daily, item));
  }

  point(location: string, item: string): StockPoint | undefined {
    return this.points.get(`${location}/${item}`);
  }

  /** Takes up to `quantity`, what expires first first; what is recalled or expired stays. */
  take(point: StockPoint, quantity: number, at: number): Taken[] {
    const today = localDate(at, point.location.zone);
    const taken: Taken[] = [];
    let left = quantity;
    for (const lot of point.lots) {
      if (left <= 0) break;
      if (lot.quantity <= 0 || !isUsable(lot, today)) continue;
      const some = Math.min(left, lot.quantity);
      lot.quantity -= some;
      lot.changed = true;
      left -= some;
      taken.push({ lot: lot.lot, expiry: lot.expiry, quantity: some });
    }
    this.moved(point, left - quantity, at);
    return taken;
  }

  /** Takes from one lot, whatever its state. */
  takeLot(point: StockPoint, lot: Lot, quantity: number, at: number): void {
    lot.quantity -= quantity;
    lot.changed = true;
    this.moved(point, -quantity, at);
  }

  put(point: StockPoint, what: Taken, at: number): void {
    const known = point.lots.find((lot) => lot.lot === what.lot && lot.expiry === what.expiry && !lot.recalled);
    if (known) {
      known.quantity += what.quantity;
      known.changed = true;
    } else {
      const lot = { ...what, recalled: false, changed: true };
      const after = point.lots.findIndex((one) => one.expiry > lot.expiry);
      if (after < 0) point.lots.push(lot);
      else point.lots.splice(after, 0, lot);
    }
    this.moved(point, what.quantity, at);
  }

  /** A lot as a supplier would deliver it now. */
  newLot(item: Item, at: number): { lot: string; expiry: string } {
    if (!item.lotTracked) return { lot: '', expiry: '' };
    const years = item.group === 'drug' ? 1.2 : 2.5;
    const expiry = addDays(localDate(at, 'UTC'), Math.round(365 * years * this.rng.between(0.6, 1.2)));
    return { lot: `${this.rng.pick(['L', 'B', 'K', 'A'])}${this.rng.digits(5)}`, expiry };
  }

  private moved(point: StockPoint, by: number, at: number): void {
    point.moved += by;
    point.changed = true;
    const left = onHand(point);
    if (left <= 0 && !point.stockout) {
      point.stockout = { facility: point.facility.code, location: point.location.code, item: point.item.id, from: at, to: undefined };
      this.truth?.stockouts.push(point.stockout);
    } else if (left > 0 && point.stockout) {
      point.stockout.to = at;
      point.stockout = undefined;
    }
  }

  private add(facility: Facility, location: Location, item: Item, source: StockPoint['source'], daily: number, reorderPoint: number, par: number): void {
    const opening = this.rng.int(reorderPoint + 1, Math.max(reorderPoint + 1, par));
    const lots: Lot[] = [];
    let left = opening;
    while (left > 0) {
      const some = item.lotTracked && left > 3 && this.rng.chance(0.4) ? Math.ceil(left * this.rng.between(0.2, 0.5)) : left;
      const fresh = this.newLot(item, this.start - this.rng.int(5, 200) * DAY);
      const soon = fresh.lot !== '' && this.rng.chance(0.02) ? addDays(localDate(this.start, 'UTC'), this.rng.int(3, 40)) : fresh.expiry;
      lots.push({ lot: fresh.lot, expiry: soon, quantity: some, recalled: false, changed: true });
      left -= some;
    }
    lots.sort((a, b) => (a.expiry < b.expiry ? -1 : a.expiry > b.expiry ? 1 : 0));
    const point: StockPoint = { facility, location, item, source, daily, par, reorderPoint, lots, opening, moved: 0, reserved: 0, onOrder: 0, waiting: [], changed: true, breached: false, stockout: undefined };
    this.points.set(`${location.code}/${item.id}`, point);
    const list = this.byLocation.get(location.code);
    if (list) list.push(point);
    else this.byLocation.set(location.code, [point]);
  }
}

/** Reorder point and par: demand over the time that it takes to come, and a reserve. */
function levels(source: StockPoint['source'], daily: number, item: Item): [reorderPoint: number, par: number] {
  if (source === 'warehouse') {
    const cover = daily * 2.5;
    const reorderPoint = Math.max(2, Math.ceil(cover + 2.2 * Math.sqrt(cover * 2)));
    return [reorderPoint, Math.max(reorderPoint + 2, Math.ceil(reorderPoint + daily * 4))];
  }
  if (source === 'consignment') {
    const cover = daily * (item.supplier.leadDays + 4);
    const reorderPoint = Math.max(1, Math.ceil(cover + 1.5 * Math.sqrt(cover)));
    return [reorderPoint, reorderPoint + Math.max(1, Math.ceil(daily * 4))];
  }
  const cover = daily * (item.supplier.leadDays * 1.2 + 3);
  const reorderPoint = Math.max(2, Math.ceil(cover + 2.4 * Math.sqrt(cover * 1.5)));
  const lot = item.purchase.factor;
  return [reorderPoint, reorderPoint + Math.max(lot, Math.ceil((daily * 4) / lot) * lot)];
}
