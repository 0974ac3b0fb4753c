'use client';

import { Button, Code, Select, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { parseAsInteger, parseAsStringLiteral, useQueryStates } from 'nuqs';
import { useTRPC } from '@/app/trpc/react';
import { PARTIES, RACI_LABELS, RACI_TYPES } from '@/server/rules/raci';
import { Figure, FigureRow } from '../components/figure';
import { formatDecimal } from '../components/format/format';
import { ListTable } from '../components/list/list-table';
import { PageHeader } from '../components/page-header';
import { Section } from '../components/section';

const EXAMPLE = `raci:
  version: "2026-2"
  rules:
    - { type: invoice-mismatch, facility: ST-ANNA, responsible: supply chain, informed: [finance] }
    - { type: stuck-handover, interface: inventory-to-erp, accountable: finance }
    - { type: overdue-stage, stage: receipt, consulted: [clinical operations] }`;

/** Who is responsible, accountable, consulted and informed, by type of exception and alert, facility and interface. */
export function RaciPage() {
  const trpc = useTRPC();
  const [chosen, choose] = useQueryStates({ type: parseAsStringLiteral(RACI_TYPES), party: parseAsStringLiteral(PARTIES), page: parseAsInteger }, { history: 'push' });
  const table = useQuery(trpc.raci.table.queryOptions(undefined, { meta: { live: false } }));
  const { data, error } = table;
  const otherwise = error ? null : undefined;
  const narrowed = chosen.type !== null || chosen.party !== null;
  return (
    <>
      <PageHeader title="RACI" subtitle="Who is responsible, accountable, consulted and informed. The responsible one owns an exception in the work list, and is whom an alert is told" />
      <FigureRow>
        <Figure label="Table in force" value={data ? (data.label ?? data.version) : otherwise} hint={data && (data.label ? `version ${data.version}` : data.changed ? 'defaults, changed by the rules file' : 'the defaults; the rules file changes nothing')} />
        <Figure label="Lines" value={data ? formatDecimal(data.lines.length) : otherwise} hint={data && `${formatDecimal(data.lines.filter((line) => line.stated.length > 0).length)} stated in the rules file`} />
        {PARTIES.map((party) => (
          <Figure key={party} label={party.charAt(0).toUpperCase() + party.slice(1)} value={data ? formatDecimal(data.lines.filter((line) => line.responsible === party).length) : otherwise} hint="lines responsible for" href={`/raci?party=${encodeURIComponent(party)}`} />
        ))}
      </FigureRow>
      <ListTable
        list="raci.lines" title="Who has which part" input={{ type: chosen.type ?? undefined, party: chosen.party ?? undefined }}
        subtitle="of several lines that hold the one that names more (stage, facility, interface) goes before the others"
        emptyTitle="No line of this choice"
        renderCell={(key, row) => {
          const value = row[key];
          if (key === 'responsible') return <Text span fw={600} size="sm">{String(value)}</Text>;
          if ((key === 'consulted' || key === 'informed') && Array.isArray(value) && value.length === 0) return <Text span size="sm" c="dimmed">nobody</Text>;
          return key === 'interface' && value === '' ? <Text span size="sm" c="dimmed">every</Text> : undefined;
        }}
        actions={
          <>
            <Select
              size="xs" w={220} aria-label="Exception or alert" placeholder="Every type" clearable searchable value={chosen.type} data={RACI_TYPES.map((type) => ({ value: type, label: RACI_LABELS[type] }))}
              onChange={(value) => void choose({ type: RACI_TYPES.find((type) => type === value) ?? null, page: null })}
            />
            <Select size="xs" w={170} aria-label="Party" placeholder="Every party" clearable value={chosen.party} data={[...PARTIES]} onChange={(value) => void choose({ party: PARTIES.find((party) => party === value) ?? null, page: null })} />
            {narrowed && <Button size="xs" variant="default" onClick={() => void choose({ type: null, party: null, page: null })}>All</Button>}
          </>
        }
      />
      <Section title="To change it" subtitle="section raci of the rules file that THROUGHLINE_RULES names; in force from the next start">
        <Text size="sm" mb="xs">A line states the letters that it changes; the others stay. It holds everywhere, or where the facility, the interface or the stage that it names is the one meant. A file that makes no sense is refused, and the log of the keeper says the line and the reason.</Text>
        <Code block tabIndex={0}>{EXAMPLE}</Code>
      </Section>
    </>
  );
}
