import { rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { incidentCounts, incidents } from '../../clickhouse/queries/alerts';
import { lookOnce } from '../../server/alerts/runner';
import { natsChannel, tellAlerts, webhookChannel, type Notice } from '../../server/alerts/notify';
import { incidentState } from '../../server/alerts/states';
import { ActedBefore, publishOps } from '../../server/ops/publish';
import { alertSettings } from '../../server/rules/alerts';
import type { ContractEvent } from '../../ingest/contract/envelope';
import { startPipeline, type Pipeline } from '../support/pipeline';

let pipeline: Pipeline;
beforeAll(async () => {
  pipeline = await startPipeline();
});
afterAll(() => pipeline?.stop());

let counter = 0;
const at = new Date();
const hoursAgo = (hours: number) => new Date(at.getTime() - hours * 3_600_000).toISOString();
const event = (type: string, time: string, data: ContractEvent['data']): ContractEvent => ({ specversion: '1.0', id: `a-${++counter}`, source: 'test', type, time, data });
const look = async () => {
  const result = await lookOnce(pipeline.connection, { store: pipeline.store, at: new Date(), settings: alertSettings() }, (message) => console.log(message));
  await pipeline.settle();
  return result;
};
const range = { from: new Date(at.getTime() - 86_400_000), to: new Date(at.getTime() + 86_400_000), facilities: [] };

it('opens an incident once, tells it once to each channel, and tells its end', async () => {
  const told: { notice: Notice; headers: IncomingHttpHeaders }[] = [];
  let refuse = 1;
  const receiver = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      if (refuse-- > 0) return void response.writeHead(503).end();
      told.push({ notice: JSON.parse(body) as Notice, headers: request.headers });
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const { port } = receiver.address() as AddressInfo;
  const onNats: Notice[] = [];
  const subscription = pipeline.connection.subscribe('alerts.>', { callback: (_, message) => void onNats.push(message.json<Notice>()) });
  const stop = new AbortController();
  const telling = [natsChannel(pipeline.connection), webhookChannel(`http://127.0.0.1:${port}/alerts`)].map((channel) => tellAlerts(pipeline.connection, channel, stop.signal, () => undefined));

  const order = { document: { id: 'PRP-1', date: '2026-03-03' }, facility: 'ST-ANNA' };
  const failed = event('procurement.order.failed.v1', hoursAgo(5), { ...order, outcome: 'failed', error: { class: 'validation', code: 'ITEM_BLOCKED', message: 'Item is blocked' }, lines: [{ id: '10', item: 'I', quantity: '1' }] });
  await pipeline.send([failed]);
  expect(await look()).toMatchObject({ opened: 1, recovered: 0, failed: [] });
  expect(await look()).toMatchObject({ opened: 0, recovered: 0 });

  const [row] = (await incidents.page(pipeline.store, { ...range, state: '', rule: '' }, { limit: 10, offset: 0 })).rows;
  expect(row).toMatchObject({ incident: 'failed-order:ST-ANNA:validation:ITEM_BLOCKED', state: 'firing', owner: 'integration support', severity: 'page', facility: 'ST-ANNA' });

  // Two people at once: the second is told.
  const state = await incidentState(pipeline.connection, 'failed-order:ST-ANNA:validation:ITEM_BLOCKED');
  if (!state) throw new Error('no incident');
  const take = (id: string) => publishOps(pipeline.connection, { type: 'ops.alert.acknowledged.v1', expectedSequence: state.sequence, data: { document: { id: 'failed-order:ST-ANNA:validation:ITEM_BLOCKED', revision: 1 }, rule: 'failed-order', actor: { kind: 'human', id } } });
  const taken = await Promise.allSettled([take('u-1'), take('u-2')]);
  expect(taken.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  expect(taken.find((result) => result.status === 'rejected')?.reason).toBeInstanceOf(ActedBefore);
  await pipeline.settle();
  expect(await incidentCounts(pipeline.store, range)).toEqual([{ rule: 'failed-order', severity: 'page', state: 'acknowledged', incidents: 1 }]);

  // Taking it on neither ends nor repeats it; the order's success ends it.
  expect(await look()).toMatchObject({ opened: 0, recovered: 0 });
  await pipeline.send([event('procurement.order.created.v1', hoursAgo(1), { ...order, outcome: 'succeeded', lines: [{ id: '10', item: 'I', quantity: '1' }] })]);
  expect(await look()).toMatchObject({ opened: 0, recovered: 1 });
  expect(await look()).toMatchObject({ opened: 0, recovered: 0 });

  await expect.poll(() => told.length, { timeout: 15_000 }).toBe(2);
  await expect.poll(() => onNats.length, { timeout: 15_000 }).toBe(2);
  stop.abort();
  await Promise.all(telling);
  expect(told.map(({ notice }) => notice.state)).toEqual(['firing', 'recovered']);
  expect(onNats.map((notice) => notice.state)).toEqual(['firing', 'recovered']);
  expect(told[0]?.headers['idempotency-key']).toBe(told[0]?.notice.id);
  expect(told[0]?.notice).toMatchObject({ rule: 'failed-order', owner: 'integration support', facility: 'ST-ANNA' });
  subscription.unsubscribe();
  receiver.close();
});

it('tells the responsible party by the RACI table, for each facility its own', async () => {
  const file = path.join(os.tmpdir(), `throughline-raci-${process.pid}.yaml`);
  writeFileSync(file, 'raci: { rules: [{ type: failed-order, facility: EAST, responsible: supply chain }] }');
  process.env.THROUGHLINE_RULES = file;
  try {
    const failed = (facility: string) => event('procurement.order.failed.v1', hoursAgo(3), { document: { id: `PRP-${facility}` }, facility, outcome: 'failed', error: { class: 'timeout', code: 'RACI' }, lines: [{ id: '1' }] });
    await pipeline.send([failed('EAST'), failed('NORTH')]);
    expect(await look()).toMatchObject({ opened: 2 });
    const { rows } = await incidents.page(pipeline.store, { ...range, state: 'firing', rule: 'failed-order' }, { limit: 10, offset: 0 });
    expect(rows.filter(({ incident }) => incident.endsWith('RACI')).map(({ facility, owner }) => [facility, owner]).sort()).toEqual([['EAST', 'supply chain'], ['NORTH', 'integration support']]);
  } finally {
    delete process.env.THROUGHLINE_RULES;
    rmSync(file);
  }
});

it('takes an outage of the store for no recovery', async () => {
  await pipeline.send([event('procurement.order.failed.v1', hoursAgo(2), { document: { id: 'PRP-2' }, facility: 'WEST', outcome: 'failed', error: { class: 'timeout', code: 'HTTP_504' }, lines: [{ id: '1' }] })]);
  expect(await look()).toMatchObject({ opened: 1 });
  await pipeline.engine.kill();
  const during = await lookOnce(pipeline.connection, { store: pipeline.store, at: new Date(), settings: alertSettings() }, () => undefined);
  expect(during).toMatchObject({ opened: 0, recovered: 0 });
  expect(during.failed).toHaveLength(4);
  await pipeline.engine.restart();
  expect(await look()).toMatchObject({ opened: 0, recovered: 0, failed: [] });
});
