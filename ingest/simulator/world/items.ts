import type { Rng } from '../random';
import type { AreaKind } from './facilities';
import { gtin14 } from './gtin';
import type { ItemGroup, Supplier } from './suppliers';

export interface Pack {
  readonly uom: string;
  /** Base units in one. */
  readonly factor: number;
  readonly gtin: string;
}

export interface Item {
  readonly id: string;
  readonly name: string;
  readonly category: string;
  readonly group: ItemGroup;
  readonly gtin: string;
  readonly baseUom: string;
  readonly packs: readonly Pack[];
  /** The unit that it is bought in; the base unit has factor 1. */
  readonly purchase: { readonly uom: string; readonly factor: number };
  /** Price of a base unit, in US cents, before any change of contract. */
  readonly eachCents: number;
  readonly clinicalWeight: number;
  readonly substitutes: string[];
  readonly lotTracked: boolean;
  readonly implant: boolean;
  readonly supplier: Supplier;
  /** Who has it too, for more money. */
  readonly otherSupplier: Supplier;
  /** Whether a contract holds a price for it. */
  readonly onContract: boolean;
  readonly areas: readonly AreaKind[];
  /** How often it is used, relative to the others of its group. */
  readonly popularity: number;
}

interface Family {
  group: ItemGroup;
  category: string;
  names: string[];
  sizes: string[];
  areas: AreaKind[];
  cents: [low: number, high: number];
  weight: [low: number, high: number];
  packs: [uom: string, factor: number][][];
  lot: number;
}

const ALL: AreaKind[] = ['OR', 'CATH', 'ICU', 'ED'];
const BOXED: Family['packs'] = [[['BX', 50], ['CS', 500]], [['BX', 100], ['CS', 1000]], [['BX', 20], ['CS', 200]], [['PK', 10], ['CS', 120]]];
const FEW: Family['packs'] = [[['BX', 5]], [['BX', 10]], [['BX', 12]], []];

const FAMILIES: readonly Family[] = [
  { group: 'commodity', category: 'gloves and gowns', names: ['Nitrile glove', 'Surgical glove', 'Isolation gown', 'Sterile gown', 'Surgical mask', 'Bouffant cap'], sizes: ['S', 'M', 'L', 'XL'], areas: ALL, cents: [9, 420], weight: [1, 3], packs: BOXED, lot: 0.1 },
  { group: 'commodity', category: 'syringes and needles', names: ['Luer-lock syringe', 'Hypodermic needle', 'Insulin syringe', 'Blunt fill needle', 'Safety needle'], sizes: ['3 ml', '5 ml', '10 ml', '20 ml', '18 G', '22 G'], areas: ALL, cents: [8, 95], weight: [1, 4], packs: BOXED, lot: 0.3 },
  { group: 'commodity', category: 'wound care', names: ['Gauze pad', 'Foam dressing', 'Transparent dressing', 'Adhesive tape', 'Skin stapler', 'Wound drain'], sizes: ['5 cm', '10 cm', '15 cm'], areas: ALL, cents: [15, 1450], weight: [1, 4], packs: BOXED, lot: 0.2 },
  { group: 'commodity', category: 'sutures', names: ['Polyglactin suture', 'Polypropylene suture', 'Silk suture', 'Barbed suture'], sizes: ['2-0', '3-0', '4-0', '5-0', '6-0'], areas: ['OR', 'CATH', 'ED'], cents: [310, 2890], weight: [2, 5], packs: [[['BX', 12]], [['BX', 36]]], lot: 0.8 },
  { group: 'commodity', category: 'drapes and packs', names: ['Procedure pack', 'Surgical drape', 'Angiography pack', 'Basin set'], sizes: ['standard', 'extremity', 'laparoscopic', 'universal'], areas: ['OR', 'CATH'], cents: [650, 6400], weight: [2, 5], packs: [[['CS', 6]], [['CS', 10]], [['CS', 20]]], lot: 0.4 },
  { group: 'commodity', category: 'airway and lines', names: ['Endotracheal tube', 'Suction catheter', 'Central line kit', 'Arterial line kit', 'Foley catheter', 'IV start kit'], sizes: ['7.0', '7.5', '8.0', '14 Fr', '16 Fr'], areas: ['ICU', 'ED', 'OR'], cents: [120, 5200], weight: [3, 8], packs: [[['BX', 10]], [['CS', 20]], [['BX', 25], ['CS', 100]]], lot: 0.5 },
  { group: 'drug', category: 'fluids', names: ['Sodium chloride 0.9 %', 'Lactated Ringer', 'Dextrose 5 %', 'Sterile water'], sizes: ['250 ml', '500 ml', '1000 ml'], areas: ALL, cents: [140, 480], weight: [4, 8], packs: [[['CS', 12]], [['CS', 24]]], lot: 1 },
  { group: 'drug', category: 'injectables', names: ['Heparin', 'Propofol', 'Rocuronium', 'Norepinephrine', 'Cefazolin', 'Fentanyl', 'Ondansetron'], sizes: ['5 ml vial', '10 ml vial', '20 ml vial'], areas: ALL, cents: [190, 3900], weight: [5, 10], packs: [[['BX', 10]], [['BX', 25]]], lot: 1 },
  { group: 'device', category: 'catheters and wires', names: ['Guide catheter', 'Diagnostic catheter', 'Guidewire', 'Balloon catheter', 'Introducer sheath'], sizes: ['5 Fr', '6 Fr', '7 Fr', '0.014 in', '0.035 in'], areas: ['CATH'], cents: [1900, 38500], weight: [5, 9], packs: FEW, lot: 1 },
  { group: 'device', category: 'stapling and energy', names: ['Linear stapler', 'Stapler reload', 'Vessel sealer', 'Ultrasonic shears', 'Trocar'], sizes: ['30 mm', '45 mm', '60 mm', '5 mm', '12 mm'], areas: ['OR'], cents: [2900, 61000], weight: [4, 8], packs: [[['BX', 3]], [['BX', 6]], [['BX', 12]]], lot: 1 },
  { group: 'device', category: 'electrophysiology', names: ['Mapping catheter', 'Ablation catheter', 'Transseptal needle'], sizes: ['7 Fr', '8 Fr', 'deflectable'], areas: ['CATH'], cents: [48000, 189000], weight: [6, 9], packs: [[]], lot: 1 },
  { group: 'implant', category: 'orthopaedic implants', names: ['Acetabular cup', 'Femoral stem', 'Tibial tray', 'Femoral head', 'Polyethylene liner'], sizes: ['48 mm', '50 mm', '52 mm', '54 mm', '56 mm'], areas: ['OR'], cents: [62000, 298000], weight: [7, 10], packs: [[]], lot: 1 },
  { group: 'implant', category: 'cardiac rhythm implants', names: ['Dual-chamber pacemaker', 'ICD', 'Pacing lead'], sizes: ['MRI', 'standard', '52 cm', '58 cm'], areas: ['CATH'], cents: [89000, 1450000], weight: [8, 10], packs: [[]], lot: 1 },
  { group: 'trunk', category: 'spine implants', names: ['Pedicle screw', 'Interbody cage', 'Spinal rod', 'Cross connector'], sizes: ['5.5 mm', '6.5 mm', '40 mm', '60 mm'], areas: ['OR'], cents: [24000, 412000], weight: [6, 9], packs: [[]], lot: 1 },
  { group: 'trunk', category: 'biologics', names: ['Bone graft', 'Amniotic membrane', 'Demineralised matrix'], sizes: ['1 cc', '5 cc', '10 cc'], areas: ['OR'], cents: [39000, 265000], weight: [5, 8], packs: [[]], lot: 1 },
  { group: 'replace', category: 'coronary stents', names: ['Drug-eluting stent', 'Covered stent'], sizes: ['2.5 × 18', '3.0 × 18', '3.0 × 24', '3.5 × 18', '3.5 × 28'], areas: ['CATH'], cents: [68000, 155000], weight: [8, 10], packs: [[]], lot: 1 },
  { group: 'service', category: 'rentals and services', names: ['Laser rental', 'C-arm rental', 'Instrument repair', 'Tray reprocessing', 'Perfusion standby'], sizes: ['per day', 'per use', 'per tray'], areas: [], cents: [9500, 240000], weight: [1, 2], packs: [[]], lot: 0 },
];

