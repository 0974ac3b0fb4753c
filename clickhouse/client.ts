import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { setImmediate } from 'node:timers/promises';
import { ClickHouseError, ClickHouseLogLevel, createClient, type ClickHouseClient, type ClickHouseSettings } from '@clickhouse/client';
import { z } from 'zod';
import { identifier } from './engine/statement';
import { StoreError, storeError } from './errors';

export * from './errors';
export { BY_KEY, defineQuery, type Query, type QueryDefinition } from './query';
export { defineList, type List, type ListDefinition, type Page, type PageRequest, type Sort } from './list';

export interface StoreConfig {
  /** http(s) address of a ClickHouse server or of the embedded engine. */
  url: string;
  user?: string;
  password?: string;
  database?: string;
  /** Longest any request may take, milliseconds; five minutes unless said. */
  requestMs?: number;
}

/**
 * Values of `{name:Type}` placeholders. Decimals as strings; points in time as Date, never as text, because
 * ClickHouse reads no zone in a parameter (see {@link instant}); dates as YYYY-MM-DD.
 */
export type Params = Record<string, unknown>;

export interface SelectOptions {
  /** Shown in errors and in the server's query log. */
  name?: string;
  settings?: ClickHouseSettings;
  /** Ends the statement on the server too. */
  signal?: AbortSignal;
}

export interface InsertOptions {
  columns?: readonly [string, ...string[]];
  /** Of the bytes; the embedded engine wants the columns named for Native. */
  format?: 'JSONEachRow' | 'Native';
  settings?: ClickHouseSettings;
  signal?: AbortSignal;
}

/** One connection pool to one database. */
export interface Store {
  readonly database: string;
  /** Rows of a SELECT as they come, unchecked: for tests, benches and tools; pages use defineQuery. */
  select<Row = Record<string, unknown>>(sql: string, params?: Params, options?: SelectOptions): Promise<Row[]>;
  /** Rows of a SELECT while the server makes them; breaking out ends it there. */
  stream<Row = Record<string, unknown>>(sql: string, params?: Params, options?: SelectOptions): AsyncIterable<Row>;
  /** Runs a statement without an answer: definitions, INSERT … SELECT. Returns when it has ended. */
  command(sql: string, params?: Params, options?: SelectOptions): Promise<void>;
  /** Inserts NDJSON, or what the options say that it is; see {@link insertRows}. */
  insert(table: string, bytes: Buffer, options?: InsertOptions): Promise<void>;
  /** Lets others of the process go first; for pieces of long work between statements. */
  turn(): Promise<void>;
  /** Throws StoreUnavailable when the store does not answer or refuses user and password. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** Longest a request may take where nothing else is said, so that a lost connection is noticed; a query's own limit is far shorter. */
const REQUEST_MS = 300_000;

/**
 * One text for a value everywhere. Decimals are strings (a float would round them); counts and sequences are
 * numbers, so a 64-bit hash has to leave as toString(…); times are ISO 8601 in UTC; not-a-number is null.
 */
const TEXT: ClickHouseSettings = {
  output_format_json_quote_decimals: 1,
  output_format_json_quote_64bit_integers: 0,
  output_format_json_quote_denormals: 0,
  date_time_output_format: 'iso',
  date_time_input_format: 'best_effort',
  cast_string_to_date_time_mode: 'best_effort',
  // Whatever zone the server's machine is in, a DateTime without one means UTC.
  session_timezone: 'UTC',
};

/** Somebody waits for it: a page, a verdict, a message that is to be acknowledged. */
const NOW: ClickHouseSettings = { priority: '1' };
/**
 * For {@link withSettings}, of what is brought up to the log behind the pages: while a statement runs that somebody waits for, it
 * goes on a block of rows at a time, and so often at least that it comes to its end whatever else goes on.
 */
export const LATER = { priority: '2', low_priority_query_wait_time_ms: '50' } as ClickHouseSettings;

/** Longest piece of work between two turns of others of the process. */
export const PIECE_MS = 4;

/** An array in one piece is parsed in one call, several times as fast as a line at a time. */
const WHOLE: ClickHouseSettings = { output_format_json_array_of_rows: 1, wait_end_of_query: 1 };

/**
 * The store that the environment names: CLICKHOUSE_URL, CLICKHOUSE_USER (default), CLICKHOUSE_PASSWORD,
 * CLICKHOUSE_DATABASE (throughline). Does not connect yet. Throws when no URL is known.
 */
export function createStore(config: StoreConfig = storeConfig()): Store {
  const url = new URL(config.url);
  const near = ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
  const client = createClient({
    url,
    username: config.user ?? 'default',
    password: config.password ?? '',
    database: config.database ?? 'throughline',
    application: 'throughline',
    request_timeout: config.requestMs ?? REQUEST_MS,
    max_open_connections: 16,
    // Over loopback compression costs more than it saves.
    compression: { request: !near, response: !near },
    use_multipart_params_auto: true,
    clickhouse_settings: { ...TEXT, ...NOW },
    log: { level: ClickHouseLogLevel.OFF },
  });
  return new ClientStore(client, config.database ?? 'throughline');
}

/** Configuration from the environment. */
export function storeConfig(env: Record<string, string | undefined> = process.env): StoreConfig {
  const url = env.CLICKHOUSE_URL;
  if (!url) {
    throw new Error(
      'CLICKHOUSE_URL is not set. Run `npm start` first (its commands then find the embedded engine), ' +
        'or set CLICKHOUSE_URL to a ClickHouse server, for example http://127.0.0.1:8123.',
    );
  }
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new Error('CLICKHOUSE_URL has to be an http:// or https:// address, for example http://127.0.0.1:8123.');
  }
  return {
    url,
    user: env.CLICKHOUSE_USER || 'default',
    password: env.CLICKHOUSE_PASSWORD ?? '',
    database: env.CLICKHOUSE_DATABASE || 'throughline',
  };
}

