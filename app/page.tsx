import { scopesOf } from '@/server/auth/roles';
import { currentViewer } from '@/server/auth/session';
import { PageGate } from './components/page-gate';
import { Overview } from './overview';

export const metadata = { title: 'Overview' };

export default async function OverviewPage() {
  const viewer = await currentViewer();
  return (
    <PageGate scope="overview:read">
      <Overview scopes={viewer ? scopesOf(viewer.role) : []} />
    </PageGate>
  );
}
