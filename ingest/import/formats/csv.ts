import { Readable } from 'node:stream';
import { parse, type CsvError, type Options } from 'csv-parse';
import type { CsvOptions } from '../../mapping/schema';
import type { Unit } from '../unit';

const ENCODINGS = { 'utf-8': 'utf8', 'utf-16le': 'utf16le', latin1: 'latin1' } as const;

/**
 * CSV with a header; a record is an object of texts by column. A byte-order mark is dropped, and records may end with
 * CR LF, LF or a lone CR (the first end in the file decides). A row with more or fewer fields than the header, or
 * with a broken quote, is unreadable and does not stop the file.
 */
export async function* readCsv(bytes: AsyncIterable<Uint8Array>, given: CsvOptions): AsyncGenerator<Unit> {
  const skipped: { error: CsvError | undefined; raw: string | undefined }[] = [];
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
    skip_records_with_error: true,
    raw: true,
    on_skip(error, raw) {
      skipped.push({ error, raw });
      return undefined;
    },
  };
  const parser = Readable.from(bytes, { objectMode: false }).pipe(parse(options));
  let columns = given.columns;
  let group = 0;
  const lost = function* (): Generator<Unit> {
    for (const { error, raw } of skipped.splice(0)) {
      group++;
      const where = `row ${group}`;
      yield { kind: 'unreadable', code: 'CSV_BROKEN', reason: `${where}: ${error?.message ?? 'cannot be read'}`, raw: raw ?? '', where, group };
    }
  };
  for await (const { record, raw } of parser as AsyncIterable<{ record: string[]; raw: string }>) {
    yield* lost();
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
  yield* lost();
}