class ClientStore implements Store {
  constructor(
    private readonly client: ClickHouseClient,
    readonly database: string,
  ) {}

  async select<Row>(sql: string, params: Params = {}, options: SelectOptions = {}): Promise<Row[]> {
    const { name, request } = prepared(sql, params, options, WHOLE);
    try {
      const result = await this.client.query({ ...request, format: 'JSONEachRow' });
      const text = await result.text();
      return parsedRows<Row>(text);
    } catch (error) {
      throw storeError(name, error);
    }
  }

  async *stream<Row>(sql: string, params: Params = {}, options: SelectOptions = {}): AsyncIterable<Row> {
    const { name, request } = prepared(sql, params, options, { wait_end_of_query: 0 });
    try {
      const result = await this.client.query({ ...request, format: 'JSONEachRow' });
      for await (const rows of result.stream<Row>()) {
        for (const row of rows) yield row.json();
      }
    } catch (error) {
      throw storeError(name, error);
    }
  }

  async command(sql: string, params: Params = {}, options: SelectOptions = {}): Promise<void> {
    const { name, request } = prepared(sql, params, options, { wait_end_of_query: 1 });
    try {
      await this.client.command(request);
    } catch (error) {
      throw storeError(name, error);
    }
  }

  async insert(table: string, bytes: Buffer, options: InsertOptions = {}): Promise<void> {
    if (bytes.length === 0) return;
    try {
      // Not client.insert(): that one takes objects, and would parse and print again what is NDJSON already.
      const columns = options.columns ? ` (${options.columns.map(identifier).join(', ')})` : '';
      const { stream } = await this.client.exec({
        query: `INSERT INTO ${table}${columns} FORMAT ${options.format ?? 'JSONEachRow'}`,
        values: Readable.from([bytes], { objectMode: false }),
        abort_signal: options.signal,
        // The answer must mean "on disk": no server-side buffering, and not before the insert has ended.
        // A misspelt column is an error: skipped, as is the default of late, it would be lost without a word.
        clickhouse_settings: {
          async_insert: 0,
          wait_end_of_query: 1,
          input_format_skip_unknown_fields: 0,
          // A batch of imported history may span more than the 100 months that a block may have by default: refused
          // as "too many parts", it would be tried again for ever.
          max_partitions_per_insert_block: '0',
          ...options.settings,
        },
      });
      await finished(stream.resume());
    } catch (error) {
      throw storeError(`insert into ${table}`, error);
    }
  }

