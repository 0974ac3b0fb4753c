// Dead letters taken in again: by command, and from the page through a listener.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import { headers } from '@nats-io/transport-node';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { deadLetters } from '../../clickhouse/queries/failures';
import { openDeadLetters } from '../../clickhouse/queries/exceptions';
import { lettersToRetake } from '../../clickhouse/queries/retake';
import { EVENT_TYPES } from '../../ingest/contract/index';
import { structured, type Publishable } from '../../ingest/contract/stream';
import { retake } from '../../ingest/listener/retake';
import { retakeAll } from '../../ingest/listener/retake-main';
import { serveRetakes } from '../../ingest/listener/retake-service';
import { compileMapping } from '../../ingest/mapping/compile';
import type { Role } from '../../server/auth/roles';
import { createCaller } from '../../server/routers/root';
import { decoderParts, freshMsgId, startPipeline, TEST_TOKEN_KEY, type Pipeline } from '../support/pipeline';
import { ROOT } from '../support/start';

/** The broken one does not know that some parcels have their quantity under another name. */
const MAPPING = (quantity: string, version: number) => `
mapping: wms
version: ${version}
match: { subject: events.wms.> }
each: parcels
rules:
  - events:
      - source: '"wms"'
        id: $key("P-", no)
        time: '"2026-03-02T10:00:00Z"'
        type: procurement.receipt.confirmed.v1
        data:
          facility: '"ST-ANNA"'
          document: { id: '$key("GRN-", no)', date: '"2026-03-02"' }
          lines:
            - { id: '"1"', item: '"ITM-1"', uom: '"EA"', quantity: '${quantity}' }
`;
const BROKEN = MAPPING('$decimal($exists(pieces) ? $error("no number of pieces") : qty)', 1);
const MENDED = MAPPING('$decimal($exists(pieces) ? pieces : qty)', 1);

