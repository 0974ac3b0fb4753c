import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { totalmem } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { drainPending, Session } from 'chdb';
import { keepDefinitions, mendDefinitions } from './definitions';
import { EngineError } from './errors';
import { Parts } from './parts';
import { Pool, Slot, type Connection, type Needs } from './pool';
import { freeOn, Room, writesOf } from './room';
import { identifier, literal, nativeInsert, rawInsert, readStatement, type NativeInsert } from './statement';
import { StreamConnection } from './streams';
import { Watch, type Call, type WatchCounts } from './watch';

/** One statement as it came over HTTP. */
export interface Request {
  sql: string;
  /** Rows of an INSERT, when they came apart from the statement. */
  rows?: Buffer;
  database: string;
  /** Output format where the statement names none. */
  format: string;
  settings: ReadonlyMap<string, string>;
  /** Parameter texts by name, as ClickHouse's HTTP interface takes them (escaped as in TSV). */
  params: ReadonlyMap<string, string>;
  /** Ask for the answer in pieces while the statement runs. */
  streamed: boolean;
  queryId: string;
  /** Aborts when the client has gone. */
  signal: AbortSignal;
}

export interface Answer {
  body: Uint8Array;
  summary: Record<string, string>;
}

export interface EngineOptions {
  /** For how long nothing may move in a statement before it is stopped, milliseconds: see {@link Watch}. */
  stillMs: number;
  say: (line: string) => void;
  /** The process has to be started again, and cannot end by itself: a call that never returns keeps it. */
  hopeless: (line: string) => void;
}

const BYTES_IN_MIB = 1024 * 1024;

/** A buffered answer is in memory twice (the library's and ours); beyond this a statement has to be streamed. */
const LARGEST_ANSWER = 256 * BYTES_IN_MIB;
const READERS = 6;
const WRITERS = 4;
const STREAMS = 2;
const LONGEST_QUEUE = 500;

/** Native calls that may run at once, and the event loop's own work (files, compression) beside them. */
export const THREADS = READERS + WRITERS + STREAMS + 4;

/** Formats whose pieces joined are the same text as the whole (no header or footer per piece). */
const STREAMABLE = new Set(['JSONEachRow', 'JSONCompactEachRow', 'CSV', 'TSV', 'TabSeparated']);

const CONFIG = path.join(path.dirname(fileURLToPath(import.meta.url)), 'config.xml');

/** Definitions come several at a time. */
const KEEP_DEFINITIONS_MS = 500;

function serverArguments(): string[] {
  return [
    `--config-file=${CONFIG}`,
    // As on a server: a bare expression is a mistake, not a SELECT.
    '--implicit_select=0',
    // The engine shares its machine with nats-server, listener and web.
    `--max_server_memory_usage=${Math.round(totalmem() * 0.55)}`,
    `--mark_cache_size=${Math.round(Math.min(256 * BYTES_IN_MIB, totalmem() * 0.02))}`,
    // Merges must keep up with inserts, but two at a time are enough for a machine of few cores.
    '--background_pool_size=2',
    '--background_schedule_pool_size=4',
    '--max_thread_pool_size=1000',
    // BACKUP and RESTORE by who has the engine's password: to whatever folder its process may write.
    '--backups.allowed_path=/',
  ];
}

/**
 * The embedded ClickHouse and its connections. Reading, writing and streaming have connections of their own, so
 * that no read waits for an insert to end and no page for somebody's export. Throws when the folder cannot be opened.
 */
export class Engine {
  private readonly readers: Pool<Session>;
  private readonly writers: Pool<Session>;
  private readonly streams: Pool<StreamConnection>;
  private readonly threads = new Set<StreamConnection>();
  private readonly control: Session;
  private readonly watch: Watch;
  private readonly room: Room;
  private readonly parts: Parts;
  private readonly examiner: Session;
  private keeping: NodeJS.Timeout | undefined;
  /** Where rows wait that the library takes from a file only. */
  private readonly arriving: string;

