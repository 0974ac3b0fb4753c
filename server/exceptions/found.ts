import type { Store } from '@/clickhouse/client';
import { inTurns } from '../in-turns';
import { raciFor } from '../rules/raci-table';
import { adder, inOrder, isFailedPosting, PIECES, type ExceptionRow, type Fragments, type Piece } from './compose';

/**
 * What the facts have been found to say, part by part, so that a run of the keeper composes anew only the exceptions of what
 * has changed: its rows, and those that rows of other parts explain. Whatever is put into it in whatever order, it holds what
 * a new one would hold with the same rows.
 */

type PartName = keyof typeof PIECES;
type RowsOf = { [Name in PartName]: (typeof PIECES)[Name] extends Piece<infer Row> ? Row : never };
/** Rows of each part. */
export type Parts = { [Name in PartName]: readonly RowsOf[Name][] };

/** Rows that stand for everything that was known under some documents. */
export type Update<Name extends PartName = PartName> = { [N in Name]: { readonly part: N; /** Null: the whole part. */ readonly under: ReadonlySet<string> | null; readonly rows: readonly RowsOf[N][] } }[Name];

/** What is kept of a row. */
interface Unit {
  readonly under: string;
  readonly says: readonly string[];
  /** Of the exception that it is; undefined where another explains it. */
  key: string | undefined;
  content: string;
}

/** Of several rows with one key another stands now, and which one only the whole can say. */
export class Unclear extends Error {
  override name = 'Unclear';
}

class Part<Row> {
  readonly units = new Map<string, Unit>();
  readonly byUnder = new Map<string, Set<string>>();
  /** Of parts that others explain. */
  readonly rows = new Map<string, Row>();
  /** By the object that others speak of. */
  readonly byObject = new Map<string, Set<string>>();
  /** @param explained whether other parts may explain a row of this one, and of which object it is then */
  constructor(readonly piece: Piece<Row>, readonly explained: (row: Row) => string | null = () => null) {}
}

const into = (map: Map<string, Set<string>>, key: string, id: string) => {
  const known = map.get(key);
  if (known) known.add(id);
  else map.set(key, new Set([id]));
};
const outOf = (map: Map<string, Set<string>>, key: string, id: string) => {
  const known = map.get(key);
  known?.delete(id);
  if (known?.size === 0) map.delete(key);
};

const NOTHING: ReadonlySet<string> = new Set();

/** What an update did to the list. */
interface Change {
  /** Content of exceptions before, by key; undefined: there was none. */
  readonly before: Map<string, string | undefined>;
  readonly now: Map<string, ExceptionRow>;
  /** What is said now and was not, or the other way round. */
  readonly said: Set<string>;
}

export class Found {
  private readonly add = adder((about) => raciFor(about).responsible);
  private readonly said = new Map<string, number>();
  /** How many rows make an exception of this key. */
  private readonly keys = new Map<string, number>();
  private readonly standings = new Map<string, Fragments['postings'][number]>();
  private readonly parts: { [Name in PartName]: Part<RowsOf[Name]> } = {
    failedOrders: new Part(PIECES.failedOrders), unmapped: new Part(PIECES.unmapped), refused: new Part(PIECES.refused), receipts: new Part(PIECES.receipts), invoices: new Part(PIECES.invoices),
    chains: new Part(PIECES.chains, (row) => row.id), handovers: new Part(PIECES.handovers, (row) => (isFailedPosting(row) ? row.document_id : null)), deadLetters: new Part(PIECES.deadLetters), conflicts: new Part(PIECES.conflicts),
    foreign: new Part(PIECES.foreign), gaps: new Part(PIECES.gaps), quality: new Part(PIECES.quality),
  };

  /** How many exceptions stand. */
  get size(): number {
    return this.keys.size;
  }

  /** Documents of which a hand-over is stuck. */
  stuck(type: string, document: string): boolean {
    return this.parts.handovers.byUnder.has(`${type} ${document}`);
  }

  /** Documents of failed postings. */
  failedPostings(): string[] {
    return [...new Set([...this.parts.handovers.rows.values()].map((row) => row.document_id))];
  }

  /** Orders that could not be created, and what each was to serve. */
  failedOrders(): Map<string, readonly string[]> {
    return new Map([...this.parts.failedOrders.units.values()].map(({ under, says }) => [under, says.map((one) => one.slice('failed|'.length))]));
  }

