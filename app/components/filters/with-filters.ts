/** The parameters that every link between pages keeps. */
export const SHARED_PARAMS = ['range', 'from', 'to', 'facility'] as const;

/** `href` with the shared filters of `current` added where it does not set them itself. */
export function withFilters(href: string, current: URLSearchParams): string {
  if (!href.startsWith('/')) return href;
  const url = new URL(href, 'http://page');
  const setsRange = ['range', 'from', 'to'].some((key) => url.searchParams.has(key));
  for (const key of SHARED_PARAMS) {
    const value = current.get(key);
    if (!value || url.searchParams.has(key)) continue;
    if (setsRange && key !== 'facility') continue;
    url.searchParams.set(key, value);
  }
  return `${url.pathname}${url.search}${url.hash}`;
}
