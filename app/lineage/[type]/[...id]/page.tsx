import type { Metadata } from 'next';
import { PageGate } from '@/app/components/page-gate';
import { can } from '@/server/auth/roles';
import { currentViewer } from '@/server/auth/session';
import { typeTitle } from '../../words';
import { ObjectPage } from '../../object';

type Params = Promise<{ type: string; id: string[] }>;

/** Parts of the address come encoded; an id holds slashes of its own, written as they are or encoded. */
const decoded = (part: string): string => {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
};

export async function generateMetadata({ params }: { params: Params }): Promise<Metadata> {
  const { type, id } = await params;
  return { title: `${typeTitle(decoded(type))} ${id.map(decoded).join('/')}` };
}

export default async function LineageObjectPage({ params }: { params: Params }) {
  const { type, id } = await params;
  const viewer = await currentViewer();
  return (
    <PageGate scope="lineage:read">
      <ObjectPage type={decoded(type)} id={id.map(decoded).join('/')} payloads={viewer !== null && can(viewer.role, 'payload:read')} />
    </PageGate>
  );
}
