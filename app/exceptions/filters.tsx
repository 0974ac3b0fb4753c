'use client';

import { Box, Button, Checkbox, Group, Select, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTRPC } from '@/app/trpc/react';
import { EXCEPTION_KINDS, EXCEPTIONS, PARTIES, SEVERITIES } from '@/server/rules/raci';
import { STATE_WORDS, STATES, type WorkFilters } from './use-work-filters';

const word = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** The filters of the work list; each stands in the address. */
export function FilterBar({ filters, acts }: { filters: WorkFilters; acts: boolean }) {
  const { chosen, choose, clear, narrowed } = filters;
  const trpc = useTRPC();
  const people = useQuery({ ...trpc.exceptions.people.queryOptions({}), enabled: acts, staleTime: 60_000 });
  const persons = (people.data ?? []).slice(1).map(({ id, name }) => ({ value: id, label: name }));
  const known = new Set(['me', 'nobody', ...persons.map(({ value }) => value)]);
  const assignees = [
    { value: 'me', label: 'Me' }, { value: 'nobody', label: 'Nobody' }, ...persons,
    ...(chosen.assignee && !known.has(chosen.assignee) ? [{ value: chosen.assignee, label: chosen.assignee }] : []),
  ];
  return (
    <Box className="tl-card tl-no-print" p="sm" mb="md" component="section" aria-label="Filters">
      <Box style={{ display: 'grid', gap: 8, gridTemplateColumns: 'repeat(auto-fill, minmax(min(165px, 45%), 1fr))', alignItems: 'end' }}>
        <TextFilter value={chosen.q ?? ''} onChange={(q) => choose({ q: q || null })} />
        <Select
          size="xs" label="Kind" placeholder="Every kind" clearable searchable value={chosen.kind} comboboxProps={{ width: 230, position: 'bottom-start' }}
          data={EXCEPTION_KINDS.map((kind) => ({ value: kind, label: EXCEPTIONS[kind].label }))}
          onChange={(value) => choose({ kind: EXCEPTION_KINDS.find((kind) => kind === value) ?? null })}
        />
        <Select
          size="xs" label="State" placeholder="To be done" clearable value={chosen.state} comboboxProps={{ width: 200, position: 'bottom-start' }} data={STATES.map((state) => ({ value: state, label: STATE_WORDS[state] }))}
          onChange={(value) => choose({ state: STATES.find((state) => state === value) ?? null })}
        />
        <Select
          size="xs" label="Owner" placeholder="Every owner" clearable value={chosen.owner} data={PARTIES.map((party) => ({ value: party, label: word(party) }))}
          onChange={(value) => choose({ owner: PARTIES.find((party) => party === value) ?? null })}
        />
        <Select size="xs" label="Assignee" placeholder="Anybody" clearable searchable value={chosen.assignee} data={assignees} onChange={(value) => choose({ assignee: value })} />
        <Select
          size="xs" label="Severity" placeholder="Every severity" clearable value={chosen.severity} data={SEVERITIES.map((severity) => ({ value: severity, label: word(severity) }))}
          onChange={(value) => choose({ severity: SEVERITIES.find((severity) => severity === value) ?? null })}
        />
      </Box>
      <Group justify="space-between" mt="xs" gap="xs">
        <Checkbox size="xs" label="Only what arose in the time range" checked={chosen.arose ?? false} onChange={(event) => choose({ arose: event.currentTarget.checked || null })} />
        {narrowed && <Button size="compact-xs" variant="default" onClick={clear}>Clear filters</Button>}
      </Group>
    </Box>
  );
}

/** Typed text goes to the address when the typing rests. */
function TextFilter({ value, onChange }: { value: string; onChange: (text: string) => void }) {
  const [typed, setTyped] = useState<string | null>(null);
  const say = useDebouncedCallback((text: string) => {
    onChange(text);
    setTyped(null);
  }, 400);
  return (
    <TextInput
      size="xs" label="Text" placeholder="Document, item, words" leftSection={<IconSearch size={14} aria-hidden />} value={typed ?? value} maxLength={200}
      onChange={(event) => {
        setTyped(event.currentTarget.value);
        say(event.currentTarget.value);
      }}
    />
  );
}
