'use client';

import { Alert, Button, Group, Stack, Table, Text, Textarea } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconAlertTriangle, IconCircleCheck, IconSignature } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTRPC } from '@/app/trpc/react';
import { useBounds } from '../components/filters/use-bounds';
import { formatDecimal, formatMoney } from '../components/format/format';
import { Time } from '../components/format/values';
import { Section } from '../components/section';
import { DataState } from '../components/state/data-state';

/** One facility's day: how it stands, who signed it, what has changed since, and the signature itself. */
export function DayClose({ facility, day, onLeave }: { facility: string; day: string; onLeave: () => void }) {
  const trpc = useTRPC();
  const { nameOf } = useBounds();
  const client = useQueryClient();
  const query = useQuery(trpc.reconciliation.day.queryOptions({ facility, day }));
  const [comment, setComment] = useState('');
  const sign = useMutation(trpc.reconciliation.sign.mutationOptions({
    onSuccess: ({ pending }) => {
      setComment('');
      notifications.show({ message: pending ? 'Accepted; it will show in a moment.' : 'The day is signed.' });
    },
    onError: (error) => notifications.show({ message: error.message, color: 'red', autoClose: 12_000 }),
    onSettled: () => client.invalidateQueries(),
  }));
  return (
    <Section
      title={<>Daily close of {nameOf(facility)}, {day}</>} subtitle={query.data && <>{query.data.hours === 24 ? 'a day' : `a day of ${query.data.hours} hours: clocks change`}, <Time value={query.data.from} zone={query.data.zone} /> to <Time value={query.data.to} zone={query.data.zone} /></>}
      actions={<Button size="xs" variant="default" onClick={onLeave}>Close this view</Button>}
    >
      <DataState query={query} height={140}>
        {(found) => {
          const [signed] = found.signatures;
          const money = found.money.values.map(({ currency, value }) => formatMoney(value, currency)).join(', ');
          return (
            <Stack gap="sm">
              <Text>
                {found.windows.length === 0 ? 'Nobody has reported anything for this day.' : <>
                  {formatDecimal(found.windows.length)} windows, {found.gaps === 0 ? 'none with an open gap' : <b>{formatDecimal(found.gaps)} with an open gap</b>}
                  {money && ` (${money}${found.money.unknown > 0 ? `, unknown for ${found.money.unknown}` : ''})`}.
                </>}
              </Text>
              {signed && found.changes.length === 0 && (
                <Alert variant="light" icon={<IconCircleCheck aria-hidden />} styles={{ root: { background: 'var(--tl-ok-soft)' }, icon: { color: 'var(--tl-ok)' } }} title={<>Signed by {signed.by}, <Time value={signed.at} zone={found.zone} /></>}>
                  {signed.openGaps === 0 ? 'Nothing was open.' : `${signed.openGaps} gaps were open.`} {signed.comment} Nothing has changed since.
                </Alert>
              )}
              {signed && found.changes.length > 0 && (
                <Alert variant="light" icon={<IconAlertTriangle aria-hidden />} styles={{ root: { background: 'var(--tl-watch-soft)' }, icon: { color: 'var(--tl-watch)' } }} title={<>Changed since signed by {signed.by}, <Time value={signed.at} zone={found.zone} /></>}>
                  {signed.openGaps === 0 ? 'Nothing was open then.' : `${signed.openGaps} gaps were open then.`} {signed.comment}
                </Alert>
              )}
              {found.changes.length > 0 && (
                <Table.ScrollContainer minWidth={520}>
                  <Table fz="sm" verticalSpacing={6} aria-label="What has changed since the day was signed">
                    <Table.Thead><Table.Tr><Table.Th>Interface</Table.Th><Table.Th>As signed</Table.Th><Table.Th>Now</Table.Th></Table.Tr></Table.Thead>
                    <Table.Tbody>
                      {found.changes.map((change) => (
                        <Table.Tr key={change.key}>
                          <Table.Td>{change.interface}, {change.source} to {change.target}</Table.Td>
                          <Table.Td>{change.then ?? <Text span size="sm" c="dimmed">not there</Text>}</Table.Td>
                          <Table.Td>{change.now ?? <Text span size="sm" c="dimmed">not there any more</Text>}</Table.Td>
                        </Table.Tr>
                      ))}
                    </Table.Tbody>
                  </Table>
                </Table.ScrollContainer>
              )}
              {found.signatures.length > 1 && <Text size="sm" c="dimmed">Signed before: {found.signatures.slice(1).map((one) => one.by).join(', ')}</Text>}
              {!found.ended && <Text size="sm" c="dimmed">The day has not ended: it can be signed after <Time value={found.to} zone={found.zone} />.</Text>}
              {found.maySign && found.ended && found.windows.length > 0 && (
                <form
                  className="tl-no-print"
                  onSubmit={(event) => {
                    event.preventDefault();
                    sign.mutate({ facility, day, sequence: found.sequence, gaps: found.gaps, comment });
                  }}
                >
                  <Group align="flex-end" gap="sm">
                    <Textarea
                      label={found.gaps > 0 ? 'Why it is signed with open gaps' : 'Comment'} required={found.gaps > 0} value={comment} onChange={(event) => setComment(event.currentTarget.value)} maxLength={2000} autosize minRows={1} style={{ flex: '1 1 260px' }}
                    />
                    <Button type="submit" loading={sign.isPending} leftSection={<IconSignature size={16} aria-hidden />}>{signed ? 'Sign again' : 'Sign the day'}</Button>
                  </Group>
                </form>
              )}
              {!found.maySign && <Text size="sm" c="dimmed">Your role may look at it; supply chain people sign.</Text>}
            </Stack>
          );
        }}
      </DataState>
    </Section>
  );
}
