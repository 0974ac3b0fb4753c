/** GS1 identifiers as scanners and labels spell them. */

/** Thirteen digits and their GS1 check digit. */
export function gtin14(thirteen: string): string {
  let sum = 0;
  for (let i = 0; i < 13; i++) sum += Number(thirteen[i]) * (i % 2 === 0 ? 3 : 1);
  return thirteen + String((10 - (sum % 10)) % 10);
}

const GROUP_SEPARATOR = '\u001d';

export interface Label {
  readonly gtin: string;
  /** YYYY-MM-DD; empty where the label has none */
  readonly expiry: string;
  readonly lot: string;
  readonly serial: string;
}

export type Spelling = 'brackets' | 'raw' | 'gs1-128' | 'datamatrix';

/** The element string of a label: AI 01, 17, 10, 21 (those that it has). */
export function elementString(label: Label, spelling: Spelling): string {
  const parts: [string, string, boolean][] = [['01', label.gtin, true]];
  if (label.expiry) parts.push(['17', label.expiry.slice(2).replaceAll('-', ''), true]);
  if (label.lot) parts.push(['10', label.lot, false]);
  if (label.serial) parts.push(['21', label.serial, false]);
  if (spelling === 'brackets') return parts.map(([ai, value]) => `(${ai})${value}`).join('');
  // A field of open length ends at a group separator unless it is the last.
  const raw = parts.map(([ai, value, fixed], i) => `${ai}${value}${fixed || i === parts.length - 1 ? '' : GROUP_SEPARATOR}`).join('');
  return spelling === 'gs1-128' ? `]C1${raw}` : spelling === 'datamatrix' ? `]d2${raw}` : raw;
}
