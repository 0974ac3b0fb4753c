import { PageGate } from '../components/page-gate';
import { Invoices } from './invoices';

export const metadata = { title: 'Invoice mismatches' };

export default function InvoicesPage() {
  return (
    <PageGate scope="invoices:read">
      <Invoices />
    </PageGate>
  );
}
