import { can } from '@/server/auth/roles';
import { currentViewer } from '@/server/auth/session';
import { PageGate } from '../components/page-gate';
import { Quality } from './quality';

export const metadata = { title: 'Data quality' };

export default async function QualityPage() {
  const viewer = await currentViewer();
  return (
    <PageGate scope="quality:read">
      <Quality exceptions={viewer !== null && can(viewer.role, 'exceptions:read')} />
    </PageGate>
  );
}
