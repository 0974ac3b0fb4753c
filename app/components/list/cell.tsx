'use client';

import type { ListColumn, ListRow } from '@/server/lists/columns';
import { formatDecimal, type Instant } from '../format/format';
import { Day, Duration, Money, ObjectLink, Percent, Quantity, Time, Unknown } from '../format/values';
import { StateBadge } from '../state/state-badge';

const text = (value: unknown): string | null =>
  value === null || value === undefined || value === '' ? null : String(value);

/** One cell as its column's kind says. */
export function ListCell({
  column,
  row,
  zoneOf,
  nameOf,
}: {
  column: ListColumn;
  row: ListRow;
  zoneOf: (facility: string | null | undefined) => string;
  nameOf: (facility: string) => string;
}) {
  const value = row[column.key];
  switch (column.kind) {
    case 'integer': {
      const shown = formatDecimal(text(value), 0, 0);
      return shown === null ? <Unknown /> : <>{shown}</>;
    }
    case 'decimal':
      return <Quantity value={text(value)} uom={column.uomKey ? text(row[column.uomKey]) : null} />;
    case 'money':
      return <Money amount={text(value)} currency={column.currencyKey ? text(row[column.currencyKey]) : null} />;
    case 'time': {
      const zone = column.zoneKey ? text(row[column.zoneKey]) : zoneOf(text(row.facility));
      return <Time value={value as Instant | null | undefined} zone={zone} />;
    }
    case 'date':
      return <Day value={value instanceof Date ? value : text(value)} />;
    case 'duration':
      return <Duration ms={text(value) === null ? null : Number(value)} />;
    case 'percent':
      return <Percent ratio={text(value)} />;
    case 'state':
      return <StateBadge state={text(value)} size="sm" />;
    case 'object': {
      const type = column.objectType ?? (column.objectTypeKey ? text(row[column.objectTypeKey]) : null);
      const id = text(value);
      return type ? <ObjectLink type={type} id={id} /> : <>{id}</>;
    }
    case 'facility': {
      const id = text(value);
      return id ? <>{nameOf(id)}</> : <Unknown label="none" />;
    }
    case 'text':
      return <>{Array.isArray(value) ? value.join(', ') : text(value)}</>;
  }
}

export const RIGHT_ALIGNED = new Set(['integer', 'decimal', 'money', 'duration', 'percent']);
