import { anyDocument, credit, invoice, item, order, receipt, takenBack } from './match';
import { at, bought, EA, line, type Case } from './match-cases';

/** Further cases worked by hand, each with its arithmetic (`work`). 10 pieces at 100.00 unless it says otherwise. */

/** Rules of all cases: the defaults for all, limits for some that only these cases name, and a version from autumn on. */
export const CASE_RULES = {
  limits: [
    { supplier: 'SUP-TIGHT', price_upper: { percent: '0', absolute: null } },
    { facility: 'LOOSE', price_upper: { percent: '50', absolute: null }, quantity: { percent: null, absolute: '2' } },
    { category: 'implants', price_upper: { percent: null, absolute: '100' } },
    { facility: 'LOOSE', supplier: 'SUP-TIGHT', price_upper: { percent: '5', absolute: null } },
    { supplier: 'SUP-BOTH', price_upper: { percent: '2', absolute: '5', breach: 'both' } },
    { supplier: 'SUP-LOW', price_lower: { percent: null, absolute: '1.00' } },
    { supplier: 'SUP-OVER', over_delivery: { percent: '10' } },
    { supplier: 'SUP-FRT', freight: { breach: 'either' } },
  ],
  versions: [{ from: '2026-09-01', name: 'autumn', price_upper: { percent: '10', absolute: null }, duplicate_days: 5 }],
};

export const MORE_MASTER = [item('IMPL', { baseUom: 'EA', category: 'implants', packFactors: [{ uom: 'BX', factor: '10' }] })];

const priced = (price: string, quantity = '10') => ({ quantity, uom: 'EA', price });
const by = (supplier: string, facility = 'NORTH') => ({ supplier, facility });

