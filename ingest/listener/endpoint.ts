import { timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { collectDefaultMetrics } from 'prom-client';
import { failingInserts, registry } from './metrics';

/**
 * The listener's own address for probes and Prometheus: `/health/live` (the process answers), `/health/ready` (it
 * records what arrives), `/health` (the same as ready) and `/metrics`.
 *
 * LISTENER_METRICS_PORT  port; unset: no endpoint
 * LISTENER_METRICS_HOST  address to listen on, default 127.0.0.1
 * METRICS_TOKEN          where set, `/metrics` wants it as a bearer token; without it only loopback is served
 */
export interface EndpointSettings {
  readonly port: number;
  readonly host: string;
  readonly token: string | undefined;
}

const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

/** Undefined where no port is set. @throws Error that names the variable and what to do */
export function endpointSettings(env: Record<string, string | undefined> = process.env): EndpointSettings | undefined {
  const text = env.LISTENER_METRICS_PORT;
  if (!text) return undefined;
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new Error(`LISTENER_METRICS_PORT is "${text}": set it to a port from 1 to 65535 (0 takes a free one), or unset it`);
  const host = env.LISTENER_METRICS_HOST || '127.0.0.1';
  const token = env.METRICS_TOKEN || undefined;
  if (!token && !LOOPBACK.has(host)) throw new Error(`LISTENER_METRICS_HOST is "${host}", which others can reach: set METRICS_TOKEN as well`);
  return { port, host, token };
}

/** What keeps this listener from recording what arrives, one line each; empty when it does. */
export type Troubles = () => readonly string[];

/** Starts to serve; rejects with one line when the port cannot be had. */
export function serveEndpoint(settings: EndpointSettings, troubles: Troubles): Promise<Server> {
  if (registry.getSingleMetric('throughline_listener_process_cpu_seconds_total') === undefined) collectDefaultMetrics({ register: registry, prefix: 'throughline_listener_' });
  const server = createServer((request, response) => {
    void answer(request, response, settings, () => [...troubles(), ...failingInserts().map(({ table, seconds }) => `inserts into ${table} have failed for ${seconds} s`)]);
  });
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(new Error(error.code === 'EADDRINUSE' ? `port ${settings.port} of ${settings.host} is taken: set LISTENER_METRICS_PORT to a free one, or unset it` : `LISTENER_METRICS_PORT: ${error.message}`));
    });
    server.listen(settings.port, settings.host, () => {
      // Probes must not keep a listener that is stopping.
      server.unref();
      resolve(server);
    });
  });
}

async function answer(request: IncomingMessage, response: ServerResponse, settings: EndpointSettings, troubles: Troubles): Promise<void> {
  const path = (request.url ?? '/').split('?')[0];
  if (request.method !== 'GET' && request.method !== 'HEAD') return send(response, 405, 'text/plain', 'Only GET is answered here.\n');
  if (path === '/health/live') return json(response, 200, { live: true });
  if (path === '/health/ready' || path === '/health') {
    const found = troubles();
    return json(response, found.length === 0 ? 200 : 503, { ready: found.length === 0, troubles: found });
  }
  if (path !== '/metrics') return send(response, 404, 'text/plain', 'There are /health, /health/live, /health/ready and /metrics.\n');
  if (settings.token && !bears(request.headers.authorization, settings.token)) {
    response.setHeader('WWW-Authenticate', 'Bearer');
    return send(response, 401, 'text/plain', 'METRICS_TOKEN is wanted as a bearer token.\n');
  }
  send(response, 200, registry.contentType, await registry.metrics());
}

/** Whether an Authorization header carries the token; takes as long whatever it carries. */
function bears(authorization: string | undefined, token: string): boolean {
  const given = Buffer.from(authorization ?? '');
  const wanted = Buffer.from(`Bearer ${token}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

function json(response: ServerResponse, status: number, body: object): void {
  send(response, status, 'application/json', `${JSON.stringify(body)}\n`);
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'Content-Type': type, 'Cache-Control': 'no-store' });
  response.end(body);
}
