'use client';

import { Box, Group, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { RANGE_LABELS } from '@/server/range';
import { formatTime } from './format/format';
import { useBounds } from './filters/use-bounds';
import { useFilters } from './filters/use-filters';

/** Title of a page, one line that says what it answers, and its actions. On paper it adds the filters in force. */
export function PageHeader({
  title,
  subtitle,
  actions,
}: {
  title: ReactNode;
  subtitle?: ReactNode;
  actions?: ReactNode;
}) {
  const { range, from, to, facility } = useFilters();
  const bounds = useBounds();
  const preset = range ?? bounds.defaultRange;
  const when =
    from && to
      ? `${formatTime(from, bounds.zone)} – ${formatTime(to, bounds.zone)}`
      : preset
        ? RANGE_LABELS[preset]
        : '';
  return (
    <Group justify="space-between" align="flex-end" mb="md" gap="sm">
      <Box miw={0}>
        <Title order={1}>{title}</Title>
        {subtitle && (
          <Text c="dimmed" size="sm" mt={2} component="div">
            {subtitle}
          </Text>
        )}
        <Text size="sm" className="tl-print-only">
          {when} · {facility ? bounds.nameOf(facility) : 'All facilities'} · times in {bounds.zone}
        </Text>
      </Box>
      {actions && (
        <Group gap="xs" className="tl-no-print">
          {actions}
        </Group>
      )}
    </Group>
  );
}
