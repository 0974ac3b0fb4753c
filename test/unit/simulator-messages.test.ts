import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { EVENT_TYPES } from '../../ingest/contract';
import { envelope } from '../../ingest/contract/envelope';
import { FLOW_TYPES } from '../../ingest/contract/fields';
import { scaledRates } from '../../ingest/simulator/fault-rates';
import type { SimMessage } from '../../ingest/simulator/outbox';
import { generate } from '../../ingest/simulator/simulation';
import { readCommand } from '../../ingest/simulator/command';
import { answerReplay } from '../../ingest/simulator/targets';
import { elementString, gtin14 } from '../../ingest/simulator/world/gtin';
import { atLocal, localDate, localInstant, localTime } from '../../ingest/simulator/zone';

const UNTIL = Date.parse('2026-03-16T12:00:00Z');
const OPTIONS = { seed: 'unit', days: 9, until: UNTIL };

function fingerprint(messages: Iterable<SimMessage>): { hash: string; count: number } {
  const hash = createHash('sha256');
  let count = 0;
  for (const message of messages) {
    hash.update(JSON.stringify([message.publishAt, message.subject, message.headers, message.identity ?? null])).update(message.body);
    count++;
  }
  return { hash: hash.digest('hex'), count };
}

describe('messages of the simulated network', () => {
  let messages: SimMessage[] = [];
  beforeAll(() => {
    messages = [...generate(OPTIONS)];
  }, 60_000);

  it('are the same bytes in the same order for the same options, with and without their truth', () => {
    const first = fingerprint(messages);
    expect(fingerprint(generate({ ...OPTIONS, truth: false }))).toEqual(first);
    expect(fingerprint(generate({ ...OPTIONS, seed: 'another', days: 1 })).hash).not.toBe(first.hash);
  }, 60_000);

  it('begin with the history, however much longer the run goes on', () => {
    let at = 0;
    const days = 3;
    const until = UNTIL - 6 * 86_400_000;
    const short = [...generate({ ...OPTIONS, days, until })];
    for (const message of generate({ ...OPTIONS, days, until, to: until + 86_400_000, truth: false })) {
      const other = short[at++];
      if (!other) break;
      if (other.body !== message.body && Buffer.compare(Buffer.from(other.body), Buffer.from(message.body)) !== 0) expect.fail(`message ${at} differs`);
    }
    expect(at).toBe(short.length + 1);
  }, 60_000);

  it('are published in the order of their instants, and never before they happened', () => {
    for (const [i, message] of messages.entries()) {
      expect(message.publishAt).toBeGreaterThanOrEqual(messages[i - 1]?.publishAt ?? 0);
      if (message.event) expect(message.publishAt).toBeGreaterThanOrEqual(Date.parse(message.event.time));
    }
  });

  it('hold to the contract wherever they can be read', () => {
    for (const { event } of messages) {
      if (!event) continue;
      const type = EVENT_TYPES.get(event.type);
      if (!type) expect.fail(`no such type: ${event.type}`);
      const parsed = type.schema.safeParse(event.data);
      if (!parsed.success) expect.fail(`${event.type} ${event.id}: ${JSON.stringify(parsed.error.issues[0])}`);
      const head = envelope.safeParse(event);
      if (!head.success) expect.fail(`${event.type} ${event.id}: ${JSON.stringify(head.error.issues[0])}`);
    }
  });

  it('never carry a number where a decimal may not be cut', () => {
    const walk = (value: unknown, path: string): void => {
      if (typeof value === 'number' && !Number.isInteger(value) && !/leadTimeDays|clinicalWeight/.test(path)) expect.fail(`${path} is ${value}`);
      if (typeof value === 'object' && value !== null) for (const [name, inner] of Object.entries(value)) walk(inner, `${path}.${name}`);
    };
    for (const { event } of messages) if (event) walk(event.data, event.type);
  });

  it('come in both modes, with most in structured mode, and say the same in either', () => {
    const binary = messages.filter(({ event, headers }) => event && headers['ce-id'] !== undefined);
    expect(binary.length).toBeGreaterThan(50);
    expect(binary.length).toBeLessThan(messages.length / 4);
    for (const { event, headers, body } of binary) {
      expect(decodeURIComponent(headers['ce-source'] ?? '')).toBe(event?.source);
      expect(JSON.parse(String(body))).toEqual(event?.data);
      expect(Object.values(headers).every((value) => /^[\x21-\x7e]*$/.test(value))).toBe(true);
    }
  });

  it('are of a realistic size, from several time zones, through every flow type', () => {
    const bytes = messages.reduce((sum, { body }) => sum + body.length, 0);
    expect(bytes / messages.length).toBeGreaterThan(700);
    const zones = new Set(messages.flatMap(({ event }) => (event?.type === 'master.location.changed.v1' ? [(event.data.attributes as { timeZone: string }).timeZone] : [])));
    expect(zones.size).toBeGreaterThanOrEqual(3);
    const flows = new Set<unknown>();
    for (const { event } of messages) {
      flows.add(event?.data.flowType);
      const lines = event?.data.lines;
      if (Array.isArray(lines)) for (const line of lines as { flowType?: unknown }[]) flows.add(line.flowType);
    }
    for (const flow of FLOW_TYPES) expect(flows, flow).toContain(flow);
  });

  it('mostly carry no correlation id, and sequences that rise by source', () => {
    const readable = messages.flatMap(({ event }) => event ?? []);
    const share = readable.filter((event) => event.correlationid !== undefined).length / readable.length;
    expect(share).toBeGreaterThan(0.02);
    expect(share).toBeLessThan(0.4);
    const seen = new Map<string, Set<string>>();
    for (const { source, sequence, id } of readable) {
      if (sequence === undefined) continue;
      const ids = seen.get(`${source}/${sequence}`) ?? new Set();
      seen.set(`${source}/${sequence}`, ids.add(id));
    }
    expect([...seen.values()].every((ids) => ids.size === 1)).toBe(true);
  });

  it('spell barcodes in every way, with check digits that hold', () => {
    const udis: string[] = [];
    const gtins: string[] = [];
    for (const { event } of messages) {
      const lines = event?.data.lines;
      if (Array.isArray(lines)) for (const line of lines as { udi?: string; gtin?: string }[]) {
        if (line.udi !== undefined) udis.push(line.udi);
        if (line.gtin !== undefined && !line.gtin.startsWith('9')) gtins.push(line.gtin);
      }
    }
    for (const start of ['(01)', '01', ']C101', ']d201']) expect(udis.some((udi) => udi.startsWith(start)), start).toBe(true);
    for (const gtin of gtins) expect(gtin14(gtin.slice(0, 13))).toBe(gtin);
  });

  it('hold no disturbance where all rates are zero', () => {
    const ids = new Set<string>();
    for (const { event } of generate({ seed: 'calm', days: 3, until: UNTIL, rates: scaledRates(0) })) {
      if (!event) expect.fail('an unreadable message');
      expect(ids.has(event.id)).toBe(false);
      ids.add(event.id);
      expect(event.data.outcome ?? 'succeeded').toBe('succeeded');
    }
  }, 60_000);

  it('answer a replay with the outcome of its target', () => {
    const failed = messages.find(({ event }) => event?.data.outcome === 'dead_lettered' || event?.data.outcome === 'failed')?.event;
    if (!failed) expect.fail('nothing failed');
    const replay = { ...failed, id: 'r-1', replayof: failed.id };
    const answer = answerReplay('1', JSON.stringify(replay), new Map(), UNTIL);
    const event = answer?.message.event;
    expect(event).toMatchObject({ source: failed.source, type: failed.type, replayof: failed.id, causationid: 'r-1' });
    expect(event?.data.attempt).toBe(Number(failed.data.attempt) + 1);
    expect(event?.data.target).toBe(failed.data.target);
    expect(EVENT_TYPES.get(failed.type)?.schema.safeParse(event?.data).success).toBe(true);
    const outcomes = new Set(Array.from({ length: 60 }, (_, i) => answerReplay('1', JSON.stringify({ ...replay, id: `r-${i}` }), new Map(), UNTIL)?.message.event?.data.outcome));
    expect(outcomes).toEqual(new Set(['succeeded', 'failed']));
    expect(answerReplay('1', 'not JSON', new Map(), UNTIL)).toBeUndefined();
  });
});

