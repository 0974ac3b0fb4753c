'use client';

import { Box, Group, Skeleton, Text, ThemeIcon } from '@mantine/core';
import { IconChevronRight } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { FilterLink } from './filters/filter-link';
import { MEANING_ICON, StateBadge } from './state/state-badge';
import { meaningOf } from './state/state';

export interface FigureProps {
  /** What is counted, in the field's own words. */
  label: string;
  /**
   * The figure as text (from format.ts) or an element. `null`: it is unknown, and says so; zero is
   * `'0'`. `undefined`: still loading.
   */
  value: ReactNode | null | undefined;
  unit?: string;
  /** How many lines stand behind it, as text: `of 1,204 lines`. */
  n?: ReactNode;
  /** A comparison, target or explanation below. */
  hint?: ReactNode;
  /** Where the lines behind it are listed. The filters are kept. */
  href?: string;
  /** ok, watch, breach, unknown or any state of the house; shown as icon and word. */
  state?: string;
  stateLabel?: string;
  /** Why it is unknown, when it is. */
  why?: string;
}

/** One figure of a page. With `href` the whole card opens the lines behind it. */
export function Figure({ label, value, unit, n, hint, href, state, stateLabel, why }: FigureProps) {
  const body = (
    <Box p="sm" h="100%">
      <Group justify="space-between" wrap="nowrap" gap={4} align="flex-start">
        <Text size="sm" c="dimmed" fw={500} lh={1.3}>
          {label}
        </Text>
        {href && <IconChevronRight size={16} aria-hidden color="var(--mantine-color-dimmed)" />}
      </Group>
      {value === undefined ? (
        <Skeleton height={30} mt={6} width="60%" aria-label="Loading" />
      ) : value === null ? (
        <Group gap={6} mt={4} data-state="unknown">
          <ThemeIcon size="sm" variant="transparent" style={{ color: 'var(--tl-unknown)' }}>
            <MEANING_ICON.unknown size={18} aria-hidden />
          </ThemeIcon>
          <Text fz={20} className="tl-unknown-text">
            unknown
          </Text>
        </Group>
      ) : (
        <Text fz={26} fw={650} lh={1.25} mt={2} component="div" style={{ overflowWrap: 'anywhere' }}>
          {value}
          {unit && (
            <Text span size="sm" c="dimmed" fw={500} ml={4}>
              {unit}
            </Text>
          )}
        </Text>
      )}
      {value === null && why && (
        <Text size="xs" c="dimmed">
          {why}
        </Text>
      )}
      {((n && value !== null && value !== undefined) || hint || (state && value !== undefined)) && (
        <Group gap={8} mt={4} wrap="wrap">
          {state && value !== null && value !== undefined && (
            <StateBadge state={state} meaning={meaningOf(state)} label={stateLabel} size="sm" />
          )}
          {n && value !== null && value !== undefined && (
            <Text size="xs" c="dimmed" component="span">
              {n}
            </Text>
          )}
          {hint && (
            <Text size="xs" c="dimmed" component="span">
              {hint}
            </Text>
          )}
        </Group>
      )}
    </Box>
  );
  if (!href) return <div className="tl-card">{body}</div>;
  return (
    <FilterLink href={href} className="tl-card tl-card-link">
      {body}
    </FilterLink>
  );
}

/** Figures side by side, as many as fit. */
export function FigureRow({ children }: { children: ReactNode }) {
  return (
    <Box mb="md" style={{ display: 'grid', gap: 12, gridTemplateColumns: 'repeat(auto-fit, minmax(min(150px, 100%), 1fr))' }}>
      {children}
    </Box>
  );
}