/** Some 380 items: names × sizes of every family, with GTINs that check, packs, prices and substitutes. */
export function buildItems(rng: Rng, suppliers: readonly Supplier[]): Item[] {
  const items: Item[] = [];
  let number = 400;
  for (const family of FAMILIES) {
    const ofFamily = suppliers.filter((supplier) => supplier.groups.includes(family.group));
    // Rhythm devices and hips do not come from one house.
    const makers = family.category === 'orthopaedic implants' ? ofFamily.slice(0, 1) : family.category.startsWith('c') && family.group !== 'device' ? ofFamily.slice(-1) : ofFamily;
    for (const name of family.names) {
      const maker = rng.pick(makers);
      const base = rng.between(Math.log(family.cents[0]), Math.log(family.cents[1]));
      const same: Item[] = [];
      for (const size of family.sizes) {
        number += rng.int(1, 3);
        const id = `ITM-${String(number).padStart(5, '0')}`;
        const company = String(600000 + suppliers.indexOf(maker) * 137).padStart(7, '0');
        const gtin = gtin14(`0${company}${String(number).padStart(5, '0')}`);
        const packs = rng.pick(family.packs).map(([uom, factor], i) => ({ uom, factor, gtin: gtin14(`${i + 1}${company}${String(number).padStart(5, '0')}`) }));
        const bought = packs.length > 0 ? packs[Math.min(packs.length - 1, rng.chance(0.75) ? 0 : 1)] : undefined;
        const item: Item = {
          id, name: `${name} ${size}`, category: family.category, group: family.group, gtin,
          baseUom: family.group === 'service' ? 'DA' : 'EA',
          packs,
          purchase: bought ? { uom: bought.uom, factor: bought.factor } : { uom: family.group === 'service' ? 'DA' : 'EA', factor: 1 },
          eachCents: Math.max(2, Math.round(Math.exp(base + rng.between(-0.15, 0.15)))),
          clinicalWeight: rng.int(family.weight[0], family.weight[1]),
          substitutes: [],
          lotTracked: rng.chance(family.lot),
          implant: family.group === 'implant' || family.group === 'trunk' || family.group === 'replace',
          supplier: maker,
          otherSupplier: rng.pick(suppliers.filter((supplier) => supplier !== maker && supplier.groups.some((group) => maker.groups.includes(group)))),
          onContract: rng.chance(0.9),
          areas: family.areas,
          popularity: rng.logNormal(1, 0.9),
        };
        same.push(item);
        items.push(item);
      }
      for (const [i, item] of same.entries()) {
        const next = same[i + 1] ?? same[i - 1];
        if (next && (family.group === 'commodity' || family.group === 'drug') && rng.chance(0.6)) item.substitutes.push(next.id);
      }
    }
  }
  return items;
}
