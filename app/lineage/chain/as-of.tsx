'use client';

import { Alert, Anchor, Button, Slider, Table, Text } from '@mantine/core';
import { DateTimePicker } from '@mantine/dates';
import { IconChevronLeft, IconChevronRight, IconHistory, IconX } from '@tabler/icons-react';
import dayjs from 'dayjs';
import timezone from 'dayjs/plugin/timezone';
import utc from 'dayjs/plugin/utc';
import { useMemo, useState } from 'react';
import type { Learned, ThenView } from '@/server/lineage/as-of';
import { useBounds } from '../../components/filters/use-bounds';
import { formatTime } from '../../components/format/format';
import { Time } from '../../components/format/values';
import { Section } from '../../components/section';
import { StateBadge } from '../../components/state/state-badge';
import { eventWord } from '../words';
import { Late } from './late';
import { formatMoment, momentAt, momentsOf, type Moment } from './moments';
import { useChainState } from './use-chain-state';
import { useViewerZone } from './use-viewer-zone';

dayjs.extend(utc);
dayjs.extend(timezone);

const LOCAL = 'YYYY-MM-DD HH:mm:ss';
const SHOWN_FIRST = 30;

/** The moment that the chain is shown at, and the moments at which something became known, to step through. */
export function AsOf({ events, then }: { events: readonly Learned[]; then: ThenView | null }) {
  const { asOf, steps, set, setAsOf } = useChainState();
  const zone = useViewerZone();
  const moments = useMemo(() => momentsOf(events), [events]);
  const index = asOf ? momentAt(moments, asOf) : moments.length;
  const to = (next: number) => {
    const moment = moments[next];
    // Past the last of them nothing changes any more: that is now.
    if (moment) setAsOf(new Date(moment.at));
  };
  return (
    <Section
      title="As of"
      subtitle={then ? undefined : 'As it is known now. Choose a moment to see what was known then, by when events were recorded.'}
      actions={
        <>
          <Picker key={asOf?.toISOString() ?? 'now'} zone={zone} value={asOf} onChange={setAsOf} />
          <Button size="xs" variant="default" leftSection={<IconChevronLeft size={14} aria-hidden />} disabled={index <= 0} onClick={() => to(Math.min(index, moments.length) - 1)}>Before</Button>
          <Button size="xs" variant="default" rightSection={<IconChevronRight size={14} aria-hidden />} disabled={index >= moments.length - 1} onClick={() => to(index + 1)}>Next</Button>
          {asOf && <Button size="xs" variant="default" leftSection={<IconX size={14} aria-hidden />} onClick={() => setAsOf(null)}>Now</Button>}
        </>
      }
    >
      {then && <Banner then={then} zone={zone} />}
      {moments.length > 1 && (
        <Slider
          mt="xs" mb={4} mx={8} min={0} max={moments.length - 1} step={1} key={index} defaultValue={Math.max(0, Math.min(index, moments.length - 1))} thumbLabel="Moment at which something became known"
          label={(i) => formatTime(moments[i]?.at, zone)} thumbValueText={(i) => formatMoment(moments[i]?.at ?? '', zone)} onChangeEnd={to} restrictToMarks={false} size="sm"
          marks={moments.length <= 40 ? moments.map((_, i) => ({ value: i })) : undefined}
        />
      )}
      <Anchor component="button" size="sm" aria-expanded={steps} onClick={() => void set({ steps: steps ? null : true })}>
        {steps ? 'Hide' : 'Show'} what became known when ({moments.length} {moments.length === 1 ? 'moment' : 'moments'})
      </Anchor>
      {steps && <Steps moments={moments} index={asOf ? index : moments.length - 1} onStep={to} />}
    </Section>
  );
}

