'use client';

import { Button, Group, Text, VisuallyHidden } from '@mantine/core';
import { IconAlertTriangleFilled, IconCircleFilled, IconDiamond, IconDiamondFilled, IconRefresh, IconX } from '@tabler/icons-react';
import { useMemo, useState, type CSSProperties } from 'react';
import type { ChainView } from '@/server/lineage/view';
import { useBounds } from '../../components/filters/use-bounds';
import { formatDuration, formatTime } from '../../components/format/format';
import { Section } from '../../components/section';
import { STAGE_STATE, stageWord, typeTitle } from '../words';
import { groupTitle } from './figures';
import type { Drawing } from './fold';
import { ticksOf, timelineOf, type Mark, type MarkKind, type Timeline as Times, type TimelineRow } from './timeline-rows';
import classes from './timeline.module.css';

const SHOWN_FIRST = 60;
/** A wait shorter than this part of the whole has no room for its length. */
const ROOM = 0.09;
const TICKS = 6;

const MARK: Readonly<Record<MarkKind, { Icon: typeof IconX; colour: string; word: string; size: number }>> = {
  arrived: { Icon: IconCircleFilled, colour: 'var(--tl-ok)', word: 'hand-over arrived', size: 8 },
  retried: { Icon: IconRefresh, colour: 'var(--tl-watch)', word: 'retried', size: 13 },
  failed: { Icon: IconX, colour: 'var(--tl-breach)', word: 'hand-over failed', size: 15 },
  promised: { Icon: IconDiamond, colour: 'var(--tl-info)', word: 'promised', size: 12 },
  due: { Icon: IconDiamondFilled, colour: 'var(--tl-info)', word: 'due', size: 12 },
  overdue: { Icon: IconAlertTriangleFilled, colour: 'var(--tl-breach)', word: 'was due', size: 14 },
};

interface Props {
  chain: ChainView;
  drawing: Drawing;
  selected: string | null;
  onSelect: (key: string) => void;
  onOpen: (key: string) => void;
  /** Set when the chain is shown as known at a moment. */
  past: boolean;
}

/** The chain over time. Each row is a button that says in words what it draws. */
export function Timeline({ chain, drawing, selected, onSelect, onOpen, past }: Props) {
  const [all, setAll] = useState(false);
  const { zoneOf } = useBounds();
  const times = useMemo(() => timelineOf(chain, drawing), [chain, drawing]);
  const zone = zoneOf(chain.nodes.find((node) => node.side === 'seed')?.facility ?? drawing.notYet[0]?.facility);
  const ticks = useMemo(() => ticksOf(times.from, times.to, zone, TICKS), [times, zone]);
  const shown = all ? times.rows : times.rows.slice(0, SHOWN_FIRST);
  const kinds = [...new Set(times.rows.flatMap((row) => row.marks.map((mark) => mark.kind)))];
  const at = (time: number) => `${(((time - times.from) / (times.to - times.from)) * 100).toFixed(3)}%`;
  if (times.rows.length === 0) return null;
  return (
    <Section flush title="Timeline" subtitle={`From ${formatTime(times.from, zone)} to ${formatTime(times.to, zone)}, ${formatDuration(times.to - times.from)}; a dotted line is waiting`}>
      <div className={classes.body}>
        <div className={classes.axis} aria-hidden>
          {ticks.map((tick) => <span key={tick.at} className={classes.tick} style={{ left: at(tick.at) }}>{tick.label}</span>)}
        </div>
        <ol className={classes.rows} aria-label="The chain over time">
          {shown.map((row) => (
            <li key={row.key}>
              <button
                type="button" className={classes.row} data-kind={row.kind} aria-pressed={row.kind === 'group' ? undefined : row.key === selected}
                onClick={() => (row.kind === 'group' ? onOpen(row.key) : onSelect(row.key))}
              >
                <span className={classes.label} aria-hidden>
                  <span className={classes.name}>{nameOf(row)}</span>
                  <span className={classes.state} style={{ color: `var(--tl-${meaningOf(row)})` }}>{stateOf(row)}</span>
                </span>
                <span className={classes.track} aria-hidden>
                  {ticks.map((tick) => <span key={tick.at} className={classes.grid} style={{ left: at(tick.at) }} />)}
                  <Bars row={row} times={times} at={at} />
                  {times.now !== null && <span className={classes.now} style={{ left: at(times.now) }} />}
                </span>
                <VisuallyHidden>{said(row, times, zone)}</VisuallyHidden>
              </button>
            </li>
          ))}
        </ol>
      </div>
      <Group gap="md" px="md" py="xs" style={{ rowGap: 4 }} aria-hidden>
        {kinds.map((kind) => <Text key={kind} size="xs" c="dimmed" component="span" className={classes.legend}><MarkIcon kind={kind} /> {MARK[kind].word}</Text>)}
        {times.now !== null && <Text size="xs" c="dimmed" component="span" className={classes.legend}><span className={classes.nowKey} /> {past ? `as of ${formatTime(times.now, zone)}` : `now, ${formatTime(times.now, zone)}`}</Text>}
      </Group>
      {times.rows.length > shown.length && <Button variant="subtle" size="xs" m="xs" onClick={() => setAll(true)}>Show all {times.rows.length}</Button>}
    </Section>
  );
}

