/** What the embedded engine says of itself beside its answers; a ClickHouse server has nothing under this address. */

const PATIENCE_MS = 1_000;

/** Prometheus text of the store's own process; null where it is no embedded engine, or does not answer. */
export async function engineMetrics(env: NodeJS.ProcessEnv = process.env): Promise<string | null> {
  if (!env.CLICKHOUSE_URL) return null;
  try {
    const answer = await fetch(new URL('/metrics', env.CLICKHOUSE_URL), {
      signal: AbortSignal.timeout(PATIENCE_MS),
      headers: { 'X-ClickHouse-User': env.CLICKHOUSE_USER || 'default', 'X-ClickHouse-Key': env.CLICKHOUSE_PASSWORD ?? '' },
    });
    const text = await answer.text();
    return answer.ok && text.includes('throughline_engine_') ? text : null;
  } catch {
    return null;
  }
}

/** How many statements the engine has given up that have not ended; null where nobody can say. */
export async function statementsThatNeverEnd(env: NodeJS.ProcessEnv = process.env): Promise<number | null> {
  const found = /^throughline_engine_stuck_statements (\d+)$/m.exec((await engineMetrics(env)) ?? '');
  return found ? Number(found[1]) : null;
}
