'use client';

import { ActionIcon, Button, Group, Popover, Stack, Text, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconBookmark, IconTrash } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useRouter } from 'next/navigation';
import { useState, type FormEvent } from 'react';
import { useTRPC } from '@/app/trpc/react';
import { DataState } from '../components/state/data-state';

/** What is of the moment and no part of a view. */
const PASSING = ['page', 'open'];

/** The filters as the address bar has them: what the router has heard of may be a moment behind it. */
function filtersHere(): string {
  const here = new URLSearchParams(window.location.search);
  for (const key of PASSING) here.delete(key);
  return here.toString();
}

const addressOf = (query: string) => `/exceptions${query ? `?${query}` : ''}`;

/** Filters that the reader has given a name. A view is its address, so a link to it shows anybody the same. */
export function Views() {
  const trpc = useTRPC();
  const client = useQueryClient();
  const router = useRouter();
  const [opened, open] = useState(false);
  const [name, setName] = useState('');
  const views = useQuery({ ...trpc.exceptions.views.queryOptions(), enabled: opened });
  const again = () => client.invalidateQueries({ queryKey: trpc.exceptions.views.queryKey() });
  const fail = (error: { message: string }) => notifications.show({ message: error.message, color: 'red' });
  const save = useMutation(trpc.exceptions.saveView.mutationOptions({ onSuccess: () => setName(''), onError: fail, onSettled: again }));
  const remove = useMutation(trpc.exceptions.removeView.mutationOptions({ onError: fail, onSettled: again }));

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim() !== '') save.mutate({ page: 'exceptions', name: name.trim(), query: filtersHere() });
  };
  const copy = () =>
    void navigator.clipboard.writeText(`${window.location.origin}${addressOf(filtersHere())}`).then(
      () => notifications.show({ message: 'The link is copied.' }),
      () => notifications.show({ message: 'The browser does not let the link be copied: take it from the address bar.', color: 'red' }),
    );

  return (
    <Popover opened={opened} onChange={open} position="bottom-end" width={300} trapFocus withArrow>
      <Popover.Target>
        <Button size="xs" variant="default" leftSection={<IconBookmark size={16} aria-hidden />} onClick={() => open(!opened)} aria-haspopup="dialog">Views</Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap="sm">
          <DataState query={views} height={40} isEmpty={(data) => data.length === 0} emptyTitle="No saved view yet" emptyText="Filter the list, then give the filters a name.">
            {(data) => (
              <Stack gap={2} component="ul" m={0} p={0} style={{ listStyle: 'none' }}>
                {data.map((view) => (
                  <Group key={view.name} component="li" gap={4} wrap="nowrap" justify="space-between">
                    <Button variant="subtle" size="compact-sm" justify="flex-start" style={{ flex: 1, minWidth: 0 }} onClick={() => { open(false); router.push(addressOf(view.query)); }}>{view.name}</Button>
                    <ActionIcon variant="subtle" color="gray" size="sm" aria-label={`Remove the view ${view.name}`} onClick={() => remove.mutate({ page: 'exceptions', name: view.name })}><IconTrash size={14} aria-hidden /></ActionIcon>
                  </Group>
                ))}
              </Stack>
            )}
          </DataState>
          <form onSubmit={submit}>
            <Group gap="xs" align="flex-end" wrap="nowrap">
              <TextInput size="xs" label="Save these filters as" value={name} maxLength={80} onChange={(event) => setName(event.currentTarget.value)} style={{ flex: 1 }} />
              <Button size="xs" type="submit" loading={save.isPending} disabled={name.trim() === ''}>Save</Button>
            </Group>
          </form>
          <Button size="compact-xs" variant="default" onClick={copy}>Copy the link to these filters</Button>
          <Text size="xs" c="dimmed">Views are yours; a link to one shows others the same filters, within their facilities.</Text>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
