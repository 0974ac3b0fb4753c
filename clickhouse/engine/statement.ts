/**
 * Just enough reading of SQL to know where strings and comments end: which statements a text holds, which
 * placeholders it has, and what kind of statement it is. Everything else is left to the engine's own parser.
 */

export interface Statement {
  /** `read`: can run on a read-only connection. `insert`: writes rows. `other`: definitions and the rest. */
  kind: 'read' | 'insert' | 'other' | 'empty';
  /** Names in `{name:Type}` placeholders. */
  placeholders: Set<string>;
  /** Statements in the text; HTTP takes one. */
  count: number;
}

interface Token {
  start: number;
  end: number;
  kind: 'word' | 'quoted' | 'symbol';
}

const SPACE = /\s/;
const WORD_START = /[\p{L}_]/u;
const WORD = /[\p{L}\p{N}_]+/uy;
const NUMBER = /[0-9][0-9A-Za-z_.]*/y;
const HEREDOC = /\$\w*\$/y;

/** Index after the quoted text that opens at `start`; the end of the text when it never closes. */
function afterQuote(sql: string, start: number): number {
  const quote = sql[start];
  for (let i = start + 1; i < sql.length; i++) {
    if (sql[i] === '\\') i++;
    else if (sql[i] === quote) return i + 1; // a doubled quote opens again at once, which comes to the same
  }
  return sql.length;
}

function afterLine(sql: string, start: number): number {
  const end = sql.indexOf('\n', start);
  return end === -1 ? sql.length : end + 1;
}

function afterBlockComment(sql: string, start: number): number {
  const end = sql.indexOf('*/', start + 2);
  return end === -1 ? sql.length : end + 2;
}

function match(pattern: RegExp, sql: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(sql)?.[0];
}

function* tokens(sql: string): Generator<Token> {
  let i = 0;
  while (i < sql.length) {
    const c = sql[i] as string;
    if (SPACE.test(c)) i++;
    else if (sql.startsWith('--', i) || sql.startsWith('# ', i) || sql.startsWith('#!', i)) i = afterLine(sql, i);
    else if (sql.startsWith('/*', i)) i = afterBlockComment(sql, i);
    else {
      const token = tokenAt(sql, i, c);
      yield token;
      i = token.end;
    }
  }
}

function tokenAt(sql: string, start: number, c: string): Token {
  if (c === "'" || c === '"' || c === '`') return { start, end: afterQuote(sql, start), kind: 'quoted' };
  const heredoc = c === '$' ? match(HEREDOC, sql, start) : undefined;
  if (heredoc) {
    const close = sql.indexOf(heredoc, start + heredoc.length);
    return { start, end: close === -1 ? sql.length : close + heredoc.length, kind: 'quoted' };
  }
  const word = WORD_START.test(c) ? match(WORD, sql, start) : match(NUMBER, sql, start);
  if (word) return { start, end: start + word.length, kind: 'word' };
  return { start, end: start + 1, kind: 'symbol' };
}

const READS = new Set(['SELECT', 'SHOW', 'DESCRIBE', 'DESC', 'EXISTS', 'EXPLAIN', 'FROM', '(']);

/** What the text holds. The rows of an `INSERT … FORMAT` are data, so reading stops there. */
export function readStatement(sql: string): Statement {
  const placeholders = new Set<string>();
  let first = '';
  let writes = false; // an INSERT, or WITH … INSERT
  let count = 0;
  let open = false;
  let before = '';
  let last = '';
  for (const token of tokens(sql)) {
    const text = sql.slice(token.start, token.end);
    const word = token.kind === 'quoted' ? '' : text.toUpperCase();
    if (word === ';') {
      open = false;
      continue;
    }
    if (!open) count++;
    open = true;
    if (first === '') first = word;
    if (word === 'INSERT' && (first === 'INSERT' || first === 'WITH')) writes = true;
    if (writes && last.toUpperCase() === 'FORMAT' && token.kind === 'word') break;
    if (word === ':' && before === '{' && last !== '') placeholders.add(last);
    before = last;
    last = token.kind === 'quoted' ? '' : text; // {'a': 1} is a map
  }
  return { kind: kindOf(first, writes, count), placeholders, count };
}

