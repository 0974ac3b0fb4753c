/** Address of the CSV of all of a filter, in the sort shown. */
export function exportHref(
  list: string,
  input: Record<string, unknown>,
  sort?: string | null,
  desc?: boolean,
): string {
  const params = new URLSearchParams({ input: JSON.stringify(input) });
  if (sort) params.set('sort', sort);
  if (sort && desc) params.set('desc', '1');
  return `/api/export/${encodeURIComponent(list)}?${params.toString()}`;
}
