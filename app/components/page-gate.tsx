import { redirect } from 'next/navigation';
import type { ReactNode } from 'react';
import { can, homeOf, roleLabel, type Scope } from '@/server/auth/roles';
import { currentViewer } from '@/server/auth/session';
import { Message } from './message';

/**
 * Wraps every page (server component): shows it to roles that hold the scope, says "not for your role"
 * to others, and sends visitors to the sign-in page. A courtesy: the procedures check by themselves.
 */
export async function PageGate({ scope, children }: { scope: Scope; children: ReactNode }) {
  const viewer = await currentViewer();
  if (!viewer) redirect('/signin');
  if (!can(viewer.role, scope)) {
    return (
      <Message kind="not-allowed" title="Not for your role" action={{ href: homeOf(viewer.role), label: 'Go to your home page' }}>
        You are signed in as {roleLabel(viewer.role)}, and this page is not part of that role. An administrator can change
        your role.
      </Message>
    );
  }
  return children;
}