function kindOf(first: string, writes: boolean, count: number): Statement['kind'] {
  if (count === 0) return 'empty';
  if (writes) return 'insert';
  return first === 'WITH' || READS.has(first) ? 'read' : 'other';
}

/** The statements of a script, without their `;`. Text that is only space and comments makes none. */
export function splitStatements(script: string): string[] {
  const statements: string[] = [];
  let start = -1;
  let end = 0;
  for (const token of tokens(script)) {
    const closes = token.kind === 'symbol' && script[token.start] === ';';
    if (closes && start >= 0) statements.push(script.slice(start, end));
    if (closes) start = -1;
    else {
      if (start < 0) start = token.start;
      end = token.end;
    }
  }
  if (start >= 0) statements.push(script.slice(start, end));
  return statements;
}

export interface RawInsert {
  table: string;
  columns?: string[];
  format: RawFormat;
}

/** Rows in the engine's own format, which the library takes from a file only. */
export interface NativeInsert {
  table: string;
  columns: string[];
}

const RAW_FORMATS = [
  'JSONEachRow', 'JSONCompactEachRow', 'CSV', 'CSVWithNames',
  'TSV', 'TabSeparated', 'TSVWithNames', 'TabSeparatedWithNames',
] as const;
export type RawFormat = (typeof RAW_FORMATS)[number];

// A dot inside quotes belongs to the name, and the library takes names without quotes: not for this path.
const IDENTIFIER = '(?:`[^`.]+`|"[^".]+"|\\w+)';
const INSERT = new RegExp(
  `^\\s*INSERT\\s+INTO\\s+(?:TABLE\\s+)?(${IDENTIFIER}(?:\\.${IDENTIFIER})?)\\s*(?:\\(([^()]*)\\))?\\s*FORMAT\\s+(\\w+)\\s*$`,
  'i',
);
const PLAIN = /^\w+(\.\w+)*$/;

/**
 * `INSERT INTO table (columns) FORMAT x` in a form whose rows the library takes as bytes, without making a
 * string of them; undefined for any other INSERT.
 */
export function rawInsert(sql: string): RawInsert | undefined {
  const target = targetOf(sql);
  const format = RAW_FORMATS.find((known) => known === target?.format);
  if (!target || !format) return undefined;
  const { table, columns } = target;
  return { table, format, ...(columns ? { columns } : {}) };
}

/** `INSERT INTO table (columns) FORMAT Native`; undefined for any other INSERT, and where the columns are not named. */
export function nativeInsert(sql: string): NativeInsert | undefined {
  const target = targetOf(sql);
  return target?.columns && target.format === 'Native' ? { table: target.table, columns: target.columns } : undefined;
}

function targetOf(sql: string): { table: string; columns?: string[] | undefined; format: string } | undefined {
  const parts = INSERT.exec(sql);
  if (!parts?.[1] || !parts[3]) return undefined;
  const table = parts[1].replace(/[`"]/g, '');
  const columns = parts[2]?.split(',').map((column) => column.trim().replace(/^[`"]|[`"]$/g, ''));
  if (![table, ...(columns ?? [])].every((name) => PLAIN.test(name))) return undefined;
  return { table, columns, format: parts[3] };
}

/** The text as a string literal. */
export function literal(text: string): string {
  return `'${text.replace(/\\/g, '\\\\').replace(/'/g, "\\'").replace(/\0/g, '\\0')}'`;
}

/** The name as a quoted identifier. */
export function identifier(name: string): string {
  return '`' + name.replace(/\\/g, '\\\\').replace(/`/g, '\\`') + '`';
}
