'use client';

import { Anchor, Button, CloseButton, Group, Stack, Text } from '@mantine/core';
import { IconArrowsDiagonal } from '@tabler/icons-react';
import type { ChainView, NodeView } from '@/server/lineage/view';
import { FilterLink } from '../../components/filters/filter-link';
import { useBounds } from '../../components/filters/use-bounds';
import { formatTime } from '../../components/format/format';
import { objectHref, Time } from '../../components/format/values';
import { StateBadge } from '../../components/state/state-badge';
import { StageBadge } from '../badges';
import { stageWord, typeTitle } from '../words';
import { failedHandovers, figuresOf } from './figures';
import type { Drawing, Group as Many } from './fold';

/** What is chosen in the drawing, the timeline or the list, in full. */
export function Selected({ drawing, chain, selected, names, asOf, onClose }: { drawing: Drawing; chain: ChainView; selected: string; names: Readonly<Record<string, string>>; asOf: Date | null; onClose: () => void }) {
  const { zoneOf } = useBounds();
  const node = drawing.nodes.find((each) => each.key === selected);
  const notYet = drawing.notYet.find((each) => each.key === selected);
  const ghost = drawing.ghosts.find((each) => each.key === selected);
  const shown: NodeView | undefined = node ?? notYet;
  const events = chain.events.filter((event) => event.nodes.includes(selected)).length;
  if (!shown && !ghost) return null;
  const anchor = ghost && chain.nodes.find((each) => each.key === ghost.anchor);
  return (
    <Group px="md" py="sm" align="flex-start" wrap="nowrap" justify="space-between" role="region" aria-label="Chosen in the chain" style={{ borderTop: '1px solid var(--tl-border)', background: 'var(--tl-surface-sunken)' }}>
      <Stack gap={4} miw={0}>
        {shown ? (
          <>
            <Group gap="xs" style={{ rowGap: 2 }}>
              <Text fw={650} component="span">{typeTitle(shown.type)} <Text span inherit ff="monospace" style={{ overflowWrap: 'anywhere' }}>{shown.id}</Text></Text>
              {notYet ? <StateBadge state="unknown" meaning="unknown" label="not known yet" size="sm" /> : <StateBadge state={shown.state} meaning={shown.meaning} size="sm" />}
              {shown.key !== chain.seed.key && <Anchor component={FilterLink} size="sm" href={`${objectHref(shown.type, shown.id)}${asOf ? `?asOf=${encodeURIComponent(asOf.toISOString())}` : ''}`}>Its own chain</Anchor>}
            </Group>
            <Text size="sm">{[names[`item ${shown.item}`] ?? shown.item, figuresOf(shown), ...shown.notes].filter(Boolean).join(' · ')}</Text>
            <Text size="sm" c="dimmed" component="div">
              {shown.at ? <>Happened <Time value={shown.at} zone={zoneOf(shown.facility)} />{notYet?.recordedAt ? <>, recorded only <Time value={notYet.recordedAt} zone={zoneOf(shown.facility)} /></> : null}</> : 'Named by another document; it never came itself'}
              {shown.lastAt && shown.lastAt !== shown.at ? <>, last <Time value={shown.lastAt} zone={zoneOf(shown.facility)} /></> : null}
            </Text>
            {failedHandovers(shown).map((handover) => (
              <Text key={`${handover.what} ${handover.target} ${handover.lastAt}`} size="sm" style={{ color: 'var(--tl-breach)' }}>Not at {handover.target}: {handover.what} {handover.lastOutcome.replaceAll('_', ' ')} after {handover.attempts} {handover.attempts === 1 ? 'attempt' : 'attempts'}{handover.error ? `, ${handover.error}` : ''}</Text>
            ))}
            {!notYet && <Text size="sm" c="dimmed">{events} {events === 1 ? 'event' : 'events'} below</Text>}
          </>
        ) : ghost ? (
          <>
            <StageBadge state={ghost.state} label={`${stageWord(ghost.stage)} ${ghost.state}`} />
            <Text size="sm">{ghost.due ? `${ghost.state === 'overdue' ? 'Was due' : 'Due'} ${formatTime(ghost.due, zoneOf(anchor?.facility))}` : 'Its clock has not started.'}{anchor ? `, for ${anchor.type.replaceAll('-', ' ')} ${anchor.id}` : ''}</Text>
          </>
        ) : null}
      </Stack>
      <CloseButton aria-label="Choose nothing" onClick={onClose} />
    </Group>
  );
}

/** Groups that were opened, to fold them again. */
export function Opened({ groups, onFold }: { groups: readonly Many[]; onFold: (key: string) => void }) {
  if (groups.length === 0) return null;
  return (
    <Group gap="xs" px="md" pb="xs">
      {groups.map((group) => (
        <Button key={group.key} size="compact-xs" variant="default" leftSection={<IconArrowsDiagonal size={12} aria-hidden />} onClick={() => onFold(group.key)}>
          Fold {group.count} {group.type.replaceAll('-', ' ')}s, {group.state}
        </Button>
      ))}
    </Group>
  );
}
