import { PageGate } from '../components/page-gate';
import { Stockout } from './stockout';

export const metadata = { title: 'Stockout risk' };

export default function StockoutPage() {
  return (
    <PageGate scope="stockout:read">
      <Stockout />
    </PageGate>
  );
}
