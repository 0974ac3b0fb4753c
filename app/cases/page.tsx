import { PageGate } from '../components/page-gate';
import { Cases } from './cases';

export const metadata = { title: 'Case cost' };

export default function CasesPage() {
  return (
    <PageGate scope="cases:read">
      <Cases />
    </PageGate>
  );
}
