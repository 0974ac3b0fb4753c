'use client';

import { ActionIcon, Alert, Button, Code, CopyButton, Group, Loader, Stack, Table, Text } from '@mantine/core';
import { IconChevronDown, IconChevronRight, IconCopy, IconLock } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { parseAsArrayOf, parseAsString, useQueryState } from 'nuqs';
import { createContext, Fragment, useContext, useState } from 'react';
import { useTRPC } from '@/app/trpc/react';
import type { EventFact } from '@/server/lineage/view';
import { useBounds } from '../../components/filters/use-bounds';
import { formatDuration, formatTime } from '../../components/format/format';
import { Time } from '../../components/format/values';
import { Section } from '../../components/section';
import { StateBadge } from '../../components/state/state-badge';
import { eventWord } from '../words';
import { Late } from './late';
import { broughtIn } from './moments';

/** Whether the viewer's role opens payloads: a courtesy, the procedure checks by itself. */
export const MayOpenPayloads = createContext(false);

/** Most rows drawn at once; a chain may have a thousand events. */
const SHOWN_FIRST = 50;

interface EventsProps {
  events: readonly EventFact[];
  cut: boolean;
  title?: string;
  /** Said when only the events of one node are listed. */
  only?: { words: string; clear: () => void };
}

/** The events of a chain or document in the order they happened, each opening to its details and payload. */
export function EventsTable({ events, cut, title = 'Events', only }: EventsProps) {
  const [all, setAll] = useState(false);
  const [open, setOpen] = useQueryState('event', parseAsArrayOf(parseAsString).withDefault([]).withOptions({ history: 'replace' }));
  const { zoneOf } = useBounds();
  const atOnce = broughtIn(events);
  const shown = all ? events : events.slice(0, SHOWN_FIRST);
  const toggle = (key: string) => {
    const next = open.includes(key) ? open.filter((each) => each !== key) : [...open, key];
    void setOpen(next.length === 0 ? null : next);
  };
  return (
    <Section flush title={`${title} (${events.length}${cut ? ' latest' : ''})`} subtitle={only ? only.words : cut ? 'There are more: only the latest are listed.' : `In the order they happened at their sources; open one for its details${atOnce ? `. Brought in at once, recorded ${formatTime(atOnce, zoneOf(events[0]?.facility))}` : ''}`} actions={only && <Button size="xs" variant="default" onClick={only.clear}>Events of the whole chain</Button>}>
      {events.length === 0 ? (
        <Text size="sm" c="dimmed" px="md" pb="md">No event of {only ? 'it' : 'these'} was recorded{only ? '' : ': other documents name them'}.</Text>
      ) : (
        <Table.ScrollContainer minWidth={760}>
          <Table verticalSpacing={4} horizontalSpacing="sm" fz="sm">
            <Table.Thead>
              <Table.Tr>
                <Table.Th w={36}><Text span size="sm" style={{ position: 'absolute', left: -9999 }}>Open</Text></Table.Th>
                <Table.Th>Time</Table.Th>
                <Table.Th>Event</Table.Th>
                <Table.Th>Document</Table.Th>
                <Table.Th>From → to</Table.Th>
                <Table.Th>Outcome</Table.Th>
                <Table.Th ta="right">Attempt</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {shown.map((event) => {
                const isOpen = open.includes(event.event_key);
                const zone = zoneOf(event.facility);
                return (
                  <Fragment key={event.event_key}>
                    <Table.Tr>
                      <Table.Td>
                        <ActionIcon variant="subtle" size="sm" aria-expanded={isOpen} aria-label={`${isOpen ? 'Close' : 'Open'} ${eventWord(event.type)} ${event.document_id}`} onClick={() => toggle(event.event_key)}>
                          {isOpen ? <IconChevronDown size={16} aria-hidden /> : <IconChevronRight size={16} aria-hidden />}
                        </ActionIcon>
                      </Table.Td>
                      <Table.Td><Time value={event.time} zone={zone} seconds />{atOnce === null && <>{' '}<Late event={event} zone={zone} /></>}</Table.Td>
                      <Table.Td>{eventWord(event.type)}{event.revision > 0 ? <Text span size="xs" c="dimmed"> rev. {event.revision}</Text> : null}</Table.Td>
                      <Table.Td style={{ whiteSpace: 'nowrap' }}><Text span ff="monospace" size="sm">{event.document_id || '–'}</Text></Table.Td>
                      <Table.Td><Text span size="sm">{event.source}{event.target ? ` → ${event.target}` : ''}</Text></Table.Td>
                      <Table.Td>{event.outcome ? <StateBadge state={event.outcome} size="sm" /> : <Text span size="sm" c="dimmed">no hand-over</Text>}</Table.Td>
                      <Table.Td ta="right">{event.attempt || <Text span c="dimmed">–</Text>}</Table.Td>
                    </Table.Tr>
                    {isOpen && (
                      <Table.Tr style={{ background: 'var(--tl-surface-sunken)' }}>
                        <Table.Td />
                        <Table.Td colSpan={6}><EventDetails event={event} zone={zone} /></Table.Td>
                      </Table.Tr>
                    )}
                  </Fragment>
                );
              })}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
      {events.length > shown.length && (
        <Button variant="subtle" size="xs" m="xs" onClick={() => setAll(true)}>Show all {events.length}</Button>
      )}
    </Section>
  );
}

function EventDetails({ event, zone }: { event: EventFact; zone: string }) {
  const details: [string, React.ReactNode][] = [
    ['Happened', <Time key="h" value={event.time} zone={zone} seconds />],
    ['Recorded', <span key="r"><Time value={event.recorded_at} zone={zone} seconds /> <Late event={event} zone={zone} /></span>],
    ['Type', <Code key="t">{event.type}</Code>],
    ['Event id', <Code key="i" style={{ overflowWrap: 'anywhere' }}>{event.id}</Code>],
    ...(event.interface ? [['Interface', `${event.interface}${event.pattern ? ` (${event.pattern})` : ''}`] as [string, React.ReactNode]] : []),
    ...(event.attempt > 0 ? [['Attempt', String(event.attempt)] as [string, React.ReactNode]] : []),
    ...(event.latency_ms !== null ? [['Took', formatDuration(event.latency_ms)] as [string, React.ReactNode]] : []),
    ...(event.replay_of ? [['Replay of', <Code key="p">{event.replay_of}</Code>] as [string, React.ReactNode]] : []),
    ...(event.error_class || event.error_message ? [['Error', [event.error_class, event.error_code, event.error_message].filter(Boolean).join(' · ')] as [string, React.ReactNode]] : []),
  ];
  return (
    <Stack gap={6} py={4}>
      <Group gap="lg" component="dl" m={0}>
        {details.map(([label, value]) => (
          <div key={label}>
            <Text component="dt" size="xs" c="dimmed">{label}</Text>
            <Text component="dd" m={0} size="sm">{value}</Text>
          </div>
        ))}
      </Group>
      <Payload event={event} />
    </Stack>
  );
}

/** The payload, once somebody asks for it: asking leaves an audit record. */
function Payload({ event }: { event: EventFact }) {
  const trpc = useTRPC();
  const allowed = useContext(MayOpenPayloads);
  const payload = useMutation(trpc.lineage.payload.mutationOptions());
  if (!allowed) {
    return <Text size="sm" c="dimmed"><IconLock size={13} aria-hidden /> Payloads are not part of your role.</Text>;
  }
  if (payload.data) {
    const text = payload.data.payload === '' ? 'The payload is past its retention. What the event says stands above.' : pretty(payload.data.payload);
    return (
      <div>
        <Group gap="xs" mb={4}>
          <Text size="xs" c="dimmed">
            Stream {payload.data.stream} sequence {payload.data.stream_seq}, subject {payload.data.subject}
            {payload.data.mapping ? `, by mapping ${payload.data.mapping}` : ''}
            {payload.data.redacted.length > 0 ? `, taken out: ${payload.data.redacted.join(', ')}` : ''}
          </Text>
          <CopyButton value={text}>
            {({ copied, copy }) => (
              <Button size="compact-xs" variant="default" leftSection={<IconCopy size={12} aria-hidden />} onClick={copy}>{copied ? 'Copied' : 'Copy'}</Button>
            )}
          </CopyButton>
        </Group>
        <Code block style={{ maxHeight: 360, overflow: 'auto' }} tabIndex={0} aria-label="Payload">{text}</Code>
      </div>
    );
  }
  return (
    <Group gap="xs">
      <Button size="compact-sm" variant="default" onClick={() => payload.mutate({ eventKey: event.event_key, time: event.time })} disabled={payload.isPending} leftSection={payload.isPending ? <Loader size={12} /> : undefined}>
        Open payload
      </Button>
      <Text size="xs" c="dimmed">Opening it is recorded under your name.</Text>
      {payload.error && <Alert p="xs" variant="light" role="alert" styles={{ root: { background: 'var(--tl-breach-soft)' } }}>{payload.error.message}</Alert>}
    </Group>
  );
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
