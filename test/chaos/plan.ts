// What goes wrong in a round, and when: a function of the seed.
import type { Rng } from '../../ingest/simulator/random';
import { STORE_FAULTS, type StoreFault } from './proxy';

export const KINDS = ['listener', 'listener-ends', 'nats', 'engine', 'store', 'disk', 'disk-full'] as const;
export type Kind = (typeof KINDS)[number];

/** One thing that goes wrong. Times in milliseconds. */
export interface Step {
  readonly kind: Kind;
  /** Pause before it. */
  readonly after: number;
  /** It waits for the next insert into the log and strikes this long after that began; undefined: strikes at once. */
  readonly intoInsert: number | undefined;
  /** How long what was killed stays away, or the fault lasts. */
  readonly lasts: number;
  readonly listener: number;
  /** Of a disk that is full to the last byte: the engine is killed this long after, and comes back while it is full. */
  readonly killAfter: number | undefined;
  readonly fault: StoreFault;
}

export interface Plan {
  readonly listeners: number;
  readonly steps: readonly Step[];
  /** The match is kept up meanwhile, as a running product does. */
  readonly keepEvery: number;
}

/** Each kind comes about as often as another; `n` counts rounds, so that few rounds see them all, too. */
export function planOf(rng: Rng, n: number): Plan {
  const listeners = rng.chance(0.4) ? 2 : 1;
  const count = rng.int(2, 4);
  const steps = Array.from({ length: count }, (_, i): Step => {
    const kind = i < 2 ? KINDS[(n * 2 + i) % KINDS.length] : rng.pick(KINDS);
    return {
      kind: kind ?? 'listener', after: rng.int(50, 900), intoInsert: rng.chance(0.6) ? rng.int(0, 60) : undefined, lasts: rng.int(20, 700),
      listener: rng.int(0, listeners - 1), fault: rng.pick(STORE_FAULTS), killAfter: rng.chance(0.5) ? rng.int(0, 400) : undefined,
    };
  });
  return { listeners, steps, keepEvery: rng.int(1_500, 4_000) };
}
