import { PageGate } from '../components/page-gate';
import { Failures } from './failures';

export const metadata = { title: 'Failures' };

export default function FailuresPage() {
  return (
    <PageGate scope="failures:read">
      <Failures />
    </PageGate>
  );
}
