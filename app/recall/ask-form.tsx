'use client';

import { Button, Group, TextInput } from '@mantine/core';
import { IconBarcode, IconSearch } from '@tabler/icons-react';
import { useState } from 'react';
import { Section } from '../components/section';

/** What is recalled: an item, a lot, or both; a barcode in either field says both. Keyed by what was asked, so that a link fills it. */
export function AskForm({ item, lot, onAsk }: { item: string; lot: string; onAsk: (asked: { item: string; lot: string }) => void }) {
  const [typed, setTyped] = useState({ item, lot });
  const set = (field: 'item' | 'lot') => (value: string) => setTyped((now) => ({ ...now, [field]: value }));
  return (
    <Section title="What is recalled" subtitle="An item, a lot, or both. Scan a GS1 or HIBC barcode into either field: it says both.">
      <form
        className="tl-no-print"
        onSubmit={(event) => {
          event.preventDefault();
          onAsk(typed);
        }}
      >
        <Group align="flex-end" gap="sm">
          <TextInput
            label="Item, GTIN or barcode" placeholder="ITM-00412, 00614141000036, (01)…" value={typed.item} onChange={(event) => set('item')(event.currentTarget.value)}
            leftSection={<IconBarcode size={16} aria-hidden />} maxLength={400} autoComplete="off" spellCheck={false} style={{ flex: '2 1 260px' }}
          />
          <TextInput label="Lot" placeholder="any lot" value={typed.lot} onChange={(event) => set('lot')(event.currentTarget.value)} maxLength={400} autoComplete="off" spellCheck={false} style={{ flex: '1 1 160px' }} />
          <Button type="submit" leftSection={<IconSearch size={16} aria-hidden />} disabled={!typed.item.trim() && !typed.lot.trim()}>Find</Button>
          {(item || lot) && <Button variant="default" onClick={() => onAsk({ item: '', lot: '' })}>Clear</Button>}
        </Group>
      </form>
    </Section>
  );
}
