import { PageGate } from '../components/page-gate';
import { Receipts } from './receipts';

export const metadata = { title: 'Unmatched receipts' };

export default function ReceiptsPage() {
  return (
    <PageGate scope="receipts:read">
      <Receipts />
    </PageGate>
  );
}
