'use client';

import { Text } from '@mantine/core';
import { Figure, FigureRow } from '../components/figure';
import { useBounds } from '../components/filters/use-bounds';
import { formatDecimal } from '../components/format/format';
import { objectHref, Time } from '../components/format/values';
import { ListTable } from '../components/list/list-table';
import { PageHeader } from '../components/page-header';
import type { ObjectView } from '@/server/lineage/object';
import { eventWord, typeTitle } from './words';

type Context = Extract<ObjectView, { kind: 'context' }>['context'];

const CHAINS_OF: Readonly<Record<string, string>> = { item: 'item', supplier: 'supplier' };

/** An item, a lot, a location, a supplier, a case: what touched it. Chains are not walked through it. */
export function ContextPage({ context }: { context: Context }) {
  const { zone, zoneOf, nameOf } = useBounds();
  const [only] = context.facilities;
  const itsZone = context.facilities.length === 1 ? zoneOf(only) : zone;
  const narrowed = CHAINS_OF[context.type];
  return (
    <>
      <PageHeader
        title={<>{typeTitle(context.type)} <Text span inherit ff="monospace" style={{ overflowWrap: 'anywhere' }}>{context.id}</Text></>}
        subtitle={context.name || 'Shown beside chains, never walked through: what touched it is listed below.'}
      />
      <FigureRow>
        <Figure label="Events" value={formatDecimal(context.events)} hint="at any time" />
        <Figure label="First" value={<Text span fz={16}><Time value={context.first} zone={itsZone} /></Text>} />
        <Figure label="Last" value={<Text span fz={16}><Time value={context.last} zone={itsZone} /></Text>} />
        <Figure label="Facilities" value={context.facilities.length === 0 ? null : <Text span fz={16}>{context.facilities.map((id) => (id ? nameOf(id) : 'not stated')).join(', ')}</Text>} />
        {(context.type === 'item' || context.type === 'lot') && <Figure label="Recall" value={<Text span fz={16}>where it went</Text>} href={`/recall?${context.type}=${encodeURIComponent(context.id)}`} />}
        {narrowed && <Figure label="Chains" value={<Text span fz={16}>of this {context.type}</Text>} href={`/lineage?tab=chains&${narrowed}=${encodeURIComponent(context.id)}#chains`} />}
      </FigureRow>
      <ListTable
        list="lineage.objectEvents" title="Events that touch it" subtitle="the latest 5,000 of the range"
        input={{ type: context.type, id: context.id }}
        rowHref={(row) => (row.document_id ? objectHref(String(row.object_type), String(row.document_id)) : null)}
        renderCell={(key, row) => (key === 'type' ? <>{eventWord(String(row.type))}</> : key === 'outcome' && !row.outcome ? <Text span size="sm" c="dimmed">no hand-over</Text> : undefined)}
        emptyTitle="No event touches it in this range" emptyText="Choose a longer range: it has been touched at another time."
      />
    </>
  );
}
