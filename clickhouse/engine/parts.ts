import { renameSync } from 'node:fs';
import path from 'node:path';
import { identifier, literal } from './statement';

/** How the parts are asked about; rows as objects. */
export type Ask = (sql: string) => Promise<Record<string, unknown>[]>;

export interface PartsOptions {
  readonly ask: Ask;
  readonly say: (line: string) => void;
  /** The process has to be started again: the library undoes a damaged merge only while it opens the folder. */
  readonly startAgain: (line: string) => void;
}

interface Part {
  readonly database: string;
  readonly table: string;
  readonly name: string;
  readonly partition: string;
  readonly from: number;
  readonly to: number;
  readonly level: number;
  readonly path: string;
}

/** What a part is named when it is set aside whose rows nobody was told to be kept: the same rows are sent again. */
export const UNACKNOWLEDGED = 'unacknowledged';

/** Clocks of files are that coarse, and the disk may have been full for so long before it was noticed. */
const MARGIN_SECONDS = 2;
/** Where a part cannot be read: what the library says then. */
const UNREADABLE = /Empty marks file|Bad size of marks file|Cannot read all (data|marks)|Unexpected size of file|CHECKSUM_DOESNT_MATCH|BAD_SIZE_OF_FILE_IN_DATA_PART|NO_FILE_IN_DATA_PART|CORRUPTED_DATA|CANNOT_DECOMPRESS|TOO_LARGE_SIZE_COMPRESSED/;
const IN_TABLE = /in table ([^\s.]+)\.([^\s(]+) \(/;
/** The same table is not looked through again and again for a reader that comes again and again. */
const LOOKED_THROUGH_MS = 60_000;

/**
 * Finds parts whose files are damaged, and sets them aside. A merge of parts that are still there is undone, for which
 * the process is started again; what an insert wrote that was refused is put where it is known as such.
 */
export class Parts {
  private working: Promise<void> = Promise.resolve();
  private readonly lookedThrough = new Map<string, number>();
  private damaged = 0;

  constructor(private readonly options: PartsOptions) {}

  /** Damaged parts that were found since the process began. */
  get found(): number {
    return this.damaged;
  }

  /** Parts that were written from a moment on, while the disk was full. Whatever wrote them was refused. */
  sinceFull(since: Date): Promise<void> {
    const seconds = Math.floor(since.getTime() / 1_000) - MARGIN_SECONDS;
    return this.oneAfterAnother(() => this.examine(`modification_time >= toDateTime(${seconds})`, true));
  }

  /** A statement has failed: where it was for a part that cannot be read, its table is looked through. */
  failed(message: string): void {
    if (!UNREADABLE.test(message)) return;
    const [, database, table] = IN_TABLE.exec(message) ?? [];
    if (!database || !table) return;
    const key = `${database}.${table}`;
    if (performance.now() - (this.lookedThrough.get(key) ?? -Infinity) < LOOKED_THROUGH_MS) return;
    this.lookedThrough.set(key, performance.now());
    void this.oneAfterAnother(() => this.examine(`database = ${literal(database)} AND table = ${literal(table)}`, false));
  }

  private oneAfterAnother(work: () => Promise<void>): Promise<void> {
    this.working = this.working.then(work).catch((error: unknown) => this.options.say(`parts cannot be examined: ${error instanceof Error ? error.message : String(error)}`));
    return this.working;
  }

  private async examine(where: string, refused: boolean): Promise<void> {
    const { ask, say, startAgain } = this.options;
    const rows = await ask(
      `SELECT database, table, name, partition_id AS partition, min_block_number AS "from", max_block_number AS "to", level, path FROM system.parts WHERE active AND ${where}`,
    );
    const parts = rows.map((row): Part => ({
      database: String(row.database), table: String(row.table), name: String(row.name), partition: String(row.partition),
      from: Number(row.from), to: Number(row.to), level: Number(row.level), path: String(row.path),
    }));
    let undo = false;
    for (const part of parts) {
      const why = await this.damageOf(part);
      if (why === undefined) continue;
      this.damaged++;
      say(`part ${part.name} of ${part.database}.${part.table} is damaged: ${why.slice(0, 200)}`);
      if (part.level > 0 && (await this.hasSources(part))) undo = true;
      else await this.setAside(part, refused && part.level === 0);
    }
    if (undo) startAgain('a merge that met a full disk is undone while the folder is opened');
  }

  /** undefined: it is whole, or has been merged away meanwhile. */
  private async damageOf({ database, table, name }: Part): Promise<string | undefined> {
    const named = `${identifier(database)}.${identifier(table)}`;
    try {
      const [told] = await this.options.ask(`CHECK TABLE ${named} PART ${literal(name)} SETTINGS check_query_single_value_result = 0`);
      return told && Number(told.is_passed) === 0 ? String(told.message) : undefined;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (/NO_SUCH_DATA_PART|UNKNOWN_TABLE|No part|doesn't exist/.test(message)) return undefined;
      return UNREADABLE.test(message) ? message : undefined;
    }
  }

  private async hasSources({ database, table, name, partition, from, to }: Part): Promise<boolean> {
    const [row] = await this.options.ask(
      `SELECT count() AS n FROM system.parts WHERE NOT active AND database = ${literal(database)} AND table = ${literal(table)} AND partition_id = ${literal(partition)}
       AND name != ${literal(name)} AND min_block_number >= ${from} AND max_block_number <= ${to}`,
    );
    return Number(row?.n ?? 0) > 0;
  }

  private async setAside(part: Part, refused: boolean): Promise<void> {
    const { ask, say } = this.options;
    await ask(`ALTER TABLE ${identifier(part.database)}.${identifier(part.table)} DETACH PART ${literal(part.name)}`);
    if (!refused) return say(`part ${part.name} of ${part.database}.${part.table} is set aside; its rows are missing until they are brought back`);
    const detached = path.join(path.dirname(part.path.replace(/\/$/, '')), 'detached');
    renameSync(path.join(detached, part.name), path.join(detached, `${UNACKNOWLEDGED}_${part.name}`));
  }
}
