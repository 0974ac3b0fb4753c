import type { Rng } from './random';
import { addDays, atLocal, DAY, HOUR, localDate } from './zone';

/** Times in which something does not work: systems that are down, interfaces that send nothing. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

export interface Downtime extends Window {
  readonly system: string;
  readonly announced: boolean;
}

export interface Silence extends Window {
  readonly interface: string;
  /** undefined: at all facilities */
  readonly facility: string | undefined;
}

/** Interfaces that send around the clock, so that their silence shows. */
const CAN_FALL_SILENT = ['pou-to-inventory', 'inventory-to-analytics', 'inventory-to-wms', 'edi-to-procurement', 'inventory-to-erp', 'edi-to-ap'];
const ERP_ZONE = 'America/Chicago';

export class Windows {
  private downs: Downtime[] = [];
  private silences: Silence[] = [];

  /** Plans a month at a time, as virtual time goes on. */
  planMonth(rng: Rng, from: number, rates: { erpMaintenances: number; erpOutages: number; silences: number }, facilities: readonly string[]): { downs: Downtime[]; silences: Silence[] } {
    const downs: Downtime[] = [];
    const silences: Silence[] = [];
    const count = (rate: number) => Math.floor(rate) + (rng.chance(rate % 1) ? 1 : 0);
    for (let i = 0, n = count(rates.erpMaintenances); i < n; i++) {
      let date = addDays(localDate(from, ERP_ZONE), Math.floor(((i + 0.5) * 30) / n));
      while (new Date(`${date}T00:00:00Z`).getUTCDay() !== 6) date = addDays(date, 1);
      const start = atLocal(date, 22, 0, ERP_ZONE);
      downs.push({ system: 'erp', announced: true, from: start, to: start + rng.int(2, 5) * HOUR });
    }
    for (let i = 0, n = count(rates.erpOutages); i < n; i++) {
      const start = from + rng.between(1, 29) * DAY;
      downs.push({ system: rng.pick(['erp', 'erp', 'procurement', 'accounts-payable']), announced: false, from: start, to: start + rng.between(0.6, 3.5) * HOUR });
    }
    for (let i = 0, n = count(rates.silences); i < n; i++) {
      const start = from + rng.between(2, 29) * DAY;
      silences.push({ interface: rng.pick(CAN_FALL_SILENT), facility: rng.chance(0.5) ? rng.pick(facilities) : undefined, from: start, to: start + rng.between(3, 14) * HOUR });
    }
    this.downs.push(...downs);
    this.silences.push(...silences);
    return { downs, silences };
  }

  addSilence(silence: Silence): void {
    this.silences.push(silence);
  }

  /** The downtime that the system is in; undefined where it works. */
  downtime(system: string, at: number): Downtime | undefined {
    return this.downs.find((down) => down.system === system && at >= down.from && at < down.to);
  }

  /** The silence that holds a message back. */
  silence(name: string, facility: string | undefined, at: number): Silence | undefined {
    return this.silences.find((silence) => silence.interface === name && (silence.facility === undefined || silence.facility === facility) && at >= silence.from && at < silence.to);
  }

  /** Forgets what lies long behind. */
  forget(before: number): void {
    this.downs = this.downs.filter((down) => down.to > before);
    this.silences = this.silences.filter((silence) => silence.to > before);
  }
}
