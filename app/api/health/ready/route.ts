import { health } from '@/server/health/health';
import { store } from '@/server/store';

export const dynamic = 'force-dynamic';

/** `GET /health/ready`: 200 when pages can be answered, 503 when not. What else is amiss is said and refuses nobody. */
export async function GET(): Promise<Response> {
  const { store: answers, troubles } = await health(store());
  return Response.json({ ready: answers, troubles }, { status: answers ? 200 : 503, headers: { 'cache-control': 'no-store' } });
}
