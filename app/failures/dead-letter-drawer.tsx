'use client';

import { Alert, Badge, Button, Code, Drawer, Group, Stack, Table, Text } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import { skipToken, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTRPC, useTRPCClient } from '@/app/trpc/react';
import { useBounds } from '../components/filters/use-bounds';
import { formatDecimal } from '../components/format/format';
import { Time } from '../components/format/values';
import { DataState } from '../components/state/data-state';

export interface DeadLetterKey {
  stream: string;
  seq: number;
  part: number;
  recordedAt: Date;
  /** The consumer that gave up on the message; empty where it could not be read. */
  consumer: string;
}

/** A dead letter opened: why it could not be read, where it stands in the stream, and its bytes. */
export function DeadLetterDrawer({ letter, onClose }: { letter: DeadLetterKey | null; onClose: () => void }) {
  const client = useTRPCClient();
  const { zoneOf } = useBounds();
  const query = useQuery({
    queryKey: ['dead letter', letter],
    queryFn: letter ? () => client.failures.deadLetter.mutate(letter) : skipToken,
    // Each asking leaves an audit record: once per opening, never by the clock, and nothing is kept once it is shut.
    staleTime: Infinity,
    gcTime: 0,
    retry: false,
    refetchOnWindowFocus: false,
    meta: { live: false },
  });
  return (
    <Drawer opened={letter !== null} onClose={onClose} position="right" size="lg" title="Dead letter">
      <DataState query={query} height={240}>
        {(data) => (
          <Stack gap="sm">
            <Text fw={600}>{data.reason}</Text>
            <Table variant="vertical" layout="fixed">
              <Table.Tbody>
                {[
                  ['Reason', data.reason_code],
                  ['Recorded', <Time key="time" value={data.recorded_at} zone={zoneOf(data.facility)} seconds />],
                  ['Stream', `${data.stream}, sequence ${data.stream_seq}${data.part > 0 ? `, part ${data.part}` : ''}`],
                  ...(data.consumer ? [['Consumer', data.consumer]] : []),
                  ['Subject', data.subject || 'unknown'],
                  ...(data.consumer ? [] : [['Mapping', data.mapping || 'none: read as a contract event']]),
                  ...(data.taken_in_at ? [['Taken in', <Time key="taken" value={data.taken_in_at} zone={zoneOf(data.facility)} seconds />]] : []),
                  ...(data.expression ? [['Expression', data.expression]] : []),
                  ['Size', `${formatDecimal(data.raw_bytes)} bytes`],
                ].map(([name, value]) => (
                  <Table.Tr key={String(name)}>
                    <Table.Th w={110}>{name}</Table.Th>
                    <Table.Td style={{ overflowWrap: 'anywhere' }}>{value}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
            {letter && <Retake key={JSON.stringify(letter)} letter={letter} before={data.taken_in_at !== null} />}
            {data.redacted.length > 0 && (
              <Group gap={4}>
                <Text size="sm">Patient data taken out:</Text>
                {data.redacted.map((field) => (
                  <Badge key={field} variant="light" tt="none">
                    {field}
                  </Badge>
                ))}
              </Group>
            )}
            <Text size="sm" fw={600}>
              Headers
            </Text>
            <Code block>{data.headers}</Code>
            <Text size="sm" fw={600}>
              Message{data.raw_encoding === 'base64' ? ' (no UTF-8; base64)' : ''}
            </Text>
            <Code block style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
              {data.raw || (data.raw_bytes > 0 ? 'past its retention' : '')}
            </Code>
          </Stack>
        )}
      </DataState>
    </Drawer>
  );
}

/** Has the message read again, for when a mapping or a schema was mended since. */
function Retake({ letter, before }: { letter: DeadLetterKey; before: boolean }) {
  const trpc = useTRPC();
  const client = useQueryClient();
  const retake = useMutation(
    trpc.failures.retake.mutationOptions({
      // The letter itself is not asked for again: each asking would leave an audit record.
      onSuccess: () => client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'dead letter' }),
    }),
  );
  const { data } = retake;
  return (
    <Stack gap={6}>
      <Group gap="xs">
        <Button size="compact-sm" variant="default" leftSection={<IconRefresh size={14} aria-hidden />} loading={retake.isPending} disabled={data?.result === 'taken in'} onClick={() => retake.mutate(letter)}>
          {before ? 'Take in once more' : 'Take in again'}
        </Button>
        <Text size="xs" c="dimmed">Reads the message with the mappings as they are now. It counts once; who did it is recorded.</Text>
      </Group>
      {data && (
        <Alert p="xs" variant="light" role="status" styles={{ root: { background: data.result === 'taken in' ? 'var(--tl-ok-soft)' : 'var(--tl-watch-soft)' } }}>
          {data.result === 'taken in' ? takenIn(data.events, data.superseded, data.pending) : data.result === 'unreadable' ? `It still cannot be read (${data.code}): ${data.reason}` : data.why}
        </Alert>
      )}
      {retake.error && <Alert p="xs" variant="light" role="alert" styles={{ root: { background: 'var(--tl-breach-soft)' } }}>{retake.error.message}</Alert>}
    </Stack>
  );
}

function takenIn(events: number, superseded: number, pending: boolean): string {
  const what = events === 0 ? 'Taken in: it gives no event of its own' : `Taken in: ${formatDecimal(events)} ${events === 1 ? 'event' : 'events'}`;
  const left = superseded > 0 ? `; ${formatDecimal(superseded)} left out, recorded since under the same source and id` : '';
  return `${what}${left}.${pending ? ' The pages show it in a moment.' : ''}`;
}
