import { Rng } from '../random';
import { addDays } from '../zone';
import { buildSites, type AreaKind, type Facility, type Location, type Sites } from './facilities';
import { buildItems, type Item } from './items';
import { bedsideItems, buildProcedures, type Procedure } from './procedures';
import { buildSuppliers, type Supplier } from './suppliers';

export type { AreaKind, Area, Facility, Location } from './facilities';
export type { Item } from './items';
export type { Procedure, CardLine } from './procedures';
export type { Supplier } from './suppliers';

/** A contract price of one item in one currency, in force until a later version replaces it. */
export interface ContractPrice {
  readonly record: string;
  readonly contract: string;
  readonly item: Item;
  readonly supplier: Supplier;
  readonly currency: 'USD' | 'EUR';
  eachCents: number;
  version: number;
}

export interface World {
  readonly sites: Sites;
  readonly hospitals: readonly Facility[];
  readonly facilities: ReadonlyMap<string, Facility>;
  readonly locations: ReadonlyMap<string, Location>;
  readonly suppliers: readonly Supplier[];
  readonly items: readonly Item[];
  readonly byId: ReadonlyMap<string, Item>;
  readonly procedures: readonly Procedure[];
  readonly bedside: Readonly<Record<'ICU' | 'ED', readonly Item[]>>;
  /** Mean lines per bedside usage document. */
  readonly bedsideLines: number;
  readonly contracts: ReadonlyMap<string, ContractPrice>;
}

export const BEDSIDE_LINES = 2.6;
const EUR_PER_USD = 0.92;

/** The same seed and hospitals give the same world, whatever the dates. */
export function buildWorld(seed: string, wanted: readonly string[] | number): World {
  const rng = new Rng(`${seed}/world`);
  const sites = buildSites(rng.fork('sites'), wanted);
  const suppliers = buildSuppliers(rng.fork('suppliers'));
  const items = buildItems(rng.fork('items'), suppliers);
  const procedures = buildProcedures(rng.fork('procedures'), items);
  const facilities = new Map(sites.hospitals.map((facility) => [facility.code, facility]));
  if (sites.centre) facilities.set(sites.centre.code, sites.centre);
  const currencies = [...new Set([...facilities.values()].map((facility) => facility.currency))];
  const contracts = new Map<string, ContractPrice>();
  for (const item of items) {
    if (!item.onContract) continue;
    for (const currency of currencies) {
      const contract = `CTR-${currency === 'EUR' ? 'E' : ''}${item.supplier.code.slice(4)}`;
      contracts.set(`${item.id}/${currency}`, { record: `${contract}:${item.id}`, contract, item, supplier: item.supplier, currency, eachCents: listCents(item, currency), version: 1 });
    }
  }
  return {
    sites, hospitals: sites.hospitals, facilities, suppliers, items, procedures, contracts,
    locations: new Map(sites.locations.map((location) => [location.code, location])),
    byId: new Map(items.map((item) => [item.id, item])),
    bedside: { ICU: bedsideItems(items, 'ICU'), ED: bedsideItems(items, 'ED') },
    bedsideLines: BEDSIDE_LINES,
  };
}

/** Price of a base unit without a contract. */
export function listCents(item: Item, currency: 'USD' | 'EUR'): number {
  return currency === 'USD' ? item.eachCents : Math.max(2, Math.round(item.eachCents * EUR_PER_USD));
}

/** What a base unit costs a facility today, by contract where there is one. */
export function eachCents(world: World, item: Item, currency: 'USD' | 'EUR'): number {
  return world.contracts.get(`${item.id}/${currency}`)?.eachCents ?? listCents(item, currency);
}

/** Mean use per calendar day: facility/area/item. What stock levels are set by. */
export function dailyDemand(world: World, volume: number): Map<string, number> {
  const demand = new Map<string, number>();
  const add = (facility: Facility, area: AreaKind, item: Item, perDay: number) => {
    const key = `${facility.code}-${area}/${item.id}`;
    demand.set(key, (demand.get(key) ?? 0) + perDay);
  };
  for (const facility of world.hospitals) {
    for (const area of ['OR', 'CATH'] as const) {
      const procedures = world.procedures.filter((procedure) => procedure.area === area);
      const shares = procedures.reduce((sum, procedure) => sum + procedure.share, 0);
      // Five full days and two at an eighth, and what comes in at night.
      const perDay = (facility.cases[area] * volume * (5 + 2 / 8)) / 7 + 0.9 * volume;
      for (const procedure of procedures)
        for (const { item, probability, low, high } of procedure.card) add(facility, area, item, perDay * (procedure.share / shares) * probability * ((low + high) / 2));
    }
    for (const area of ['ICU', 'ED'] as const) {
      const items = world.bedside[area];
      const popularity = items.reduce((sum, item) => sum + item.popularity, 0);
      for (const item of items) add(facility, area, item, facility.bedside[area] * volume * BEDSIDE_LINES * (item.popularity / popularity) * 1.5);
    }
  }
  return demand;
}

/** A date well before the history, from which the first versions of master data hold. */
export function validFrom(startDate: string): string {
  return `${addDays(startDate, -200).slice(0, 7)}-01`;
}