  constructor(private readonly folder: string, { stillMs, say, hopeless }: EngineOptions) {
    for (const line of mendDefinitions(folder)) say(line);
    this.arriving = path.join(folder, 'arriving');
    // What a killed engine has left there was never acknowledged.
    rmSync(this.arriving, { recursive: true, force: true });
    mkdirSync(this.arriving, { recursive: true, mode: 0o700 });
    const args = serverArguments();
    const connect = () => new Session(folder, { connectionArgs: args });
    const slots = <C extends Connection>(count: number, open: () => C, base: Record<string, string>) => Array.from({ length: count }, () => new Slot(open, new Map(Object.entries(base))));
    this.control = connect();
    const memory = {
      max_memory_usage: String(Math.round(totalmem() * 0.3)),
      // A server counts the statement alone; here its parameters stand in front of it.
      max_query_size: String(LARGEST_ANSWER),
    };
    const limited = { ...memory, max_result_bytes: String(LARGEST_ANSWER), result_overflow_mode: 'throw' };
    // readonly = 2: may change its settings but nothing else, and no statement can lift it by a setting.
    const readOnly = 'SET readonly = 2';
    const reader = () => {
      const session = connect();
      session.query(readOnly, 'Null');
      return session;
    };
    const streaming = () => {
      const thread = new StreamConnection({ folder, args, first: readOnly });
      this.threads.add(thread);
      void thread.ended.then(() => this.threads.delete(thread));
      return thread;
    };
    this.readers = new Pool(slots(READERS, reader, limited), LONGEST_QUEUE);
    this.writers = new Pool(slots(WRITERS, connect, limited), LONGEST_QUEUE);
    this.streams = new Pool(slots(STREAMS, streaming, memory), LONGEST_QUEUE);
    this.watch = new Watch({ ask: asker(this.control), stillMs, say, hopeless });
    this.examiner = connect();
    this.parts = new Parts({ ask: asker(this.examiner), say, startAgain: hopeless });
    this.room = this.watchRoom(say);
    keepDefinitions(folder);
  }

  private watchRoom(say: (line: string) => void): Room {
    let fullSince: Date | undefined;
    const merges = (word: 'STOP' | 'START') => void this.control.queryAsync(`SYSTEM ${word} MERGES`, { format: 'Null' }).catch((error: unknown) => say(`merges: ${String(error)}`));
    return new Room({
      free: () => freeOn(this.folder),
      short: (free) => {
        say(`the disk has room for ${Math.floor(free / BYTES_IN_MIB)} MiB only: nothing is inserted or merged until there is more`);
        // One that is under way is broken off, and leaves the parts that it was to merge.
        merges('STOP');
      },
      full: () => {
        fullSince = new Date();
        say('the disk is full');
        void this.parts.sinceFull(fullSince);
      },
      again: () => {
        say('the disk has room again');
        const since = fullSince;
        fullSince = undefined;
        // Not before: a damaged part that is merged on is a second damaged part.
        void (since ? this.parts.sinceFull(since) : Promise.resolve()).then(() => this.room.short || merges('START'));
      },
    });
  }

  version(): string {
    return this.control.query('SELECT version()', 'TabSeparated').trim();
  }

  /** Statements that stood still. */
  stuck(): WatchCounts {
    return this.watch.counts();
  }

  /** Runs one statement to its end. */
  async run(request: Request): Promise<Answer> {
    try {
      return await this.carryOut(request);
    } catch (error) {
      if (error instanceof Error) this.parts.failed(error.message);
      throw error;
    }
  }

  private async carryOut(request: Request): Promise<Answer> {
    const kind = checked(request);
    if (kind === 'insert') return this.writers.use(needs(request), request.signal, (slot) => this.room.during('rows', () => this.over(slot, request, false, (call) => insert(slot, request, call, this.arriving))));
    const reading = kind === 'read' || isReadOnly(request);
    if (reading) return this.readers.use(needs(request), request.signal, (slot) => this.over(slot, request, true, (call) => query(slot, request, call)));
    return this.writers.use(needs(request), request.signal, async (slot) => {
      const work = () => this.over(slot, request, false, (call) => query(slot, request, call));
      const writes = writesOf(request.sql);
      try {
        return await (writes ? this.room.during(writes, work) : work());
      } finally {
        slot.renew(); // SET, USE, a temporary table: over HTTP they end with their request
        this.keeping ??= setTimeout(() => this.keepDefinitions(), KEEP_DEFINITIONS_MS).unref();
      }
    });
  }

