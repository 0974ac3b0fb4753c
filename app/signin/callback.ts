/** A path of ours to return to after signing in; null for anything that leads elsewhere. */
export function safeCallback(value: string | undefined): string | null {
  if (!value) return null;
  try {
    const url = new URL(value, 'http://here');
    const ownHost = url.host === 'here' || (typeof window !== 'undefined' && url.host === window.location.host);
    if (!ownHost || url.pathname.startsWith('//') || url.pathname === '/signin') return null;
    return `${url.pathname}${url.search}${url.hash}`;
  } catch {
    return null;
  }
}
