'use client';

import { Box, Button, CopyButton, Group, Modal, Stack, Text, Textarea } from '@mantine/core';
import { skipToken, useQuery } from '@tanstack/react-query';
import { useTRPC } from '@/app/trpc/react';
import { useFilters } from '../components/filters/use-filters';
import { Unknown } from '../components/format/values';
import { DataState } from '../components/state/data-state';

/** Whom to write to, and the words: asks for the invoices of what was received. Empty supplier: closed. */
export function SupplierMessage({ supplier, onClose }: { supplier: string; onClose: () => void }) {
  const trpc = useTRPC();
  const { input: filters } = useFilters();
  const query = useQuery(trpc.receipts.message.queryOptions(supplier ? { filters, supplier } : skipToken));
  return (
    <Modal opened={supplier !== ''} onClose={onClose} size="xl" title="Message to the supplier" closeButtonProps={{ 'aria-label': 'Close' }}>
      <DataState query={query} height={240}>
        {({ name, contact, subject, text }) => (
          <Stack gap="sm">
            <Group gap="xl">
              <Box><Text size="sm" c="dimmed">Supplier</Text><Text>{name}</Text></Box>
              <Box><Text size="sm" c="dimmed">Contact</Text>{contact ? <Text>{contact}</Text> : <Unknown why="The supplier's master data names no contact." />}</Box>
            </Group>
            <Textarea label="Subject" value={subject} readOnly autosize maxRows={2} />
            <Textarea label="Message" value={text} readOnly autosize minRows={8} maxRows={20} styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 12 } }} />
            <Group justify="flex-end">
              <CopyButton value={`${subject}\n\n${text}`}>
                {({ copied, copy }) => <Button onClick={copy}>{copied ? 'Copied' : 'Copy the message'}</Button>}
              </CopyButton>
            </Group>
          </Stack>
        )}
      </DataState>
    </Modal>
  );
}
