export const dynamic = 'force-dynamic';

/** `GET /health/live`: the web process answers. Nothing else is asked, so that an outage elsewhere gets it no restart. */
export function GET(): Response {
  return Response.json({ live: true }, { headers: { 'cache-control': 'no-store' } });
}