const LIMITS: Case[] = [
  { name: 'a supplier\'s own limit', work: '10 × (100.01 − 100.00) = 0.10, past 0 % of 1,000; for all others 0.10 is within 2 % and 5.00',
    events: [...bought('L1', {}, by('SUP-TIGHT')), invoice('I-L1', 'L1', priced('100.01'), by('SUP-TIGHT')), ...bought('L2'), invoice('I-L2', 'L2', priced('100.01'))],
    expect: { 'I-L1': { verdict: 'PRICE', price_variance: '0.1', at_stake: '0.1' }, 'I-L2': { verdict: 'WITHIN_TOLERANCE', price_variance: '0.1' } } },
  { name: 'a facility\'s own limit', work: '10 × (140 − 100) = 400, 40 % of 1,000, within 50 %; 10 × 51 = 510 is past it',
    events: [...bought('L3', {}, by('SUP-1', 'LOOSE')), invoice('I-L3', 'L3', priced('140'), by('SUP-1', 'LOOSE')), ...bought('L4', {}, by('SUP-1', 'LOOSE')), invoice('I-L4', 'L4', priced('151'), by('SUP-1', 'LOOSE'))],
    expect: { 'I-L3': { verdict: 'WITHIN_TOLERANCE', price_variance: '400' }, 'I-L4': { verdict: 'PRICE', at_stake: '510' } } },
  { name: 'the limit that names both supplier and facility comes before those that name one', work: '10 × 4 = 40, 4 % within 5 %, though the supplier alone has 0 %; 10 × 6 = 60, 6 % past 5 %, though the facility alone has 50 %',
    events: [...bought('L5', {}, by('SUP-TIGHT', 'LOOSE')), invoice('I-L5', 'L5', priced('104'), by('SUP-TIGHT', 'LOOSE')), ...bought('L6', {}, by('SUP-TIGHT', 'LOOSE')), invoice('I-L6', 'L6', priced('106'), by('SUP-TIGHT', 'LOOSE'))],
    expect: { 'I-L5': { verdict: 'WITHIN_TOLERANCE', price_variance: '40' }, 'I-L6': { verdict: 'PRICE', at_stake: '60' } } },
  { name: 'a category\'s own limit', work: '1 × (1,090 − 1,000) = 90 within 100, though 9 % is past 2 %; 1 × 101 is past 100',
    events: [...bought('L7', { item: 'IMPL', quantity: '1', price: '1000' }), invoice('I-L7', 'L7', { ...priced('1090', '1'), item: 'IMPL' }), ...bought('L8', { item: 'IMPL', quantity: '1', price: '1000' }), invoice('I-L8', 'L8', { ...priced('1101', '1'), item: 'IMPL' })],
    expect: { 'I-L7': { verdict: 'WITHIN_TOLERANCE', price_variance: '90' }, 'I-L8': { verdict: 'PRICE', at_stake: '101' } } },
  { name: 'a supplier\'s limit comes before a category\'s', work: '1 × (1,000.50 − 1,000) = 0.50 past 0 %, though the category has 100',
    events: [...bought('L9', { item: 'IMPL', quantity: '1', price: '1000' }, by('SUP-TIGHT')), invoice('I-L9', 'L9', { ...priced('1000.50', '1'), item: 'IMPL' }, by('SUP-TIGHT'))],
    expect: { 'I-L9': { verdict: 'PRICE', at_stake: '0.5' } } },
  { name: 'both limits have to be passed where the rule says so', work: '10 × 0.60 = 6 past 5, but 0.6 % within 2 %; 1 × 0.30 is 3 % past 2 %, but within 5; 10 × 3 = 30 and 3 % are past both',
    events: [...bought('B1', {}, by('SUP-BOTH')), invoice('I-B1', 'B1', priced('100.60'), by('SUP-BOTH')), ...bought('B2', { quantity: '1', price: '10' }, by('SUP-BOTH')), invoice('I-B2', 'B2', priced('10.30', '1'), by('SUP-BOTH')),
      ...bought('B3', {}, by('SUP-BOTH')), invoice('I-B3', 'B3', priced('103'), by('SUP-BOTH'))],
    expect: { 'I-B1': { verdict: 'WITHIN_TOLERANCE' }, 'I-B2': { verdict: 'WITHIN_TOLERANCE' }, 'I-B3': { verdict: 'PRICE', at_stake: '30' } } },
  { name: 'the lower limit by itself', work: '10 × (99.80 − 100.00) = −2.00 past 1.00 below; for all others 0.2 % is within 10 % below',
    events: [...bought('LO1', {}, by('SUP-LOW')), invoice('I-LO1', 'LO1', priced('99.80'), by('SUP-LOW')), ...bought('LO2'), invoice('I-LO2', 'LO2', priced('99.80'))],
    expect: { 'I-LO1': { verdict: 'PRICE', price_variance: '-2', at_stake: '2' }, 'I-LO2': { verdict: 'WITHIN_TOLERANCE', price_variance: '-2' } } },
  { name: 'a tolerance of quantity', work: '12 − 10 = 2 within 2; 13 − 10 = 3 past it, 3 × 100 = 300',
    events: [...bought('QT1', {}, by('SUP-1', 'LOOSE')), invoice('I-QT1', 'QT1', priced('100', '12'), by('SUP-1', 'LOOSE')), ...bought('QT2', {}, by('SUP-1', 'LOOSE')), invoice('I-QT2', 'QT2', priced('100', '13'), by('SUP-1', 'LOOSE'))],
    expect: { 'I-QT1': { verdict: 'WITHIN_TOLERANCE', quantity_variance: '200', at_stake: '0' }, 'I-QT2': { verdict: 'QTY_OVER_RECEIPT', findings: ['QTY_OVER_RECEIPT', 'QTY_OVER_ORDER'], quantity_variance: '300', at_stake: '300' } } },
  { name: 'a tolerance of over-delivery', work: '110 − 100 = 10, exactly 10 %; 111 − 100 = 11, past 10 %',
    events: [order('OD1', { quantity: '100', price: '1' }, by('SUP-OVER')), receipt('R-OD1', 'OD1', '110', by('SUP-OVER')), order('OD2', { quantity: '100', price: '1' }, by('SUP-OVER')), receipt('R-OD2', 'OD2', '111', by('SUP-OVER'))],
    expect: {}, orders: { OD1: { received: '110', over_delivered: 0 }, OD2: { received: '111', over_delivered: 1 } } },
  { name: 'freight where either limit is enough', work: '55 is 5.5 % of 1,000, past 5 %, and past 50; 55 − the larger of 50 and 5 % of 1,000 = 5. 40 on 200 is 20 %, past 5 %, within 50: 40 − 50 is below 0',
    events: [...bought('F1', {}, by('SUP-FRT')), invoice('I-F1', 'F1', EA, { ...by('SUP-FRT'), freight: '55.00' }), ...bought('F2', { quantity: '2' }, by('SUP-FRT')), invoice('I-F2', 'F2', priced('100', '2'), { ...by('SUP-FRT'), freight: '40.00' })],
    expect: { 'I-F1': { verdict: 'CHARGES', at_stake: '5' }, 'I-F2': { verdict: 'CHARGES', at_stake: '0' } } },
];

