import type { Cell, ListColumn, ListRow } from './columns';

/**
 * CSV as spreadsheets take it: RFC 4180 quoting and CRLF, a byte order mark so that Excel reads UTF-8,
 * and nothing that a spreadsheet would run as a formula.
 */

export const BOM = '\uFEFF';

/** Text that a spreadsheet would evaluate gets an apostrophe in front; numbers of ours never do. */
function harmless(text: string): string {
  return /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
}

export function csvField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const offsets = new Map<string, Intl.DateTimeFormat>();

function zoneFormat(zone: string): Intl.DateTimeFormat {
  let format = offsets.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      timeZoneName: 'longOffset',
    });
    offsets.set(zone, format);
  }
  return format;
}

function instantOf(value: Cell): Date | null {
  if (value instanceof Date) return value;
  if (typeof value === 'number') return new Date(value);
  if (typeof value !== 'string' || value === '') return null;
  // ClickHouse writes UTC without an offset.
  const bare = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/.test(value) ? `${value.replace(' ', 'T')}Z` : value;
  const date = new Date(bare);
  return Number.isNaN(date.getTime()) ? null : date;
}

/** `2026-03-08T14:05:09.120-05:00`: the wall clock of the zone with its offset, so nothing is lost. */
export function isoInZone(value: Cell, zone: string): string {
  const date = instantOf(value);
  if (!date) return '';
  let parts: Intl.DateTimeFormatPart[];
  try {
    parts = zoneFormat(zone).formatToParts(date);
  } catch {
    parts = zoneFormat('UTC').formatToParts(date);
  }
  const get = (type: Intl.DateTimeFormatPartTypes) => parts.find((part) => part.type === type)?.value ?? '';
  const offset = get('timeZoneName').replace('GMT', '') || '+00:00';
  const millis = String(date.getUTCMilliseconds()).padStart(3, '0');
  return `${get('year')}-${get('month')}-${get('day')}T${get('hour')}:${get('minute')}:${get('second')}.${millis}${offset}`;
}

function cellText(column: ListColumn, row: ListRow, zone: string): string {
  const value = row[column.key];
  if (value === null || value === undefined) return '';
  switch (column.kind) {
    case 'time':
      return isoInZone(value, zone);
    case 'date':
      return value instanceof Date ? value.toISOString().slice(0, 10) : String(value).slice(0, 10);
    case 'integer':
    case 'decimal':
    case 'money':
    case 'duration':
    case 'percent': {
      const text = String(value);
      return /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text) ? text : harmless(text);
    }
    default:
      return harmless(Array.isArray(value) ? value.join('; ') : String(value));
  }
}

interface Field {
  label: string;
  text: (row: ListRow) => string;
}

/** A column of money or quantity brings its currency or unit along where no column of its own shows it. */
function fieldsOf(columns: readonly ListColumn[], zoneOf: (row: ListRow, column: ListColumn) => string): Field[] {
  const shown = new Set(columns.map((column) => column.key));
  return columns.flatMap((column) => {
    const unit = column.kind === 'duration' ? ' (ms)' : column.kind === 'percent' ? ' (ratio)' : '';
    const fields: Field[] = [
      { label: `${column.label}${unit}`, text: (row) => cellText(column, row, zoneOf(row, column)) },
    ];
    const beside = column.currencyKey ?? column.uomKey;
    if (beside && !shown.has(beside)) {
      shown.add(beside);
      fields.push({
        label: column.currencyKey ? 'Currency' : 'UOM',
        text: (row) => harmless(String(row[beside] ?? '')),
      });
    }
    return fields;
  });
}

/** The export as chunks of text: the header first, then one chunk per batch of rows. */
export async function* csvChunks(
  columns: readonly ListColumn[],
  batches: AsyncIterable<readonly ListRow[]>,
  zoneOf: (row: ListRow, column: ListColumn) => string,
): AsyncGenerator<string> {
  const fields = fieldsOf(columns, zoneOf);
  yield `${BOM}${fields.map((field) => csvField(harmless(field.label))).join(',')}\r\n`;
  for await (const rows of batches) {
    if (rows.length === 0) continue;
    yield rows.map((row) => `${fields.map((field) => csvField(field.text(row))).join(',')}\r\n`).join('');
  }
}
