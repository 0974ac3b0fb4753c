import { PageGate } from '../components/page-gate';
import { Sla } from './sla';

export const metadata = { title: 'SLA report' };

export default function SlaPage() {
  return (
    <PageGate scope="sla:read">
      <Sla />
    </PageGate>
  );
}
