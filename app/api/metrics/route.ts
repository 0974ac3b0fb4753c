import { metricsRefusal } from '@/server/health/guard';
import { CONTENT_TYPE, metricsText } from '@/server/health/metrics';
import { store } from '@/server/store';

export const dynamic = 'force-dynamic';

/** `GET /metrics`: Prometheus text, for whoever carries METRICS_TOKEN, or without one for this machine. */
export async function GET(request: Request): Promise<Response> {
  const refusal = metricsRefusal((name) => request.headers.get(name));
  if (refusal) {
    const headers = new Headers({ 'content-type': 'text/plain; charset=utf-8' });
    if (refusal.status === 401) headers.set('www-authenticate', 'Bearer');
    return new Response(`${refusal.why}\n`, { status: refusal.status, headers });
  }
  return new Response(await metricsText(store()), { headers: { 'content-type': CONTENT_TYPE, 'cache-control': 'no-store' } });
}
