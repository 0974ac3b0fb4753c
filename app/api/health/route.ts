import { health } from '@/server/health/health';
import { store } from '@/server/store';

export const dynamic = 'force-dynamic';

/** `GET /health`: 200 when store, stream and listener all work, 503 with what does not. */
export async function GET(): Promise<Response> {
  const { store: answers, streams, troubles } = await health(store());
  const parts = {
    store: answers ? 'up' : 'down',
    stream: streams.up ? 'up' : 'down',
    listeners: streams.up ? Object.fromEntries(streams.streams.map(({ stream, listener }) => [stream, listener])) : 'unknown',
  };
  return Response.json({ healthy: troubles.length === 0, ...parts, troubles }, { status: troubles.length === 0 ? 200 : 503, headers: { 'cache-control': 'no-store' } });
}
