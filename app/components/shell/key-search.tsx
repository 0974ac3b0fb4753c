'use client';

import { Autocomplete, Group, Kbd, Text, type AutocompleteProps } from '@mantine/core';
import { useDebouncedValue, useHotkeys } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { keepPreviousData, skipToken, useQuery } from '@tanstack/react-query';
import { useRouter } from 'next/navigation';
import { useRef, useState } from 'react';
import { useTRPC } from '@/app/trpc/react';
import { typeTitle } from '../../lineage/words';
import { useFilterHref } from '../filters/use-filters';
import { objectHref } from '../format/values';

/** Shorter beginnings lead anywhere. */
const SUGGEST_FROM = 3;
const SHOWN = 8;
const PAUSE_MS = 200;

/** Any key of any document: what begins with it is offered, Enter shows everything that was found. `/` jumps here. */
export function KeySearch({ autoFocus = false, onDone }: { autoFocus?: boolean; onDone?: () => void }) {
  const trpc = useTRPC();
  const router = useRouter();
  const keep = useFilterHref();
  const field = useRef<HTMLInputElement>(null);
  const [value, setValue] = useState('');
  const [asked] = useDebouncedValue(value.trim(), PAUSE_MS);
  const suggesting = asked.length >= SUGGEST_FROM && value.trim() !== '';
  const { data } = useQuery({
    ...trpc.lineage.search.queryOptions(suggesting ? { q: asked } : skipToken, { meta: { live: false }, placeholderData: keepPreviousData }),
  });
  const hits = new Map((suggesting ? (data?.hits ?? []) : []).slice(0, SHOWN).map((hit) => [`${hit.type} ${hit.id}`, hit]));
  useHotkeys([['/', () => field.current?.focus()]]);

  const go = (href: string) => {
    router.push(keep(href));
    setValue('');
    field.current?.blur();
    onDone?.();
  };
  const renderOption: AutocompleteProps['renderOption'] = ({ option }) => {
    const hit = hits.get(option.value);
    return (
      <Group gap="xs" wrap="nowrap" justify="space-between" w="100%">
        <Text size="sm" ff="monospace" truncate>{hit?.id ?? option.value}</Text>
        {hit && <Text size="xs" c="dimmed" style={{ whiteSpace: 'nowrap' }}>{typeTitle(hit.type)}{hit.by === 'id' ? '' : `, by ${hit.by}`}</Text>}
      </Group>
    );
  };
  return (
    <form
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        const key = value.trim();
        if (key) go(`/lineage?q=${encodeURIComponent(key)}`);
      }}
    >
      <Autocomplete
        ref={field}
        size="sm"
        value={value}
        // What is chosen is gone to, and does not become the text.
        onChange={(next) => setValue(hits.has(next) ? '' : next)}
        data={[...hits.keys()]}
        // The server has searched; the field shows what was typed until something is chosen.
        filter={({ options }) => options}
        renderOption={renderOption}
        onOptionSubmit={(chosen) => {
          const hit = hits.get(chosen);
          if (hit) go(objectHref(hit.type, hit.id));
        }}
        data-autofocus={autoFocus || undefined}
        autoFocus={autoFocus}
        aria-label="Find a document, item, lot, case, trace or event by its key"
        placeholder="PO, receipt, invoice, item, lot, barcode, event…"
        leftSection={<IconSearch size={16} aria-hidden />}
        rightSection={<Kbd size="xs">/</Kbd>}
        autoComplete="off"
        spellCheck={false}
        maxLength={400}
      />
    </form>
  );
}
