'use client';

import { Badge, Tooltip, UnstyledButton } from '@mantine/core';
import { IconBolt, IconClockExclamation, IconPlayerPause, IconPlugConnectedX, type Icon } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { createContext, useContext, useEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import { useTRPCClient } from '@/app/trpc/react';
import { formatDuration } from './format/format';
import { useNow } from './use-now';

/** At most one refresh of the page in this time. */
const REFRESH_MS = 4_000;
/** A page whose questions take long asks less often: it rests this many times as long as it worked. */
const REST_FACTOR = 4;
/** Without an event for this long a page says how old its newest is. */
export const STALE_MS = 60_000;
/** Heartbeats come every 5 s. */
const LOST_MS = 20_000;

/** Longer than a server keeps an idle connection (5 s), so that asking again never holds up one that stops. */
const RECONNECT_MS = 7_000;

interface Live {
  newest: Date | null;
  up: boolean;
  /** When the server last spoke; null before it did. */
  heardAt: number | null;
  paused: boolean;
  setPaused: (paused: boolean) => void;
}

const LiveContext = createContext<Live | null>(null);

/**
 * Keeps the queries of the page in step with the log: when an event has been recorded, the queries
 * that are on screen are asked again. A query with `meta: { live: false }` is left alone.
 */
export function LiveProvider({ children }: { children: ReactNode }) {
  const trpcClient = useTRPCClient();
  const client = useQueryClient();
  const [paused, setPaused] = useState(false);
  const [state, setState] = useState<{ newest: Date | null; up: boolean; heardAt: number } | null>(null);
  const due = useRef(false);
  const notBefore = useRef(0);
  const seen = useRef<string | null>(null);

  useEffect(() => {
    let subscription: { unsubscribe: () => void } | undefined;
    let retry: ReturnType<typeof setTimeout> | undefined;
    const connect = () => {
      subscription = trpcClient.live.changes.subscribe(undefined, {
        onData: (data) => {
          setState({ newest: data.newest, up: data.up, heardAt: Date.now() });
          const mark = `${data.up}|${data.newest?.getTime() ?? 0}`;
          if (seen.current !== null && seen.current !== mark) due.current = true;
          seen.current = mark;
        },
        // A server that stops ends the feed in good order, and the link then stays quiet: ask again.
        onComplete: again,
        onError: again,
      });
    };
    const again = () => {
      clearTimeout(retry);
      retry = setTimeout(connect, RECONNECT_MS);
    };
    connect();
    return () => {
      clearTimeout(retry);
      subscription?.unsubscribe();
    };
  }, [trpcClient]);

  useEffect(() => {
    if (paused) return;
    let stopped = false;
    const timer = setInterval(() => {
      if (!due.current || document.hidden || Date.now() < notBefore.current) return;
      due.current = false;
      const started = Date.now();
      notBefore.current = Number.POSITIVE_INFINITY;
      void client
        .invalidateQueries({
          refetchType: 'active',
          predicate: (query) => query.meta?.live !== false,
        })
        .finally(() => {
          if (stopped) return;
          const took = Date.now() - started;
          notBefore.current = Date.now() + Math.max(REFRESH_MS, took * REST_FACTOR);
        });
    }, 500);
    return () => {
      stopped = true;
      notBefore.current = 0;
      clearInterval(timer);
    };
  }, [client, paused]);

  const value = useMemo<Live>(
    () => ({
      newest: state?.newest ?? null,
      up: state?.up ?? true,
      heardAt: state?.heardAt ?? null,
      paused,
      setPaused,
    }),
    [state, paused],
  );
  return <LiveContext.Provider value={value}>{children}</LiveContext.Provider>;
}

/** How the page stands to the log. Only inside the shell. */
export function useLive(): Live {
  const live = useContext(LiveContext);
  if (!live) throw new Error('useLive is used outside LiveProvider');
  return live;
}

/** Live, stale (with the age of the newest event), paused, source down or disconnected; pressing it pauses. */
export function LiveIndicator() {
  const { newest, up, heardAt, paused, setPaused } = useLive();
  const now = useNow(1_000);
  const age = newest ? now - newest.getTime() : null;
  let word: string;
  let note: string;
  let Icon: Icon = IconBolt;
  let colour = 'ok';
  if (heardAt === null) {
    word = 'Connecting';
    note = 'Waiting for the first sign of the server.';
    Icon = IconPlugConnectedX;
    colour = 'unknown';
  } else if (now - heardAt > LOST_MS) {
    word = 'Disconnected';
    note = `The server has not been heard for ${formatDuration(now - heardAt)}.`;
    Icon = IconPlugConnectedX;
    colour = 'breach';
  } else if (!up) {
    word = 'Source down';
    note = 'The store does not answer. What is shown is from before.';
    Icon = IconPlugConnectedX;
    colour = 'breach';
  } else if (paused) {
    word = 'Paused';
    note = 'The page keeps still. Press to go on.';
    Icon = IconPlayerPause;
    colour = 'info';
  } else if (age === null) {
    word = 'No events';
    note = 'Nothing has been recorded yet.';
    Icon = IconClockExclamation;
    colour = 'unknown';
  } else if (age > STALE_MS) {
    word = `Stale, ${formatDuration(age)}`;
    note = 'The newest event was recorded that long ago. Press to pause.';
    Icon = IconClockExclamation;
    colour = 'watch';
  } else {
    word = 'Live';
    note = `Newest event recorded ${formatDuration(Math.max(0, age))} ago. Press to pause.`;
  }
  return (
    <Tooltip label={note}>
      <UnstyledButton onClick={() => setPaused(!paused)} aria-pressed={paused} aria-label={`${word}. ${note}`}>
        <Badge
          variant="light"
          radius="sm"
          leftSection={<Icon size={13} aria-hidden />}
          styles={{
            root: { background: `var(--tl-${colour}-soft)`, color: `var(--tl-${colour})`, cursor: 'pointer', height: 26 },
          }}
        >
          {word}
        </Badge>
      </UnstyledButton>
    </Tooltip>
  );
}
