import { Readable } from 'node:stream';
import { parse, type CsvError, type Options } from 'csv-parse';
import type { CsvOptions } from '../../mapping/schema';
import type { Unit } from '../unit';

const ENCODINGS = { 'utf-8': 'utf8', 'utf-16le': 'utf16le', latin1: 'latin1' } as const;

/**
 * CSV with a header; a record is an object of texts by column. A byte-order mark is dropped, and records may end with
 * CR LF, LF or a lone CR (the first end in the file decides). A row with more or fewer fields than the header is
 * unreadable and does not stop the file; so is what stands after a quote that never closes.
 */
export async function* readCsv(bytes: AsyncIterable<Uint8Array>, given: CsvOptions): AsyncGenerator<Unit> {
  // The parser reads ahead, so what it skips is kept with the number of records that came before it.
  const skipped: { error: CsvError | undefined; raw: string | undefined; after: number }[] = [];
  const options: Options = {
    bom: true,
    encoding: ENCODINGS[given.encoding ?? 'utf-8'],
    delimiter: given.delimiter ?? ',',
    ...(given.recordDelimiter ? { record_delimiter: given.recordDelimiter } : {}),
    ...(given.quote === undefined ? {} : { quote: given.quote === '' ? false : given.quote }),
    ...(given.escape ? { escape: given.escape } : {}),
    ...(given.comment ? { comment: given.comment } : {}),
    trim: given.trim ?? false,
    relax_column_count: true,
    skip_empty_lines: true,
    // A stray quote is kept as it stands; else everything after it would be lost with it.
    relax_quotes: true,
    skip_records_with_error: true,
    raw: true,
    on_skip(error, raw) {
      skipped.push({ error, raw, after: parser.info.records });
      return undefined;
    },
  };
  const parser = Readable.from(bytes, { objectMode: false }).pipe(parse(options));
  let columns = given.columns;
  let group = 0;
  let seen = 0;
  const lost = function* (before: number): Generator<Unit> {
    while (skipped[0] && skipped[0].after <= before) {
      const { error, raw } = skipped.shift() ?? {};
      group++;
      const where = `row ${group}`;
      yield { kind: 'unreadable', code: 'CSV_BROKEN', reason: `${where}: ${error?.message ?? 'cannot be read'}`, raw: raw ?? '', where, group };
    }
  };
  for await (const { record, raw } of parser as AsyncIterable<{ record: string[]; raw: string }>) {
    yield* lost(seen++);
    if (!columns) {
      columns = record.map((name) => name.trim());
      const twice = columns.find((name, i) => columns?.indexOf(name) !== i);
      if (twice !== undefined) throw new Error(`the header names column "${twice}" twice`);
      continue;
    }
    group++;
    const where = `row ${group}`;
    if (record.length !== columns.length) {
      yield { kind: 'unreadable', code: 'CSV_COLUMNS', reason: `${where} has ${record.length} fields, the header ${columns.length}`, raw: raw.trim(), where, group };
      continue;
    }
    const row: Record<string, string> = {};
    for (let i = 0; i < columns.length; i++) row[columns[i] as string] = record[i] ?? '';
    yield { kind: 'record', record: row, where, group };
  }
  yield* lost(Number.POSITIVE_INFINITY);
}
