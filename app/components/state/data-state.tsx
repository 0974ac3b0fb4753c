'use client';

import { Alert, Button, Center, Group, Skeleton, Stack, Text, VisuallyHidden } from '@mantine/core';
import {
  IconAlertTriangle,
  IconDatabaseOff,
  IconFilter,
  IconInbox,
  IconLock,
  IconRefresh,
  type Icon,
} from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { Reason } from '@/server/trpc/errors';
import { formatDuration } from '../format/format';
import { useNow } from '../use-now';
import { reasonOfError } from './reason';

/** What DataState needs of a TanStack query made with `trpc.….queryOptions()`. */
export interface QueryLike<T> {
  data: T | undefined;
  error: unknown;
  isPending: boolean;
  isFetching: boolean;
  isPlaceholderData?: boolean;
  dataUpdatedAt: number;
  refetch: () => unknown;
}

const WORDS: Record<Reason, { title: string; text: string; icon: Icon; colour: string; retry: boolean }> = {
  source_down: {
    title: 'Data source down',
    text: 'The store does not answer, so nothing is known right now. This is not zero.',
    icon: IconDatabaseOff,
    colour: 'breach',
    retry: true,
  },
  narrow_range: {
    title: 'Narrow the range',
    text: 'This asks for more than one answer may hold. Choose a shorter time range or a facility.',
    icon: IconFilter,
    colour: 'watch',
    retry: false,
  },
  bad_input: {
    title: 'This link cannot be read',
    text: 'A filter in the address is not valid.',
    icon: IconAlertTriangle,
    colour: 'watch',
    retry: false,
  },
  not_allowed: {
    title: 'Not open to you',
    text: 'Your role or your facilities do not include this.',
    icon: IconLock,
    colour: 'info',
    retry: false,
  },
  signed_out: {
    title: 'Signed out',
    text: 'Your session has ended. Reload the page to sign in again.',
    icon: IconLock,
    colour: 'info',
    retry: false,
  },
  not_found: { title: 'Not found', text: 'There is no such thing here.', icon: IconInbox, colour: 'info', retry: false },
  conflict: {
    title: 'Somebody was faster',
    text: 'It was changed in the meantime. Reload to see how it stands.',
    icon: IconAlertTriangle,
    colour: 'watch',
    retry: true,
  },
  internal: {
    title: 'Something went wrong here',
    text: 'This is a defect of the product. The details are in its log.',
    icon: IconAlertTriangle,
    colour: 'breach',
    retry: true,
  },
};

export function ErrorState({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const reason = reasonOfError(error);
  const words = WORDS[reason];
  const Icon = words.icon;
  const own = error instanceof Error && ['bad_input', 'narrow_range', 'not_allowed', 'not_found', 'conflict'].includes(reason);
  return (
    <Center py="lg" px="md" role="alert" data-state={reason}>
      <Stack align="center" gap={6} maw={460}>
        <Icon size={28} aria-hidden color={`var(--tl-${words.colour})`} />
        <Text fw={600}>{words.title}</Text>
        <Text size="sm" c="dimmed" ta="center">
          {own ? error.message : words.text}
        </Text>
        {words.retry && onRetry && (
          <Button
            size="compact-sm"
            variant="default"
            leftSection={<IconRefresh size={14} aria-hidden />}
            onClick={onRetry}
          >
            Try again
          </Button>
        )}
      </Stack>
    </Center>
  );
}

export function EmptyState({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <Center py="lg" px="md" data-state="empty">
      <Stack align="center" gap={6} maw={460}>
        <IconInbox size={28} aria-hidden color="var(--mantine-color-dimmed)" />
        <Text fw={600} ta="center">
          {title}
        </Text>
        {children && (
          <Text size="sm" c="dimmed" ta="center" component="div">
            {children}
          </Text>
        )}
      </Stack>
    </Center>
  );
}

/** Shown above data that could not be refreshed: how old it is, and why. */
export function StaleNote({ since, error, onRetry }: { since: number; error: unknown; onRetry: () => void }) {
  const now = useNow(5_000);
  return (
    <Alert
      variant="light"
      p="xs"
      mb="xs"
      icon={<IconAlertTriangle size={16} aria-hidden />}
      styles={{ root: { background: 'var(--tl-watch-soft)' }, icon: { color: 'var(--tl-watch)' } }}
      data-state="stale"
      role="status"
    >
      <Group justify="space-between" gap="xs">
        <Text size="sm">
          {WORDS[reasonOfError(error)].title}. Shown as of {formatDuration(Math.max(0, now - since))} ago.
        </Text>
        <Button size="compact-xs" variant="default" onClick={onRetry}>
          Try again
        </Button>
      </Group>
    </Alert>
  );
}

/**
 * Every state of one question, each looking different from the others and from zero: loading, empty,
 * source down, narrow the range, refused, defect, and stale (older data kept while a refresh fails).
 */
export function DataState<T>({
  query,
  isEmpty,
  emptyTitle = 'Nothing in this range',
  emptyText,
  height = 160,
  children,
}: {
  query: QueryLike<T>;
  /** Says whether an answer holds nothing; leave out where zero is itself the answer. */
  isEmpty?: (data: T) => boolean;
  emptyTitle?: string;
  emptyText?: ReactNode;
  /** Pixels that loading and message states take, so that the page does not jump. */
  height?: number;
  children: (data: T) => ReactNode;
}) {
  const retry = () => void query.refetch();
  if (query.data !== undefined) {
    return (
      <>
        {query.error !== null && !query.isPlaceholderData && (
          <StaleNote since={query.dataUpdatedAt} error={query.error} onRetry={retry} />
        )}
        {isEmpty?.(query.data) ? (
          <Center mih={height}>
            <EmptyState title={emptyTitle}>{emptyText}</EmptyState>
          </Center>
        ) : (
          children(query.data)
        )}
      </>
    );
  }
  if (query.error !== null) {
    return (
      <Center mih={height}>
        <ErrorState error={query.error} onRetry={retry} />
      </Center>
    );
  }
  return (
    <div aria-busy="true" data-state="loading">
      <Skeleton height={height} radius="md" />
      <VisuallyHidden role="status">Loading</VisuallyHidden>
    </div>
  );
}
