import { DEFAULT_FAULT_RATES, type FaultRates } from './fault-rates';

export interface SimulationOptions {
  readonly seed: string;
  /** Days of history before `until`. */
  readonly days: number;
  /** End of the history, milliseconds since 1970. Part of what makes two runs equal. */
  readonly until: number;
  /** Last virtual instant that is generated; Infinity goes on for ever. */
  readonly to: number;
  /** Hospitals by code, or how many. */
  readonly facilities: readonly string[] | number;
  /** Multiplies what the hospitals use; stock levels follow. */
  readonly volume: number;
  readonly rates: FaultRates;
  /** Whether the truth is kept (in memory). */
  readonly truth: boolean;
}

export const DEFAULT_SEED = '1';
export const DEFAULT_DAYS = 35;
/** Events per second of one hospital at volume 1, as generated (mean over a week). */
export const EVENTS_PER_SECOND_PER_HOSPITAL = 0.0125;

/** Fills in what is left out. `until` defaults to the full hour, so that a run beside another one agrees with it. */
export function simulationOptions(given: Partial<SimulationOptions> = {}): SimulationOptions {
  const until = given.until ?? Math.floor(Date.now() / 3_600_000) * 3_600_000;
  return {
    seed: given.seed ?? DEFAULT_SEED,
    days: given.days ?? DEFAULT_DAYS,
    until,
    to: given.to ?? until,
    facilities: given.facilities ?? 4,
    volume: given.volume ?? 1,
    rates: given.rates ?? DEFAULT_FAULT_RATES,
    truth: given.truth ?? true,
  };
}