const AUTUMN: Case[] = [
  { name: 'the rule in force on the invoice\'s date judges, and the other stands beside it', work: '10 × 9 = 90, 9 %: past 2 % and 5.00 until August, within 10 % from 1 September on',
    events: [...bought('V1'), invoice('I-V1', 'V1', priced('109'), { on: '2026-08-31' }), ...bought('V2'), invoice('I-V2', 'V2', priced('109'), { on: '2026-09-01' })],
    expect: { 'I-V1': { verdict: 'PRICE', at_stake: '90', beside: { autumn: 'WITHIN_TOLERANCE' } }, 'I-V2': { verdict: 'WITHIN_TOLERANCE', at_stake: '0', beside: { 'match-1': 'PRICE' } } } },
  { name: 'days of duplicates are those of the later invoice\'s rule', work: '6 days apart: past 5 days in autumn, so 20 − 10 = 10 too many; within 90 days before',
    events: [...bought('V3'), invoice('I-V3', 'V3', EA, { on: '2026-09-10' }), invoice('I-V4', 'V3', EA, { on: '2026-09-16' })],
    expect: { 'I-V3': { verdict: 'MATCHED', beside: { 'match-1': 'MATCHED' } }, 'I-V4': { verdict: 'QTY_OVER_RECEIPT', at_stake: '1000', beside: { 'match-1': 'DUPLICATE' } } } },
];

const FLOWS: Case[] = [
  { name: 'invoice first, and all of it received', work: '10 invoiced, 10 received, 10 ordered', events: [...bought('W1', {}, { flowType: 'three-way-invoice-first' }), invoice('I-W1', 'W1', EA)], expect: { 'I-W1': { verdict: 'MATCHED' } } },
  { name: 'consignment use and bill-and-replace need no receipt of their own', work: '10 invoiced, 10 ordered, nothing to receive',
    events: [order('W2', EA, { flowType: 'consignment-use' }), invoice('I-W2', 'W2', EA), order('W3', EA, { flowType: 'bill-and-replace' }), invoice('I-W3', 'W3', EA)],
    expect: { 'I-W2': { verdict: 'MATCHED' }, 'I-W3': { verdict: 'MATCHED' } } },
  { name: 'two-way: more than ordered', work: '12 − 10 = 2; 2 × 100 = 200', events: [order('W4', EA, { flowType: 'two-way' }), invoice('I-W4', 'W4', priced('100', '12'))], expect: { 'I-W4': { verdict: 'QTY_OVER_ORDER', findings: ['QTY_OVER_ORDER'], at_stake: '200' } } },
];

