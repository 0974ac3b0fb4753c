import type { Reason } from '@/server/trpc/errors';

/** The server's reason for giving no answer; an answer that never came (network) counts as `source_down`. */
export function reasonOfError(error: unknown): Reason {
  if (typeof error === 'object' && error !== null && 'data' in error) {
    const data = error.data;
    if (typeof data === 'object' && data !== null && 'reason' in data) return data.reason as Reason;
  }
  return 'source_down';
}
