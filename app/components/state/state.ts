/** The five meanings that colour has in this house; every one also has an icon and a word. */
export const MEANINGS = ['ok', 'watch', 'breach', 'unknown', 'info'] as const;
export type Meaning = (typeof MEANINGS)[number];

const MEANING_OF: Record<string, Meaning> = {
  // hand-overs
  succeeded: 'ok',
  failed: 'breach',
  retrying: 'watch',
  rejected: 'breach',
  dead_lettered: 'breach',
  // gaps and stages
  awaited: 'info',
  overdue: 'breach',
  orphan: 'watch',
  complete: 'ok',
  closed: 'ok',
  // match verdicts
  matched: 'ok',
  within_tolerance: 'ok',
  awaiting_receipt: 'info',
  not_evaluable: 'unknown',
  uom_unresolved: 'unknown',
  no_po: 'breach',
  order_cancelled: 'breach',
  supplier: 'breach',
  currency: 'breach',
  duplicate: 'breach',
  item: 'breach',
  uom_suspect: 'watch',
  qty_over_receipt: 'breach',
  qty_over_order: 'breach',
  price: 'breach',
  charges: 'breach',
  over_delivered: 'watch',
  // failures and alerts
  open: 'breach',
  firing: 'breach',
  regressed: 'breach',
  reopened: 'breach',
  acknowledged: 'watch',
  assigned: 'watch',
  settled: 'ok',
  ignored: 'info',
  silenced: 'info',
  resolved: 'ok',
  recovered: 'ok',
  'taken in': 'ok',
  recorded: 'ok',
  silent: 'breach',
  // severity and risk
  critical: 'breach',
  // Risk of running out.
  out: 'breach',
  high: 'breach',
  medium: 'watch',
  low: 'info',
  none: 'ok',
  // targets
  met: 'ok',
  missed: 'breach',
  no_data: 'unknown',
  stale: 'watch',
  live: 'ok',
  posted: 'ok',
  cancelled: 'info',
  blocked: 'watch',
  pending: 'info',
  page: 'breach',
  ticket: 'watch',
};

/** Words the house knows; any other state is shown by its own word as `info`, an empty one as `unknown`. */
export function meaningOf(state: string | null | undefined): Meaning {
  if (!state) return 'unknown';
  const key = state.toLowerCase();
  const own = MEANINGS.find((meaning) => meaning === key);
  return own ?? MEANING_OF[key] ?? 'info';
}

/** `QTY_OVER_RECEIPT` → `Quantity over receipt`. */
export function stateWord(state: string | null | undefined): string {
  if (!state) return 'Unknown';
  const words = state
    .toLowerCase()
    .replaceAll('_', ' ')
    .replace(/^qty\b/, 'quantity')
    .replace(/\bpo\b/, 'PO')
    .replace(/\buom\b/, 'UOM');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