function Banner({ then, zone }: { then: ThenView; zone: string }) {
  const happened = then.notYet.filter((node) => node.happened).length;
  const later = then.notYet.length - happened;
  const known = then.events.filter((event) => event.recorded_at <= then.at).length;
  return (
    <Alert mb="xs" p="xs" variant="light" role="status" icon={<IconHistory size={18} aria-hidden />} styles={{ root: { background: 'var(--tl-watch-soft)', border: '1px solid var(--tl-watch)' }, icon: { color: 'var(--tl-watch)' } }}>
      <Text fw={650}>As known on {formatMoment(then.at, zone)}</Text>
      <Text size="sm">
        {known} of {then.events.length} events had been recorded, clocks read at that moment.
        {happened > 0 && ` ${happened} ${happened === 1 ? 'document had' : 'documents had'} happened and ${happened === 1 ? 'was' : 'were'} not known yet.`}
        {later > 0 && ` ${later} came later.`}
        {then.notYet.length > 0 && ' What was not known yet is dotted.'}
      </Text>
    </Alert>
  );
}

export function Picker({ zone, value, onChange }: { zone: string; value: Date | null; onChange: (moment: Date | null) => void }) {
  const [typed, setTyped] = useState<string | null>(value ? dayjs(value).tz(zone).format(LOCAL) : null);
  const apply = () => {
    if (!typed) return;
    // 23:59 means all of that minute.
    const moment = dayjs.tz(typed, zone).endOf('minute').toDate();
    if (moment.getTime() !== value?.getTime()) onChange(moment);
  };
  return (
    <>
      <DateTimePicker size="xs" w={178} placeholder="Choose a moment" aria-label={`Moment (${zone})`} value={typed} onChange={setTyped} valueFormat="YYYY-MM-DD HH:mm" maxDate={dayjs().tz(zone).format(LOCAL)} onDropdownClose={apply} submitButtonProps={{ 'aria-label': 'Show as of this moment' }} />
      <Text span size="xs" c="dimmed" visibleFrom="sm">{zone}</Text>
    </>
  );
}

/** Moment by moment, the newest last; what came after the moment shown is marked as not known yet. */
function Steps({ moments, index, onStep }: { moments: readonly Moment[]; index: number; onStep: (index: number) => void }) {
  const { zoneOf } = useBounds();
  const [all, setAll] = useState(false);
  const shown = all ? moments : moments.slice(0, SHOWN_FIRST);
  return (
    <>
      <Table.ScrollContainer minWidth={620} mt="xs">
        <Table verticalSpacing={4} horizontalSpacing="sm" fz="sm" aria-label="What became known when">
          <Table.Thead>
            <Table.Tr><Table.Th>Recorded</Table.Th><Table.Th>What</Table.Th><Table.Th>Happened</Table.Th><Table.Th>Delay</Table.Th><Table.Th>Known</Table.Th></Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {shown.flatMap((moment, i) => moment.events.map((event, n) => (
              <Table.Tr key={event.event_key} aria-current={i === index && n === 0 ? 'step' : undefined} style={{ ...(i === index ? { background: 'var(--tl-surface-sunken)' } : {}), ...(n > 0 ? { borderTop: 0 } : {}) }}>
                <Table.Td>
                  {n === 0 && <Anchor component="button" size="sm" onClick={() => onStep(i)} aria-label={`As of ${formatTime(moment.at, zoneOf(event.facility), true)}`}><Time value={event.recorded_at} zone={zoneOf(event.facility)} seconds /></Anchor>}
                </Table.Td>
                <Table.Td>{eventWord(event.type)} <Text span ff="monospace" size="sm">{event.document_id}</Text>{event.outcome && event.outcome !== 'succeeded' ? <> <StateBadge state={event.outcome} size="sm" /></> : null}</Table.Td>
                <Table.Td><Time value={event.time} zone={zoneOf(event.facility)} seconds /></Table.Td>
                <Table.Td><Late event={event} always /></Table.Td>
                <Table.Td>{i <= index ? 'known' : <Text span size="sm" className="tl-unknown-text">not yet</Text>}</Table.Td>
              </Table.Tr>
            )))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {moments.length > shown.length && <Button variant="subtle" size="xs" onClick={() => setAll(true)}>Show all {moments.length}</Button>}
    </>
  );
}
