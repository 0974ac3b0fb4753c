'use client';

import { Alert, Anchor, Button, Stack, Text } from '@mantine/core';
import { IconAlertTriangle, IconUrgent } from '@tabler/icons-react';
import { skipToken, useQuery } from '@tanstack/react-query';
import { parseAsBoolean, parseAsString, useQueryStates } from 'nuqs';
import { useEffect } from 'react';
import { useTRPC } from '@/app/trpc/react';
import type { ListRow } from '@/server/lists/columns';
import type { Amount, RecallSummary } from '@/server/recall/summary';
import { Figure, FigureRow } from '../components/figure';
import { FilterLink } from '../components/filters/filter-link';
import { useBounds } from '../components/filters/use-bounds';
import { useFilters } from '../components/filters/use-filters';
import { formatDecimal } from '../components/format/format';
import { objectHref, ObjectLink, Time } from '../components/format/values';
import { ListTable } from '../components/list/list-table';
import { PageHeader } from '../components/page-header';
import { Section } from '../components/section';
import { DataState, EmptyState } from '../components/state/data-state';
import { StateBadge } from '../components/state/state-badge';
import type { Meaning } from '../components/state/state';
import { AskForm } from './ask-form';
import { Carriers } from './carriers';
import { OnHand } from './on-hand';

const MEANING: Readonly<Record<string, Meaning>> = { 'on hand': 'breach', used: 'watch', 'usage reversed': 'ok', 'receipt reversed': 'ok', returned: 'ok' };

const amounts = (list: readonly Amount[]): string => list.map(({ quantity, uom }) => `${formatDecimal(quantity)}${uom ? ` ${uom}` : ''}`).join(' + ');

