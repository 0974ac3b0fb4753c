'use client';

import { ActionIcon, Button, Menu, Tooltip } from '@mantine/core';
import { useLocalStorage } from '@mantine/hooks';
import { IconColumns3, IconDownload } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { DataTable, type DataTableColumn } from 'mantine-datatable';
import { useRouter } from 'next/navigation';
import { parseAsBoolean, parseAsInteger, parseAsString, useQueryStates } from 'nuqs';
import { useMemo, type MouseEvent, type ReactNode } from 'react';
import type { ListRow } from '@/server/lists/columns';
import { useTRPC } from '@/app/trpc/react';
import { formatDecimal } from '../format/format';
import { useBounds } from '../filters/use-bounds';
import { useFilterHref, useFilters } from '../filters/use-filters';
import { Section } from '../section';
import { DataState } from '../state/data-state';
import { ListCell, RIGHT_ALIGNED } from './cell';
import { exportHref } from './export-href';

const PAGE_SIZES = [25, 50, 100];

export interface ListTableProps {
  /** Name of a list defined with defineServerList, e.g. `receipts.unmatched`. */
  list: string;
  title: ReactNode;
  subtitle?: ReactNode;
  /** The list's own input, without the shared filters (added here from the address). */
  input?: Record<string, unknown>;
  /** Where a row leads (the filters are kept); null: this row leads nowhere. */
  rowHref?: (row: ListRow) => string | null;
  /** Keeps sort and page of several tables on one page apart in the address: `inv` gives `inv.page`. */
  prefix?: string;
  emptyTitle?: string;
  emptyText?: ReactNode;
  /** Draws a cell its own way; undefined leaves it to the column's kind. */
  renderCell?: (key: string, row: ListRow) => ReactNode | undefined;
  /** Columns that are shown whatever was chosen, after the first: what the list was narrowed to is about them. */
  reveal?: readonly string[];
  /** Buttons before the CSV button. */
  actions?: ReactNode;
}

const NONE: readonly string[] = [];

function useListState(prefix: string | undefined) {
  const name = (key: string) => (prefix ? `${prefix}.${key}` : key);
  return useQueryStates(
    {
      page: parseAsInteger.withDefault(1),
      size: parseAsInteger.withDefault(25),
      sort: parseAsString,
      desc: parseAsBoolean.withDefault(false),
    },
    {
      history: 'push',
      urlKeys: { page: name('page'), size: name('size'), sort: name('sort'), desc: name('desc') },
    },
  );
}

