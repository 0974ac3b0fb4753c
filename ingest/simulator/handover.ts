import type { FaultRates } from './fault-rates';
import type { Attempt, Draft, Outbox } from './outbox';
import { Rng } from './random';
import type { Scheduler } from './scheduler';
import { businessProfiles, DOWN, INTERFACES, RECONCILED, transientProfiles, type FailureProfile, type InterfaceKey } from './systems';
import type { Fault, Truth } from './truth';
import type { Windows } from './windows';
import { HOUR, inOfficeHours, MINUTE } from './zone';

const BACKOFF = [2 * MINUTE, 8 * MINUTE, 25 * MINUTE, 60 * MINUTE];
const MOST_ATTEMPTS = 5;
/** Share of given-up messages that somebody hands over again within some days. */
const REPAIRED = 0.55;

/** How one hand-over is going to end, drawn before its first attempt. */
interface Course {
  /** Attempts that fail before one succeeds; Infinity where none will by itself. */
  failing: number;
  profile: FailureProfile | undefined;
  fault: Fault | undefined;
}

/** What a day's hand-overs of an interface came to, for the reconciliation of both sides. */
export interface Tally {
  /** Documents, and how many of their messages have not arrived. */
  readonly outstanding: Map<string, number>;
  /** Money by document: what was sent, and what of it has arrived. */
  readonly worth: Map<string, { sent: number; arrived: number }>;
  cents: number;
  arrivedCents: number;
}

/** Brings documents over their interfaces to their targets: attempts, failures, retries, dead letters. */
export class HandOvers {
  private readonly rng: Rng;
  /** By interface, target, facility and local date. */
  readonly tallies = new Map<string, Tally>();

  constructor(
    seed: string,
    private readonly clock: Scheduler,
    private readonly outbox: Outbox,
    private readonly windows: Windows,
    private readonly rates: FaultRates,
    private readonly truth: Truth | undefined,
    private readonly localDate: (at: number, zone: string) => string,
  ) {
    this.rng = new Rng(`${seed}/hand-overs`);
  }

  /**
   * Hands a document over to every target of its interface. `delivered` is called when the first target has it:
   * at once, after retries, after somebody repaired it, or never.
   */
  send(given: Draft & { readonly via: InterfaceKey }, delivered?: (at: number) => void, cents = 0): void {
    const plan = INTERFACES[given.via];
    const subject = given.subject ?? '';
    // Attempts and targets share one document; its fact is told with the first of them that is published.
    let told = false;
    const draft = {
      ...given,
      fact: (truth: Truth, at: number) => {
        if (told) return;
        told = true;
        given.fact?.(truth, at);
      },
    };
    for (const [i, target] of plan.targets.entries()) {
      const tally = RECONCILED.has(plan.name) ? this.tally(draft, target, cents) : undefined;
      const course: Course = { failing: 0, profile: undefined, fault: undefined };
      if (this.rng.chance(this.rates.failedHandOver)) this.plan(course, draft, target);
      const done = (at: number) => {
        if (tally) {
          tally.outstanding.set(subject, (tally.outstanding.get(subject) ?? 1) - 1);
          tally.arrivedCents += cents;
          const worth = tally.worth.get(subject);
          if (worth) worth.arrived += cents;
        }
        if (i === 0) delivered?.(at);
      };
      this.attempt(draft, target, 1, this.clock.now, course, done);
    }
  }

  private tally(draft: Draft & { readonly via: InterfaceKey }, target: string, cents: number): Tally {
    const zone = draft.facility?.zone ?? 'America/Chicago';
    const key = `${INTERFACES[draft.via].name}|${target}|${draft.facility?.code ?? ''}|${this.localDate(this.clock.now, zone)}`;
    let tally = this.tallies.get(key);
    if (!tally) {
      tally = { outstanding: new Map(), worth: new Map(), cents: 0, arrivedCents: 0 };
      this.tallies.set(key, tally);
    }
    const subject = draft.subject ?? '';
    tally.outstanding.set(subject, (tally.outstanding.get(subject) ?? 0) + 1);
    tally.cents += cents;
    const worth = tally.worth.get(subject) ?? { sent: 0, arrived: 0 };
    worth.sent += cents;
    tally.worth.set(subject, worth);
    return tally;
  }

  private plan(course: Course, draft: Draft & { readonly via: InterfaceKey }, target: string): void {
    const given = this.rng.chance(this.rates.deadLetter);
    course.profile = this.rng.pick(given ? businessProfiles(draft.via) : transientProfiles());
    course.failing = given ? Infinity : this.rng.int(1, 2);
    course.fault = this.fault('failed-hand-over', draft, target, course.profile);
  }