/** Where a recalled device went: every place, case and document that a lot or an item reached. */
export function Recall() {
  const trpc = useTRPC();
  const { input: filters } = useFilters();
  const [asked, ask] = useQueryStates({ item: parseAsString.withDefault(''), lot: parseAsString.withDefault(''), unstated: parseAsBoolean.withDefault(false) }, { history: 'push' });
  const isAsked = asked.item !== '' || asked.lot !== '';
  const found = useQuery(trpc.recall.find.queryOptions(isAsked ? { ...asked, filters } : skipToken));
  const open = useQuery(trpc.recall.open.queryOptions({ filters }));
  const data = isAsked ? found.data : undefined;
  useBarcodeOutOfAddress(data, ask);
  const start = (next: { item: string; lot: string }) => void ask({ item: next.item || null, lot: next.lot || null, unstated: null });
  const meant = [data?.items.join(', ') || asked.item, asked.unstated ? 'no lot stated' : asked.lot && `lot ${data?.lots[0] ?? asked.lot}`].filter(Boolean).join(', ');
  return (
    <>
      <PageHeader
        title={isAsked ? <>Recall <Text span inherit ff="monospace" style={{ overflowWrap: 'anywhere' }}>{meant}</Text></> : 'Recall'}
        subtitle="Every place, case and document that a lot or an item reached, at any time: the time range does not narrow it, the facility does"
      />
      <AskForm key={`${asked.item}\n${asked.lot}`} item={asked.item} lot={asked.lot} onAsk={start} />
      {isAsked ? (
        <DataState query={found} height={240}>
          {(recall) => (
            <>
              {(recall.rows > 0 || recall.notices.length > 0) && <Notices notices={recall.notices} />}
              {recall.rows > 0 && recall.unknown.length > 0 && (
                <Alert mb="md" variant="light" icon={<IconAlertTriangle aria-hidden />} title={`No ${recall.unknown.join(' and no ')} is recorded`} styles={{ root: { background: 'var(--tl-watch-soft)' }, icon: { color: 'var(--tl-watch)' } }}>
                  What of the lot states another GTIN is left out; what states none may be another item&apos;s, and says &quot;lot only&quot;.
                </Alert>
              )}
              {recall.rows === 0 ? (
                <Section title="Nothing recorded">
                  <EmptyState title={recall.unknown.length > 0 ? `No ${recall.unknown.join(' and no ')} is recorded` : `Nothing of ${meant} is recorded here`}>
                    Looked in: {recall.lookedIn.join('; ')}; at any time, at the facilities that you may see.
                    {asked.lot && asked.item && <> <Anchor component={FilterLink} inherit href={`/recall?lot=${encodeURIComponent(asked.lot)}`}>Look for the lot alone</Anchor></>}
                  </EmptyState>
                </Section>
              ) : recall.choose ? (
                <Carriers lot={asked.lot} carriers={recall.carriers} onChoose={(item) => start({ item, lot: asked.lot })} />
              ) : (
                <>
                  <FigureRow>
                    <StillOnHand onHand={recall.summary.onHand} />
                    <Figure label="Used in" value={formatDecimal(recall.summary.used.cases)} unit={recall.summary.used.cases === 1 ? 'case' : 'cases'} n={recall.summary.used.amounts.length > 0 ? amounts(recall.summary.used.amounts) : undefined} hint={usedHint(recall.summary.used)} />
                    <Figure label="Received" value={recall.summary.received.amounts.length > 0 ? amounts(recall.summary.received.amounts) : recall.summary.received.documents > 0 ? null : '0'} n={`in ${count(recall.summary.received.documents, 'document')}`} why="No receipt says how many." />
                    <Figure label="Returned" value={recall.summary.returned.amounts.length > 0 ? amounts(recall.summary.returned.amounts) : recall.summary.returned.documents > 0 ? null : '0'} n={`in ${count(recall.summary.returned.documents, 'document')}`} why="No return says how many." />
                    <Figure label="Reached" value={formatDecimal(recall.summary.reached.locations)} unit={recall.summary.reached.locations === 1 ? 'location' : 'locations'} n={`${count(recall.summary.reached.facilities, 'facility', 'facilities')}, ${count(recall.summary.reached.documents, 'document')}`} />
                  </FigureRow>
                  <OnHand places={recall.summary.onHand.places} />
                  <Unstated asked={asked} items={recall.items} />
                  <ListTable
                    key={`${asked.item}\n${asked.lot}\n${asked.unstated}`}
                    list="recall.lines" title="Where it went" input={asked}
                    subtitle={`${count(recall.rows, 'line')}; what is on hand first, then what was used. The CSV holds all of them.`}
                    rowHref={(row) => objectHref(String(row.line_type), String(row.line_id))}
                    renderCell={(key, row) => (key === 'happened' ? <StateBadge size="sm" state={String(row.happened)} meaning={isNone(row) ? 'ok' : (MEANING[String(row.happened)] ?? 'info')} label={isNone(row) ? 'None on hand' : word(String(row.happened))} /> : key === 'line_id' && row.happened === 'on hand' ? <Text span size="sm" c="dimmed">last balance</Text> : key === 'supplier' || key === 'serial' || key === 'lot' ? none(row[key], key) : undefined)}
                  />
                </>
              )}
            </>
          )}
        </DataState>
      ) : (
        <>
          <FigureRow>
            <Figure label="Open recalls" value={open.data && formatDecimal(open.data.open)} state={open.data ? (open.data.open > 0 ? 'watch' : 'ok') : undefined} stateLabel={open.data && open.data.open > 0 ? 'To work through' : 'None open'} />
            <Figure label="Closed recalls" value={open.data && formatDecimal(open.data.closed)} />
          </FigureRow>
          <ListTable
            list="recall.notices" prefix="rc" title="Recalls" subtitle="Open ones first; open one to see where it went" emptyTitle="No recall was announced"
            rowHref={(row) => `/recall?${new URLSearchParams({ ...(row.item || row.gtin ? { item: String(row.item || row.gtin) } : {}), ...(row.lot ? { lot: String(row.lot) } : {}) })}`}
            renderCell={(key, row) => (key === 'closed_at' && !row.closed_at ? <Text span size="sm" c="dimmed">not closed</Text> : key === 'lot' && !row.lot ? <Text span size="sm" c="dimmed">every lot</Text> : undefined)}
          />
        </>
      )}
    </>
  );
}

const isNone = (row: ListRow) => row.happened === 'on hand' && row.quantity !== null && Number(row.quantity) === 0;
const word = (happened: string) => happened.charAt(0).toUpperCase() + happened.slice(1);
const count = (n: number, one: string, many = `${one}s`) => `${formatDecimal(n)} ${n === 1 ? one : many}`;

function none(value: unknown, key: string) {
  if (value) return undefined;
  return <Text span size="sm" c="dimmed">{key === 'lot' ? 'not stated' : 'none'}</Text>;
}

function usedHint(used: { implants: number; takenBack: number; withoutCase: number }): string {
  return [
    used.implants > 0 ? `${used.implants} implanted` : '',
    used.withoutCase > 0 ? `${count(used.withoutCase, 'usage')} without a case` : '',
    used.takenBack > 0 ? `${used.takenBack} taken back, not counted` : '',
  ].filter(Boolean).join('; ');
}

