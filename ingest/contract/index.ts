import { clinicalEvents } from './clinical';
import type { EventType } from './define';
import { financeEvents } from './finance';
import { integrationEvents } from './integration';
import { inventoryEvents } from './inventory';
import { masterEvents } from './master';
import { opsEvents } from './ops';
import { procurementEvents } from './procurement';

export type { EventData, EventType } from './define';

/** Every event type of the contract, by its name. */
export const EVENT_TYPES: ReadonlyMap<string, EventType> = new Map(
  [...clinicalEvents, ...inventoryEvents, ...procurementEvents, ...financeEvents, ...masterEvents, ...integrationEvents, ...opsEvents].map(
    (event) => [event.type, event],
  ),
);
