'use client';

import { Alert, Button, Checkbox, Group, MultiSelect, PasswordInput, Select, Stack, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { isRole, ROLES, roleLabel, type Role } from '@/server/auth/roles';
import { useBounds } from '../components/filters/use-bounds';
import { useTRPC } from '../trpc/react';
import type { Person } from './people';

const MIN_PASSWORD = 12;

function Problem({ text }: { text: string | undefined }) {
  return text ? (
    <Alert role="alert" p="xs" styles={{ root: { background: 'var(--tl-breach-soft)' } }}>
      {text}
    </Alert>
  ) : null;
}

/** Adds a person, or changes name, role and facilities of one. */
export function PersonForm({ person, onDone }: { person?: Person; onDone: (text: string) => void }) {
  const trpc = useTRPC();
  const { facilities } = useBounds();
  const [email, setEmail] = useState(person?.email ?? '');
  const [name, setName] = useState(person?.name ?? '');
  const [role, setRole] = useState<Role>(person?.role ?? 'supply');
  const [everywhere, setEverywhere] = useState(person ? person.facilities === null : true);
  const [chosen, setChosen] = useState<string[]>(person?.facilities ?? []);
  const [password, setPassword] = useState('');
  const add = useMutation(trpc.users.add.mutationOptions({ onSuccess: () => onDone('Added.') }));
  const update = useMutation(trpc.users.update.mutationOptions({ onSuccess: () => onDone('Changed.') }));
  const busy = add.isPending || update.isPending;
  // Facilities given to somebody earlier stay choosable when the log does not name them (any more).
  const ids = [...new Set([...facilities.map((place) => place.id), ...chosen])];

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        const fields = { email, name, role, facilities: everywhere ? null : chosen };
        if (person) update.mutate(fields);
        else add.mutate({ ...fields, ...(password ? { password } : {}) });
      }}
    >
      <Stack gap="sm">
        <Problem text={add.error?.message ?? update.error?.message} />
        <TextInput label="Name" required value={name} onChange={(event) => setName(event.currentTarget.value)} data-autofocus />
        <TextInput
          label="E-mail address"
          type="email"
          required
          disabled={person !== undefined}
          value={email}
          onChange={(event) => setEmail(event.currentTarget.value)}
        />
        <Select
          label="Role"
          allowDeselect={false}
          data={ROLES.map((item) => ({ value: item, label: roleLabel(item) }))}
          value={role}
          onChange={(value) => isRole(value) && setRole(value)}
        />
        <Checkbox label="All facilities" checked={everywhere} onChange={(event) => setEverywhere(event.currentTarget.checked)} />
        {!everywhere && (
          <MultiSelect
            label="Facilities"
            required
            searchable
            data={ids.map((id) => ({ value: id, label: facilities.find((place) => place.id === id)?.name ?? id }))}
            value={chosen}
            onChange={setChosen}
          />
        )}
        {!person && (
          <PasswordInput
            label="Password"
            description={`At least ${MIN_PASSWORD} characters; leave empty for a person who comes through single sign-on.`}
            autoComplete="new-password"
            minLength={MIN_PASSWORD}
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
        )}
        <Group justify="flex-end">
          <Button type="submit" loading={busy} disabled={!everywhere && chosen.length === 0}>
            {person ? 'Change' : 'Add'}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

export function PasswordForm({ email, onDone }: { email: string; onDone: (text: string) => void }) {
  const trpc = useTRPC();
  const [password, setPassword] = useState('');
  const save = useMutation(trpc.users.setPassword.mutationOptions({ onSuccess: () => onDone('The new password holds now.') }));
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate({ email, password });
      }}
    >
      <Stack gap="sm">
        <Problem text={save.error?.message} />
        <PasswordInput
          label="New password"
          description={`At least ${MIN_PASSWORD} characters. Give it to the person over a safe way.`}
          autoComplete="new-password"
          required
          minLength={MIN_PASSWORD}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          data-autofocus
        />
        <Group justify="flex-end">
          <Button type="submit" loading={save.isPending}>
            Set
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
