'use client';

import { BarChart, DonutChart, LineChart } from '@mantine/charts';
import { Box, Group, Text, VisuallyHidden } from '@mantine/core';
import { useMemo } from 'react';
import { Text as ChartText } from 'recharts';
import type { Step } from '@/server/range';
import { FilterLink } from '../filters/filter-link';
import { formatCompact, formatDecimal } from '../format/format';
import { bucketText, numeric, seriesColor, tickText, withGaps, type Row, type Series } from './prepare';

const AXIS = { fontSize: 11, fill: 'var(--tl-chart-text)' };

function Legend({ series }: { series: readonly Series[] }) {
  if (series.length < 2) return null;
  return (
    <Group gap="md" mb={6} component="ul" p={0} m={0} style={{ listStyle: 'none' }}>
      {series.map((item, index) => (
        <Group key={item.key} gap={6} component="li">
          <Box w={10} h={10} style={{ background: seriesColor(item, index), borderRadius: 2 }} aria-hidden />
          <Text size="xs">{item.label}</Text>
        </Group>
      ))}
    </Group>
  );
}

interface TimeChartProps {
  rows: readonly Row[];
  /** Key of the bucket's start in each row (instant). */
  timeKey?: string;
  series: readonly Series[];
  /** Width of the buckets, so that missing ones are seen. */
  step?: Step;
  from?: Date;
  to?: Date;
  /** IANA zone of the axis, named below it. */
  zone: string;
  unit?: string;
  height?: number;
  /** 'gap' (default): a bucket without a row is a hole; 'zero': counts that would have been recorded. */
  missing?: 'gap' | 'zero';
  /** Says in words what the chart shows, for those who do not see it. */
  description: string;
  format?: (value: number) => string;
  /** Ends of the value axis; without it the axis begins at zero. For shares that all lie near 100 %. */
  domain?: [number | 'auto', number | 'auto'];
}

function useTime({ rows, timeKey = 'time', series, step, from, to, zone, missing = 'gap' }: TimeChartProps) {
  const data = useMemo(
    () => withGaps(rows, timeKey, series, { step, from, to, missing }),
    [rows, timeKey, series, step, from, to, missing],
  );
  const span = data.length > 1 ? (data[data.length - 1]?.at ?? 0) - (data[0]?.at ?? 0) : 0;
  return {
    data,
    xAxisProps: {
      tickFormatter: (at: number) => tickText(at, zone, step, span),
      minTickGap: 32,
      tick: AXIS,
    },
    tooltipProps: { labelFormatter: (at: unknown) => bucketText(Number(at), zone, step) },
    series: series.map((item, index) => ({
      name: item.key,
      label: item.label,
      color: seriesColor(item, index),
    })),
  };
}

/** Counts have no halves, and neither has their axis. */
const areWhole = (rows: readonly Row[], series: readonly Series[]): boolean => rows.every((row) => series.every(({ key }) => Number.isInteger(numeric(row[key]) ?? 0)));

const shared = (format: ((value: number) => string) | undefined, whole: boolean) => ({
  gridColor: 'var(--tl-chart-grid)',
  textColor: 'var(--tl-chart-text)',
  valueFormatter: format ?? ((value: number) => formatDecimal(value) ?? ''),
  yAxisProps: { width: 52, tick: AXIS, allowDecimals: !whole, tickFormatter: (value: number) => (format ? format(value) : (formatCompact(value) ?? '')) },
  withLegend: false,
});

function ZoneNote({ zone, unit }: { zone: string; unit?: string }) {
  return (
    <Text size="xs" c="dimmed" ta="right">
      {unit ? `${unit} · ` : ''}times in {zone}
    </Text>
  );
}

/** Lines over time; a hole in the data is a hole in the line. */
export function TimeSeries(props: TimeChartProps) {
  const { data, series, xAxisProps, tooltipProps } = useTime(props);
  const values = shared(props.format, areWhole(props.rows, props.series));
  return (
    <figure style={{ margin: 0 }}>
      <Legend series={props.series} />
      <LineChart
        h={props.height ?? 220}
        data={data}
        dataKey="at"
        series={series}
        curveType="linear"
        connectNulls={false}
        withDots={data.length < 40}
        dotProps={{ r: 2.5 }}
        xAxisProps={xAxisProps}
        tooltipProps={tooltipProps}
        {...values}
        yAxisProps={{ ...values.yAxisProps, ...(props.domain ? { domain: props.domain } : {}) }}
      />
      <ZoneNote zone={props.zone} unit={props.unit} />
      <VisuallyHidden component="figcaption">{props.description}</VisuallyHidden>
    </figure>
  );
}

