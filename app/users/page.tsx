import { PageGate } from '../components/page-gate';
import { People } from './people';

export const metadata = { title: 'People' };

export default function UsersPage() {
  return (
    <PageGate scope="users:manage">
      <People />
    </PageGate>
  );
}