/** A server-side list: sorted and paged in the address, every row open, all of the filter as CSV. */
export function ListTable({
  list,
  title,
  subtitle,
  input,
  rowHref,
  prefix,
  emptyTitle,
  emptyText,
  renderCell,
  reveal = NONE,
  actions,
}: ListTableProps) {
  const trpc = useTRPC();
  const router = useRouter();
  const keep = useFilterHref();
  const { input: filters } = useFilters();
  const { zoneOf, nameOf } = useBounds();
  const [state, setState] = useListState(prefix);
  const [hiddenColumns, setHidden] = useLocalStorage<string[] | null>({
    key: `throughline.columns.${list}`,
    defaultValue: null,
  });

  const pageSize = PAGE_SIZES.includes(state.size) ? state.size : 25;
  const page = Math.max(1, state.page);
  const question = { list, input: { ...input, filters } };
  const query = useQuery(
    trpc.list.page.queryOptions(
      { ...question, page, pageSize, sort: state.sort ?? undefined, desc: state.desc },
      { placeholderData: keepPreviousData },
    ),
  );

  const all = useMemo(() => query.data?.columns ?? [], [query.data?.columns]);
  const hidden = new Set(hiddenColumns ?? all.filter((column) => column.hidden).map((column) => column.key));
  const shown = all.filter((column) => !hidden.has(column.key) && !reveal.includes(column.key));
  const columns = [...shown.slice(0, 1), ...all.filter((column) => reveal.includes(column.key)), ...shown.slice(1)]
    .map((column): DataTableColumn<ListRow> => ({
      accessor: column.key,
      title: column.help ? (
        <Tooltip label={column.help}>
          <span style={{ textDecoration: 'underline dotted' }}>{column.label}</span>
        </Tooltip>
      ) : (
        column.label
      ),
      sortable: Boolean(column.sortable),
      textAlign: RIGHT_ALIGNED.has(column.kind) ? 'right' : 'left',
      ...(column.ellipsis ? { ellipsis: true, width: 280 } : { noWrap: !column.wrap, ...(column.wrap ? { width: 320 } : {}) }),
      render: (row) =>
        renderCell?.(column.key, row) ?? <ListCell column={column} row={row} zoneOf={zoneOf} nameOf={nameOf} />,
    }));

  const open = (row: ListRow) => {
    const href = rowHref?.(row);
    if (href) router.push(keep(href));
  };
  const fromControl = (target: EventTarget) =>
    target instanceof Element && target.closest('a, button, input') !== null;

  return (
    <Section
      flush
      title={title}
      subtitle={subtitle}
      actions={
        <>
          {actions}
          <Menu closeOnItemClick={false} position="bottom-end">
            <Menu.Target>
              <Tooltip label="Choose columns">
                <ActionIcon variant="default" aria-label="Choose columns">
                  <IconColumns3 size={16} aria-hidden />
                </ActionIcon>
              </Tooltip>
            </Menu.Target>
            <Menu.Dropdown mah={360} style={{ overflowY: 'auto' }}>
              {all.map((column) => (
                <Menu.CheckboxItem
                  key={column.key}
                  checked={!hidden.has(column.key)}
                  onChange={(shown) => {
                    const next = new Set(hidden);
                    if (shown) next.delete(column.key);
                    else next.add(column.key);
                    if (next.size < all.length) setHidden([...next]);
                  }}
                >
                  {column.label}
                </Menu.CheckboxItem>
              ))}
              <Menu.Divider />
              <Menu.Item onClick={() => setHidden(null)}>As it came</Menu.Item>
            </Menu.Dropdown>
          </Menu>
          <Button
            component="a"
            href={exportHref(question.list, question.input, state.sort, state.desc)}
            download
            size="xs"
            variant="default"
            leftSection={<IconDownload size={16} aria-hidden />}
          >
            CSV
          </Button>
        </>
      }
    >
      <DataState
        query={query}
        height={280}
        isEmpty={(data) => data.rows.length === 0 && page === 1}
        emptyTitle={emptyTitle}
        emptyText={emptyText}
      >
        {(data) => (
            <DataTable<ListRow>
              records={[...data.rows]}
              columns={columns}
              idAccessor={(row) => data.rows.indexOf(row)}
              fetching={query.isPlaceholderData}
              verticalSpacing={6}
              horizontalSpacing="md"
              fz="sm"
              highlightOnHover={Boolean(rowHref)}
              backgroundColor="var(--tl-surface)"
              minHeight={data.rows.length === 0 ? 160 : undefined}
              noRecordsText="This page is past the end of the list"
              sortStatus={{
                columnAccessor: state.sort ?? '',
                direction: state.desc ? 'desc' : 'asc',
              }}
              onSortStatusChange={(next) =>
                void setState({ sort: String(next.columnAccessor), desc: next.direction === 'desc', page: 1 })
              }
              onRowClick={rowHref ? ({ record, event }) => !fromControl(event.target) && open(record) : undefined}
              customRowAttributes={(row) =>
                rowHref?.(row)
                  ? {
                      tabIndex: 0,
                      onKeyDown: (event: { key: string; target: EventTarget; currentTarget: EventTarget }) => {
                        if (event.key === 'Enter' && event.target === event.currentTarget) open(row);
                      },
                      onAuxClick: (event: MouseEvent) => {
                        const href = rowHref(row);
                        if (event.button === 1 && href && !fromControl(event.target)) window.open(keep(href));
                      },
                    }
                  : {}
              }
              rowClassName={(row) => (rowHref?.(row) ? 'tl-row-link' : undefined)}
              page={page}
              onPageChange={(next) => void setState({ page: next })}
              totalRecords={data.total}
              recordsPerPage={pageSize}
              recordsPerPageOptions={PAGE_SIZES}
              onRecordsPerPageChange={(next) => void setState({ size: next, page: 1 })}
              recordsPerPageLabel="Lines per page"
              paginationSize="sm"
              paginationText={({ from, to }) =>
                `${formatDecimal(from)} to ${formatDecimal(to)} of ${formatDecimal(data.total)}`
              }
              getPaginationControlProps={(control) => ({ 'aria-label': `${control} page` })}
            />
        )}
      </DataState>
    </Section>
  );
}