/** Stacked bars over time: parts of a whole per bucket. */
export function StackedBars(props: TimeChartProps) {
  const { data, series, xAxisProps, tooltipProps } = useTime({ missing: 'zero', ...props });
  return (
    <figure style={{ margin: 0 }}>
      <Legend series={props.series} />
      <BarChart
        h={props.height ?? 220}
        data={data}
        dataKey="at"
        type="stacked"
        series={series}
        maxBarWidth={28}
        xAxisProps={xAxisProps}
        tooltipProps={tooltipProps}
        {...shared(props.format, areWhole(props.rows, props.series))}
      />
      <ZoneNote zone={props.zone} unit={props.unit} />
      <VisuallyHidden component="figcaption">{props.description}</VisuallyHidden>
    </figure>
  );
}

/** Name of a category that leads to the lines behind its bar. */
function LinkedTick({ x, y, width, payload, hrefOf }: { x?: number | string; y?: number | string; width?: number | string; payload?: { value?: unknown; index?: number }; hrefOf: (index: number) => string | null }) {
  const name = String(payload?.value ?? '');
  const href = payload?.index === undefined ? null : hrefOf(payload.index);
  const text = (
    <ChartText x={Number(x)} y={Number(y)} width={Number(width) - 10} textAnchor="end" verticalAnchor="middle" fontSize={AXIS.fontSize} fill={href ? 'var(--mantine-color-anchor)' : AXIS.fill}>{name}</ChartText>
  );
  return href ? <FilterLink href={href}>{text}</FilterLink> : text;
}

/** Horizontal bars per category, in the order given. */
export function Bars({
  rows,
  labelKey,
  series,
  unit,
  height,
  stacked = false,
  description,
  format,
  hrefOf,
}: {
  rows: readonly Row[];
  /** Key of the category's name. */
  labelKey: string;
  series: readonly Series[];
  unit?: string;
  height?: number;
  stacked?: boolean;
  description: string;
  format?: (value: number) => string;
  /** Where the lines behind a bar are listed. */
  hrefOf?: (row: Row) => string | null;
}) {
  const data = rows.map((row) => {
    const point: Record<string, string | number | null> = { label: String(row[labelKey] ?? 'unknown') };
    for (const { key } of series) point[key] = numeric(row[key]);
    return point;
  });
  const longest = Math.max(4, ...data.map((point) => String(point.label).length));
  const width = Math.min(170, 16 + longest * 6.5);
  const { yAxisProps: { tickFormatter, allowDecimals }, ...rest } = shared(format, areWhole(rows, series));
  return (
    <figure style={{ margin: 0 }}>
      <Legend series={series} />
      <BarChart
        h={height ?? Math.max(120, 40 + data.length * 30)}
        data={data}
        dataKey="label"
        orientation="vertical"
        type={stacked ? 'stacked' : 'default'}
        series={series.map((item, index) => ({
          name: item.key,
          label: item.label,
          color: seriesColor(item, index),
        }))}
        maxBarWidth={22}
        gridAxis="y"
        yAxisProps={{ width, tick: hrefOf ? <LinkedTick width={width} hrefOf={(index) => (rows[index] ? hrefOf(rows[index]) : null)} /> : AXIS, interval: 0 }}
        xAxisProps={{ tick: AXIS, tickFormatter, allowDecimals }}
        {...rest}
      />
      {unit && (
        <Text size="xs" c="dimmed" ta="right">
          {unit}
        </Text>
      )}
      <VisuallyHidden component="figcaption">{description}</VisuallyHidden>
    </figure>
  );
}

/** Parts of a whole, few of them; the legend carries names and numbers, so no colour stands alone. */
export function Donut({
  parts,
  description,
  format,
  size = 160,
}: {
  parts: readonly { label: string; value: number; color?: string }[];
  description: string;
  format?: (value: number) => string;
  size?: number;
}) {
  const text = format ?? ((value: number) => formatDecimal(value) ?? '');
  const data = parts.map((part, index) => ({
    name: part.label,
    value: part.value,
    color: seriesColor({ key: part.label, label: part.label, color: part.color }, index),
  }));
  return (
    <figure style={{ margin: 0 }}>
      <Group gap="lg" align="center">
        <DonutChart data={data} size={size} thickness={22} valueFormatter={text} tooltipDataSource="segment" strokeWidth={1} strokeColor="var(--tl-surface)" />
        <Box component="ul" p={0} m={0} style={{ listStyle: 'none' }}>
          {data.map((part) => (
            <Group key={part.name} gap={8} component="li">
              <Box w={10} h={10} style={{ background: part.color, borderRadius: 2 }} aria-hidden />
              <Text size="sm">
                {part.name}: <b>{text(part.value)}</b>
              </Text>
            </Group>
          ))}
        </Box>
      </Group>
      <VisuallyHidden component="figcaption">{description}</VisuallyHidden>
    </figure>
  );
}
