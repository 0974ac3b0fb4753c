'use client';

import ELK, { type ELK as Elk } from 'elkjs/lib/elk-api';
import { useEffect, useMemo, useState } from 'react';
import type { Drawing } from './fold';
import { elkGraph, placesOf, plainPlaces, type Places } from './places';

let engine: Elk | undefined;

/** One engine per page, in a worker of its own: a chain of 500 nodes takes a second that the page must not stand still for. */
function elk(): Elk {
  engine ??= new ELK({ workerFactory: () => new Worker(new URL('./elk.worker.ts', import.meta.url), { type: 'module' }) });
  return engine;
}

/** Past this the plain layout stays: somebody is waiting. */
const PATIENCE_MS = 15_000;

/**
 * Places of the chain's nodes. `settled` is false while the plain layout stands in for the one that is being made.
 */
export function usePlaces(drawing: Drawing): { places: Places; settled: boolean } {
  // A refresh that changes no node and no edge must not move anything.
  const shape = useMemo(() => JSON.stringify(elkGraph(drawing)), [drawing]);
  const plain = useMemo(() => plainPlaces(drawing), [drawing]);
  const [laid, setLaid] = useState<{ shape: string; places: Places } | null>(null);

  useEffect(() => {
    let left = false;
    const settle = (places: Places) => {
      if (!left) setLaid({ shape, places });
    };
    const late = setTimeout(() => settle(plain), PATIENCE_MS);
    const graph = JSON.parse(shape) as ReturnType<typeof elkGraph>;
    Promise.resolve()
      .then(() => elk().layout(graph))
      .then((result) => settle(placesOf(result)))
      // No worker to be had (an old browser, a blocked script): the plain layout is good enough to read.
      .catch(() => settle(plain))
      .finally(() => clearTimeout(late));
    return () => {
      left = true;
      clearTimeout(late);
    };
    // `plain` follows from the drawing, and its shape is what counts.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [shape]);

  return laid?.shape === shape ? { places: laid.places, settled: true } : { places: plain, settled: false };
}