const PACKS: Case[] = [
  { name: '10 dozen at 25 a dozen accrue 250', work: '10 × 12 = 120 pieces; 120 × 25 ÷ 12 = 250', events: bought('ACC', { item: 'GLOVE', uom: 'DZ', price: '25' }), expect: {}, orders: { ACC: { ordered: '120', received: '120', invoiced: '0', open_value: '250' } } },
  { name: 'two percent off the pack factor is still a pack error, more is a price', work: '10 × 12.24 = 122.40; 10 × 10 × 1.20 = 120; 2.40 is 2 % of 120. 10 × 12.25 = 122.50; 2.50 is 2.08 %',
    events: [...bought('P1', { item: 'SCREW', price: '1.20' }), invoice('I-P1', 'P1', { ...priced('12.24'), item: 'SCREW' }), ...bought('P2', { item: 'SCREW', price: '1.20' }), invoice('I-P2', 'P2', { ...priced('12.25'), item: 'SCREW' })],
    expect: { 'I-P1': { verdict: 'UOM_SUSPECT', price_variance: '110.4' }, 'I-P2': { verdict: 'PRICE', price_variance: '110.5' } } },
  { name: 'boxes ordered, pieces invoiced at the price of the box', work: '30 × 12 = 360 for 3 boxes of 10 at 12 = 36; 360 ÷ 36 = 10',
    events: [...bought('P3', { item: 'SCREW', uom: 'BX', quantity: '3', price: '12' }), invoice('I-P3', 'P3', { item: 'SCREW', uom: 'EA', quantity: '30', price: '12' })],
    expect: { 'I-P3': { verdict: 'UOM_SUSPECT', price_variance: '324', at_stake: '324' } } },
  { name: 'twelve times the price is a dozen\'s', work: '10 × 24 = 240; 10 × 2 × 12 = 240', events: [...bought('P4', { item: 'GLOVE', price: '2' }), invoice('I-P4', 'P4', { ...priced('24'), item: 'GLOVE' })], expect: { 'I-P4': { verdict: 'UOM_SUSPECT', price_variance: '220', says: /DZ of 12/ } } },
  { name: 'the pack factor before it changed', work: 'invoiced 7 March: 2 CS × 10 = 20 pieces as received; 2 × 50 = 100 as ordered',
    events: [order('P5', { item: 'PACK', quantity: '2', uom: 'CS', price: '50' }), receipt('R-P5', 'P5', '20', {}, { item: 'PACK' }), invoice('I-P5', 'P5', { item: 'PACK', quantity: '2', uom: 'CS', price: '50' }, { on: '2026-03-07' })],
    expect: { 'I-P5': { verdict: 'MATCHED', price_variance: '0', quantity_variance: '0' } } },
  { name: 'the pack factor after it changed', work: 'invoiced 9 March: 2 CS × 20 = 40 pieces, received 20: 20 too many, 20 × 5 = 100; 2 × 50 = 100 − 40 × 5 = 200 is −100, past 10 % below',
    events: [order('P6', { item: 'PACK', quantity: '2', uom: 'CS', price: '50' }), receipt('R-P6', 'P6', '20', {}, { item: 'PACK' }), invoice('I-P6', 'P6', { item: 'PACK', quantity: '2', uom: 'CS', price: '50' }, { on: '2026-03-09' })],
    expect: { 'I-P6': { verdict: 'QTY_OVER_RECEIPT', findings: ['QTY_OVER_RECEIPT', 'QTY_OVER_ORDER', 'PRICE'], price_variance: '-100', quantity_variance: '100', at_stake: '200' } } },
  { name: 'units are compared without regard to case and blanks', work: '"ea " is EA', events: [...bought('P7', { item: 'SCREW' }), invoice('I-P7', 'P7', { ...EA, uom: ' ea', item: 'SCREW' })], expect: { 'I-P7': { verdict: 'MATCHED' } } },
  { name: 'received in a unit that nobody knows the factor of', work: 'PAL of SCREW has no factor: what 10 PAL are is not known, and not 10',
    events: [order('P8', { ...EA, item: 'SCREW' }), receipt('R-P8', 'P8', '10', {}, { item: 'SCREW', uom: 'PAL' }), invoice('I-P8', 'P8', { ...EA, item: 'SCREW' })],
    expect: { 'I-P8': { verdict: 'UOM_UNRESOLVED', says: /a receipt unit/ } } },
  { name: 'ten times the price, but within its limit, is no pack error', work: '1 × (1.00 − 0.10) = 0.90, within the 100 of implants', events: [...bought('P9', { item: 'IMPL', quantity: '1', price: '0.10' }), invoice('I-P9', 'P9', { ...priced('1.00', '1'), item: 'IMPL' })],
    expect: { 'I-P9': { verdict: 'WITHIN_TOLERANCE', findings: [], price_variance: '0.9' } } },
];

