'use client';

import { Button, Group, Modal, Table, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconPlus } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { inferRouterOutputs } from '@trpc/server';
import { roleLabel } from '@/server/auth/roles';
import type { AppRouter } from '@/server/routers/root';
import { useBounds } from '../components/filters/use-bounds';
import { Time } from '../components/format/values';
import { PageHeader } from '../components/page-header';
import { Section } from '../components/section';
import { DataState } from '../components/state/data-state';
import { StateBadge } from '../components/state/state-badge';
import { useTRPC } from '../trpc/react';
import { PasswordForm, PersonForm } from './forms';

export type Person = inferRouterOutputs<AppRouter>['users']['all'][number];

type Dialog = { kind: 'add' } | { kind: 'edit' | 'password' | 'disable'; person: Person };

/** Who may sign in, as what, and for which facilities. */
export function People() {
  const trpc = useTRPC();
  const client = useQueryClient();
  const { zone, nameOf } = useBounds();
  const people = useQuery(trpc.users.all.queryOptions(undefined, { meta: { live: false } }));
  const [dialog, setDialog] = useState<Dialog | null>(null);

  const done = (text: string) => {
    setDialog(null);
    notifications.show({ message: text });
    void client.invalidateQueries(trpc.users.all.pathFilter());
  };
  const toggle = useMutation(
    trpc.users.setDisabled.mutationOptions({
      onSuccess: (_result, input) => done(input.disabled ? 'Switched off.' : 'Switched on.'),
      onError: (error) => {
        setDialog(null);
        notifications.show({ color: 'red', title: 'Not changed', message: error.message });
      },
    }),
  );

  return (
    <>
      <PageHeader
        title="People"
        subtitle="Who may sign in with a password here, and what single sign-on gives to whom by address"
        actions={
          <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setDialog({ kind: 'add' })}>
            Add a person
          </Button>
        }
      />
      <Section title="Accounts" flush>
        <DataState
          query={people}
          isEmpty={(list) => list.length === 0}
          emptyTitle="Nobody yet"
          emptyText="In simulation the one-click roles need no account."
        >
          {(list) => (
            <div className="tl-scroll-x">
              <Table verticalSpacing={6} horizontalSpacing="md" highlightOnHover miw={860}>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>Name</Table.Th>
                    <Table.Th>Role</Table.Th>
                    <Table.Th>Facilities</Table.Th>
                    <Table.Th>State</Table.Th>
                    <Table.Th>Changed</Table.Th>
                    <Table.Th>Actions</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {list.map((person) => (
                    <Table.Tr key={person.email}>
                      <Table.Td>
                        {person.name}
                        <Text size="xs" c="dimmed">
                          {person.email}
                        </Text>
                      </Table.Td>
                      <Table.Td>{roleLabel(person.role)}</Table.Td>
                      <Table.Td>{person.facilities === null ? 'All' : person.facilities.map(nameOf).join(', ')}</Table.Td>
                      <Table.Td>
                        <Group gap={6}>
                          <StateBadge
                            state={person.disabled ? 'disabled' : 'active'}
                            meaning={person.disabled ? 'unknown' : 'ok'}
                            size="sm"
                          />
                          {!person.hasPassword && (
                            <Text size="xs" c="dimmed">
                              no password: single sign-on only
                            </Text>
                          )}
                        </Group>
                      </Table.Td>
                      <Table.Td>
                        <Time value={person.updatedAt} zone={zone} />
                      </Table.Td>
                      <Table.Td>
                        <Group gap={6} wrap="nowrap">
                          <Button size="compact-sm" variant="default" onClick={() => setDialog({ kind: 'edit', person })} aria-label={`Change ${person.name}`}>
                            Change
                          </Button>
                          <Button size="compact-sm" variant="default" onClick={() => setDialog({ kind: 'password', person })} aria-label={`Set a new password for ${person.name}`}>
                            Password
                          </Button>
                          <Button
                            size="compact-sm"
                            variant="default"
                            onClick={() =>
                              person.disabled
                                ? toggle.mutate({ email: person.email, disabled: false })
                                : setDialog({ kind: 'disable', person })
                            }
                            aria-label={`Switch ${person.name} ${person.disabled ? 'on' : 'off'}`}
                          >
                            {person.disabled ? 'Switch on' : 'Switch off'}
                          </Button>
                        </Group>
                      </Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </div>
          )}
        </DataState>
      </Section>
      <Modal opened={dialog !== null} onClose={() => setDialog(null)} title={dialog ? titleOf(dialog) : ''}>
        {dialog?.kind === 'add' && <PersonForm onDone={done} />}
        {dialog?.kind === 'edit' && <PersonForm person={dialog.person} onDone={done} />}
        {dialog?.kind === 'password' && <PasswordForm email={dialog.person.email} onDone={done} />}
        {dialog?.kind === 'disable' && (
          <>
            <Text size="sm">
              {dialog.person.name} can no longer sign in, and an open session ends within half a minute. Nothing that
              this person did here is lost.
            </Text>
            <Group justify="flex-end" mt="md">
              <Button variant="default" onClick={() => setDialog(null)}>
                Keep
              </Button>
              <Button
                loading={toggle.isPending}
                onClick={() => toggle.mutate({ email: dialog.person.email, disabled: true })}
              >
                Switch off
              </Button>
            </Group>
          </>
        )}
      </Modal>
    </>
  );
}

function titleOf(dialog: Dialog): string {
  switch (dialog.kind) {
    case 'add':
      return 'Add a person';
    case 'edit':
      return `Change ${dialog.person.name}`;
    case 'password':
      return `New password for ${dialog.person.name}`;
    case 'disable':
      return `Switch off ${dialog.person.name}?`;
  }
}
