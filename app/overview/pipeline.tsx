'use client';

import { Alert, Text } from '@mantine/core';
import { IconPlugConnectedX } from '@tabler/icons-react';
import type { inferRouterOutputs } from '@trpc/server';
import type { AppRouter } from '@/server/routers/root';
import { Figure, FigureRow } from '../components/figure';
import { formatDecimal, formatDuration, formatPercent, formatTime } from '../components/format/format';
import { Age } from '../components/format/values';
import type { QueryLike } from '../components/state/data-state';
import { STALE_MS } from '../components/live';
import { useNow } from '../components/use-now';

type Pipeline = inferRouterOutputs<AppRouter>['overview']['pipeline'];

/** Longer than this without any event is worth a look, whatever the hour: a hospital network never sleeps. */
const QUIET_MS = 30 * 60_000;

/** Said before every figure: events that do not arrive must not look like a quiet hospital. */
export function PipelineNotice({ data }: { data: Pipeline | undefined }) {
  if (!data) return null;
  const troubles = data.streams.up
    ? data.streams.streams.flatMap(({ stream, listener, pending, ackPending }) =>
        listener === 'stopped' || listener === 'never'
          ? [`No listener is reading the stream ${stream}${pending + ackPending > 0 ? `: ${formatDecimal(pending + ackPending)} messages wait` : ''}.`]
          : [])
    : [`${data.streams.why}, so nobody can say whether events are waiting.`];
  if (troubles.length === 0) return null;
  return (
    <Alert
      mb="md" variant="light" role="alert" data-state="source_down" icon={<IconPlugConnectedX size={18} aria-hidden />} title="The pages may be behind"
      styles={{ root: { background: 'var(--tl-breach-soft)' }, icon: { color: 'var(--tl-breach)' } }}
    >
      {troubles.map((trouble) => <Text key={trouble} size="sm">{trouble}</Text>)}
    </Alert>
  );
}

/** What arrives, what waits, what could not be read. */
export function PipelineFigures({ query, counts, failures }: { query: QueryLike<Pipeline>; counts: { events: number; failed: number } | undefined; failures: boolean }) {
  const { data } = query;
  const now = useNow(30_000);
  const age = data?.newest ? now - data.newest.getTime() : null;
  const streams = data?.streams;
  // A question that failed leaves its figures unknown, not loading for ever.
  const otherwise = query.error ? null : undefined;
  const sum = (key: 'pending' | 'ackPending' | 'redelivered') => (streams?.up ? streams.streams.reduce((total, stream) => total + stream[key], 0) : 0);
  const worst = streams?.up ? (['never', 'stopped', 'behind', 'listening'] as const).find((state) => streams.streams.some(({ listener }) => listener === state)) : undefined;
  return (
    <FigureRow>
      <Figure label="Newest event" value={data ? data.newest && <><Age since={data.newest} zone={data.zone} /> ago</> : otherwise} state={age === null ? undefined : age > QUIET_MS ? 'stale' : age > STALE_MS ? undefined : 'live'}
        hint={data?.newest ? `recorded ${formatTime(data.newest, data.zone)}${age !== null && age > QUIET_MS ? `; nothing for ${formatDuration(age)}` : ''}` : undefined} />
      <Figure label="Events today" value={data ? formatDecimal(data.today) : otherwise} n={counts && `${formatDecimal(counts.events)} in the range`} hint={data && `day of ${data.zone}`} href="/throughput" />
      <Figure
        label="Waiting to be recorded" value={data ? (streams?.up ? formatDecimal(sum('pending') + sum('ackPending')) : null) : otherwise} why={data && 'NATS does not answer.'}
        state={worst === undefined ? undefined : worst === 'listening' ? 'ok' : worst === 'behind' ? 'watch' : 'breach'}
        stateLabel={worst === undefined ? undefined : { never: 'No listener', stopped: 'No listener', behind: 'Behind', listening: 'Listening' }[worst]}
        hint={streams?.up ? `${formatDecimal(sum('pending'))} pending, ${formatDecimal(sum('ackPending'))} being written, ${formatDecimal(sum('redelivered'))} redelivered` : undefined}
      />
      <Figure label="Dead letters" value={data ? formatDecimal(data.letters) : otherwise} n={data && data.share !== null ? `${formatPercent(data.share, data.share < 0.01 ? 2 : 1)} of the messages recorded in the range` : undefined} state={data ? (data.letters > 0 ? 'watch' : 'ok') : undefined} href={failures ? '/failures#dead-letters' : undefined} />
      <Figure label="Failed attempts" value={counts && formatDecimal(counts.failed)} n={counts && `of ${formatDecimal(counts.events)} events`} href={failures ? '/failures' : '/throughput'} />
    </FigureRow>
  );
}
