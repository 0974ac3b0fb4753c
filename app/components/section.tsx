'use client';

import { Box, Group, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';

/** A titled part of a page on its own surface. */
export function Section({
  title,
  subtitle,
  actions,
  children,
  flush = false,
}: {
  title: ReactNode;
  subtitle?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
  /** No padding around the content: for tables. */
  flush?: boolean;
}) {
  return (
    <Box component="section" className="tl-card" mb="md">
      <Group justify="space-between" align="flex-start" px="md" pt="sm" pb="xs" gap="xs">
        <Box miw={0}>
          <Title order={2}>{title}</Title>
          {subtitle && (
            <Text size="sm" c="dimmed" component="div">
              {subtitle}
            </Text>
          )}
        </Box>
        {actions && (
          <Group gap="xs" maw="100%" className="tl-no-print">
            {actions}
          </Group>
        )}
      </Group>
      <Box px={flush ? 0 : 'md'} pb={flush ? 0 : 'md'}>
        {children}
      </Box>
    </Box>
  );
}