  private keepDefinitions(): void {
    this.keeping = undefined;
    keepDefinitions(this.folder);
  }

  private over<T, C extends Connection>(slot: Slot<C>, { sql, queryId, signal }: Request, reads: boolean, work: (call: Call) => Promise<T>): Promise<T> {
    return this.watch.over({ sql, queryId, reads, signal }, () => slot.renew(), work);
  }

  /** Whether {@link stream} can answer it; the other ones go to {@link run}. */
  canStream(request: Request): boolean {
    return request.streamed && STREAMABLE.has(request.format) && checked(request) === 'read';
  }

  /**
   * Runs one SELECT and hands over its answer piece by piece. The next piece is made when the one before has been
   * taken, so memory stays bounded. `take` returns false to stop.
   */
  async stream(request: Request, take: (piece: Uint8Array) => Promise<boolean>): Promise<void> {
    await this.streams.use(needs(request), request.signal, (slot) =>
      // Not stopped from beside as soon as its client has gone: it ends with the piece that nobody takes.
      this.over(slot, request, false, async (call) => {
        const session = await slot.ready(needs(request));
        await session.queryAsync(presets(request, call));
        for await (const piece of session.stream(request.sql, request.format)) {
          if (request.signal.aborted || call.givenUp) break;
          call.handingOver = true;
          const taken = await take(piece);
          call.handingOver = false;
          if (!taken) break;
        }
      }),
    );
  }

  /** Closes every connection once what runs on it has ended. */
  async close(): Promise<void> {
    for (const pool of [this.readers, this.writers, this.streams]) pool.close();
    this.watch.close();
    this.room.close();
    clearTimeout(this.keeping);
    this.control.close();
    this.examiner.close();
    await Promise.all([...this.threads].map(({ ended }) => ended));
    await drainPending();
  }
}

function asker(session: Session): (sql: string) => Promise<Record<string, unknown>[]> {
  return async (sql) => {
    const text = (await session.queryAsync(sql, { format: 'JSONEachRow' })).text();
    return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Record<string, unknown>]));
  };
}

function isReadOnly(request: Request): boolean {
  return (request.settings.get('readonly') ?? '0') !== '0';
}

/** Refuses what a server would refuse before running anything; returns the kind of statement. */
function checked(request: Request): 'read' | 'insert' | 'other' {
  const { kind, placeholders, count } = readStatement(request.sql);
  // The library takes a statement up to its first NUL and would drop the rest silently.
  if (request.sql.includes('\0')) throw new EngineError(62, 'SYNTAX_ERROR', 'A statement cannot hold a NUL character');
  if (kind === 'empty') throw new EngineError(62, 'SYNTAX_ERROR', 'Empty query');
  if (count > 1) throw new EngineError(62, 'SYNTAX_ERROR', 'Multi-statements are not allowed');
  if (kind === 'insert' && isReadOnly(request)) {
    throw new EngineError(164, 'READONLY', 'Cannot execute query in readonly mode');
  }
  // A parameter stays on its connection like any SET: unset here, it would be an earlier statement's value.
  for (const name of placeholders) {
    if (!request.params.has(name)) {
      throw new EngineError(456, 'UNKNOWN_QUERY_PARAMETER', `Substitution \`${name}\` is not set`);
    }
  }
  return kind;
}

function needs(request: Request): Needs {
  const settings = new Map(request.settings);
  settings.delete('readonly'); // the pool's own matter
  settings.delete('log_comment'); // would differ with every statement, and there is no query_log to read it in
  return { database: request.database, settings };
}

