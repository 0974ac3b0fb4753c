import { PageGate } from '../components/page-gate';
import { Reconciliation } from './reconciliation';

export const metadata = { title: 'Reconciliation' };

export default function ReconciliationPage() {
  return (
    <PageGate scope="reconciliation:read">
      <Reconciliation />
    </PageGate>
  );
}