describe('the command line', () => {
  it('has defaults and refuses what cannot be in one line', () => {
    expect(readCommand([], UNTIL)).toMatchObject({ seed: '1', days: 35, facilities: 4, volume: 1, speed: 1, live: true, dryRun: false });
    expect(readCommand(['--dry-run'], UNTIL)).toMatchObject({ live: false, dryRun: true });
    expect(readCommand(['--rate', '1'], UNTIL)).toMatchObject({ days: 2 });
    expect(readCommand(['--facilities', 'LAKESIDE,PRAIRIE'], UNTIL)).toMatchObject({ facilities: ['LAKESIDE', 'PRAIRIE'] });
    expect(readCommand(['--faults', '0'], UNTIL)).toMatchObject({ rates: scaledRates(0) });
    expect(() => readCommand(['--days', 'many'], UNTIL)).toThrow(/--days many/);
    expect(() => readCommand(['--until', '2030-01-01T00:00:00Z'], UNTIL)).toThrow(/future/);
    expect(() => [...generate({ facilities: ['NOWHERE'], days: 1, until: UNTIL })]).toThrow(/NOWHERE/);
  });
});

describe('local time', () => {
  it('follows the clock changes of each zone', () => {
    const before = Date.parse('2026-03-08T06:59:00Z');
    expect(localTime(before, 'America/New_York')).toMatchObject({ date: '2026-03-08', hour: 1, minute: 59, weekday: 0 });
    expect(localTime(before + 60_000, 'America/New_York')).toMatchObject({ hour: 3, minute: 0 });
    expect(localInstant(Date.parse('2026-07-01T12:00:00Z'), 'Europe/Berlin')).toBe('2026-07-01T14:00:00.000+02:00');
    expect(atLocal('2026-03-29', 12, 0, 'Europe/Berlin')).toBe(Date.parse('2026-03-29T10:00:00Z'));
    expect(atLocal('2026-11-01', 12, 0, 'America/Chicago')).toBe(Date.parse('2026-11-01T18:00:00Z'));
    expect(localDate(Date.parse('2026-01-01T03:00:00Z'), 'America/Chicago')).toBe('2025-12-31');
  });
});

describe('barcodes', () => {
  it('are spelled as labels and scanners do', () => {
    const label = { gtin: gtin14('0061414100003'), expiry: '2027-05-31', lot: 'L2291', serial: 'S7' };
    expect(label.gtin).toBe('00614141000036');
    expect(elementString(label, 'brackets')).toBe('(01)00614141000036(17)270531(10)L2291(21)S7');
    expect(elementString(label, 'raw')).toBe('01006141410000361727053110L2291\u001d21S7');
    expect(elementString({ ...label, serial: '' }, 'gs1-128')).toBe(']C101006141410000361727053110L2291');
  });
});
