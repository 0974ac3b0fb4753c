import { Disturbance } from './disturbance';
import { HandOvers } from './handover';
import type { SimulationOptions } from './options';
import { Outbox, type Draft } from './outbox';
import { Rng } from './random';
import { Scheduler } from './scheduler';
import { Stock } from './stock';
import type { InterfaceKey } from './systems';
import { Truth, type Fault, type FaultInit } from './truth';
import { Windows } from './windows';
import { buildWorld, type Facility, type World } from './world';
import { DAY, localDate } from './zone';

/** A reference to a line of another document, as events carry it. */
export interface Ref {
  readonly document: string;
  readonly line: string;
}

/** The simulated network while it runs: its world, its clock and what its parts share. */
export class Network {
  readonly start: number;
  readonly clock: Scheduler;
  readonly world: World;
  readonly truth: Truth | undefined;
  readonly windows = new Windows();
  readonly outbox: Outbox;
  readonly handOvers: HandOvers;
  readonly stock: Stock;
  private readonly counters = new Map<string, number>();
  private readonly root: Rng;

  constructor(readonly options: SimulationOptions) {
    this.start = options.until - options.days * DAY;
    this.clock = new Scheduler(this.start);
    this.root = new Rng(options.seed);
    this.world = buildWorld(options.seed, options.facilities);
    const { seed, rates } = options;
    this.truth = options.truth
      ? new Truth({ seed, days: options.days, until: new Date(options.until).toISOString(), facilities: this.world.hospitals.map((facility) => facility.code), volume: options.volume, rates })
      : undefined;
    this.outbox = new Outbox(seed, this.clock, this.truth, new Disturbance(seed, rates, this.windows, this.truth));
    this.handOvers = new HandOvers(seed, this.clock, this.outbox, this.windows, rates, this.truth, localDate);
    this.stock = new Stock(this.root.fork('stock'), this.world, options.volume, this.start, this.truth);
  }

  get now(): number {
    return this.clock.now;
  }

  get rates(): SimulationOptions['rates'] {
    return this.options.rates;
  }

  /** The random stream of one concept. */
  rng(name: string): Rng {
    return this.root.fork(name);
  }

  nextId(prefix: string, first = 1): string {
    const next = this.counters.get(prefix) ?? first;
    this.counters.set(prefix, next + 1);
    return `${prefix}-${next}`;
  }

  today(facility: { readonly zone: string }): string {
    return localDate(this.now, facility.zone);
  }

  /** Hands a document over its interface; see HandOvers.send. */
  send(draft: Draft & { readonly via: InterfaceKey }, delivered?: (at: number) => void, cents = 0): void {
    this.handOvers.send(draft, delivered, cents);
  }

  fault(init: FaultInit): Fault | undefined {
    return this.truth?.fault(init, this.now);
  }

  warehouseSite(facility: Facility): Facility {
    return this.world.facilities.get(facility.warehouse.facility) ?? facility;
  }
}
