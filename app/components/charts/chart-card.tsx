'use client';

import type { ReactNode } from 'react';
import { Section } from '../section';
import { DataState, type QueryLike } from '../state/data-state';

/** A chart on its card, with the loading, empty, error and stale treatment that all charts share. */
export function ChartCard<T>({
  title,
  subtitle,
  actions,
  query,
  isEmpty,
  emptyTitle,
  emptyText,
  height = 240,
  children,
}: {
  title: ReactNode;
  /** What the axes mean, or how the figure is made. */
  subtitle?: ReactNode;
  actions?: ReactNode;
  query: QueryLike<T>;
  isEmpty?: (data: T) => boolean;
  emptyTitle?: string;
  emptyText?: ReactNode;
  height?: number;
  children: (data: T) => ReactNode;
}) {
  return (
    <Section title={title} subtitle={subtitle} actions={actions}>
      <DataState query={query} isEmpty={isEmpty} emptyTitle={emptyTitle} emptyText={emptyText} height={height}>
        {children}
      </DataState>
    </Section>
  );
}
