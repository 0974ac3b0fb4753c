'use client';

import { Box, Text } from '@mantine/core';
import type { ListRow } from '@/server/lists/columns';
import { formatPercent } from '../components/format/format';
import { ListTable } from '../components/list/list-table';
import { StateBadge } from '../components/state/state-badge';

const WIDTH = 96;
const HEIGHT = 24;

/** Shares of perfect invoices by month, 0 to 100 %; a month without one is a hole in the line. */
function Trend({ trend }: { trend: readonly string[] }) {
  const months = trend.map((each) => ({ month: each.slice(0, 7), share: each.length > 7 ? Number(each.slice(8)) : null }));
  const known = months.filter((each) => each.share !== null);
  if (known.length === 0) return <span className="tl-unknown-text">no invoice judged</span>;
  const x = (n: number) => (months.length === 1 ? WIDTH / 2 : 3 + (n * (WIDTH - 6)) / (months.length - 1));
  const y = (share: number) => HEIGHT - 3 - share * (HEIGHT - 6);
  const lines: string[] = [];
  months.forEach(({ share }, n) => {
    if (share === null) return;
    const joined = months[n - 1]?.share !== null && n > 0;
    lines.push(`${joined ? 'L' : 'M'}${x(n).toFixed(1)} ${y(share).toFixed(1)}`);
  });
  const words = months.map(({ month, share }) => `${month}: ${share === null ? 'none' : formatPercent(share, 0)}`).join(', ');
  return (
      <svg width={WIDTH} height={HEIGHT} role="img" aria-label={`Perfect invoices by month: ${words}`}>
        <title>{words}</title>
        <path d={lines.join(' ')} fill="none" stroke="var(--tl-chart-1)" strokeWidth={1.5} />
        {months.map(({ month, share }, n) => (share === null ? null : <circle key={month} cx={x(n)} cy={y(share)} r={2} fill="var(--tl-chart-1)" />))}
      </svg>
  );
}

/** A change of a share in points, with its direction in words. */
function Change({ value }: { value: string | null }) {
  if (value === null) return <span className="tl-unknown-text">nothing before</span>;
  const points = Number(value) * 100;
  const shown = `${points > 0 ? '+' : points < 0 ? '−' : ''}${Math.abs(points).toFixed(1)} pt`;
  if (Math.abs(points) < 0.05) return <StateBadge size="sm" state="info" label="As before" />;
  return <StateBadge size="sm" state={points > 0 ? 'ok' : 'breach'} label={shown} />;
}

function cell(key: string, row: ListRow) {
  if (key === 'trend') return <Trend trend={Array.isArray(row.trend) ? row.trend.map(String) : []} />;
  if (key === 'perfect_change') return <Change value={row.perfect_change === null || row.perfect_change === undefined ? null : String(row.perfect_change)} />;
  if ((key === 'perfect_share' || key === 'perfect_share_before') && row[key] === null) return <span className="tl-unknown-text">none judged</span>;
  if (key === 'price_accuracy' && row.price_accuracy === null) return <span className="tl-unknown-text">no contract line</span>;
  if (key === 'price_accuracy') return <Box component="span">{formatPercent(String(row.price_accuracy))} <Text span size="xs" c="dimmed">of {String(row.contract_lines)}</Text></Box>;
  return undefined;
}

/** How well each supplier invoices: in the range, against the span before it, and month by month. */
export function Suppliers() {
  return (
    <ListTable
      list="invoices.suppliers" prefix="s" title="Supplier scorecard" subtitle="a row per supplier and currency, the most mismatches first; open one for its invoice lines" emptyTitle="No invoice in this range"
      rowHref={(row) => `/invoices?${new URLSearchParams({ view: 'all', supplier: String(row.supplier) })}#lines`} renderCell={cell}
    />
  );
}
