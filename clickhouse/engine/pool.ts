import { EngineError, toEngineError } from './errors';
import { identifier, literal } from './statement';

/** What a statement needs of its connection: a database, settings by name, and parameters by name. */
export interface Needs {
  database: string;
  settings: ReadonlyMap<string, string>;
}

/** What is set on a connection is set by statements without an answer; `chdb`'s sessions are such connections. */
export interface Connection {
  queryAsync(sql: string, options: { format: 'Null' }): Promise<unknown>;
  close(): void;
}

/**
 * One connection and what was set on it. A SET stays on its connection, so every statement first brings the
 * connection to exactly its own settings: what differs is set, what the statement before had set goes back.
 * Statements mostly ask for the same limits, so mostly nothing has to be set.
 */
export class Slot<Session extends Connection> {
  private session: Session;
  private database = 'default';
  private applied = new Map<string, string>();

  constructor(
    private readonly connect: () => Session,
    private readonly base: ReadonlyMap<string, string>,
  ) {
    this.session = connect();
  }

  /** The connection with the needs in force. Throws what the engine says to an unknown setting or database. */
  async ready(needs: Needs): Promise<Session> {
    const { session } = this;
    if (needs.database !== this.database) {
      await session.queryAsync(`USE ${identifier(needs.database)}`, { format: 'Null' });
      this.stillHas(session);
      this.database = needs.database;
    }
    const wanted = new Map([...this.base, ...needs.settings]);
    const changes = this.changes(wanted);
    if (changes.length === 0) return session;
    try {
      // One SET is checked as a whole before any of it acts, so after an error the connection is as it was.
      await session.queryAsync(`SET ${changes.join(', ')}`, { format: 'Null' });
    } catch (error) {
      // …but a stale connection would answer the next statement under wrong limits; opening one costs nothing.
      if (session === this.session) this.renew();
      throw error;
    }
    this.stillHas(session);
    this.applied = wanted;
    return session;
  }

  /** What is known here is of the present connection: a statement that was given up may come back on the one before. */
  private stillHas(session: Session): void {
    if (session !== this.session) throw new EngineError(394, 'QUERY_WAS_CANCELLED', 'The statement was given up');
  }

  private changes(wanted: ReadonlyMap<string, string>): string[] {
    const changes: string[] = [];
    for (const [name, value] of wanted) {
      if (this.applied.get(name) !== value) changes.push(`${name} = ${literal(value)}`);
    }
    for (const name of this.applied.keys()) {
      if (!wanted.has(name)) changes.push(`${name} = DEFAULT`);
    }
    return changes;
  }

  /**
   * Lets go of a statement that has failed. The library keeps such a one until the next on its connection: what it had
   * answered so far would stand in front of that one's answer, and the engine lists it as one that still runs, for
   * whose end a rebuild, for example, would wait.
   */
  async forget(): Promise<void> {
    await this.session.queryAsync("SET log_comment = ''", { format: 'Null' }).catch(() => this.renew());
  }

  /** A fresh connection: for what cannot be told or taken back. */
  renew(): void {
    this.session.close();
    this.session = this.connect();
    this.applied = new Map();
    this.database = 'default';
  }

  close(): void {
    this.session.close();
  }
}

interface Waiting<Session extends Connection> {
  readonly rank: number;
  take(slot: Slot<Session>): void;
  refuse(error: Error): void;
}

/** ClickHouse's own setting: the lower number goes before the higher, of equal ones who came first. */
const rankOf = ({ settings }: Needs): number => Number(settings.get('priority') ?? '0') || 1;

/**
 * A fixed number of connections, handed out one statement at a time; who finds none waits in order of priority. One connection
 * is always left to those of the first: what is worked out behind the pages never has all of them.
 */
export class Pool<Session extends Connection> {
  private later = 0;
  private readonly free: Slot<Session>[];
  private readonly all: readonly Slot<Session>[];
  private readonly waiting: Waiting<Session>[] = [];
  private readonly longestQueue: number;

  constructor(slots: Slot<Session>[], longestQueue: number) {
    this.all = slots;
    this.free = [...slots];
    this.longestQueue = longestQueue;
  }

  /** Runs `work` on a connection of its own. 202 TOO_MANY_SIMULTANEOUS_QUERIES when too many wait already. */
  async use<T>(needs: Needs, signal: AbortSignal, work: (slot: Slot<Session>) => Promise<T>): Promise<T> {
    const rank = rankOf(needs);
    const slot = await this.take(rank, signal);
    try {
      return await work(slot);
    } catch (error) {
      await slot.forget();
      throw toEngineError(error);
    } finally {
      if (rank > 1) this.later -= 1;
      this.free.push(slot);
      this.handOut();
    }
  }

  private may(rank: number): boolean {
    return this.free.length > 0 && (rank <= 1 || this.later < Math.max(1, this.all.length - 1));
  }

  private taken(rank: number): Slot<Session> {
    if (rank > 1) this.later += 1;
    // The one used last: its settings are the most likely to fit.
    return this.free.pop() as Slot<Session>;
  }

  private handOut(): void {
    for (let next = this.waiting[0]; next && this.may(next.rank); next = this.waiting[0]) {
      this.waiting.shift();
      next.take(this.taken(next.rank));
    }
  }

  private take(rank: number, signal: AbortSignal): Promise<Slot<Session>> {
    if (signal.aborted) return Promise.reject(gone());
    if (this.may(rank)) return Promise.resolve(this.taken(rank));
    if (this.waiting.length >= this.longestQueue) {
      return Promise.reject(
        new EngineError(202, 'TOO_MANY_SIMULTANEOUS_QUERIES', `${this.longestQueue} statements wait already`),
      );
    }
    return new Promise((resolve, reject) => {
      const leave = () => {
        const at = this.waiting.indexOf(entry);
        if (at < 0) return;
        this.waiting.splice(at, 1);
        reject(gone());
      };
      const entry: Waiting<Session> = {
        rank,
        take: (free) => {
          signal.removeEventListener('abort', leave);
          resolve(free);
        },
        refuse: reject,
      };
      const behind = this.waiting.findIndex((other) => other.rank > rank);
      this.waiting.splice(behind < 0 ? this.waiting.length : behind, 0, entry);
      signal.addEventListener('abort', leave, { once: true });
    });
  }

  /** Refuses who still waits and closes the connections. */
  close(): void {
    for (const entry of this.waiting.splice(0)) {
      entry.refuse(new EngineError(236, 'ABORTED', 'The engine is stopping', 503));
    }
    for (const slot of this.all) slot.close();
  }
}

function gone(): EngineError {
  return new EngineError(394, 'QUERY_WAS_CANCELLED', 'The client closed its connection');
}
