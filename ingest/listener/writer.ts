import { setTimeout as sleep } from 'node:timers/promises';
import { classifyInsertError, insertRows, type InsertFailure, type InsertOptions, type Store } from '../../clickhouse/client';
import { EVENT_NAMES, EventBlock } from './block';
import { Bodies, type Body } from './body';
import { NotKept } from './column';
import type { DeadLetterRow } from './decode';
import { insertDone, insertFailed } from './metrics';
import type { EventRow } from './row';

/** What one message became, with what is needed to keep it as a dead letter should the store refuse its row. */
export interface Kept {
  readonly row: EventRow;
  readonly refused: (reason: string) => DeadLetterRow;
}

/** Events that are printed already. */
export interface Printed {
  readonly count: number;
  readonly body: Body;
  /** Each of them once more, where the store does not take them as they are. */
  readonly again: () => Promise<readonly Kept[]>;
}

/**
 * The views of the log write and sync their parts side by side, not one after another. What a block says twice stays in it
 * until parts are merged: to look for it on each insert cost more than to write the block, and pages read merged rows anyway.
 */
const SETTINGS = { parallel_view_processing: 1, optimize_on_insert: 0 } as const;

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
  private readonly block = new EventBlock();

  constructor(
    private readonly store: Store,
    private readonly log: (message: string) => void,
  ) {}

  /** @param events to be printed here, or printed already by the block of whom `printedBy` gives its memory back to */
  async write(events: readonly Kept[] | Printed, dead: readonly DeadLetterRow[], printedBy?: EventBlock): Promise<{ refused: number }> {
    const refused: DeadLetterRow[] = [];
    if ('again' in events) await this.writePrinted(events, refused, printedBy);
    else if (events.length > 0) await this.writeEvents(events, refused);
    const letters = [...dead, ...refused];
    if (letters.length > 0) await this.writeLetters(letters);
    return { refused: refused.length };
  }

  /** A letter that the store refuses must not hold up the rest: it is kept as where it stands and why, without what came from outside. */
  private async writeLetters(letters: readonly DeadLetterRow[]): Promise<void> {
    const problem = await this.persistLetters(letters, true);
    if (problem === undefined) return;
    const [only] = letters;
    if (letters.length === 1 && only) {
      const { stream, stream_seq, part, recorded_at, raw_bytes } = only;
      this.log(`the store refuses the dead letter of message ${stream_seq}: ${problem.reason}`);
      await this.persistLetters([{ stream, stream_seq, part, recorded_at, raw_bytes, reason_code: 'STORE_REFUSED', reason: `${only.reason_code}; the store does not take what the message holds`, raw_encoding: 'utf-8', headers: '{}' }]);
      return;
    }
    const middle = letters.length >> 1;
    await this.writeLetters(letters.slice(0, middle));
    await this.writeLetters(letters.slice(middle));
  }

  private async persistLetters(letters: readonly object[], returnRefusal = false): Promise<Problem | undefined> {
    const body = await this.bodies.of(letters);
    return this.persist('dead_letters', body, () => this.bodies.giveBack(body), {}, returnRefusal);
  }

  private async writePrinted(events: Printed, refused: DeadLetterRow[], printedBy: EventBlock | undefined): Promise<void> {
    const since = this.taken;
    const problem = await this.persistEvents(events.body, printedBy);
    if (problem === undefined) return;
    const again = await events.again();
    if (again.length > 0) await this.writeHalves(again, problem, refused, since);
  }

  private async writeEvents(events: readonly Kept[], refused: DeadLetterRow[], since = this.taken): Promise<void> {
    const problem = await this.printAndPersist(events);
    if (problem !== undefined) await this.writeHalves(events, problem, refused, since);
  }

  /** What is wrong with the whole is looked for in both halves, down to the row. */
  private async writeHalves(events: readonly Kept[], found: Problem, refused: DeadLetterRow[], since: number): Promise<void> {
    const [only] = events;
    if (events.length === 1 && only) {
      let problem: Problem | undefined = found;
      // An error that nobody knows is the row's fault only where the store has taken others since; else it is waited out.
      while (problem?.kind === 'unknown' && this.taken === since) problem = await this.printAndPersist(events);
      if (problem === undefined) return;
      this.log(`the store refuses event ${only.row.event_key}: ${problem.reason}`);
      refused.push(only.refused(problem.reason));
      return;
    }
    const middle = events.length >> 1;
    await this.writeEvents(events.slice(0, middle), refused, since);
    await this.writeEvents(events.slice(middle), refused, since);
  }

  private async printAndPersist(events: readonly Kept[]): Promise<Problem | undefined> {
    try {
      for (const { row } of events) this.block.add(row);
    } catch (problem) {
      this.block.clear();
      if (!(problem instanceof NotKept)) throw problem;
      return { kind: 'permanent', reason: problem.message };
    }
    return this.persistEvents(this.block.take(), this.block);
  }

  private async persistEvents(body: Body, printedBy: EventBlock | undefined): Promise<Problem | undefined> {
    const problem = await this.persist('events', body, () => printedBy?.giveBack(body), { format: 'Native', columns: EVENT_NAMES }, true, UNKNOWN_TRIES);
    if (problem === undefined) this.taken++;
    return problem;
  }

  /** Resolves with undefined when the rows are on disk, or where asked to with why they may never be: a refusal for good, or an unknown error that goes on. */
  private async persist(table: string, body: Body, giveBack: () => void, options: InsertOptions, returnRefusal = false, unknownTries = Infinity): Promise<Problem | undefined> {
    let unknown = 0;
    let tries = 0;
    for (let wait = 250; ; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
      const began = performance.now();
      tries++;
      try {
        await insertRows(this.store, table, body.bytes, { ...options, settings: SETTINGS });
        // Not where an earlier try failed: its connection may still hold what it was to send.
        if (tries === 1) giveBack();
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
