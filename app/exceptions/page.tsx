import { can } from '@/server/auth/roles';
import { currentViewer } from '@/server/auth/session';
import { PageGate } from '../components/page-gate';
import { Exceptions } from './exceptions';

export const metadata = { title: 'Exceptions' };

export default async function ExceptionsPage() {
  const viewer = await currentViewer();
  return (
    <PageGate scope="exceptions:read">
      <Exceptions failures={viewer !== null && can(viewer.role, 'failures:read')} acts={viewer !== null && can(viewer.role, 'exceptions:act')} />
    </PageGate>
  );
}
