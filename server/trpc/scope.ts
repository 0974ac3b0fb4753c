import type { Viewer } from '../auth/viewer';
import { refusal } from './errors';

/**
 * The facilities a question may touch: the caller's choice cut to what the session covers, in this
 * one place. Null means no limit; an array is never empty, so a query may read "no facility given"
 * as "all" without ever showing a limited person everything.
 */
export function scopedFacilities(ctx: { viewer: Viewer }, facility?: string | null): string[] | null {
  const own = ctx.viewer.facilities;
  if (own !== null && own.length === 0) throw refusal('not_allowed', 'No facility is assigned to you.');
  if (!facility) return own === null ? null : [...own];
  if (own !== null && !own.includes(facility)) {
    throw refusal('not_allowed', `The facility ${facility} is not among those assigned to you.`);
  }
  return [facility];
}
