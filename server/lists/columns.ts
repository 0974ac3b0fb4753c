/** What a list's columns are. Holds no server code: the table component reads it too. */

export type ColumnKind =
  | 'text'
  /** A facility's id; shown by its name, exported as id. */
  | 'facility'
  | 'integer'
  /** Decimal string. */
  | 'decimal'
  /** Decimal string, in the currency of `currencyKey`. */
  | 'money'
  /** Instant, UTC; shown in the facility's zone. */
  | 'time'
  /** Calendar date without zone. */
  | 'date'
  /** Milliseconds. */
  | 'duration'
  /** Ratio 0…1. */
  | 'percent'
  /** A state of the house: icon, word, colour. */
  | 'state'
  /** An object's id; leads to its chain. */
  | 'object';

export interface ListColumn {
  /** Field of the row. */
  key: string;
  label: string;
  kind: ColumnKind;
  /** Whether the server can sort by it. */
  sortable?: boolean;
  /** Explains the column, on hover of its header. */
  help?: string;
  /** `money`: field that holds the currency. */
  currencyKey?: string;
  /** `decimal`: field that holds the unit of measure. */
  uomKey?: string;
  /** `object`: its type, or the field that holds its type. */
  objectType?: string;
  objectTypeKey?: string;
  /** `time`: field that holds the IANA zone; else the zone of the row's facility (`facility`), else the network's. */
  zoneKey?: string;
  /** Not shown until chosen; exported all the same. */
  hidden?: boolean;
  /** Long text: cut to one line in the table. */
  ellipsis?: boolean;
  /** Long text: may take several lines. */
  wrap?: boolean;
}

export type Cell = string | number | boolean | Date | null | undefined | readonly string[];
export type ListRow = Record<string, Cell>;
