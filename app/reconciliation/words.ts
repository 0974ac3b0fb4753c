import type { Meaning } from '../components/state/state';

export const WINDOW_MEANING: Readonly<Record<string, Meaning>> = { agrees: 'ok', open: 'breach', settled: 'ok', silent: 'breach', awaited: 'info' };
export const DAY_MEANING: Readonly<Record<string, Meaning>> = { 'signed': 'ok', 'to sign': 'watch', 'changed': 'breach', 'under way': 'info' };
export const DAY_WORD: Readonly<Record<string, string>> = { 'signed': 'Signed', 'to sign': 'To sign', 'changed': 'Changed since signed', 'under way': 'Under way' };
export const KIND: Readonly<Record<string, { label: string; meaning: Meaning }>> = {
  missing: { label: 'Missing in target', meaning: 'breach' },
  extra: { label: 'Extra in target', meaning: 'breach' },
  value: { label: 'Other value', meaning: 'breach' },
  status: { label: 'Other status', meaning: 'breach' },
  unseen: { label: 'Not in the log', meaning: 'watch' },
  unreported: { label: 'Not reported by source', meaning: 'watch' },
};
export const KEY_MEANING: Readonly<Record<string, Meaning>> = { open: 'breach', settled: 'ok', noted: 'info' };
