import { setTimeout as delay } from 'node:timers/promises';
import { AckPolicy, jetstreamManager } from '@nats-io/jetstream';
import { headers, nanos } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EVENT_TYPES } from '../../ingest/contract/index';
import { jetstream, publish, structured } from '../../ingest/contract/stream';
import { createAdvisoryDecoder, ensureAdvisories } from '../../ingest/listener/advisories';
import { startListener, type Listener } from '../../ingest/listener/listener';
import { decoderParts, freshMsgId, startPipeline, type Pipeline } from '../support/pipeline';

let pipeline: Pipeline;
beforeAll(async () => {
  pipeline = await startPipeline();
});
afterAll(() => pipeline?.stop());

interface Letter { reason_code: string; reason: string; stream: string; stream_seq: number; consumer: string; event_id: string; facility: string; raw: string; raw_bytes: number; recorded_at: string }

const letters = () =>
  pipeline.store.select<Letter>("SELECT reason_code, reason, stream, stream_seq, consumer, event_id, facility, raw, raw_bytes, recorded_at FROM dead_letters FINAL WHERE consumer != '' ORDER BY consumer, stream_seq");

async function listenToAdvisories(): Promise<Listener> {
  const parts = decoderParts();
  const stream = await ensureAdvisories(pipeline.connection, 'EVENTS');
  if (!stream) throw new Error('no stream');
  const limits = { durable: 'throughline', maxAckPending: 1000, batchMessages: 100, batchBytes: 2 ** 20, batchWaitMs: 20 };
  return startListener(pipeline.connection, pipeline.store, createAdvisoryDecoder(pipeline.connection, parts, 'EVENTS'), parts, { ...stream, ...limits }, () => undefined);
}

async function settled(stream: string, messages: number): Promise<void> {
  const manager = await jetstreamManager(pipeline.connection);
  for (let waited = 0; waited < 20_000; waited += 50) {
    const { state } = await manager.streams.info(stream);
    const info = await manager.consumers.info(stream, 'throughline').catch(() => null);
    if (state.messages >= messages && info && info.num_pending === 0 && info.num_ack_pending === 0) return;
    await delay(50);
  }
  throw new Error(`${stream} did not settle`);
}

describe('what JetStream says of messages that were given up', () => {
  it('becomes dead letters of their own, also when no listener ran at the time', async () => {
    await ensureAdvisories(pipeline.connection, 'EVENTS');
    const js = jetstream(pipeline.connection);
    const manager = await jetstreamManager(pipeline.connection);
    for (const durable of ['erp', 'edi'])
      await manager.consumers.add('EVENTS', { durable_name: durable, ack_policy: AckPolicy.Explicit, ack_wait: nanos(300), max_deliver: 2 });
    const type = EVENT_TYPES.get('clinical.usage.recorded.v1');
    const first = await publish(js, structured({ specversion: '1.0', id: 'adv-1', source: 'test', type: type?.type ?? '', time: '2026-03-02T14:00:00Z', data: type?.example ?? {} }));
    const second = await publish(js, { subject: 'events.odd', body: 'no event at all', headers: headers(), msgId: freshMsgId() });
    // One consumer terminates, the other never acknowledges.
    const erp = await js.consumers.get('EVENTS', 'erp');
    for (let i = 0; i < 2; i++) (await erp.next({ expires: 2_000 }))?.term();
    const edi = await js.consumers.get('EVENTS', 'edi');
    for (let i = 0; i < 5; i++) await edi.next({ expires: 1_000 });
    // The bytes of the second are gone by the time that the listener comes.
    await manager.streams.deleteMessage('EVENTS', second.seq);

    const listener = await listenToAdvisories();
    await settled('ADVISORIES', 4);
    const found = await letters();
    expect(found.map(({ consumer, stream_seq, reason_code }) => [consumer, stream_seq, reason_code])).toEqual([
      ['edi', first.seq, 'DELIVERIES_EXHAUSTED'], ['edi', second.seq, 'DELIVERIES_EXHAUSTED'],
      ['erp', first.seq, 'TERMINATED'], ['erp', second.seq, 'TERMINATED'],
    ]);
    const [kept, gone] = found;
    expect(kept).toMatchObject({ stream: 'EVENTS', event_id: 'adv-1', facility: type?.example.facility, reason: `message ${first.seq} of stream EVENTS was delivered 2 times and never acknowledged (consumer edi)` });
    expect(kept?.raw).toContain('adv-1');
    expect(gone).toMatchObject({ raw: '', raw_bytes: 0 });
    expect(gone?.reason).toContain('the stream no longer holds it');
    await listener.stop();
  });

  it('counts once however often it is delivered', async () => {
    const before = await letters();
    await (await jetstreamManager(pipeline.connection)).consumers.delete('ADVISORIES', 'throughline');
    const listener = await listenToAdvisories();
    await settled('ADVISORIES', 4);
    expect(await letters()).toEqual(before);
    await listener.stop();
  });

  it('leaves out what is no such advisory, and keeps no bytes of streams that it does not listen to', async () => {
    const manager = await jetstreamManager(pipeline.connection);
    await manager.streams.add({ name: 'OTHER', subjects: ['other.>'] });
    await manager.consumers.add('OTHER', { durable_name: 'theirs', ack_policy: AckPolicy.Explicit });
    const js = jetstream(pipeline.connection);
    await js.publish('other.a', 'private matters');
    (await (await js.consumers.get('OTHER', 'theirs')).next({ expires: 2_000 }))?.term();
    pipeline.connection.publish('$JS.EVENT.ADVISORY.CONSUMER.MSG_TERMINATED.X.Y', 'no advisory');
    const listener = await listenToAdvisories();
    await settled('ADVISORIES', 6);
    const theirs = (await letters()).filter(({ stream }) => stream !== 'EVENTS');
    expect(theirs).toMatchObject([{ stream: 'OTHER', consumer: 'theirs', reason_code: 'TERMINATED', raw: '' }]);
    await listener.stop();
  });
});
