import { z } from 'zod';
import { event } from './define';
import { businessDate, businessKey, code, data, document, flowType, gtin, instant, lineRef, lines, quantity, text, uom } from './fields';

const procedure = {
  case: businessKey.optional().meta({ description: 'Encounter or case; stored as a keyed token only' }),
  procedureCode: code.optional(),
  serviceLine: code.optional(),
};

const item = {
  item: businessKey.optional(),
  gtin: gtin.optional(),
  udi: text.optional().meta({ description: 'Scanned barcode, GS1 or HIBC; taken apart by the listener' }),
  lot: text.optional(),
  serial: text.optional().meta({ description: 'Stored as a keyed token only' }),
  expiry: businessDate.optional(),
  quantity: quantity.optional(),
  uom: uom.optional(),
};

const head = {
  interface: 'pou-to-inventory', pattern: 'event', target: 'inventory', facility: 'ST-ANNA',
  outcome: 'succeeded', attempt: 1, latencyMs: 84, actor: { kind: 'human', id: 'u-81' },
} as const;

export const clinicalEvents = [
  event(
    'clinical.case.scheduled.v1',
    'A case was scheduled, with the items planned for it',
    data({ document, ...procedure, location: code.optional(), startsAt: instant.optional(), lines: lines({ item: item.item, quantity: item.quantity, uom: item.uom }).optional() }),
    {
      ...head, interface: 'ehr-to-pou', target: 'pou',
      document: { id: 'SCH-20114', revision: 0, date: '2026-03-02' }, case: 'ENC-7730112', procedureCode: '27130', serviceLine: 'orthopaedics', location: 'OR-3',
      lines: [{ id: '1', item: 'ITM-00412', quantity: '1', uom: 'EA' }],
    },
  ),
  event(
    'clinical.usage.recorded.v1',
    'Items were used on a case',
    data({
      document, ...procedure, location: code.optional(),
      lines: lines({ ...item, location: code.optional(), costCentre: code.optional(), implant: z.boolean().optional(), flowType: flowType.optional() }),
    }),
    {
      ...head, document: { id: 'USE-88123', revision: 0, date: '2026-03-02' },
      case: 'ENC-7730112', procedureCode: '27130', serviceLine: 'orthopaedics',
      lines: [{ id: '1', item: 'ITM-00412', gtin: '00614141000036', lot: 'L2291', quantity: '1', uom: 'EA', location: 'OR-3', costCentre: 'CC-410', implant: true, flowType: 'stock' }],
    },
  ),
  event(
    'clinical.usage.reversed.v1',
    'A recorded usage was taken back, in whole or in part',
    data({ document, ...procedure, lines: lines({ ...item, usage: lineRef.optional().meta({ description: 'The usage line taken back' }), location: code.optional(), costCentre: code.optional() }) }),
    {
      ...head, document: { id: 'USR-102', revision: 0, date: '2026-03-02' },
      lines: [{ id: '1', usage: { document: 'USE-88123', line: '1' }, item: 'ITM-00412', quantity: '1', uom: 'EA', location: 'OR-3' }],
    },
  ),
];