/**
 * The SET that goes before a statement: its parameters, and the name by which it can be found and stopped. Bound this
 * way and not by the library's own call, which runs one statement at a time in the whole process.
 */
function presets(request: Request, call: Call): string {
  const changes = [...request.params].map(([name, value]) => `param_${name} = ${literal(value)}`);
  return `SET ${[...changes, `log_comment = ${literal(call.mark)}`].join(', ')}`;
}

async function query(slot: Slot<Session>, request: Request, call: Call): Promise<Answer> {
  const session = await slot.ready(needs(request));
  const result = await session.queryAsync(`${presets(request, call)}; ${request.sql}`, { format: request.format });
  return { body: result.bytes(), summary: readSummary(result) };
}

async function insert(slot: Slot<Session>, request: Request, call: Call, arriving: string): Promise<Answer> {
  const session = await slot.ready(needs(request));
  const native = request.rows ? nativeInsert(request.sql) : undefined;
  if (request.rows && native) return insertNative(session, native, request.rows, call, arriving);
  await session.queryAsync(presets(request, call), { format: 'Null' });
  const target = request.rows ? rawInsert(request.sql) : undefined;
  if (request.rows && target) {
    const done = await session.insert({ ...target, values: request.rows });
    return { body: new Uint8Array(0), summary: writeSummary(done.rowsWritten, done.bytesWritten, done.elapsed) };
  }
  const statement = request.rows ? `${request.sql}\n${textOf(request.rows)}` : request.sql;
  const result = await session.queryAsync(statement, { format: 'Null' });
  return { body: result.bytes(), summary: { elapsed_ns: nanoseconds(result.elapsed) } };
}

/**
 * One block stays one, as from a server: all of its rows or none, in one part of the table and of each view. The threads are
 * for the views, which write and wait for the disk side by side: with one, each would wait for the one before.
 */
const ONE_BLOCK = 'max_threads = 4, parallelize_output_from_storages = 0, max_insert_threads = 1, min_insert_block_size_rows = 0, min_insert_block_size_bytes = 0';

async function insertNative(session: Session, { table, columns }: NativeInsert, rows: Buffer, call: Call, arriving: string): Promise<Answer> {
  const file = path.join(arriving, `${randomUUID()}.native`);
  const names = columns.map(identifier).join(', ');
  try {
    await writeFile(file, rows, { mode: 0o600 });
    const target = table.split('.').map(identifier).join('.');
    const result = await session.queryAsync(
      `INSERT INTO ${target} (${names}) SELECT ${names} FROM file(${literal(file)}, 'Native') SETTINGS ${ONE_BLOCK}, schema_inference_use_cache_for_file = 0, log_comment = ${literal(call.mark)}`,
      { format: 'Null' },
    );
    return { body: result.bytes(), summary: { elapsed_ns: nanoseconds(result.elapsed) } };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') throw new EngineError(243, 'NOT_ENOUGH_SPACE', 'No room on the disk for the rows of an insert');
    throw error;
  } finally {
    await rm(file, { force: true });
  }
}

function textOf(rows: Buffer): string {
  if (rows.includes(0)) {
    throw new EngineError(48, 'NOT_IMPLEMENTED', 'The embedded engine takes rows with NUL bytes in JSONEachRow, CSV and TSV only');
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(rows);
  } catch {
    throw new EngineError(48, 'NOT_IMPLEMENTED', 'The embedded engine takes rows in text formats (UTF-8) only');
  }
}

function nanoseconds(seconds: number): string {
  return String(Math.round(seconds * 1e9));
}

function readSummary(result: { rowsRead: number; bytesRead: number; elapsed: number }): Record<string, string> {
  return {
    result_rows: String(result.rowsRead),
    result_bytes: String(result.bytesRead),
    elapsed_ns: nanoseconds(result.elapsed),
  };
}

function writeSummary(rows: number, bytes: number, seconds: number): Record<string, string> {
  return { written_rows: String(rows), written_bytes: String(bytes), elapsed_ns: nanoseconds(seconds) };
}
