import { PageGate } from './components/page-gate';
import { Overview } from './overview';

export const metadata = { title: 'Overview' };

export default function OverviewPage() {
  return (
    <PageGate scope="overview:read">
      <Overview />
    </PageGate>
  );
}
