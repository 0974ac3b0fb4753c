import { PageGate } from '../components/page-gate';
import { Throughput } from './throughput';

export const metadata = { title: 'Throughput' };

export default function ThroughputPage() {
  return (
    <PageGate scope="throughput:read">
      <Throughput />
    </PageGate>
  );
}
