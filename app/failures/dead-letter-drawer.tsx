'use client';

import { Badge, Code, Drawer, Group, Stack, Table, Text } from '@mantine/core';
import { skipToken, useQuery } from '@tanstack/react-query';
import { useTRPCClient } from '@/app/trpc/react';
import { useBounds } from '../components/filters/use-bounds';
import { formatDecimal } from '../components/format/format';
import { Time } from '../components/format/values';
import { DataState } from '../components/state/data-state';

export interface DeadLetterKey {
  stream: string;
  seq: number;
  part: number;
  recordedAt: Date;
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
                  ['Subject', data.subject],
                  ['Mapping', data.mapping || 'none: read as a contract event'],
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
              {data.raw}
            </Code>
          </Stack>
        )}
      </DataState>
    </Drawer>
  );
}
