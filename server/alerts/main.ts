import { setTimeout as sleep } from 'node:timers/promises';
import { createStore } from '@/clickhouse/client';
import { connectNats, ensureStreams } from '@/ingest/contract/stream';
import { alertSettings } from '../rules/alerts';
import { natsChannel, tellAlerts, webhookChannel, type Channel } from './notify';
import { keepRetention } from './retention';
import { lookOnce } from './runner';

/** The alerts as a process: looks at the rules again and again, and tells what changed to whoever must act. */

const log = (message: string) => console.log(`alerts: ${message}`);

async function main(): Promise<void> {
  const settings = alertSettings();
  const store = createStore();
  const nats = await connectNats('alerts');
  await ensureStreams(nats);
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop.abort());
  void nats.closed().then((error) => {
    if (stop.signal.aborted) return;
    log(`NATS closed the connection${error ? `: ${error.message}` : ''}`);
    process.exit(1);
  });

  const channels: Channel[] = [natsChannel(nats), ...(process.env.ALERT_WEBHOOK_URL ? [webhookChannel(process.env.ALERT_WEBHOOK_URL)] : [])];
  const telling = channels.map(async (channel) => {
    while (!stop.signal.aborted) {
      try {
        await tellAlerts(nats, channel, stop.signal, log);
      } catch (error) {
        log(`${channel.name}: ${error instanceof Error ? error.message : String(error)}; trying again`);
        await sleep(2_000, undefined, { signal: stop.signal }).catch(() => undefined);
      }
    }
  });
  void keepRetention(store, stop.signal, log);
  log(`looking every ${settings.everySeconds} s; telling ${channels.map((channel) => channel.name).join(' and ')}`);
  while (!stop.signal.aborted) {
    try {
      const look = lookOnce(nats, { store, at: new Date(), settings }, log);
      const stopped = new Promise<undefined>((resolve) => stop.signal.addEventListener('abort', () => resolve(undefined), { once: true }));
      const result = await Promise.race([look, stopped]);
      if (!result) break;
      const { opened, recovered } = result;
      if (opened + recovered > 0) log(`${opened} opened, ${recovered} recovered`);
    } catch (error) {
      log(`${error instanceof Error ? error.message : String(error)}; trying again`);
    }
    await sleep(settings.everySeconds * 1000, undefined, { signal: stop.signal }).catch(() => undefined);
  }
  // A look or a telling that is still under way may be cut short: every message is guarded or told again.
  await Promise.race([Promise.all(telling), sleep(1_000)]);
  await nats.drain();
  await store.close();
  log('stopped');
  process.exit(0);
}

main().catch((error: unknown) => {
  console.error(`alerts: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
});