let pipeline: Pipeline;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'throughline-retake-'));
  pipeline = await startPipeline({ mappings: [await compileMapping('wms.yaml', BROKEN)] });
  Object.assign(process.env, pipeline.engine.env, pipeline.nats.env);
});
afterAll(async () => {
  const { natsConnection } = await import('../../server/ops/publish');
  await (await natsConnection().catch(() => undefined))?.close();
  await pipeline?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const log = () => undefined;
const mended = async () => ({ nats: pipeline.connection, store: pipeline.store, parts: decoderParts([await compileMapping('wms.yaml', MENDED)]), log });
const EVERYTHING = { reason: '', mapping: '', since: new Date(0), dryRun: false };
const raw = (body: string | Uint8Array, subject: string, hdrs: Record<string, string> = {}): Publishable => {
  const h = headers();
  for (const [name, value] of Object.entries(hdrs)) h.set(name, value);
  return { subject, body, headers: h, msgId: freshMsgId() };
};
const count = async (sql: string): Promise<number> => (await pipeline.store.select<{ n: number }>(`SELECT count() AS n FROM ${sql}`))[0]?.n ?? -1;
const range = () => ({ from: new Date(Date.now() - 3_600_000), to: new Date(Date.now() + 60_000), facilities: [] });
const states = async () => (await deadLetters.page(pipeline.store, { ...range(), reason: '' }, { limit: 100, offset: 0, sort: 'recorded_at' })).rows.map(({ reason_code, state }) => [reason_code, state]);
const open = async () => (await openDeadLetters.page(pipeline.store, range(), { limit: 100, offset: 0 })).rows.length;
async function letters() {
  return lettersToRetake(pipeline.store, { since: new Date(0), reason: '', mapping: '', afterTime: new Date(0), afterStream: '', afterSeq: 0, afterPart: 0, afterConsumer: '' });
}

beforeEach(async () => {
  for (const table of ['events', 'dead_letters', 'retakes', 'document_lines', 'handovers']) await pipeline.store.command(`TRUNCATE TABLE ${table}`);
});

describe('dead letters taken in again', () => {
  it('give the events that a mended mapping reads, once however often it is done', async () => {
    const parcels = [1, 2, 3, 4].map((no) => (no % 2 ? { no: `a${no}`, pieces: '7' } : { no: `a${no}`, qty: '5' }));
    await pipeline.send([raw(JSON.stringify({ parcels }), 'events.wms.x')]);
    expect(await count('events FINAL')).toBe(2);
    expect(await states()).toEqual([['MAPPING_FAILED', 'open'], ['MAPPING_FAILED', 'open']]);
    expect(await open()).toBe(2);
    const first = await letters();

    const dry = await retakeAll({ ...EVERYTHING, dryRun: true }, await mended(), 'test');
    expect(dry).toMatchObject({ letters: 2, takenIn: 2 });
    expect(await count('events FINAL')).toBe(2);

    expect(await retakeAll({ ...EVERYTHING, mapping: 'other' }, await mended(), 'test')).toMatchObject({ letters: 0 });
    expect(await retakeAll({ ...EVERYTHING, mapping: 'wms' }, await mended(), 'test')).toMatchObject({ letters: 2, takenIn: 2 });
    await pipeline.settle();
    const recorded = () => pipeline.store.select<{ id: string; recorded_at: string; stream_seq: number }>("SELECT id, recorded_at, stream_seq FROM events FINAL WHERE source = 'wms' ORDER BY id");
    const after = await recorded();
    expect(after.map(({ id }) => id)).toEqual(['P-a1', 'P-a2', 'P-a3', 'P-a4']);
    // As if the message had been readable when it came.
    expect(new Set(after.map(({ recorded_at, stream_seq }) => `${recorded_at} ${stream_seq}`)).size).toBe(1);
    expect(await pipeline.store.select("SELECT toString(sum(quantity)) AS q FROM document_lines FINAL WHERE document_type = 'receipt'")).toEqual([{ q: '24' }]);
    expect(await states()).toEqual([['MAPPING_FAILED', 'taken in'], ['MAPPING_FAILED', 'taken in']]);
    expect(await open()).toBe(0);

    // Nothing is left for the next run; asked for by name it changes nothing.
    expect(await retakeAll(EVERYTHING, await mended(), 'test')).toMatchObject({ letters: 0 });
    const again = await retake(first, await mended(), 'somebody else');
    expect(again.map(({ result }) => result)).toEqual(['taken in', 'taken in']);
    await pipeline.settle();
    expect(await recorded()).toEqual(after);
    expect(await count("document_lines FINAL WHERE document_type = 'receipt'")).toBe(4);
    const done = await pipeline.store.select<{ actor_id: string; n: number }>("SELECT actor_id, count() AS n FROM events FINAL WHERE type = 'ops.deadletter.retaken.v1' GROUP BY actor_id ORDER BY actor_id");
    expect(done).toEqual([{ actor_id: 'somebody else', n: 2 }, { actor_id: 'test', n: 2 }]);
  });

  it('stay one letter, with the reason as it is now, while they cannot be read', async () => {
    await pipeline.send([raw(JSON.stringify({ parcels: [{ no: 'b1', pieces: '9x' }] }), 'events.wms.x'), raw('{', 'events.y')]);
    const totals = await retakeAll(EVERYTHING, await mended(), 'test');
    expect(totals).toMatchObject({ letters: 2, takenIn: 0 });
    expect([...totals.open.keys()].map((why) => why.split(':')[0]).sort()).toEqual(['MAPPING_FAILED', 'NOT_JSON']);
    expect(await count('dead_letters FINAL')).toBe(2);
    expect(await open()).toBe(2);
    expect(await count("events WHERE type = 'ops.deadletter.retaken.v1'")).toBe(0);
  });

  it('come from the stored copy where the stream no longer has them, if that is all of the message', async () => {
    const whole = { parcels: [{ no: 'c1', pieces: '3' }] };
    const patient = { parcels: [{ no: 'c2', pieces: '3', patient: { mrn: '00123456', name: 'Jane Roe' } }] };
    const large = { parcels: [{ no: 'c3', pieces: '3', note: 'x'.repeat(80_000) }] };
    await pipeline.send([whole, patient, large].map((body) => raw(JSON.stringify(body), 'events.wms.x', { 'Ce-Odd': 'kept' })));
    await (await jetstreamManager(pipeline.connection)).streams.purge('EVENTS');
    const totals = await retakeAll(EVERYTHING, await mended(), 'test');
    expect(totals).toMatchObject({ letters: 3, takenIn: 1, events: 1 });
    expect([...totals.open.keys()].sort()).toEqual([
      'The stream no longer holds the message, and no whole copy of it is kept: have its source send it again.',
      'The stream no longer holds the message, and the copy that is kept has patient data taken out: have its source send it again.',
    ]);
    expect(await pipeline.store.select("SELECT id FROM events FINAL WHERE source = 'wms'")).toEqual([{ id: 'P-c1' }]);
  });

  it('stand back behind what their source has sent since', async () => {
    await pipeline.send([raw(JSON.stringify({ parcels: [{ no: 'd1', pieces: '3' }] }), 'events.wms.x')]);
    await pipeline.send([raw(JSON.stringify({ parcels: [{ no: 'd1', qty: '4' }] }), 'events.wms.x')]);
    const [outcome] = await retake(await letters(), await mended(), 'test');
    expect(outcome).toMatchObject({ result: 'taken in', events: 0, superseded: 1 });
    expect(await pipeline.store.select("SELECT toString(quantity) AS q FROM document_lines FINAL WHERE document_id = 'GRN-d1'")).toEqual([{ q: '4' }]);
  });

  it('of an import are left to the import', async () => {
    await pipeline.send([raw('row 7', 'events.import.x', { 'Throughline-Dead-Letter': 'MAPPING_FAILED', 'Throughline-Reason': 'no%20date' })]);
    const [outcome] = await retake(await letters(), await mended(), 'test');
    expect(outcome).toMatchObject({ result: 'impossible', why: expect.stringContaining('run the import again') as string });
  });

  it('can be asked for from the page, by engineers and administrators', async () => {
    await pipeline.send([raw(JSON.stringify({ parcels: [{ no: 'e1', pieces: '3' }] }), 'events.wms.x')]);
    const [letter] = await letters();
    if (!letter) throw new Error('no letter');
    const caller = (role: Role, facilities: string[] | null = null) => createCaller({ viewer: { id: `u-${role}`, name: role, email: `${role}@example.org`, role, facilities }, store: pipeline.store });
    const input = { stream: letter.stream, seq: letter.stream_seq, part: letter.part, recordedAt: new Date(letter.recorded_at), consumer: '' };
    for (const role of ['executive', 'supply'] as const) await expect(caller(role).failures.retake(input)).rejects.toThrow(/role/);
    await expect(caller('engineer').failures.retake(input)).rejects.toThrow('No listener runs that could take it in.');
    await expect(caller('engineer').failures.retake({ ...input, seq: 999_999 })).rejects.toThrow('There is no such dead letter.');

    serveRetakes(pipeline.connection, pipeline.store, async () => (await mended()).parts, log);
    await pipeline.connection.flush();
    const outcome = await caller('engineer').failures.retake(input);
    expect(outcome).toMatchObject({ result: 'taken in', events: 1, pending: false });
    expect(await states()).toEqual([['MAPPING_FAILED', 'taken in']]);
    expect(await pipeline.store.select("SELECT actor_id FROM events WHERE type = 'ops.deadletter.retaken.v1'")).toEqual([{ actor_id: 'u-engineer' }]);
    expect(await caller('administrator').failures.retake(input)).toMatchObject({ result: 'taken in' });
    expect(await count("events FINAL WHERE source = 'wms'")).toBe(1);
    expect((await caller('engineer').failures.deadLetter(input)).taken_in_at).not.toBeNull();
  });

  it('can be asked for by command, which says what came of it in a line', async () => {
    const run = async (...args: string[]) => {
      const child = spawn(process.execPath, ['server/run/exec.mjs', 'ingest/listener/retake-main.ts', ...args], {
        cwd: ROOT, env: { ...process.env, ...pipeline.engine.env, ...pipeline.nats.env, THROUGHLINE_DATA: folder, THROUGHLINE_TOKEN_KEY: TEST_TOKEN_KEY.key, THROUGHLINE_MAPPINGS: folder }, stdio: ['ignore', 'pipe', 'pipe'],
      });
      let said = '';
      for (const output of [child.stdout, child.stderr]) output.on('data', (piece: Buffer) => (said += piece.toString()));
      const [code] = (await once(child, 'close')) as [number];
      return { code, said };
    };
    writeFileSync(path.join(folder, 'wms.yaml'), MENDED);
    await pipeline.send([raw(JSON.stringify({ parcels: [{ no: 'f1', pieces: '3' }] }), 'events.wms.x'), structured({ specversion: '1.0', id: 'f2', source: 'test', type: 'clinical.usage.recorded.v1', time: '1999-03-02T14:00:00Z', data: EVENT_TYPES.get('clinical.usage.recorded.v1')?.example ?? {} })]);
    expect(await run('--reason', 'MAPPING_FAILED')).toEqual({ code: 0, said: '1 dead letter: 1 taken in (1 event), 0 stay.\n' });
    const rest = await run();
    expect(rest.code).toBe(0);
    expect(rest.said).toMatch(/^1 stay: ABSURD_TIME: .*\n1 dead letter: 0 taken in \(0 events\), 1 stay\.\n$/);
    expect(await run('--since', 'lately')).toEqual({ code: 1, said: 'retake: --since lately is no time: write it as 2026-03-01 or 2026-03-01T06:00:00Z\n' });
    const unknown = await run('--all');
    expect(unknown.code).toBe(1);
    expect(unknown.said).toMatch(/^retake: Unknown option '--all'.*\n$/);
  });
});