const TAKEN_BACK: Case[] = [
  { name: 'a reversal that states no quantity takes the whole receipt line', work: '6 + 4 − 6 = 4 received; 10 − 4 = 6; 6 × 100 = 600',
    events: [order('T1', EA), receipt('R-T1', 'T1', '6'), receipt('R-T1B', 'T1', '4', { on: '2026-03-06' }), takenBack('reversed', 'RV-T1', 'T1', { receipt: { document: 'R-T1', line: '1' } }, { on: '2026-03-07' }), invoice('I-T1', 'T1', EA)],
    expect: { 'I-T1': { verdict: 'QTY_OVER_RECEIPT', findings: ['QTY_OVER_RECEIPT'], quantity_variance: '600', at_stake: '600' } }, orders: { T1: { received: '4' } } },
  { name: 'a return takes from the receipt line that it names', work: '6 + 4 − 2 = 8; 10 − 8 = 2; 2 × 100 = 200',
    events: [order('T2', EA), receipt('R-T2', 'T2', '6'), receipt('R-T2B', 'T2', '4', { on: '2026-03-06' }), takenBack('returned', 'RT-T2', 'T2', { quantity: '2', receipt: { document: 'R-T2', line: '1' } }, { on: '2026-03-07' }), invoice('I-T2', 'T2', EA)],
    expect: { 'I-T2': { verdict: 'QTY_OVER_RECEIPT', at_stake: '200' } }, orders: { T2: { received: '8' } } },
  { name: 'more cannot go back than came', work: '10 − 12 is 0, not −2', events: [...bought('T3'), takenBack('returned', 'RT-T3', 'T3', { quantity: '12' }), invoice('I-T3', 'T3', EA)], expect: { 'I-T3': { verdict: 'AWAITING_RECEIPT', at_stake: '1000' } }, orders: { T3: { received: '0' } } },
  { name: 'a return that does not say how much', work: '10 − ? is not known, and not 10', events: [...bought('T4'), takenBack('returned', 'RT-T4', 'T4', {}), invoice('I-T4', 'T4', EA)], expect: { 'I-T4': { verdict: 'NOT_EVALUABLE', says: /quantity of a reversal or return/ } } },
  { name: 'a receipt corrected from 10 to 8', work: '10 − 8 = 2; 2 × 100 = 200', events: [...bought('T5'), receipt('R-T5', 'T5', '8', { revision: 1, on: '2026-03-07' }), invoice('I-T5', 'T5', EA)], expect: { 'I-T5': { verdict: 'QTY_OVER_RECEIPT', at_stake: '200' } }, orders: { T5: { received: '8' } } },
  { name: 'an order changed to 12', work: '12 = 12 = 12', events: [order('T6', EA), order('T6', { ...EA, quantity: '12' }, { revision: 1, on: '2026-03-02' }), receipt('R-T6', 'T6', '12'), invoice('I-T6', 'T6', priced('100', '12'))], expect: { 'I-T6': { verdict: 'MATCHED' } }, orders: { T6: { ordered: '12' } } },
  { name: 'an order changed to another price', work: '10 × (100 − 90) = 100', events: [...bought('T7'), order('T7', { ...EA, price: '90' }, { revision: 1, on: '2026-03-02' }), invoice('I-T7', 'T7', EA)], expect: { 'I-T7': { verdict: 'PRICE', price_variance: '100', at_stake: '100' } } },
  { name: 'a credit of price that is not enough', work: '10 × 5 = 50; 50 − 40 = 10, past 5.00', events: [...bought('T8'), invoice('I-T8', 'T8', priced('105')), credit('C-T8', 'price', { ...line('I-T8'), ...at('T8'), amount: '40.00' })], expect: { 'I-T8': { verdict: 'PRICE', price_variance: '10', at_stake: '10', quantity_variance: '0' } } },
  { name: 'a credit of quantity that is not enough', work: '10 − 1 = 9; 9 − 8 = 1; 1 × 100 = 100',
    events: [order('T9', EA), receipt('R-T9', 'T9', '8'), invoice('I-T9', 'T9', EA), credit('C-T9', 'quantity', { ...line('I-T9'), quantity: '1' })], expect: { 'I-T9': { verdict: 'QTY_OVER_RECEIPT', quantity_variance: '100', at_stake: '100' } }, orders: { T9: { invoiced: '9' } } },
  { name: 'three receipts, one invoice', work: '4 + 3 + 3 = 10', events: [order('T10', EA), receipt('R-T10A', 'T10', '4'), receipt('R-T10B', 'T10', '3', { on: '2026-03-06' }), receipt('R-T10C', 'T10', '3', { on: '2026-03-07' }), invoice('I-T10', 'T10', EA)], expect: { 'I-T10': { verdict: 'MATCHED' } } },
  { name: 'first in, first out: what is open of the receipts', work: '8 invoiced use up the first 6 and 2 of the second 6; 4 × 100 = 400 open', events: [order('T11', { ...EA, quantity: '12' }), receipt('R-T11A', 'T11', '6'), receipt('R-T11B', 'T11', '6', { on: '2026-03-12' }), invoice('I-T11', 'T11', priced('100', '8'), { on: '2026-03-13' })], expect: { 'I-T11': { verdict: 'MATCHED' } }, orders: { T11: { open_value: '400' } } },
  { name: 'more than came cannot go back from a receipt line that is named', work: '10 + 5 − the 10 of the first = 5, not 10 + 5 − 12 = 3; 10 − 5 = 5; 5 × 100 = 500',
    events: [...bought('T12'), receipt('R-T12B', 'T12', '5', { on: '2026-03-06' }), takenBack('returned', 'RT-T12', 'T12', { quantity: '12', receipt: { document: 'R-T12', line: '1' } }, { on: '2026-03-07' }), invoice('I-T12', 'T12', EA)],
    expect: { 'I-T12': { verdict: 'QTY_OVER_RECEIPT', at_stake: '500' } }, orders: { T12: { received: '5' } } },
  { name: 'a credit that names only the order line takes all of the last invoice first', work: '6 + 4 − 4: nothing is left of the 4, and 6 are 6', events: [...bought('T13', { quantity: '6' }), invoice('I-T13A', 'T13', priced('100', '6')), invoice('I-T13B', 'T13', priced('100', '4'), { on: '2026-03-12' }), credit('C-T13', 'quantity', { ...at('T13'), quantity: '4' })],
    expect: { 'I-T13A': { verdict: 'MATCHED' }, 'I-T13B': { verdict: null } }, orders: { T13: { invoiced: '6' } } },
  { name: 'a receipt of nothing is none', work: '0 received, 10 invoiced', events: [order('T14', EA), receipt('R-T14', 'T14', '0'), invoice('I-T14', 'T14', EA)], expect: { 'I-T14': { verdict: 'AWAITING_RECEIPT', at_stake: '1000' } } },
];

