'use client';

import { Group, Table, Text } from '@mantine/core';
import type { ObjectView } from '@/server/lineage/object';
import { FilterLink } from '../components/filters/filter-link';
import { useBounds } from '../components/filters/use-bounds';
import { Day, Money, ObjectLink, Quantity, Time } from '../components/format/values';
import { PageHeader } from '../components/page-header';
import { Section } from '../components/section';
import { EmptyState } from '../components/state/data-state';
import { StateBadge } from '../components/state/state-badge';
import { EventsTable } from './chain/events';
import { typeTitle } from './words';

type Document = Extract<ObjectView, { kind: 'document' }>['document'];

/** A whole document: its lines, each leading to its chain, and its events. */
export function DocumentPage({ document, names }: { document: Document; names: Readonly<Record<string, string>> }) {
  const { zoneOf, nameOf } = useBounds();
  const head = document.lines[0] ?? document.whole;
  const zone = zoneOf(head?.facility);
  const currency = head?.currency ?? '';
  return (
    <>
      <PageHeader
        title={<>{typeTitle(document.type)} <Text span inherit ff="monospace" style={{ overflowWrap: 'anywhere' }}>{document.id}</Text></>}
        subtitle={
          <Group gap="sm">
            {document.whole && <StateBadge state={document.whole.state} meaning={document.whole.meaning} size="sm" />}
            {head?.supplier && <span>Supplier <ObjectLink type="supplier" id={head.supplier}>{names[`supplier ${head.supplier}`] ?? head.supplier}</ObjectLink></span>}
            {head?.facility && <span>{nameOf(head.facility)}</span>}
            {head?.invoiceNumber && <span>Invoice number <Text span ff="monospace" inherit>{head.invoiceNumber}</Text></span>}
            {document.dueDate && <span>Due <Day value={document.dueDate} /></span>}
            {document.tax !== null && <span>Tax <Money amount={document.tax} currency={currency} /></span>}
            {document.freight !== null && <span>Freight <Money amount={document.freight} currency={currency} /></span>}
          </Group>
        }
      />
      <Section flush title={`${document.lines.length}${document.cut ? ' or more' : ''} ${document.lines.length === 1 ? 'line' : 'lines'}`} subtitle={document.cut ? 'Only the first are listed.' : 'Each leads to its chain'}>
        {document.lines.length === 0 ? (
          <EmptyState title="No line of it was recorded">Its events speak of the document as a whole.</EmptyState>
        ) : (
          <Table.ScrollContainer minWidth={720}>
            <Table verticalSpacing={6} horizontalSpacing="md" fz="sm" highlightOnHover>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>Line</Table.Th>
                  <Table.Th>State</Table.Th>
                  <Table.Th>Item</Table.Th>
                  <Table.Th ta="right">Quantity</Table.Th>
                  <Table.Th ta="right">Price</Table.Th>
                  <Table.Th ta="right">Amount</Table.Th>
                  <Table.Th>Time</Table.Th>
                  <Table.Th>Remarks</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {document.lines.map((line) => (
                  <Table.Tr key={line.id}>
                    <Table.Td><ObjectLink type={line.type} id={line.id}>{line.line}</ObjectLink></Table.Td>
                    <Table.Td><StateBadge state={line.state} meaning={line.meaning} size="sm" /></Table.Td>
                    <Table.Td>{line.item ? <FilterLink href={`/lineage/item/${encodeURIComponent(line.item)}`}>{names[`item ${line.item}`] ?? line.item}</FilterLink> : <Text span size="sm" c="dimmed">none</Text>}</Table.Td>
                    <Table.Td ta="right">{document.documentType === 'posting' || document.documentType === 'payment' ? <Text span c="dimmed">–</Text> : <Quantity value={line.quantity} uom={line.uom} />}</Table.Td>
                    <Table.Td ta="right">{line.price === null ? <Text span c="dimmed">–</Text> : <Money amount={line.price} currency={line.currency} />}</Table.Td>
                    <Table.Td ta="right">{line.amount === null ? <Text span c="dimmed">–</Text> : <Money amount={line.amount} currency={line.currency} />}</Table.Td>
                    <Table.Td><Time value={line.at} zone={zone} /></Table.Td>
                    <Table.Td>{line.notes.join(', ')}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        )}
      </Section>
      <EventsTable events={document.events} cut={document.eventsCut} />
    </>
  );
}
