import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EVENT_TYPES } from '../../ingest/contract/index';
import { accepts } from '../../ingest/contract/accept';
import { validate, validateInFull } from '../../ingest/contract/validate';
import { load } from '../bench/load';

const eventOf = (type: string, data: unknown) => ({ specversion: '1.0', id: 'e-1', source: '/test', type, time: '2026-03-02T10:00:00Z', data });

describe('the quick test', () => {
  it.each([...EVENT_TYPES.values()].map(({ type, schema, example }) => [type, schema, example] as const))('accepts the example of %s', (_, schema, example) => {
    expect(accepts(schema)(example)).toBe(true);
  });

  it('knows every kind of field that the contract uses, so that the simulator’s events need no zod', () => {
    let asked = 0;
    let events = 0;
    for (const message of load(3_000, '7')) {
      if (message.headers['ce-id']) continue;
      let body: unknown;
      try {
        body = JSON.parse(typeof message.body === 'string' ? message.body : new TextDecoder().decode(message.body));
      } catch {
        continue;
      }
      const full = validateInFull(body);
      if (!full.ok) continue;
      events++;
      if (!accepts(full.type.schema)(full.event.data)) asked++;
    }
    expect(events).toBeGreaterThan(2_000);
    expect(asked).toBe(0);
  });

  it('says the same as zod whatever is done to an event', () => {
    const types = [...EVENT_TYPES.values()];
    const value = fc.oneof(fc.constant(null), fc.constant(''), fc.constant('x'.repeat(600)), fc.constant([]), fc.constant({}), fc.constant([{}]), fc.integer(), fc.double(), fc.boolean(), fc.string(), fc.constant('12.5'),
      fc.constant('1.123456789'), fc.constant('2026-02-30'), fc.constant('2026-02-28'), fc.constant('2026-03-02T10:00:00+01:00'), fc.constant(undefined));
    fc.assert(fc.property(fc.nat(types.length - 1), fc.array(fc.tuple(fc.nat(), value), { maxLength: 3 }), (at, changes) => {
      const { type, example } = types[at] ?? types[0]!;
      const event = structuredClone(eventOf(type, example)) as Record<string, unknown>;
      for (const [where, instead] of changes) {
        const places = placesOf(event);
        const place = places[where % places.length];
        if (place) (place.of as Record<string, unknown>)[place.name] = structuredClone(instead);
      }
      expect(validate(event)).toEqual(validateInFull(event));
    }), { numRuns: 20_000 });
  });
});

function placesOf(value: unknown): { of: object; name: string }[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [{ of: value, name }, ...placesOf(inner)]);
}
