import { PageGate } from '../components/page-gate';
import { Recall } from './recall';

export const metadata = { title: 'Recall' };

export default function RecallPage() {
  return (
    <PageGate scope="recall:read">
      <Recall />
    </PageGate>
  );
}
