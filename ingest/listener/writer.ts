import { setTimeout as sleep } from 'node:timers/promises';
import { classifyInsertError, insertRows, type InsertFailure, type Store } from '../../clickhouse/client';
import { Bodies } from './body';
import type { DeadLetterRow } from './decode';
import { insertDone, insertFailed } from './metrics';
import type { EventRow } from './row';

/** What one message became, with what is needed to keep it as a dead letter should the store refuse its row. */
export interface Kept {
  readonly row: EventRow;
  readonly refused: (reason: string) => DeadLetterRow;
}

/** The views of the log write and sync their parts side by side, not one after another. */
const SETTINGS = { parallel_view_processing: 1 } as const;

const LONGEST_WAIT_MS = 15_000;
/** So often, over some eight seconds, an error that nobody knows is taken for a passing one. */
const UNKNOWN_TRIES = 5;

interface Problem {
  readonly kind: InsertFailure;
  readonly reason: string;
}

/**
 * Writes rows and resolves when they are on disk. Outages are waited out, however long they last: nothing is
 * acknowledged meanwhile, so nothing is lost. A row that the store refuses for good is found by halving its batch
 * and kept as a dead letter; the rest of the batch goes in. Writing the same rows twice changes nothing.
 */
export class Writer {
  /** Inserts into the log that the store has taken. */
  private taken = 0;
  private readonly bodies = new Bodies();

  constructor(
    private readonly store: Store,
    private readonly log: (message: string) => void,
  ) {}

  async write(events: readonly Kept[], dead: readonly DeadLetterRow[]): Promise<{ refused: number }> {
    const refused: DeadLetterRow[] = [];
    if (events.length > 0) await this.writeEvents(events, refused);
    const letters = [...dead, ...refused];
    if (letters.length > 0) await this.writeLetters(letters);
    return { refused: refused.length };
  }

  /** A letter that the store refuses must not hold up the rest: it is kept as where it stands and why, without what came from outside. */
  private async writeLetters(letters: readonly DeadLetterRow[]): Promise<void> {
    const problem = await this.persist('dead_letters', letters, true);
    if (problem === undefined) return;
    const [only] = letters;
    if (letters.length === 1 && only) {
      const { stream, stream_seq, part, recorded_at, raw_bytes } = only;
      this.log(`the store refuses the dead letter of message ${stream_seq}: ${problem.reason}`);
      await this.persist('dead_letters', [{ stream, stream_seq, part, recorded_at, raw_bytes, reason_code: 'STORE_REFUSED', reason: `${only.reason_code}; the store does not take what the message holds`, raw_encoding: 'utf-8', headers: '{}' }]);
      return;
    }
    const middle = letters.length >> 1;
    await this.writeLetters(letters.slice(0, middle));
    await this.writeLetters(letters.slice(middle));
  }

  private async writeEvents(events: readonly Kept[], refused: DeadLetterRow[], since = this.taken): Promise<void> {
    const rows = events.map(({ row }) => row);
    let problem = await this.persist('events', rows, true, UNKNOWN_TRIES);
    // An error that nobody knows is the row's fault only where the store has taken others since; else it is waited out.
    while (problem?.kind === 'unknown' && rows.length === 1 && this.taken === since) problem = await this.persist('events', rows, true, UNKNOWN_TRIES);
    const [only] = events;
    if (problem === undefined) return;
    if (events.length === 1 && only) {
      this.log(`the store refuses event ${only.row.event_key}: ${problem.reason}`);
      refused.push(only.refused(problem.reason));
      return;
    }
    const middle = events.length >> 1;
    await this.writeEvents(events.slice(0, middle), refused, since);
    await this.writeEvents(events.slice(middle), refused, since);
  }

  /** Resolves with undefined when the rows are on disk, or where asked to with why they may never be: a refusal for good, or an unknown error that goes on. */
  private async persist(table: string, rows: readonly object[], returnRefusal = false, unknownTries = Infinity): Promise<Problem | undefined> {
    const body = await this.bodies.of(rows);
    let unknown = 0;
    let tries = 0;
    for (let wait = 250; ; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
      const began = performance.now();
      tries++;
      try {
        await insertRows(this.store, table, body.bytes, { settings: SETTINGS });
        // Not where an earlier try failed: its connection may still hold what it was to send.
        if (tries === 1) this.bodies.giveBack(body);
        if (table === 'events') this.taken++;
        insertDone(table, (performance.now() - began) / 1000);
        return undefined;
      } catch (error) {
        const kind = classifyInsertError(error);
        insertFailed(table, kind);
        const reason = error instanceof Error ? error.message : String(error);
        unknown = kind === 'unknown' ? unknown + 1 : 0;
        if (returnRefusal && (kind === 'permanent' || unknown > unknownTries)) return { kind, reason };
        this.log(`insert into ${table} failed (${kind}), trying again in ${wait} ms: ${reason.slice(0, 300)}`);
        await sleep(wait + Math.random() * wait * 0.2);
      }
    }
  }
}
