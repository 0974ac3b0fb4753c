'use client';

import { Anchor, Text, Tooltip } from '@mantine/core';
import type { ReactNode } from 'react';
import { FilterLink } from '../filters/filter-link';
import { useNow } from '../use-now';
import {
  formatDay,
  formatDecimal,
  formatDuration,
  formatMoney,
  formatPercent,
  formatTime,
  timeParts,
  toDate,
  type DecimalText,
  type Instant,
} from './format';

/** What is not known, said in a word: never an empty cell, never a zero. */
export function Unknown({ why, label = 'unknown' }: { why?: string; label?: string }) {
  const text = (
    <span className="tl-unknown-text" tabIndex={why ? 0 : undefined}>
      {label}
    </span>
  );
  return why ? <Tooltip label={why}>{text}</Tooltip> : text;
}

/** An amount in its currency. `compact` shortens from 100,000 on, with the exact amount on hover. */
export function Money({
  amount,
  currency,
  compact = false,
  why,
}: {
  amount: DecimalText;
  currency: string | null | undefined;
  compact?: boolean;
  /** Why it is unknown, when it is. */
  why?: string;
}) {
  const text = formatMoney(amount, currency, compact);
  if (text === null) return <Unknown why={why ?? 'The source did not say the amount.'} />;
  const exact = formatMoney(amount, currency);
  return (
    <Tooltip label={exact} disabled={exact === text}>
      <span className="tl-number">{text}</span>
    </Tooltip>
  );
}

/** A quantity with its unit of measure, as many places as it has (at most four). */
export function Quantity({ value, uom, why }: { value: DecimalText; uom?: string | null; why?: string }) {
  const text = formatDecimal(value);
  if (text === null) return <Unknown why={why ?? 'The source did not say the quantity.'} />;
  return (
    <span className="tl-number">
      {text}
      {uom ? ` ${uom}` : ''}
    </span>
  );
}

/** A ratio 0…1 as a percentage. */
export function Percent({ ratio, places = 1 }: { ratio: DecimalText; places?: number }) {
  const text = formatPercent(ratio, places);
  return text === null ? <Unknown /> : <span className="tl-number">{text}</span>;
}

/** An instant in the facility's zone, named by its abbreviation; UTC on hover. */
export function Time({
  value,
  zone = 'UTC',
  seconds = false,
}: {
  value: Instant | null | undefined;
  /** IANA zone of the facility. */
  zone?: string | null;
  seconds?: boolean;
}) {
  const parts = timeParts(value, zone || 'UTC', seconds);
  const date = toDate(value);
  if (!parts || !date) return <Unknown />;
  return (
    <Tooltip label={`${formatTime(date, 'UTC', true)} · ${zone || 'UTC'}`}>
      <time dateTime={date.toISOString()} style={{ whiteSpace: 'nowrap' }}>
        {parts.date} {parts.time}{' '}
        <Text span c="dimmed" size="xs">
          {parts.zone}
        </Text>
      </time>
    </Tooltip>
  );
}

/** A calendar date, without zone. */
export function Day({ value }: { value: string | Date | null | undefined }) {
  const text = formatDay(value);
  return text === null ? <Unknown /> : <span style={{ whiteSpace: 'nowrap' }}>{text}</span>;
}

export function Duration({ ms }: { ms: number | null | undefined }) {
  const text = formatDuration(ms);
  return text === null ? <Unknown /> : <span className="tl-number">{text}</span>;
}

/** How long ago, counting on while the page is open. */
export function Age({ since, zone = 'UTC' }: { since: Instant | null | undefined; zone?: string | null }) {
  const now = useNow(30_000);
  const date = toDate(since);
  if (!date) return <Unknown />;
  return (
    <Tooltip label={formatTime(date, zone || 'UTC')}>
      <time dateTime={date.toISOString()} className="tl-number" suppressHydrationWarning>
        {formatDuration(now - date.getTime())}
      </time>
    </Tooltip>
  );
}

/** Where an object's chain is shown. */
export function objectHref(type: string, id: string): string {
  return `/lineage/${encodeURIComponent(type)}/${encodeURIComponent(id)}`;
}

/** A document, item or any other object: leads to its chain and keeps the filters. */
export function ObjectLink({
  type,
  id,
  children,
}: {
  type: string;
  id: string | null | undefined;
  children?: ReactNode;
}) {
  if (!id) return <Unknown label="none" />;
  return (
    <Anchor component={FilterLink} href={objectHref(type, id)} ff="monospace" size="sm" inherit>
      {children ?? id}
    </Anchor>
  );
}
