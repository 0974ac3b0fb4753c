'use client';

import { Kbd, TextInput } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useRouter } from 'next/navigation';
import { useRef, useState } from 'react';
import { useFilterHref } from '../filters/use-filters';

/** Any key of any document; the lineage page finds what it belongs to. `/` jumps here. */
export function KeySearch({ autoFocus = false, onDone }: { autoFocus?: boolean; onDone?: () => void }) {
  const router = useRouter();
  const keep = useFilterHref();
  const field = useRef<HTMLInputElement>(null);
  const [value, setValue] = useState('');
  useHotkeys([['/', () => field.current?.focus()]]);
  return (
    <form
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        const key = value.trim();
        if (!key) return;
        router.push(keep(`/lineage?q=${encodeURIComponent(key)}`));
        setValue('');
        onDone?.();
      }}
    >
      <TextInput
        ref={field}
        size="sm"
        value={value}
        onChange={(event) => setValue(event.currentTarget.value)}
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
