'use client';

import { Alert, Button, Group, Select, Stack, Textarea } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTRPC } from '@/app/trpc/react';
import { FROM, type Action } from '@/server/exceptions/states';

const LABELS: Readonly<Record<Action, string>> = { acknowledge: 'Acknowledge', assign: 'Assign', comment: 'Comment', resolve: 'Resolve', reopen: 'Reopen' };
export { LABELS as ACTION_LABELS };

interface Standing {
  key: string;
  state: string;
  assignee: string;
  facility: string;
  revision: number;
}

/** What the reader can do about one exception. Each press says what the reader saw, so that nobody acts on an old page. */
export function ActForm({ row, me }: { row: Standing; me: string }) {
  const trpc = useTRPC();
  const client = useQueryClient();
  const [comment, setComment] = useState('');
  const [to, setTo] = useState<string | null>(row.assignee || null);
  const people = useQuery({ ...trpc.exceptions.people.queryOptions({ facility: row.facility }), staleTime: 60_000 });
  const act = useMutation(trpc.exceptions.act.mutationOptions({
    onSuccess: () => setComment(''),
    onSettled: () => client.invalidateQueries(),
  }));
  const can = (action: Action) => FROM[action].some((state) => state === row.state);
  const press = (action: Action, assignee?: string) =>
    act.mutate({ key: row.key, revision: row.revision, act: { action, ...(comment.trim() ? { comment: comment.trim() } : {}), ...(action === 'assign' ? { assignee: assignee ?? to ?? '' } : {}) } });
  const busy = (action: Action) => act.isPending && act.variables.act.action === action;
  const button = (action: Action, more: { disabled?: boolean } = {}) =>
    can(action) && <Button key={action} size="compact-sm" variant={action === 'resolve' ? 'filled' : 'default'} loading={busy(action)} disabled={act.isPending && !busy(action)} {...more} onClick={() => press(action)}>{LABELS[action]}</Button>;

  return (
    <Stack gap="xs">
      <Textarea label="Comment" description="Goes with whatever you press. Write no patient data: what looks like it is taken out." size="sm" autosize minRows={2} maxRows={6} maxLength={500} value={comment} onChange={(event) => setComment(event.currentTarget.value)} />
      <Group gap="xs">
        {button('acknowledge')}
        {button('resolve')}
        {button('reopen')}
        {button('comment', { disabled: comment.trim() === '' })}
      </Group>
      {can('assign') && (
        <Group gap="xs" align="flex-end">
          <Select size="xs" w={230} label="Assign to" placeholder="Nobody" clearable searchable value={to} onChange={setTo} data={(people.data ?? []).map(({ id, name }) => ({ value: id, label: name }))} />
          {button('assign')}
          {row.assignee !== me && <Button size="compact-sm" variant="default" disabled={act.isPending} onClick={() => { setTo(me); press('assign', me); }}>Take it myself</Button>}
        </Group>
      )}
      {act.data?.pending && <Alert p="xs" variant="light" role="status" styles={{ root: { background: 'var(--tl-watch-soft)' } }}>Accepted; it will show in a moment.</Alert>}
      {act.error && <Alert p="xs" variant="light" role="alert" styles={{ root: { background: 'var(--tl-breach-soft)' } }}>{act.error.message}</Alert>}
    </Stack>
  );
}
