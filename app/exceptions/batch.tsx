'use client';

import { Alert, Button, Group, List, Modal, Select, Stack, Text, Textarea } from '@mantine/core';
import { skipToken, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTRPC } from '@/app/trpc/react';
import type { Action } from '@/server/exceptions/states';
import { useFilters } from '../components/filters/use-filters';
import { formatDecimal } from '../components/format/format';
import { DataState } from '../components/state/data-state';
import { ACTION_LABELS } from './act';
import type { WorkFilters } from './use-work-filters';

const ACTIONS: readonly Action[] = ['acknowledge', 'assign', 'comment', 'resolve', 'reopen'];
const exceptions = (n: number) => `${formatDecimal(n)} ${n === 1 ? 'exception' : 'exceptions'}`;

/** One action over everything in the filter: first how many, then the act. */
export function BatchModal({ opened, onClose, filters }: { opened: boolean; onClose: () => void; filters: WorkFilters }) {
  return (
    <Modal opened={opened} onClose={onClose} title="Act on all of the filter" size="md" closeButtonProps={{ 'aria-label': 'Close' }}>
      {opened && <Batch filters={filters} onClose={onClose} />}
    </Modal>
  );
}

function Batch({ filters: { asked }, onClose }: { filters: WorkFilters; onClose: () => void }) {
  const trpc = useTRPC();
  const client = useQueryClient();
  const { input: filters } = useFilters();
  const [action, setAction] = useState<Action>('acknowledge');
  const [to, setTo] = useState<string | null>(null);
  const [comment, setComment] = useState('');
  const people = useQuery({ ...trpc.exceptions.people.queryOptions({ facility: filters.facility }), staleTime: 60_000 });
  const act = { action, ...(action === 'assign' ? { assignee: to ?? '' } : {}), ...(comment.trim() ? { comment: comment.trim() } : {}) };
  // The words do not change how many: a comment that is not there yet must not be refused before it is written.
  const question = { filters, ...asked, act: { ...act, comment: action === 'comment' ? act.comment ?? '…' : undefined } };
  const ready = action !== 'assign' || to !== null;
  const preview = useQuery({ ...trpc.exceptions.preview.queryOptions(ready ? question : skipToken), staleTime: Infinity, gcTime: 0, refetchOnWindowFocus: false, meta: { live: false } });
  const all = useMutation(trpc.exceptions.actOnAll.mutationOptions({ onSettled: () => client.invalidateQueries({ predicate: ({ queryKey }) => JSON.stringify(queryKey[0]) !== '["exceptions","preview"]' }) }));
  const seen = preview.data;

  if (all.data) {
    const { done, moved, movedNames, left, fresh, unfinished, pending } = all.data;
    return (
      <Stack gap="sm" role="status">
        <Text fw={600}>{exceptions(done)} done.{pending ? ' The list shows them in a moment.' : ''}</Text>
        {unfinished > 0 && <Alert p="xs" variant="light" role="alert" styles={{ root: { background: 'var(--tl-breach-soft)' } }}>NATS stopped answering: {exceptions(unfinished)} not done. What is done shows in the list; the others can be tried again.</Alert>}
        {moved > 0 && (
          <>
            <Text size="sm">{exceptions(moved)} left as they are: somebody else acted on them since the preview.</Text>
            <List size="sm">{movedNames.map(({ key, what }) => <List.Item key={key}>{what}</List.Item>)}</List>
          </>
        )}
        {left > 0 && <Text size="sm">{exceptions(left)} of the preview no longer in the filter: moved by somebody, changed or settled meanwhile.</Text>}
        {fresh > 0 && <Text size="sm">{exceptions(fresh)} left as they are: they came up or changed since the preview.</Text>}
        <Group justify="flex-end"><Button onClick={onClose}>Close</Button></Group>
      </Stack>
    );
  }

  return (
    <Stack gap="sm">
      <Select label="Action" allowDeselect={false} value={action} onChange={(value) => setAction(ACTIONS.find((one) => one === value) ?? 'acknowledge')} data={ACTIONS.map((one) => ({ value: one, label: ACTION_LABELS[one] }))} data-autofocus />
      {action === 'assign' && <Select label="To" placeholder="Choose a person" searchable value={to} onChange={setTo} data={(people.data ?? []).map(({ id, name }) => ({ value: id, label: name }))} />}
      <Textarea label={action === 'comment' ? 'Comment' : 'Comment (optional)'} autosize minRows={2} maxRows={5} maxLength={500} value={comment} onChange={(event) => setComment(event.currentTarget.value)} />
      {ready && (
        <DataState query={preview} height={90}>
          {(data) => (
            <Stack gap={4} aria-live="polite">
              <Text size="sm"><Text span fw={600}>{exceptions(data.count)}</Text> of {formatDecimal(data.inFilter)} in the filter, on every page of it.</Text>
              {data.kinds.length > 0 && <Text size="sm" c="dimmed">{data.kinds.slice(0, 6).map(({ label, count }) => `${label} ${formatDecimal(count)}`).join(', ')}{data.kinds.length > 6 ? ' and more' : ''}</Text>}
              {data.already > 0 && <Text size="sm" c="dimmed">{formatDecimal(data.already)} left out: this cannot be done from where they stand.</Text>}
              {data.notThere > 0 && <Text size="sm" c="dimmed">{formatDecimal(data.notThere)} left out: the person does not work at their facility.</Text>}
            </Stack>
          )}
        </DataState>
      )}
      {all.error && <Alert p="xs" variant="light" role="alert" styles={{ root: { background: 'var(--tl-breach-soft)' } }}>{all.error.message}</Alert>}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>Cancel</Button>
        <Button
          loading={all.isPending} disabled={!seen || seen.count === 0 || (action === 'comment' && comment.trim() === '')}
          onClick={() => seen && all.mutate({ filters, ...asked, act, previewed: { count: seen.count, sequence: seen.sequence, run: seen.run } })}
        >
          {seen ? `${ACTION_LABELS[action]} ${exceptions(seen.count)}` : ACTION_LABELS[action]}
        </Button>
      </Group>
    </Stack>
  );
}
