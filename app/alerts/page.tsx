import { PageGate } from '../components/page-gate';
import { Alerts } from './alerts';

export const metadata = { title: 'Alerts' };

export default function AlertsPage() {
  return (
    <PageGate scope="alerts:read">
      <Alerts />
    </PageGate>
  );
}
