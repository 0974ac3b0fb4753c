'use client';

import { useSyncExternalStore } from 'react';

/*
 * One clock per interval for the whole page: a table of a hundred ages must not run a hundred timers.
 */
interface Clock {
  now: number;
  listeners: Set<() => void>;
  timer: ReturnType<typeof setInterval> | undefined;
}

const clocks = new Map<number, Clock>();

function clockOf(intervalMs: number): Clock {
  let clock = clocks.get(intervalMs);
  if (!clock) {
    clock = { now: Date.now(), listeners: new Set(), timer: undefined };
    clocks.set(intervalMs, clock);
  }
  return clock;
}

function subscribe(intervalMs: number, listener: () => void): () => void {
  const clock = clockOf(intervalMs);
  clock.listeners.add(listener);
  if (clock.timer === undefined) {
    clock.now = Date.now();
    clock.timer = setInterval(() => {
      clock.now = Date.now();
      clock.listeners.forEach((notify) => notify());
    }, intervalMs);
  }
  return () => {
    clock.listeners.delete(listener);
    if (clock.listeners.size === 0) {
      clearInterval(clock.timer);
      clock.timer = undefined;
    }
  };
}

const subscribers = new Map<number, (listener: () => void) => () => void>();

function subscriber(intervalMs: number): (listener: () => void) => () => void {
  let found = subscribers.get(intervalMs);
  if (!found) {
    found = (listener) => subscribe(intervalMs, listener);
    subscribers.set(intervalMs, found);
  }
  return found;
}

/** Milliseconds since the epoch, renewed at least every `intervalMs`. */
export function useNow(intervalMs: number): number {
  const read = () => {
    const clock = clockOf(intervalMs);
    // Nobody keeps an unwatched clock going (a first render, the server): set it when it is read.
    if (clock.timer === undefined && Date.now() - clock.now > intervalMs) clock.now = Date.now();
    return clock.now;
  };
  return useSyncExternalStore(subscriber(intervalMs), read, read);
}