const DUPLICATES: Case[] = [
  { name: 'of two on one day the higher number is the duplicate', work: '10 + 10 − 10 = 10 too many; N-A comes before N-B',
    events: [...bought('D1'), invoice('I-D1B', 'D1', EA, { invoiceNumber: 'N-B' }), invoice('I-D1A', 'D1', EA, { invoiceNumber: 'N-A' })], expect: { 'I-D1A': { verdict: 'MATCHED' }, 'I-D1B': { verdict: 'DUPLICATE', at_stake: '1000' } } },
  { name: 'of three the second and the third are', work: '30 − 10 = 20 too many', events: [...bought('D2'), invoice('I-D2A', 'D2', EA), invoice('I-D2B', 'D2', EA, { on: '2026-03-11' }), invoice('I-D2C', 'D2', EA, { on: '2026-03-12' })],
    expect: { 'I-D2A': { verdict: 'MATCHED' }, 'I-D2B': { verdict: 'DUPLICATE' }, 'I-D2C': { verdict: 'DUPLICATE' } } },
  { name: 'one number on two orders', work: 'number 4711 came on 10 March; on 12 March it is the duplicate', events: [...bought('D3'), ...bought('D4'), invoice('I-D3', 'D3', EA, { invoiceNumber: '4711' }), invoice('I-D4', 'D4', EA, { invoiceNumber: '4711', on: '2026-03-12' })],
    expect: { 'I-D3': { verdict: 'MATCHED' }, 'I-D4': { verdict: 'DUPLICATE', says: /came before as I-D3/ } } },
  { name: 'one number of two suppliers', work: 'each supplier counts for itself', events: [...bought('D5'), ...bought('D6', {}, by('SUP-9')), invoice('I-D5', 'D5', EA, { invoiceNumber: '4712' }), invoice('I-D6', 'D6', EA, { ...by('SUP-9'), invoiceNumber: '4712', on: '2026-03-12' })],
    expect: { 'I-D5': { verdict: 'MATCHED' }, 'I-D6': { verdict: 'MATCHED' } } },
  { name: 'numbers without leading zeros, blanks and signs', work: '"00-12/34x" and "1234X" are 1234X', events: [...bought('D7'), ...bought('D8'), invoice('I-D7', 'D7', EA, { invoiceNumber: '00-12/34x' }), invoice('I-D8', 'D8', EA, { invoiceNumber: '1234X', on: '2026-03-12' })],
    expect: { 'I-D7': { verdict: 'MATCHED' }, 'I-D8': { verdict: 'DUPLICATE' } } },
  { name: 'the same quantity at another price is no duplicate', work: '10 × 101 ≠ 10 × 100; 20 − 10 = 10 too many, 10 × 100 = 1,000; 10 × 1 = 10 past 5.00', events: [...bought('D9'), invoice('I-D9A', 'D9', EA), invoice('I-D9B', 'D9', priced('101'), { on: '2026-03-12' })],
    expect: { 'I-D9B': { verdict: 'QTY_OVER_RECEIPT', findings: ['QTY_OVER_RECEIPT', 'QTY_OVER_ORDER', 'PRICE'], at_stake: '1010' } } },
  { name: 'on the 90th day it is one, on the 91st not', work: '10 March + 90 days = 8 June', events: [...bought('D10'), invoice('I-D10A', 'D10', EA), invoice('I-D10B', 'D10', EA, { on: '2026-06-08' }), ...bought('D11'), invoice('I-D11A', 'D11', EA), invoice('I-D11B', 'D11', EA, { on: '2026-06-09' })],
    expect: { 'I-D10B': { verdict: 'DUPLICATE', says: /90 days earlier/ }, 'I-D11B': { verdict: 'QTY_OVER_RECEIPT' } } },
  { name: 'invoiced in parts, the later date is too much, whatever came first', work: '6 + 5 − 10 = 1 too many, of the invoice of 14 March', events: [...bought('D12'), invoice('I-D12A', 'D12', priced('100', '5'), { on: '2026-03-14' }), invoice('I-D12B', 'D12', priced('100', '6'), { on: '2026-03-12' })],
    expect: { 'I-D12B': { verdict: 'MATCHED' }, 'I-D12A': { verdict: 'QTY_OVER_RECEIPT', at_stake: '100' } } },
  { name: 'after a credit the same again is too much, but no duplicate', work: '10 − 4 + 10 = 16; 16 − 10 = 6; 6 × 100 = 600', events: [...bought('D13'), invoice('I-D13A', 'D13', EA), credit('C-D13', 'quantity', { ...line('I-D13A'), quantity: '4' }, { on: '2026-03-12' }), invoice('I-D13B', 'D13', EA, { on: '2026-03-14' })],
    expect: { 'I-D13A': { verdict: 'MATCHED' }, 'I-D13B': { verdict: 'QTY_OVER_RECEIPT', findings: ['QTY_OVER_RECEIPT', 'QTY_OVER_ORDER'], at_stake: '600' } } },
  { name: 'a duplicate uses up nothing of what the others may invoice', work: '10, 10 again and 2 of 12: without the duplicate 10 + 2 = 12', events: [...bought('D14', { quantity: '12' }), invoice('I-D14A', 'D14', EA), invoice('I-D14B', 'D14', EA, { on: '2026-03-11' }), invoice('I-D14C', 'D14', priced('100', '2'), { on: '2026-03-12' })],
    expect: { 'I-D14A': { verdict: 'MATCHED' }, 'I-D14B': { verdict: 'DUPLICATE' }, 'I-D14C': { verdict: 'MATCHED' } } },
];

