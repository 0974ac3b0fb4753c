import { timingSafeEqual } from 'node:crypto';
import { type IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import { type Request } from './engine';
import { EngineError } from './errors';
import { readStatement } from './statement';

export interface Credentials {
  user: string;
  password: string;
}

/** URL parameters of ClickHouse's HTTP interface that are not settings of the statement. */
const NOT_SETTINGS = new Set([
  'query', 'database', 'user', 'password', 'query_id', 'default_format', 'role', 'quota_key', 'stacktrace',
  'session_id', 'session_timeout', 'session_check', 'close_session', 'compress', 'decompress',
  'buffer_size', 'wait_end_of_query', 'client_protocol_version',
  // Settings of the HTTP interface itself, without meaning inside the engine.
  'enable_http_compression', 'send_progress_in_http_headers', 'add_http_cors_header',
  'cancel_http_readonly_queries_on_client_close',
]);
const NAME = /^[A-Za-z_][A-Za-z0-9_.]*$/;

const decoders: Record<string, (body: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>> = {
  gzip: promisify<Buffer, { maxOutputLength: number }, Buffer>(gunzip),
  deflate: promisify<Buffer, { maxOutputLength: number }, Buffer>(inflate),
  br: promisify<Buffer, { maxOutputLength: number }, Buffer>(brotliDecompress),
};

/** Throws 516 AUTHENTICATION_FAILED unless the request carries the user and password (header, basic or URL). */
export function authenticate(message: IncomingMessage, url: URL, expected: Credentials): void {
  const given = credentialsOf(message, url);
  const matches = same(given.user, expected.user) && same(given.password, expected.password);
  if (!matches) {
    throw new EngineError(
      516,
      'AUTHENTICATION_FAILED',
      `${given.user}: Authentication failed: password is incorrect, or there is no user with such name.`,
    );
  }
}

function credentialsOf(message: IncomingMessage, url: URL): Credentials {
  const user = message.headers['x-clickhouse-user'];
  const key = message.headers['x-clickhouse-key'];
  if (typeof user === 'string') return { user, password: typeof key === 'string' ? key : '' };
  const basic = /^Basic (.+)$/i.exec(message.headers.authorization ?? '')?.[1];
  if (basic) {
    const [, name = '', password = ''] = /^([^:]*):?([\s\S]*)$/.exec(Buffer.from(basic, 'base64').toString()) ?? [];
    return { user: name, password };
  }
  return { user: url.searchParams.get('user') ?? 'default', password: url.searchParams.get('password') ?? '' };
}

function same(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** The statement of an HTTP message. `limit` is the largest body in bytes, before and after decompression. */
export async function readRequest(
  message: IncomingMessage,
  url: URL,
  queryId: string,
  signal: AbortSignal,
  limit: number,
): Promise<Request> {
  const body = await readBody(message, limit);
  const fields = await formFields(message, body);
  const settings = new Map<string, string>();
  const params = new Map<string, string>();
  for (const [name, value] of [...url.searchParams, ...fields]) {
    if (name.startsWith('param_')) params.set(checkedName(name.slice('param_'.length)), value);
    else if (!NOT_SETTINGS.has(name) && !name.startsWith('http_')) settings.set(checkedName(name), value);
  }
  const header = (name: string) => String(message.headers[name] ?? '') || undefined;
  const inUrl = (name: string) => url.searchParams.get(name) || undefined;
  return {
    ...statementAndRows(fields.get('query') ?? inUrl('query'), fields.has('query') ? undefined : body),
    database: inUrl('database') ?? header('x-clickhouse-database') ?? 'default',
    format: inUrl('default_format') ?? header('x-clickhouse-format') ?? 'TabSeparated',
    settings,
    params,
    // A server streams every answer; here the caller asks for it by saying that the end need not be waited for.
    streamed: inUrl('wait_end_of_query') === '0',
    queryId,
    signal,
  };
}

/** The query in the URL with the rows in the body, or both in the body, or the query in two parts. */
function statementAndRows(query: string | undefined, body: Buffer | undefined): { sql: string; rows?: Buffer } {
  const text = () => body?.toString('utf8') ?? '';
  if (query === undefined) return { sql: withoutEnd(text()) };
  if (!body || body.length === 0) return { sql: withoutEnd(query) };
  if (readStatement(query).kind === 'insert') return { sql: query, rows: body };
  return { sql: withoutEnd(`${query}\n${text()}`) };
}

function withoutEnd(sql: string): string {
  return sql.replace(/[;\s]+$/, '');
}

function checkedName(name: string): string {
  if (!NAME.test(name)) throw new EngineError(115, 'UNKNOWN_SETTING', `Not a name: ${JSON.stringify(name)}`);
  return name;
}

/** The fields of a multipart body, as the client sends parameters that are too long for a URL. */
async function formFields(message: IncomingMessage, body: Buffer): Promise<Map<string, string>> {
  const type = message.headers['content-type'] ?? '';
  if (!type.startsWith('multipart/form-data')) return new Map();
  try {
    const form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData();
    return new Map([...form].flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])));
  } catch {
    throw new EngineError(36, 'BAD_ARGUMENTS', 'Cannot read the multipart body');
  }
}

async function readBody(message: IncomingMessage, limit: number): Promise<Buffer> {
  const encoding = message.headers['content-encoding'] ?? 'identity';
  const decode = decoders[encoding];
  if (encoding !== 'identity' && !decode) {
    throw new EngineError(48, 'NOT_IMPLEMENTED', `Content-Encoding ${encoding}: the embedded engine reads gzip, deflate and br`);
  }
  if (Number(message.headers['content-length'] ?? 0) > limit) throw tooLarge(limit);
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of message) {
    const bytes = piece as Buffer;
    size += bytes.length;
    if (size > limit) throw tooLarge(limit);
    pieces.push(bytes);
  }
  const body = Buffer.concat(pieces);
  if (!decode || body.length === 0) return body;
  try {
    return await decode(body, { maxOutputLength: limit });
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge(limit);
    throw new EngineError(354, 'ZLIB_INFLATE_FAILED', `The ${encoding} body cannot be decompressed`, 400);
  }
}

function tooLarge(limit: number): EngineError {
  const mib = Math.floor(limit / (1024 * 1024));
  return new EngineError(307, 'TOO_MANY_BYTES', `The request is larger than ${mib} MiB: send it in smaller batches`);
}
