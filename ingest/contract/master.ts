import { z } from 'zod';
import { event } from './define';
import { businessDate, businessKey, code, currency, data, document, gtin, price, quantity, text, uom } from './fields';

const head = { interface: 'erp-master-data', pattern: 'event', target: 'analytics', outcome: 'succeeded' } as const;

/** Master data: document.id is the record, revision its version, date its valid-from. */
function master<T extends z.ZodRawShape>(kind: string, summary: string, attributes: T, id: string, example: z.input<z.ZodObject<T>>) {
  const schema = data({ document, attributes: z.looseObject(attributes) });
  return event(`master.${kind}.changed.v1`, `${summary}. document.id is the record, document.revision its version, document.date valid from`,
    schema, { ...head, document: { id, revision: 1, date: '2026-01-01' }, attributes: example } as z.input<typeof schema>);
}

export const masterEvents = [
  master('item', 'An item of the item master changed', {
    name: text.optional(), category: code.optional(), gtin: gtin.optional(), baseUom: uom.optional(),
    clinicalWeight: z.number().min(0).max(100).optional().meta({ description: 'How much a stockout hurts care; 1 is ordinary' }),
    substitutes: z.array(businessKey).max(100).optional(),
    packFactors: z.array(z.looseObject({ uom, factor: quantity, gtin: gtin.optional() })).max(20).optional().meta({ description: 'How many base units one uom holds' }),
    implant: z.boolean().optional(),
  }, 'ITM-00412', { name: 'Acetabular cup 52 mm', category: 'orthopaedic implants', gtin: '00614141000036', baseUom: 'EA', clinicalWeight: 5, substitutes: ['ITM-00413'], packFactors: [{ uom: 'BX', factor: '10' }], implant: true }),
  master('supplier', 'A supplier changed', { name: text.optional(), contact: text.optional(), leadTimeDays: z.number().min(0).optional() }, 'SUP-07', { name: 'Meridian Orthopaedics', contact: 'orders desk', leadTimeDays: 3 }),
  master('location', 'A location changed; a facility is a location of kind facility', {
    name: text.optional(), kind: z.enum(['facility', 'warehouse', 'area', 'bin']).optional(), parent: code.optional(), facility: code.optional(),
    timeZone: z.string().refine(isZone, { error: 'is no IANA time zone' }).optional(), stocked: z.boolean().optional(),
  }, 'ST-ANNA', { name: 'St. Anna Hospital', kind: 'facility', timeZone: 'America/Chicago', stocked: false }),
  master('costcenter', 'A cost centre changed', { name: text.optional(), facility: code.optional() }, 'CC-410', { name: 'Operating rooms', facility: 'ST-ANNA' }),
  master('uom', 'A unit of measure changed', { name: text.optional(), x12: code.optional() }, 'BX', { name: 'Box', x12: 'BX' }),
  master('contract', 'A contract price changed; one item a record', {
    contract: businessKey.optional(), supplier: code.optional(), item: businessKey.optional(), price: price.optional(), uom: uom.optional(), currency: currency.optional(),
    validTo: businessDate.optional(), facilities: z.array(code).max(1000).optional(),
  }, 'CTR-11:ITM-00412', { contract: 'CTR-11', supplier: 'SUP-07', item: 'ITM-00412', price: '184.50', uom: 'EA', currency: 'USD', validTo: '2026-12-31', facilities: ['ST-ANNA'] }),
  master('fxrate', 'A rate of exchange: one unit of from is worth rate units of to', { from: currency, to: currency, rate: price }, 'EUR-USD', { from: 'EUR', to: 'USD', rate: '1.0842' }),
];

function isZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