  /**
   * Puts rows in the place of what was known.
   *
   * @param standings of all failed postings
   * @returns the exceptions that are new or say something else, and the keys of those that are none any more
   * @throws Unclear; what is held is then of no use
   */
  put(updates: readonly Update[], standings: readonly Fragments['postings'][number][] | undefined): { rows: ExceptionRow[]; gone: string[] } {
    const change: Change = { before: new Map(), now: new Map(), said: new Set() };
    for (const update of updates) this.replace(update, change);
    if (standings) {
      this.standings.clear();
      for (const one of standings) this.standings.set(one.document, one);
    }
    const chains = this.parts.chains;
    for (const said of change.said) for (const id of chains.byObject.get(said.slice(said.indexOf('|') + 1)) ?? []) this.again(chains, id, change);
    const { handovers } = this.parts;
    for (const [id] of handovers.rows) this.again(handovers, id, change);

    const rows: ExceptionRow[] = [];
    const gone: string[] = [];
    for (const [key, content] of change.before) {
      const row = change.now.get(key);
      const count = this.keys.get(key) ?? 0;
      if (count > 1 || (count === 1 && !row)) throw new Unclear(key);
      if (count === 0) {
        if (content !== undefined) gone.push(key);
      } else if (row && row.content !== content) rows.push(row);
    }
    return { rows: rows.sort(inOrder), gone };
  }

  /** Puts everything into one that holds nothing, in turns with others of the process. @returns every exception; of several of one key the first stands */
  async fill(store: Pick<Store, 'turn'>, parts: Parts, standings: readonly Fragments['postings'][number][]): Promise<ExceptionRow[]> {
    const rows = new Map<string, ExceptionRow>();
    const change: Change = { before: new Map(), now: new Map(), said: new Set() };
    for (const one of standings) this.standings.set(one.document, one);
    for (const part of ORDER) {
      await inTurns<RowsOf[PartName]>(store, parts[part], (one) => {
        const composed: ExceptionRow[] = [];
        this.replace({ part, under: NOTHING, rows: [one] } as unknown as Update, change, composed);
        for (const row of composed) {
          const known = rows.get(row.key);
          if (!known || inOrder(row, known) < 0) rows.set(row.key, row);
        }
        change.before.clear();
        change.now.clear();
        change.said.clear();
      });
    }
    return [...rows.values()];
  }

  private replace<Name extends PartName>(update: Update<Name>, change: Change, all?: ExceptionRow[]): void {
    const part = this.parts[update.part] as Part<RowsOf[Name]>;
    const before = update.under === null ? [...part.units.keys()] : [...update.under].flatMap((under) => [...(part.byUnder.get(under) ?? [])]);
    for (const id of before) this.take(part, id, change);
    for (const row of update.rows as readonly RowsOf[Name][]) {
      const id = part.piece.id(row);
      if (part.units.has(id)) this.take(part, id, change);
      const unit: Unit = { under: part.piece.under(row), says: part.piece.says?.(row) ?? [], key: undefined, content: '' };
      part.units.set(id, unit);
      into(part.byUnder, unit.under, id);
      for (const one of unit.says) this.say(one, 1, change);
      const object = part.explained(row);
      if (object !== null) {
        part.rows.set(id, row);
        into(part.byObject, object, id);
      }
      const composed = this.compose(part, unit, row, change);
      if (composed && all) all.push(composed);
    }
  }

  private take<Row>(part: Part<Row>, id: string, change: Change): void {
    const unit = part.units.get(id);
    if (!unit) return;
    this.free(unit, change);
    part.units.delete(id);
    outOf(part.byUnder, unit.under, id);
    for (const one of unit.says) this.say(one, -1, change);
    const row = part.rows.get(id);
    const object = row === undefined ? null : part.explained(row);
    if (object !== null) outOf(part.byObject, object, id);
    part.rows.delete(id);
  }

  /** A row as it is explained now. */
  private again<Row>(part: Part<Row>, id: string, change: Change): void {
    const unit = part.units.get(id);
    const row = part.rows.get(id);
    if (!unit || row === undefined) return;
    this.free(unit, change);
    this.compose(part, unit, row, change);
  }

  private free(unit: Unit, { before, now }: Change): void {
    if (unit.key === undefined) return;
    if (!before.has(unit.key)) before.set(unit.key, unit.content);
    now.delete(unit.key);
    const count = (this.keys.get(unit.key) ?? 1) - 1;
    if (count === 0) this.keys.delete(unit.key);
    else this.keys.set(unit.key, count);
    unit.key = undefined;
  }

  private compose<Row>(part: Part<Row>, unit: Unit, row: Row, { before, now }: Change): ExceptionRow | null {
    const composed = part.piece.compose(row, this.add, this.said, this.standings);
    if (!composed) return null;
    const { key, content } = composed;
    if (!before.has(key)) before.set(key, undefined);
    now.set(key, composed);
    this.keys.set(key, (this.keys.get(key) ?? 0) + 1);
    unit.key = key;
    unit.content = content;
    return composed;
  }

  private say(what: string, by: 1 | -1, change: Change): void {
    const count = (this.said.get(what) ?? 0) + by;
    if (count === 0) this.said.delete(what);
    else this.said.set(what, count);
    change.said.add(what);
  }
}

/** What explains comes before what it explains. */
const ORDER: readonly PartName[] = ['failedOrders', 'unmapped', 'refused', 'receipts', 'invoices', 'chains', 'handovers', 'deadLetters', 'conflicts', 'foreign', 'gaps', 'quality'];
