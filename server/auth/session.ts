import { getServerSession } from 'next-auth/next';
import { cache } from 'react';
import { store } from '../store';
import { authOptions, viewerOfSession } from './options';
import { standingOf } from './standing';
import type { Viewer } from './viewer';

/**
 * Who is asking, as of now: the session says who, the users table whether that person may still sign
 * in and as what. So a changed role or a disabled account counts within half a minute, not at the
 * next sign-in. Null for a visitor.
 */
export const currentViewer = cache(async (): Promise<Viewer | null> => {
  const session = await getServerSession(authOptions());
  const viewer = viewerOfSession(session);
  return viewer ? standingOf(store(), viewer) : null;
});
