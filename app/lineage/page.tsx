import { PageGate } from '../components/page-gate';
import { Lineage } from './lineage';

export const metadata = { title: 'Chains' };

export default function LineagePage() {
  return (
    <PageGate scope="lineage:read">
      <Lineage />
    </PageGate>
  );
}
