/**
 * Lists as long as a document has lines in which nothing is said: one of each kind and length for all rows, so that a
 * column which hardly any event fills costs neither the making of a list nor the printing of its values.
 */

const LONGEST_SHARED = 64;
const known = new Set<readonly unknown[]>();

function sharedLists<Nothing>(nothing: Nothing): (count: number) => readonly Nothing[] {
  const lists = Array.from({ length: LONGEST_SHARED }, (_, count) => Object.freeze(Array<Nothing>(count).fill(nothing)));
  for (const each of lists) known.add(each);
  return (count) => lists[count] ?? Array<Nothing>(count).fill(nothing);
}

/** Texts that say nothing. */
export const blanks = sharedLists('');
/** Values that are not known. */
export const unknowns = sharedLists(null);
export const zeros = sharedLists(0);

/** Whether it is one of these lists. */
export const isNothing = (list: readonly unknown[]): boolean => known.has(list);
