import { PageGate } from '../components/page-gate';
import { Orders } from './orders';

export const metadata = { title: 'Open orders' };

export default function OrdersPage() {
  return (
    <PageGate scope="orders:read">
      <Orders />
    </PageGate>
  );
}
