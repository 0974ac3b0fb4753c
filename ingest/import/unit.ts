/** One thing that a file holds and that has to end as events or as a dead letter. */
export type Unit =
  | {
      readonly kind: 'record';
      /** What the mapping's expressions see. */
      readonly record: unknown;
      /** What is kept of it where it becomes a dead letter, as JSON; the record itself where undefined. */
      readonly kept?: unknown;
      /** For people: "row 12", "trace 4507000392_00010, event 3". */
      readonly where: string;
      /** Ordinal of the row or trace in the file, from 1; the records of a trace share it. */
      readonly group: number;
    }
  | {
      readonly kind: 'unreadable';
      readonly code: string;
      readonly reason: string;
      readonly raw: string;
      readonly where: string;
      readonly group: number;
    };

/** What the groups of a format are called, for the closing line. */
export const GROUPS = { csv: 'rows', ndjson: 'lines', xes: 'traces', ocel: 'events' } as const;
