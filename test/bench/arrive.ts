import { setTimeout as sleep } from 'node:timers/promises';
import { connectNats } from '../../ingest/contract/stream';
import { createSimulation } from '../../ingest/simulator/simulation';
import { SimPublisher } from '../../ingest/simulator/publisher';
import { LOAD_UNTIL } from './load';

/** Publishes at a steady rate until it is told to end: events of another seed, whose times lie within the 30 days that the pages are asked for. */
const DAYS = 30;
/** Of the simulator's usual volume: enough events within those days for minutes at some thousands a second. */
const VOLUME = 12;

async function main(): Promise<void> {
  const [rate = '2000', seed = '1'] = process.argv.slice(2);
  const connection = await connectNats('bench-arriving', process.env);
  const publisher = new SimPublisher(connection, (line) => console.error(line));
  let going = true;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => (going = false));
  const messages = createSimulation({ seed: `${seed}-arriving`, days: DAYS, until: LOAD_UNTIL, truth: false, volume: VOLUME }).messages();
  const began = performance.now();
  let sent = 0;
  while (going) {
    const due = Math.floor(((performance.now() - began) / 1000) * Number(rate));
    while (sent < due) {
      const { value, done } = messages.next();
      if (done) throw new Error('the simulator has no more events');
      sent++;
      await publisher.send(value);
    }
    await sleep(10);
  }
  const seconds = (performance.now() - began) / 1000;
  await publisher.drain();
  publisher.stop();
  process.stdout.write(`${JSON.stringify({ sent, seconds })}\n`);
  await connection.close();
  process.exit(0);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
});