  async turn(): Promise<void> {
    await setImmediate();
  }

  async ping(): Promise<void> {
    const answer = await this.client.ping({ select: true });
    if (!answer.success) throw storeError('ping', answer.error);
  }

  async close(): Promise<void> {
    await this.client.close();
  }
}

/**
 * The same store; what is asked of it has these settings unless it says others itself, and begins when `turn` has come; so
 * does what goes on with the rows of a stream, a block at a time.
 * Closing it closes the store.
 */
export function withSettings(store: Store, settings: ClickHouseSettings, turn: () => Promise<void> = () => Promise.resolve()): Store {
  const given = <Options extends { settings?: ClickHouseSettings }>(options?: Options) => ({ ...options, settings: { ...settings, ...options?.settings } });
  return {
    database: store.database,
    select: async (sql, params, options) => {
      await turn();
      return store.select(sql, params, given(options));
    },
    async *stream(sql, params, options) {
      await turn();
      let began = performance.now();
      for await (const row of store.stream<never>(sql, params, given(options))) {
        yield row;
        if (performance.now() - began < PIECE_MS) continue;
        await turn();
        began = performance.now();
      }
    },
    command: async (sql, params, options) => {
      await turn();
      return store.command(sql, params, given(options));
    },
    insert: async (table, bytes, options) => {
      await turn();
      return store.insert(table, bytes, given(options));
    },
    turn: async () => {
      await store.turn();
      await turn();
    },
    ping: () => store.ping(),
    close: () => store.close(),
  };
}

/** A statement that fails after its first output leaves the error behind what came before; it is still an error. */
function parsedRows<Row>(text: string): Row[] {
  if (text === '') return [];
  try {
    return JSON.parse(text) as Row[];
  } catch (error) {
    const failure = /Code: (\d+)\. DB::Exception: ([\s\S]*)/.exec(text);
    if (!failure) throw error;
    throw new ClickHouseError({ message: failure[2]?.trim() ?? '', code: failure[1] ?? '', type: undefined });
  }
}

function prepared(sql: string, params: Params, options: SelectOptions, settings: ClickHouseSettings) {
  const name = options.name ?? 'statement';
  return {
    name,
    request: {
      query: sql,
      query_params: params,
      query_id: `${name}-${randomUUID()}`,
      abort_signal: options.signal,
      clickhouse_settings: { log_comment: name, ...settings, ...options.settings },
    },
  };
}

/**
 * Inserts rows and returns when they are on disk (tables of the log set fsync_after_insert). One block: all rows or
 * none. Rows are NDJSON bytes, or objects of JSON values (decimals as strings). {@link classifyInsertError} says
 * what to do when it throws.
 */
export async function insertRows(
  store: Store,
  table: string,
  rows: Buffer | ReadonlyArray<object>,
  options?: InsertOptions,
): Promise<void> {
  await store.insert(table, Buffer.isBuffer(rows) ? rows : ndjson(rows), options);
}

/** A point in time in the `params` of a query: a Date, or ISO 8601 text with its offset, which becomes one. */
export const instant = z.union([z.date(), z.iso.datetime({ offset: true }).transform((text) => new Date(text))]);

/** Rows as NDJSON bytes. */
export function ndjson(rows: ReadonlyArray<object>): Buffer {
  return Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
}

/** Whether an error is the store's and carries this ClickHouse code. */
export function hasCode(error: unknown, code: number): boolean {
  return error instanceof StoreError && error.code === code;
}
