import type { Store } from '@/clickhouse/client';
import { env } from '../env';
import { isDemo } from './demo';
import { findUser } from './users';
import type { Viewer } from './viewer';

const KEEP_MS = 30_000;
const MAX_KEPT = 5_000;

type Standing = Pick<Viewer, 'role' | 'facilities' | 'name'> | 'disabled' | 'unlisted';

const kept = new Map<string, { standing: Standing; at: number }>();

/** Call after a person's entry was changed here. */
export function forgetStanding(email: string): void {
  kept.delete(email);
}

async function lookUp(store: Store, email: string): Promise<Standing> {
  const found = kept.get(email);
  if (found && Date.now() - found.at < KEEP_MS) return found.standing;
  const user = await findUser(store, email);
  const standing: Standing = !user
    ? 'unlisted'
    : user.disabled
      ? 'disabled'
      : { role: user.role, facilities: user.facilities, name: user.name };
  if (kept.size >= MAX_KEPT) kept.clear();
  kept.set(email, { standing, at: Date.now() });
  return standing;
}

/**
 * The viewer with today's role and facilities; null once disabled. A person who came through single
 * sign-on need not be listed: then the session's own role holds. While the store does not answer the
 * session holds too, which shows nothing, since everything to see is in that store.
 */
export async function standingOf(store: Store, viewer: Viewer): Promise<Viewer | null> {
  if (isDemo(viewer)) return env().THROUGHLINE_SIMULATED ? viewer : null;
  let standing: Standing;
  try {
    standing = await lookUp(store, viewer.email);
  } catch {
    return viewer;
  }
  if (standing === 'disabled') return null;
  if (standing === 'unlisted') return viewer.id.startsWith('oidc:') ? viewer : null;
  return { ...viewer, ...standing };
}
