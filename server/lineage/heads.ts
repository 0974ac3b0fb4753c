/** Texts that a row is kept as where it is read by itself: a JSON array of texts, in the order that its migration gives. */

interface Kinds {
  text: string;
  number: number;
  /** Milliseconds since 1970 in the text, ISO 8601 in UTC when read. */
  moment: string;
  /** A JSON array of texts in the text. */
  texts: string[];
  /** An empty text stands for null. */
  'text or null': string | null;
  'number or null': number | null;
  'moment or null': string | null;
}
type Shape = Readonly<Record<string, keyof Kinds>>;
export type Head<S extends Shape> = { -readonly [K in keyof S]: Kinds[S[K]] };

const moment = (text: string): string => new Date(Number(text)).toISOString();
const READ: { readonly [K in keyof Kinds]: (text: string) => Kinds[K] } = {
  text: (text) => text,
  number: Number,
  moment,
  texts: (text) => JSON.parse(text) as string[],
  'text or null': (text) => (text === '' ? null : text),
  'number or null': (text) => (text === '' ? null : Number(text)),
  'moment or null': (text) => (text === '' ? null : moment(text)),
};

/**
 * Reads heads whose texts are what `shape` says, in its order.
 * @throws Error for a text that holds something else
 */
export function headReader<const S extends Shape>(shape: S): (head: string) => Head<S> {
  const columns = Object.entries(shape);
  return (head) => {
    const texts = JSON.parse(head) as string[];
    if (texts.length !== columns.length) throw new Error(`a head of ${texts.length} texts instead of ${columns.length}: ${head.slice(0, 200)}`);
    return Object.fromEntries(columns.map(([name, kind], i) => [name, READ[kind](texts[i] as string)])) as Head<S>;
  };
}