/** Empty where the last balances say so, unknown where none names it. */
function StillOnHand({ onHand }: { onHand: RecallSummary['onHand'] }) {
  const there = onHand.places.length > 0;
  return (
    <Figure
      label="Still on hand" value={onHand.amounts.length > 0 ? amounts(onHand.amounts) : onHand.unknown > 0 || onHand.balances === 0 ? null : '0'}
      n={`at ${count(onHand.places.length, 'location')}`} state={there ? 'breach' : 'ok'} stateLabel={there ? 'To pull' : 'Nothing left'}
      hint={onHand.unknown > 0 ? `${count(onHand.unknown, 'balance')} without a number` : undefined}
      why={onHand.balances === 0 ? 'No balance names it.' : 'Balances name it, none says how many.'}
    />
  );
}

/** A line that states no lot cannot be ruled out: how many of the item there are, and the way to them and back. */
function Unstated({ asked, items }: { asked: { item: string; lot: string; unstated: boolean }; items: readonly string[] }) {
  const trpc = useTRPC();
  const { input: filters } = useFilters();
  const applies = asked.lot !== '' && items.length > 0;
  const { data } = useQuery(trpc.recall.unstated.queryOptions(applies && !asked.unstated ? { item: asked.item || (items[0] ?? ''), lot: asked.lot, filters } : skipToken));
  const href = (unstated: boolean) => `/recall?${new URLSearchParams({ item: asked.item || (items[0] ?? ''), lot: asked.lot, ...(unstated ? { unstated: 'true' } : {}) })}`;
  if (!applies) return null;
  if (asked.unstated) return <Text size="sm" mb="md">Lines of the item that state no lot: any of them may be of lot {asked.lot}. <Anchor component={FilterLink} href={href(false)}>Back to the lot</Anchor></Text>;
  if (!data || data.lines === 0) return null;
  return (
    <Text size="sm" mb="md">
      {data.lines === null ? 'Whether lines of the item state no lot is unknown: there are too many to go through. Choose one facility.' : `${formatDecimal(data.lines)} more lines of the item state no lot${data.used ? `, ${formatDecimal(data.used)} of them usages` : ''}: they cannot be ruled out. `}
      {data.lines !== null && <Anchor component={FilterLink} href={href(true)}>Show them</Anchor>}
    </Text>
  );
}

/** A barcode may hold a serial, which has no place in an address: once it is read, the item and lot that it said stand there. */
function useBarcodeOutOfAddress(data: { barcode: { gtin: string; hibc: string } | null; items: string[]; lots: string[] } | undefined, ask: (next: { item: string | null; lot: string | null }, options: { history: 'replace' }) => unknown) {
  const read = data?.barcode;
  const item = read ? (data?.items.length === 1 ? data.items[0] : read.gtin || (data?.lots.length ? '' : read.hibc)) : undefined;
  const lot = read ? (data?.lots[0] ?? '') : undefined;
  useEffect(() => {
    if (item !== undefined) void ask({ item: item || null, lot: lot || null }, { history: 'replace' });
  }, [item, lot, ask]);
}

function Notices({ notices }: { notices: readonly { id: string; line: string; facility: string; item: string; lot: string; openedAt: string; closedAt: string | null }[] }) {
  const { zoneOf } = useBounds();
  const open = notices.filter((notice) => notice.closedAt === null);
  const closed = notices.length - open.length;
  if (notices.length === 0) return <Alert mb="md" variant="light" icon={<IconAlertTriangle aria-hidden />} title="No recall notice speaks of it" styles={{ root: { background: 'var(--tl-info-soft)' }, icon: { color: 'var(--tl-info)' } }}>What is shown is where it went all the same.</Alert>;
  return (
    <Alert
      mb="md" variant="light" icon={open.length > 0 ? <IconUrgent aria-hidden /> : <IconAlertTriangle aria-hidden />}
      title={open.length > 0 ? `Recalled: ${open.length} open ${open.length === 1 ? 'notice' : 'notices'}` : 'Was recalled; every notice is closed'}
      styles={{ root: { background: `var(--tl-${open.length > 0 ? 'breach' : 'info'}-soft)` }, icon: { color: `var(--tl-${open.length > 0 ? 'breach' : 'info'})` } }}
    >
      <Stack gap={4}>
        {open.slice(0, 10).map((notice) => (
          <Text size="sm" key={`${notice.id} ${notice.line}`}>
            <ObjectLink type="recall" id={notice.id} />: {notice.item || 'any item'}, {notice.lot ? `lot ${notice.lot}` : 'every lot'}, since <Time value={notice.openedAt} zone={zoneOf(notice.facility)} />
          </Text>
        ))}
        {open.length > 10 && <Text size="sm">and {open.length - 10} more</Text>}
        {closed > 0 && open.length > 0 && <Text size="sm">{closed} earlier {closed === 1 ? 'notice is' : 'notices are'} closed.</Text>}
        <Button component={FilterLink} href="/recall" size="compact-xs" variant="default" w="fit-content" className="tl-no-print">All recalls</Button>
      </Stack>
    </Alert>
  );
}
