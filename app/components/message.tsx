'use client';

import { Button, Center, Stack, Text, Title } from '@mantine/core';
import { IconAlertTriangle, IconLock, IconMapOff } from '@tabler/icons-react';
import Link from 'next/link';
import type { ReactNode } from 'react';

const ICONS = { 'not-allowed': IconLock, 'not-found': IconMapOff, error: IconAlertTriangle };

/** A whole page that says one thing and where to go from here. */
export function Message({
  kind,
  title,
  children,
  action,
  onRetry,
}: {
  kind: keyof typeof ICONS;
  title: string;
  children: ReactNode;
  action?: { href: string; label: string };
  onRetry?: () => void;
}) {
  const Icon = ICONS[kind];
  return (
    <Center mih="60vh" p="md" data-state={kind}>
      <Stack align="center" gap="sm" maw={480} ta="center">
        <Icon size={40} stroke={1.5} aria-hidden color="var(--mantine-color-dimmed)" />
        <Title order={1}>{title}</Title>
        <Text c="dimmed">{children}</Text>
        {onRetry && <Button onClick={onRetry}>Try again</Button>}
        {action && (
          <Button component={Link} href={action.href} variant={onRetry ? 'default' : 'filled'}>
            {action.label}
          </Button>
        )}
      </Stack>
    </Center>
  );
}
