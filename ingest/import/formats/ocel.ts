import { z } from 'zod';
import type { Unit } from '../unit';

const relationship = z.looseObject({ objectId: z.string(), qualifier: z.string().optional() });
const ocelEvent = z.looseObject({
  id: z.string(), type: z.string(), time: z.string(),
  attributes: z.array(z.looseObject({ name: z.string(), value: z.unknown() })).optional(),
  relationships: z.array(relationship).optional(),
});
const ocelObject = z.looseObject({
  id: z.string(), type: z.string(),
  attributes: z.array(z.looseObject({ name: z.string(), time: z.string().optional(), value: z.unknown() })).optional(),
  relationships: z.array(relationship).optional(),
});
type OcelObject = z.infer<typeof ocelObject>;

/**
 * OCEL 2.0 as JSON. A record is one event: `{ event: { id, type, time, attributes }, objects: [ { id, type, qualifier,
 * attributes, related: [ { id, type, qualifier } ] } ] }`; the attributes of an object are those in force at the
 * event's time. The format is one JSON document, so it is read as a whole.
 */
export async function* readOcel(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Unit> {
  const decoder = new TextDecoder('utf-8');
  let text = '';
  for await (const chunk of bytes) text += decoder.decode(chunk, { stream: true });
  text += decoder.decode();
  let log: unknown;
  try {
    log = JSON.parse(text);
  } catch (problem) {
    throw new Error(`the file is no JSON: ${(problem as Error).message}`);
  }
  const shape = z.looseObject({ events: z.array(z.unknown()), objects: z.array(z.unknown()) }).safeParse(log);
  if (!shape.success) throw new Error('the file is no OCEL 2.0 JSON: it has no lists "events" and "objects"');
  const objects = new Map<string, OcelObject>();
  for (const given of shape.data.objects) {
    const read = ocelObject.safeParse(given);
    if (read.success) objects.set(read.data.id, read.data);
  }
  for (const [index, given] of shape.data.events.entries()) {
    const group = index + 1;
    const read = ocelEvent.safeParse(given);
    if (!read.success) {
      const where = `event ${group}`;
      yield { kind: 'unreadable', code: 'OCEL_EVENT', reason: `${where}: ${read.error.issues[0]?.path.join('.') ?? ''} ${read.error.issues[0]?.message ?? ''}`, raw: JSON.stringify(given), where, group };
      continue;
    }
    const event = read.data;
    const record = {
      event: { id: event.id, type: event.type, time: event.time, attributes: Object.fromEntries((event.attributes ?? []).map(({ name, value }) => [name, value])) },
      objects: (event.relationships ?? []).map(({ objectId, qualifier }) => {
        const object = objects.get(objectId);
        return {
          id: objectId, type: object?.type, qualifier,
          attributes: object ? attributesAt(object, event.time) : {},
          related: (object?.relationships ?? []).map((to) => ({ id: to.objectId, type: objects.get(to.objectId)?.type, qualifier: to.qualifier })),
        };
      }),
    };
    yield { kind: 'record', record, where: `event ${event.id}`, group };
  }
}

/** The last value of each attribute that was stated at or before the time; one without a time always holds. */
function attributesAt(object: OcelObject, time: string): Record<string, unknown> {
  const at = Date.parse(time);
  const found = new Map<string, { since: number; value: unknown }>();
  for (const { name, time: stated, value } of object.attributes ?? []) {
    const since = stated === undefined ? Number.NEGATIVE_INFINITY : Date.parse(stated);
    const before = found.get(name);
    if (since <= at && (!before || since >= before.since)) found.set(name, { since, value });
  }
  return Object.fromEntries([...found].map(([name, { value }]) => [name, value]));
}
