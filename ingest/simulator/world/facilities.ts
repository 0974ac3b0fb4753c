import type { Rng } from '../random';

export type AreaKind = 'OR' | 'CATH' | 'ICU' | 'ED';
export const AREA_KINDS: readonly AreaKind[] = ['OR', 'CATH', 'ICU', 'ED'];

export interface Location {
  readonly code: string;
  readonly name: string;
  readonly kind: 'facility' | 'warehouse' | 'area' | 'bin';
  readonly parent: string | undefined;
  readonly facility: string;
  readonly zone: string;
  readonly stocked: boolean;
  readonly costCentre: string;
}

export interface Area extends Location {
  readonly area: AreaKind;
}

export interface Facility {
  readonly code: string;
  readonly name: string;
  readonly zone: string;
  readonly currency: 'USD' | 'EUR';
  readonly index: number;
  readonly areas: readonly Area[];
  readonly dock: Location;
  /** The warehouse that refills its areas. */
  readonly warehouse: Location;
  readonly buyers: readonly string[];
  /** Planned cases on a weekday. */
  readonly cases: { readonly OR: number; readonly CATH: number };
  /** Usage documents on a day without a planned case behind them. */
  readonly bedside: { readonly ICU: number; readonly ED: number };
}

export interface CostCentre {
  readonly code: string;
  readonly name: string;
  readonly facility: string;
}

export interface Sites {
  /** Hospitals; the distribution centre is a site without cases. */
  readonly hospitals: readonly Facility[];
  readonly centre: Facility | undefined;
  readonly locations: readonly Location[];
  readonly costCentres: readonly CostCentre[];
}

interface Plan {
  code: string;
  name: string;
  zone: string;
  currency: 'USD' | 'EUR';
  size: number;
}

const BASE: readonly Plan[] = [
  { code: 'NORTHGATE', name: 'Northgate Medical Center', zone: 'America/New_York', currency: 'USD', size: 1.3 },
  { code: 'LAKESIDE', name: 'Lakeside Hospital', zone: 'America/Chicago', currency: 'USD', size: 1 },
  { code: 'ELISABETH', name: 'St.-Elisabeth-Krankenhaus Köpenick', zone: 'Europe/Berlin', currency: 'EUR', size: 0.9 },
  { code: 'PRAIRIE', name: 'Prairie General Hospital', zone: 'America/Chicago', currency: 'USD', size: 0.7 },
];
const MORE_ZONES = ['America/New_York', 'America/Chicago', 'America/Denver', 'America/Phoenix', 'America/Los_Angeles'];

const AREA_NAMES: Record<AreaKind, string> = { OR: 'Operating rooms', CATH: 'Cath lab', ICU: 'Intensive care', ED: 'Emergency department' };
const CENTRE: Plan = { code: 'CENTRAL', name: 'Central Distribution Center', zone: 'America/New_York', currency: 'USD', size: 0 };

function plans(wanted: readonly string[] | number): Plan[] {
  if (typeof wanted === 'number') {
    return Array.from({ length: Math.max(1, Math.round(wanted)) }, (_, i) => {
      const base = BASE[i];
      if (base) return base;
      const number = String(i + 1).padStart(2, '0');
      return { code: `HOSPITAL-${number}`, name: `Hospital ${number}`, zone: MORE_ZONES[i % MORE_ZONES.length] ?? 'America/Chicago', currency: 'USD', size: 0.7 + ((i * 37) % 60) / 100 };
    });
  }
  return wanted.map((code) => {
    const found = BASE.find((plan) => plan.code === code.toUpperCase());
    if (!found) throw new Error(`There is no hospital ${code}; there are ${BASE.map((plan) => plan.code).join(', ')}, or give a number of hospitals.`);
    return found;
  });
}

/** The hospitals with their areas, docks and warehouses. Those that pay in dollars share the distribution centre. */
export function buildSites(rng: Rng, wanted: readonly string[] | number): Sites {
  const locations: Location[] = [];
  const costCentres: CostCentre[] = [];
  const chosen = plans(wanted);

  const place = (location: Location): Location => {
    locations.push(location);
    return location;
  };
  const costCentre = (code: string, name: string, facility: string) => {
    costCentres.push({ code, name, facility });
    return code;
  };
  const site = (plan: Plan, index: number) => {
    const shared = { facility: plan.code, zone: plan.zone };
    place({ ...shared, code: plan.code, name: plan.name, kind: 'facility', parent: undefined, stocked: false, costCentre: '' });
    const supply = costCentre(`CC-${index}90`, 'Supply chain', plan.code);
    const dock = place({ ...shared, code: `${plan.code}-DOCK`, name: 'Receiving dock', kind: 'area', parent: plan.code, stocked: false, costCentre: supply });
    return { shared, supply, dock };
  };
  const buyers = (index: number) => Array.from({ length: 3 }, (_, i) => `u-${100 + index * 10 + i}`);

  let centre: Facility | undefined;
  if (chosen.some((plan) => plan.currency === 'USD')) {
    const { shared, supply, dock } = site(CENTRE, 9);
    const warehouse = place({ ...shared, code: 'CENTRAL-WH', name: 'Central warehouse', kind: 'warehouse', parent: CENTRE.code, stocked: true, costCentre: supply });
    centre = { ...CENTRE, index: 9, areas: [], dock, warehouse, buyers: buyers(9), cases: { OR: 0, CATH: 0 }, bedside: { ICU: 0, ED: 0 } };
  }

  const hospitals = chosen.map((plan, i): Facility => {
    const index = i < 8 ? i + 1 : i + 2;
    const { shared, supply, dock } = site(plan, index);
    const areas = AREA_KINDS.map((area, n): Area => {
      const code = `${plan.code}-${area}`;
      const cc = costCentre(`CC-${index}${n + 1}0`, AREA_NAMES[area], plan.code);
      const location = { ...shared, code, name: `${AREA_NAMES[area]}, ${plan.name}`, kind: 'area' as const, parent: plan.code, stocked: true, costCentre: cc, area };
      place(location);
      const rooms = area === 'OR' ? 6 : area === 'CATH' ? 3 : 0;
      for (let room = 1; room <= rooms; room++)
        place({ ...shared, code: `${code}-${room}`, name: `${area === 'OR' ? 'Operating room' : 'Cath lab'} ${room}`, kind: 'bin', parent: code, stocked: false, costCentre: cc });
      return location;
    });
    const own = plan.currency === 'USD' && centre ? centre.warehouse : place({ ...shared, code: `${plan.code}-LAGER`, name: 'Zentrallager', kind: 'warehouse', parent: plan.code, stocked: true, costCentre: supply });
    const wobble = rng.between(0.95, 1.05) * plan.size;
    return {
      code: plan.code, name: plan.name, zone: plan.zone, currency: plan.currency, index, areas, dock, warehouse: own, buyers: buyers(index),
      cases: { OR: 11 * wobble, CATH: 7 * wobble },
      bedside: { ICU: 20 * wobble, ED: 24 * wobble },
    };
  });
  return { hospitals, centre, locations, costCentres };
}
