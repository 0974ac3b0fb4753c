import { PageGate } from '../components/page-gate';
import { RaciPage } from './raci';

export const metadata = { title: 'RACI' };

export default function Page() {
  return (
    <PageGate scope="raci:read">
      <RaciPage />
    </PageGate>
  );
}
