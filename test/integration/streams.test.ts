import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connectNats, ensureStreams, OPS_STREAM, streamSettings } from '../../ingest/contract/stream';
import { startNats, type TestNats } from '../support/nats';

/** The streams on a machine whose disk is small: NATS sets the size of a stream aside when it is made. */

let nats: TestNats;
let connection: NatsConnection;
beforeAll(async () => {
  nats = await startNats({ maxFileStore: '3GB' });
  connection = await connectNats('test', { ...process.env, ...nats.env });
});
afterAll(async () => {
  await connection?.close();
  await nats?.stop();
});

it('takes what the disk has room for', async () => {
  await ensureStreams(connection, streamSettings({ NODE_ENV: 'test' }), 0);
  const { streams } = await jetstreamManager(connection);
  expect((await streams.info('EVENTS')).config.max_bytes / 2 ** 30).toBe(2.5);
  expect((await streams.info(OPS_STREAM)).config.max_bytes).toBe(-1);
});

it('says what is wrong where the size that was asked for does not fit', async () => {
  await expect(ensureStreams(connection, streamSettings({ NODE_ENV: 'test', NATS_STREAM: 'LARGE' }), 50 * 2 ** 30)).rejects.toThrow(
    'NATS has no room for the stream LARGE of 50.0 GiB: free some disk space, or set NATS_STREAM_MAX_BYTES to less');
});
