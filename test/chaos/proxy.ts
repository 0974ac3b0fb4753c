// What stands between the listener and the store, and fails as networks and disks do.
import { Agent, createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../support/nats';

/**
 * How inserts fail while one of these is on.
 * - refuse: no connection is taken
 * - cut-before, cut-after: the connection breaks before the store has seen the insert, or when it has carried it out
 * - cut-within: the store gets half of the insert
 * - delay: the answer comes late
 * - timeout: the store carries the insert out and says that it took too long
 * - no-space: the store says that its disk is full (243), the insert is not carried out
 * - half: each of these at random, every second request passes
 */
export const STORE_FAULTS = ['refuse', 'cut-before', 'cut-after', 'cut-within', 'delay', 'timeout', 'no-space', 'half'] as const;
export type StoreFault = (typeof STORE_FAULTS)[number];

export interface StoreProxy {
  readonly url: string;
  /** undefined: everything passes. */
  fault: StoreFault | undefined;
  /** Requests that met a fault. */
  met(): number;
  /** Resolves when the next insert into the log is on its way to the store. */
  nextInsert(): Promise<void>;
  stop(): Promise<void>;
}

const EACH = STORE_FAULTS.filter((fault) => fault !== 'half');

/** An HTTP proxy on a free port before `target`; `random` chooses, 0 to 1. */
export async function startProxy(target: string, random: () => number): Promise<StoreProxy> {
  const { hostname, port } = new URL(target);
  const agent = new Agent({ keepAlive: true });
  let met = 0;
  let waiting: (() => void)[] = [];
  const faultOf = (): StoreFault | undefined => proxy.fault;

  const forward = (incoming: IncomingMessage, body: Buffer, cut = false): Promise<{ answer: IncomingMessage; text: Buffer }> =>
    new Promise((resolve, reject) => {
      const { host: _, connection: __, 'transfer-encoding': ___, ...headers } = incoming.headers;
      const out = request({ hostname, port, agent: cut ? undefined : agent, method: incoming.method, path: incoming.url, headers: { ...headers, 'content-length': body.length } }, (answer) => {
        collect(answer).then((text) => resolve({ answer, text }), reject);
      });
      out.on('error', reject);
      if (!cut) return void out.end(body);
      out.write(body.subarray(0, body.length >> 1), () => setTimeout(() => out.destroy(), 20));
    });

  const failing = (response: ServerResponse, code: number, text: string) => {
    response.writeHead(500, { 'X-ClickHouse-Exception-Code': String(code), 'Content-Type': 'text/plain; charset=UTF-8' });
    response.end(`Code: ${code}. DB::Exception: ${text}`);
  };

  const serve = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await collect(incoming);
    const fault = faultOf();
    const chosen = fault === 'half' ? (random() < 0.5 ? undefined : EACH[Math.floor(random() * EACH.length)]) : fault;
    if (chosen) met++;
    switch (chosen) {
      case 'refuse':
      case 'cut-before':
        return void incoming.socket.destroy();
      case 'cut-within':
        await forward(incoming, body, true).catch(() => undefined);
        return void incoming.socket.destroy();
      case 'no-space':
        return failing(response, 243, 'Cannot reserve 1.00 MiB, not enough space. (NOT_ENOUGH_SPACE)');
    }
    if (/INSERT\W+INTO\W+events/i.test(decodeURIComponent(incoming.url ?? ''))) {
      for (const wake of waiting) wake();
      waiting = [];
    }
    const { answer, text } = await forward(incoming, body);
    if (chosen === 'cut-after') return void incoming.socket.destroy();
    if (chosen === 'timeout') return failing(response, 159, 'Timeout exceeded: elapsed 30.1 seconds, maximum: 30. (TIMEOUT_EXCEEDED)');
    if (chosen === 'delay') await delay(200 + random() * 600);
    const { connection: _, 'transfer-encoding': __, ...headers } = answer.headers;
    response.writeHead(answer.statusCode ?? 500, { ...headers, 'content-length': text.length });
    response.end(text);
  };

  const server = createServer((incoming, response) => {
    // A store that is not there ends the connection, as it does without a proxy.
    serve(incoming, response).catch(() => incoming.socket.destroy());
  });
  server.on('connection', (socket) => {
    socket.on('error', () => undefined);
    if (faultOf() === 'refuse') {
      met++;
      socket.destroy();
    }
  });
  const own = await freePort();
  const proxy: StoreProxy = {
    url: `http://127.0.0.1:${own}`,
    fault: undefined,
    met: () => met,
    nextInsert: () => new Promise((resolve) => waiting.push(resolve)),
    async stop() {
      server.closeAllConnections();
      agent.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  server.listen(own, '127.0.0.1');
  await once(server, 'listening');
  return proxy;
}

async function collect(stream: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of stream) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}