const FIELDS: Case[] = [
  { name: 'tax is left out', work: '10 × 100 = 1,000 beside 82.50 of tax', events: [...bought('X1'), invoice('I-X1', 'X1', { ...EA, tax: '82.50' })], expect: { 'I-X1': { verdict: 'MATCHED', price_variance: '0' } } },
  { name: 'small prices to six places', work: '1000 × (0.012345 − 0.012340) = 0.005, within 2 %', events: [order('X2', { quantity: '1000', price: '0.012340' }), receipt('R-X2', 'X2', '1000'), invoice('I-X2', 'X2', priced('0.012345', '1000'))], expect: { 'I-X2': { verdict: 'WITHIN_TOLERANCE', price_variance: '0.005' } } },
  { name: 'parts of a piece', work: '0.5 × 199.99 = 99.995', events: [order('X3', { quantity: '0.5', price: '199.99' }), receipt('R-X3', 'X3', '0.5'), invoice('I-X3', 'X3', priced('199.99', '0.5'))], expect: { 'I-X3': { verdict: 'MATCHED', price_variance: '0' } } },
  { name: 'an amount that is more than ordered', work: '1,010 − 10 × 100 = 10 past 5.00', events: [...bought('X4'), invoice('I-X4', 'X4', { quantity: '10', amount: '1010.00' })], expect: { 'I-X4': { verdict: 'PRICE', price_variance: '10', at_stake: '10' } } },
  { name: 'a currency that only the order leaves out', work: 'USD against ? is not known', events: [...bought('X5', {}, { currency: null }), invoice('I-X5', 'X5', EA)], expect: { 'I-X5': { verdict: 'NOT_EVALUABLE', says: /missing: order currency/ } } },
  { name: 'an order line that is not known', work: 'order X6 has line 1, not 9', events: [...bought('X6'), invoice('I-X6', 'X6', { ...EA, ...at('X6', '9') })], expect: { 'I-X6': { verdict: 'NO_PO', at_stake: '1000', says: /names order X6 line 9, which is not known/ } } },
  { name: 'an order named without its line: the line of that item is meant', work: 'of lines ITEM and GLOVE the second is invoiced: 5 × 3 = 15 as ordered',
    events: [anyDocument('order.created', 'X7', [{ id: '1', item: 'ITEM', ...EA }, { id: '2', item: 'GLOVE', uom: 'EA', quantity: '5', price: '3' }], { on: '2026-03-01', flowType: 'two-way' }),
      anyDocument('invoice.received', 'I-X7', [{ id: '1', order: { document: 'X7' }, item: 'GLOVE', uom: 'EA', quantity: '5', price: '3' }], { invoiceNumber: 'N-X7' })], expect: { 'I-X7': { verdict: 'MATCHED' } } },
  { name: 'an order named without its line, of two lines of the item', work: 'nothing says which of the two is meant', events: [anyDocument('order.created', 'X8', [{ id: '1', item: 'ITEM', ...EA }, { id: '2', item: 'ITEM', ...EA }], { on: '2026-03-01', flowType: 'two-way' }),
      anyDocument('invoice.received', 'I-X8', [{ id: '1', order: { document: 'X8' }, item: 'ITEM', ...EA }], { invoiceNumber: 'N-X8' })], expect: { 'I-X8': { verdict: 'NO_PO', says: /without a line/ } } },
  { name: 'all findings are kept, the first is shown', work: '12 of 10 received at 110: 2 × 100 = 200 too many, 12 × 10 = 120 too dear; the whole 1,320 is in doubt, since another supplier invoiced it',
    events: [...bought('X9'), invoice('I-X9', 'X9', priced('110', '12'), { supplier: 'SUP-2' })], expect: { 'I-X9': { verdict: 'SUPPLIER', findings: ['SUPPLIER', 'QTY_OVER_RECEIPT', 'QTY_OVER_ORDER', 'PRICE'], price_variance: '120', quantity_variance: '200', at_stake: '1320' } } },
  { name: 'an invoice that names neither supplier nor item', work: 'what is not stated differs from nothing; the order has one line, which is meant: 10 = 10 = 10',
    events: [...bought('X13'), anyDocument('invoice.received', 'I-X13', [{ id: '1', order: { document: 'X13' }, ...EA }], { invoiceNumber: 'N-X13', supplier: '' })], expect: { 'I-X13': { verdict: 'MATCHED' } } },
  { name: 'another substitute than the acknowledged one', work: 'ALT was acknowledged, OTHER invoiced', events: [...bought('X10'), anyDocument('order.acknowledged', 'X10', [{ id: '1', code: 'IS', item: 'ALT' }], { on: '2026-03-02' }), invoice('I-X10', 'X10', { ...EA, item: 'OTHER' })], expect: { 'I-X10': { verdict: 'ITEM' } } },
  { name: 'freight of an invoice of two lines is found once', work: '120 on 500 + 500: 12 %, past 5 %, and past 50; 120 − 50 = 70. 40 on 1,000 is within both',
    events: [...bought('X11'), ...bought('X12'), anyDocument('invoice.received', 'I-X11', [{ id: '1', ...at('X11'), item: 'ITEM', ...EA }], { invoiceNumber: 'N-X11', freight: '40.00' }),
      anyDocument('invoice.received', 'I-X12', [{ id: '1', ...at('X12'), item: 'ITEM', ...EA, quantity: '5' }, { id: '2', ...at('X12'), item: 'ITEM', ...EA, quantity: '5', price: '100.00' }], { invoiceNumber: 'N-X12', freight: '120.00' })],
    expect: { 'I-X11': { verdict: 'MATCHED' } }, lines: { 'I-X12/1': { verdict: 'CHARGES', at_stake: '70' }, 'I-X12/2': { verdict: 'MATCHED', at_stake: '0' } } },
];

export const MORE_CASES: Case[] = [...LIMITS, ...AUTUMN, ...FLOWS, ...PACKS, ...TAKEN_BACK, ...DUPLICATES, ...FIELDS];