function Bars({ row, times, at }: { row: TimelineRow; times: Times; at: (time: number) => string }) {
  const colour = `var(--tl-${meaningOf(row)})`;
  const between = (from: number, to: number): CSSProperties => ({ left: at(from), width: `calc(${(((to - from) / (times.to - times.from)) * 100).toFixed(3)}%)` });
  const wait = row.wait && (row.wait.to - row.wait.from) / (times.to - times.from) >= ROOM ? formatDuration(row.wait.to - row.wait.from) : null;
  return (
    <>
      {row.wait && <span className={classes.wait} style={between(row.wait.from, row.wait.to)}>{wait && <span className={classes.waited}>{wait}</span>}</span>}
      {row.from !== null && row.to !== null && (
        row.kind === 'gap' ? (
          <>
            <span className={classes.gap} style={{ ...between(row.from, row.overdueSince === null ? row.to : Math.max(row.from, row.overdueSince)), borderColor: colour }} />
            {row.overdueSince !== null && <span className={classes.late} style={between(row.overdueSince, row.to)}>{(row.to - row.overdueSince) / (times.to - times.from) >= 0.2 && <span className={classes.lateWord}>overdue {formatDuration(row.to - row.overdueSince)}</span>}</span>}
          </>
        ) : (
          <span className={row.kind === 'not-yet' ? classes.notYet : classes.bar} style={{ ...between(row.from, row.to), ...(row.kind === 'not-yet' ? {} : { background: colour }) }} />
        )
      )}
      {row.from === null && <span className={classes.nothing}>{row.kind === 'gap' && row.ghost?.state === 'awaited' ? 'its clock has not started' : 'time unknown'}</span>}
      {row.marks.map((mark, i) => <span key={`${mark.kind} ${mark.at} ${i}`} className={classes.mark} style={{ left: at(mark.at) }} title={mark.words}><MarkIcon kind={mark.kind} /></span>)}
    </>
  );
}

function MarkIcon({ kind }: { kind: MarkKind }) {
  const { Icon, colour, size } = MARK[kind];
  return <Icon size={size} color={colour} stroke={3} aria-hidden />;
}

function nameOf(row: TimelineRow): string {
  if (row.node) return `${typeTitle(row.node.type)} ${row.node.id}`;
  if (row.group) return groupTitle(row.group);
  return row.ghost ? stageWord(row.ghost.stage) : '';
}

function stateOf(row: TimelineRow): string {
  if (row.kind === 'not-yet') return 'not known yet';
  return row.node?.state ?? row.group?.state ?? (row.ghost ? (STAGE_STATE[row.ghost.state]?.word.toLowerCase() ?? row.ghost.state) : '');
}

function meaningOf(row: TimelineRow): string {
  if (row.kind === 'not-yet') return 'unknown';
  return row.node?.meaning ?? row.group?.meaning ?? STAGE_STATE[row.ghost?.state ?? '']?.meaning ?? 'unknown';
}

function spanSaid(row: TimelineRow, time: (value: number) => string): string {
  if (row.kind === 'gap') {
    if (row.overdueSince !== null && row.to !== null) return `overdue for ${formatDuration(row.to - row.overdueSince) ?? ''}`;
    return row.from === null && row.ghost?.state === 'awaited' ? 'its clock has not started' : '';
  }
  if (row.from === null) return 'time unknown';
  return row.to !== null && row.to > row.from ? `from ${time(row.from)} to ${time(row.to)}` : time(row.from);
}

/** The row in words, for those who do not see it. */
function said(row: TimelineRow, times: Times, zone: string): string {
  const time = (value: number) => formatTime(value, zone) ?? 'unknown';
  const marks = (list: readonly Mark[]) => list.map((mark) => `${mark.words} ${time(mark.at)}`);
  return [
    `${nameOf(row)}, ${stateOf(row)}`,
    spanSaid(row, time),
    row.wait ? `waited ${formatDuration(row.wait.to - row.wait.from) ?? ''} for it` : '',
    ...marks(row.marks),
    row.kind === 'group' ? 'opens all' : '',
  ].filter(Boolean).join('; ');
}