  private fault(kind: string, draft: Draft & { readonly via: InterfaceKey }, target: string, profile: FailureProfile): Fault | undefined {
    return this.truth?.fault(
      {
        kind, facility: draft.facility?.code, interface: INTERFACES[draft.via].name, documents: draft.subject === undefined ? [] : [{ type: draft.type.split('.')[1] ?? '', document: draft.subject }],
        magnitude: { target, class: profile.class, code: profile.code },
      },
      this.clock.now,
    );
  }

  private attempt(draft: Draft & { readonly via: InterfaceKey }, target: string, number: number, at: number, course: Course, done: (at: number) => void): void {
    const plan = INTERFACES[draft.via];
    const down = this.windows.downtime(target, at);
    const fails = number <= course.failing;
    const latencyMs = Math.max(3, Math.round(this.rng.logNormal(plan.latencyMs, 0.45)));
    if (!down && !fails) {
      this.outbox.emit({ ...draft, ...(course.fault ? { faults: [...(draft.faults ?? []), course.fault] } : {}) }, at + latencyMs, { target, outcome: 'succeeded', attempt: number, latencyMs });
      if (course.fault && course.fault.outcome === undefined) course.fault.outcome = number === 1 ? 'succeeded' : `succeeded at attempt ${number}`;
      this.clock.at(at + latencyMs, () => done(this.clock.now));
      return;
    }
    const profile = down ? (DOWN[down.announced ? 0 : 1] ?? transientProfiles()[0]) : course.profile;
    if (!profile) return;
    if (down && !course.fault) course.fault = this.fault(down.announced ? 'hand-over-in-maintenance' : 'hand-over-in-outage', draft, target, profile);
    const rejected = !down && !profile.retryable && number >= 1 && course.failing === Infinity;
    const last = rejected ? number >= 2 || this.rng.chance(0.5) : !down && number >= MOST_ATTEMPTS;
    const outcome: Attempt['outcome'] = last ? (number === 1 ? 'rejected' : 'dead_lettered') : number === 1 ? 'failed' : 'retrying';
    const took = profile.class === 'timeout' ? 30_000 + this.rng.int(1, 400) : latencyMs;
    this.outbox.emit(
      { ...draft, ...(course.fault ? { faults: [...(draft.faults ?? []), course.fault] } : {}) },
      at + took,
      { target, outcome, attempt: number, latencyMs: took, error: { class: profile.class, code: profile.code, message: this.text(profile, draft, target), retryable: !last && profile.retryable } },
    );
    if (last) {
      if (course.fault) course.fault.outcome = outcome;
      this.repair(draft, target, number, at, course, done);
      return;
    }
    const wait = BACKOFF[Math.min(number, BACKOFF.length) - 1] ?? HOUR;
    // While the target is known to be down there is no use in trying every few minutes.
    const next = down && number >= 3 ? Math.max(at + wait, down.to + this.rng.int(10_000, 12 * MINUTE)) : at + took + wait * this.rng.between(0.8, 1.2);
    this.clock.at(next, () => this.attempt(draft, target, number + 1, this.clock.now, course, done));
  }

  private repair(draft: Draft & { readonly via: InterfaceKey }, target: string, number: number, at: number, course: Course, done: (at: number) => void): void {
    if (!this.rng.chance(REPAIRED)) return;
    const when = inOfficeHours(at + this.rng.logNormal(20 * HOUR, 0.7), draft.facility?.zone ?? 'America/Chicago', 8, 18);
    const who = `u-${this.rng.int(70, 79)}`;
    this.clock.at(when, () => {
      if (course.fault) course.fault.outcome = `repaired after ${course.fault.outcome ?? 'failure'}`;
      const latencyMs = Math.round(this.rng.logNormal(INTERFACES[draft.via].latencyMs, 0.45));
      this.outbox.emit(draft, this.clock.now + latencyMs, { target, outcome: 'succeeded', attempt: number + 1, latencyMs, human: who });
      this.clock.at(this.clock.now + latencyMs, () => done(this.clock.now));
    });
  }

  private text(profile: FailureProfile, draft: Draft, target: string): string {
    const lines = draft.fields.lines;
    const first: unknown = Array.isArray(lines) ? lines[0] : undefined;
    const item = typeof first === 'object' && first !== null && 'item' in first ? String(first.item) : 'ITM-00000';
    const line = typeof first === 'object' && first !== null && 'id' in first ? String(first.id) : '1';
    return profile.message.replaceAll('$document', draft.subject ?? 'message').replaceAll('$target', target).replaceAll('$facility', draft.facility?.code ?? 'site')
      .replaceAll('$item', item).replaceAll('$line', line).replaceAll('$n', String(this.rng.int(10_000, 9_999_999)));
  }
}
