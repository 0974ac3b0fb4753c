'use client';

import { Button, Menu } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconDownload } from '@tabler/icons-react';
import { useState } from 'react';
import { useFilters } from '../components/filters/use-filters';

/** Files of what the chains page shows, in the formats that process-mining and lineage tools read. The filters of the address come along. */
export function ExportMenu({
  input,
  tab,
}: {
  /** What the chains are narrowed to, as the list of chains takes it; nothing: every event of the range. */
  input: Readonly<Record<string, unknown>>;
  /** The list that is narrowed; default: all chains. */
  tab?: 'chains' | 'orders' | 'usages' | 'requisitions';
}) {
  const { input: filters } = useFilters();
  const [busy, setBusy] = useState(false);
  const narrowed = Object.values(input).some((value) => value !== undefined && value !== null && value !== '');
  const what = narrowed ? 'these chains, whole' : 'every event of the range';

  /** Asked first, so that a refusal is said here and is no page of its own. */
  const start = async (format: 'ocel' | 'openlineage', asked: Record<string, unknown>) => {
    const href = `/api/export/${format}?${new URLSearchParams({ input: JSON.stringify(asked) })}`;
    setBusy(true);
    try {
      const answer = await fetch(`${href}&check=1`);
      if (answer.ok) fetchFile(href);
      else notifications.show({ color: 'red', title: 'Not exported', message: (await answer.text()).trim(), autoClose: false });
    } catch {
      notifications.show({ color: 'red', title: 'Not exported', message: 'The server does not answer.', autoClose: false });
    } finally {
      setBusy(false);
    }
  };
  const chains = { ...input, ...(tab ? { tab } : {}), filters };
  return (
    <Menu position="bottom-end" width={320}>
      <Menu.Target>
        <Button variant="default" size="xs" loading={busy} leftSection={<IconDownload size={16} aria-hidden />}>Export</Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>OCEL 2.0, for process mining: {what}</Menu.Label>
        <Menu.Item onClick={() => void start('ocel', chains)}>Stated relations (JSON)</Menu.Item>
        <Menu.Item onClick={() => void start('ocel', { ...chains, inferred: true })}>With inferred relations, marked (JSON)</Menu.Item>
        <Menu.Divider />
        <Menu.Label>OpenLineage: the interfaces&apos; runs of the range</Menu.Label>
        <Menu.Item onClick={() => void start('openlineage', { filters })}>Run events (NDJSON)</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

/** As a press on a link does: the page stays. */
function fetchFile(href: string): void {
  const link = document.createElement('a');
  link.href = href;
  link.download = '';
  link.click();
}
