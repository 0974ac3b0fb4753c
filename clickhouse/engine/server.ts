import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { constants, createGzip, gzip } from 'node:zlib';
import { type Engine, type Request } from './engine';
import { EngineError, toEngineError } from './errors';
import { authenticate, readRequest, type Credentials } from './http';

export interface ServerOptions {
  engine: Engine;
  credentials: Credentials;
  /** Largest request body, bytes. */
  largestBody: number;
}

const compress = promisify<Buffer | Uint8Array, { level: number }, Buffer>(gzip);
const FAST = { level: constants.Z_BEST_SPEED };
const SMALLEST_COMPRESSED = 1024;

/** A reader that takes nothing for so long has gone without saying so; its connection is needed. */
const STALLED_MS = 120_000;

/** ClickHouse's HTTP interface over the engine, as far as @clickhouse/client uses it. */
export function createEngineServer(options: ServerOptions): Server {
  const server = createServer({ maxHeaderSize: 1024 * 1024 }, (message, response) => {
    void answer(options, message, response);
  });
  server.keepAliveTimeout = 10_000; // longer than the client's 2.5 s, so that it is the client who lets go
  server.requestTimeout = 300_000;
  server.on('clientError', (_error, socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
    else socket.destroy();
  });
  return server;
}

async function answer(options: ServerOptions, message: IncomingMessage, response: ServerResponse): Promise<void> {
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  response.on('error', () => gone.abort());
  try {
    const url = new URL(message.url ?? '/', 'http://engine');
    if (url.pathname === '/ping') return plain(response, 'Ok.\n');
    if (url.pathname === '/metrics' && message.method === 'GET') {
      authenticate(message, url, options.credentials);
      response.setHeader('Content-Type', 'text/plain; version=0.0.4; charset=utf-8');
      response.end(metrics(options.engine));
      return;
    }
    if (url.pathname !== '/') throw new EngineError(79, 'INCORRECT_FILE_NAME', `There is no handle ${url.pathname}`, 404);
    if (message.method !== 'POST' && message.method !== 'GET') {
      throw new EngineError(36, 'BAD_ARGUMENTS', `Method ${message.method ?? ''} is not supported`, 405);
    }
    authenticate(message, url, options.credentials);
    if (message.method === 'GET' && !url.searchParams.has('query')) return plain(response, 'Ok.\n');
    const queryId = url.searchParams.get('query_id') || randomUUID();
    response.setHeader('X-ClickHouse-Query-Id', queryId);
    const request = await readRequest(message, url, queryId, gone.signal, options.largestBody);
    if (message.method === 'GET') request.settings = new Map([...request.settings, ['readonly', '2']]);
    const gzipped = wantsGzip(message, url);
    if (options.engine.canStream(request)) await sendStream(options.engine, request, response, gzipped);
    else await sendWhole(options.engine, request, response, gzipped);
  } catch (error) {
    refuse(message, response, toEngineError(error));
  }
}

/** What only this process knows, as Prometheus text. */
function metrics(engine: Engine): string {
  const { stopped, givenUp, neverEnded } = engine.stuck();
  const samples = [
    ['stuck_statements_total{ended="when stopped"}', 'counter', 'Statements in which nothing moved, since the engine began', stopped],
    ['stuck_statements_total{ended="given up"}', 'counter', '', givenUp],
    ['stuck_statements', 'gauge', 'Statements that were given up and have not ended', neverEnded],
    ['start_time_seconds', 'gauge', 'When the engine process began', Math.round(performance.timeOrigin / 1_000)],
  ] as const;
  return samples
    .map(([sample, type, help, value]) => {
      const name = `throughline_engine_${sample.replace(/\{.*/, '')}`;
      const described = help === '' ? '' : `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
      return `${described}throughline_engine_${sample} ${value}\n`;
    })
    .join('');
}

function wantsGzip(message: IncomingMessage, url: URL): boolean {
  return url.searchParams.get('enable_http_compression') === '1' && /\bgzip\b/.test(String(message.headers['accept-encoding'] ?? ''));
}

function plain(response: ServerResponse, text: string): void {
  response.setHeader('Content-Type', 'text/html; charset=UTF-8');
  response.end(text);
}

function describe(response: ServerResponse, format: string): void {
  response.setHeader('Content-Type', format.startsWith('JSON') ? 'application/x-ndjson; charset=UTF-8' : 'text/plain; charset=UTF-8');
  response.setHeader('X-ClickHouse-Format', format);
  response.setHeader('X-ClickHouse-Timezone', 'UTC');
}

async function sendWhole(engine: Engine, request: Request, response: ServerResponse, gzipped: boolean): Promise<void> {
  const { body, summary } = await engine.run(request);
  if (response.destroyed) return;
  describe(response, request.format);
  response.setHeader('X-ClickHouse-Summary', JSON.stringify(summary));
  let bytes = body;
  if (gzipped && body.length >= SMALLEST_COMPRESSED) {
    bytes = await compress(body, FAST);
    response.setHeader('Content-Encoding', 'gzip');
  }
  response.setHeader('Content-Length', bytes.length);
  response.end(bytes);
}

async function sendStream(engine: Engine, request: Request, response: ServerResponse, gzipped: boolean): Promise<void> {
  const tag = randomBytes(8).toString('hex');
  const sink = gzipped ? createGzip(FAST) : response;
  let begun = false;
  const begin = () => {
    if (begun) return;
    begun = true;
    describe(response, request.format);
    response.setHeader('X-ClickHouse-Exception-Tag', tag);
    if (sink === response) return;
    response.setHeader('Content-Encoding', 'gzip');
    sink.on('error', () => response.destroy());
    sink.pipe(response);
  };
  const taken = async (): Promise<boolean> => {
    const signal = AbortSignal.any([request.signal, AbortSignal.timeout(STALLED_MS)]);
    return once(sink, 'drain', { signal }).then(() => true, () => false);
  };
  try {
    await engine.stream(request, async (piece) => {
      begin();
      if (sink.write(piece) || (await taken())) return true;
      response.destroy();
      return false;
    });
    begin();
    sink.end();
  } catch (error) {
    if (!begun) throw error;
    // The status has left already: ClickHouse puts the exception at the end, framed by the tag of the header.
    const text = `${toEngineError(error).body.trimEnd()}\n`;
    const length = Buffer.byteLength(text);
    sink.end(`\r\n__exception__\r\n${tag}\r\n${text}${length} ${tag}\r\n__exception__\r\n`);
  }
}

function refuse(message: IncomingMessage, response: ServerResponse, error: EngineError): void {
  if (response.destroyed) return;
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const body = Buffer.from(error.body);
  response.statusCode = error.status;
  response.removeHeader('Content-Encoding');
  response.setHeader('Content-Type', 'text/plain; charset=UTF-8');
  response.setHeader('X-ClickHouse-Exception-Code', error.code);
  response.setHeader('Content-Length', body.length);
  if (!message.complete) {
    // Rows still on their way: take and drop them, or the client would see a broken pipe and not the reason.
    response.setHeader('Connection', 'close');
    message.resume();
  }
  response.end(body);
}
