import { setTimeout as sleep } from 'node:timers/promises';
import { classifyInsertError, insertRows, type Store } from '../../clickhouse/client';
import type { DeadLetterRow } from './decode';
import { insertDone, insertFailed } from './metrics';
import type { EventRow } from './row';

/** What one message became, with what is needed to keep it as a dead letter should the store refuse its row. */
export interface Kept {
  readonly row: EventRow;
  readonly refused: (reason: string) => DeadLetterRow;
}

const LONGEST_WAIT_MS = 15_000;

/**
 * Writes rows and resolves when they are on disk. Outages are waited out, however long they last: nothing is
 * acknowledged meanwhile, so nothing is lost. A row that the store refuses for good is found by halving its batch
 * and kept as a dead letter; the rest of the batch goes in. Writing the same rows twice changes nothing.
 */
export class Writer {
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
      this.log(`the store refuses the dead letter of message ${stream_seq}: ${problem}`);
      await this.persist('dead_letters', [{ stream, stream_seq, part, recorded_at, raw_bytes, reason_code: 'STORE_REFUSED', reason: `${only.reason_code}; the store does not take what the message holds`, raw_encoding: 'utf-8', headers: '{}' }]);
      return;
    }
    const middle = letters.length >> 1;
    await this.writeLetters(letters.slice(0, middle));
    await this.writeLetters(letters.slice(middle));
  }

  private async writeEvents(events: readonly Kept[], refused: DeadLetterRow[]): Promise<void> {
    const problem = await this.persist('events', events.map(({ row }) => row), true);
    if (problem === undefined) return;
    const [only] = events;
    if (events.length === 1 && only) {
      this.log(`the store refuses event ${only.row.event_key}: ${problem}`);
      refused.push(only.refused(problem));
      return;
    }
    const middle = events.length >> 1;
    await this.writeEvents(events.slice(0, middle), refused);
    await this.writeEvents(events.slice(middle), refused);
  }

  /** Resolves with undefined when the rows are on disk, or with the reason of a refusal for good where asked to. */
  private async persist(table: string, rows: readonly object[], returnRefusal = false): Promise<string | undefined> {
    const body = Buffer.from(rows.map((row) => JSON.stringify(row)).join('\n') + '\n');
    for (let wait = 250; ; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
      const began = performance.now();
      try {
        await insertRows(this.store, table, body);
        insertDone(table, (performance.now() - began) / 1000);
        return undefined;
      } catch (error) {
        const kind = classifyInsertError(error);
        insertFailed(table, kind);
        const reason = error instanceof Error ? error.message : String(error);
        if (kind === 'permanent' && returnRefusal) return reason;
        this.log(`insert into ${table} failed (${kind}), trying again in ${wait} ms: ${reason.slice(0, 300)}`);
        await sleep(wait + Math.random() * wait * 0.2);
      }
    }
  }
}
