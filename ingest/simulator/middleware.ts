import type { Tally } from './handover';
import { cents } from './money';
import type { Network } from './network';
import type { Rng } from './random';
import { everyDay } from './rhythm';
import { INTERFACES, type InterfacePlan, type System } from './systems';
import type { Fault } from './truth';
import type { Facility } from './world';
import { addDays, atLocal, localDate, localInstant } from './zone';

const CALLS_PER_DAY = 150;
const HOURS = [1, 1, 1, 1, 1, 2, 4, 8, 9, 9, 9, 8, 7, 8, 8, 8, 6, 4, 3, 2, 2, 1, 1, 1];
const MOST_KEYS = 80;
const SYSTEMS: ReadonlySet<string> = new Set(['inventory', 'wms', 'procurement', 'edi-gateway', 'accounts-payable', 'erp', 'analytics', 'case-costing', 'pou']);
const isSystem = (name: string): name is System => SYSTEMS.has(name);

/** Look-ups between systems, a catalogue feed, and what both ends of an interface counted. */
export class Middleware {
  private readonly rng: Rng;
  private readonly faulty: Rng;

  constructor(private readonly net: Network) {
    this.rng = net.rng('middleware');
    this.faulty = net.rng('reconciliation');
    for (const facility of net.world.hospitals)
      everyDay(net.clock, facility, (date, weekday) => {
        this.planCalls(facility, date, weekday === 0 || weekday === 6 ? 0.45 : 1.2);
        this.planFeed(facility, date);
      });
    for (const facility of net.world.facilities.values())
      everyDay(net.clock, facility, (date) => {
        const at = atLocal(date, 3, 10, facility.zone);
        if (at > net.now) net.clock.at(at, () => this.reconcile(facility, addDays(localDate(net.now, facility.zone), -1)));
      });
  }

  private planCalls(facility: Facility, date: string, factor: number): void {
    const { net, rng } = this;
    for (let n = rng.poisson(CALLS_PER_DAY * factor * net.options.volume); n > 0; n--) {
      const hour = rng.weighted([...HOURS.keys()], (one) => HOURS[one] ?? 0);
      const at = atLocal(date, hour, rng.int(0, 59), facility.zone) + rng.int(0, 59_999);
      if (at >= net.now) net.clock.at(at, () => this.call(facility));
    }
  }

  private call(facility: Facility): void {
    const { net, rng } = this;
    const item = rng.pick(net.world.items);
    const down = net.windows.downtime('erp', net.now) !== undefined && rng.chance(0.4);
    const fails = down || rng.chance(net.rates.failedCall);
    const latencyMs = fails ? 30_000 + rng.int(0, 300) : Math.round(rng.logNormal(85, 0.6));
    const fault = fails && !down ? net.fault({ kind: 'failed-call', facility: facility.code, interface: 'pou-to-item-master', magnitude: { item: item.id } }) : undefined;
    net.outbox.emit(
      {
        type: fails ? 'integration.call.failed.v1' : 'integration.call.completed.v1', via: undefined, source: 'middleware', facility, trace: rng.hex(32), faults: fault ? [fault] : [],
        fields: {
          interface: 'pou-to-item-master', pattern: 'api', operation: 'GET /items/{id}/price', request: { item: item.id, location: rng.pick(facility.areas).code, gtin: item.gtin, channel: 'cabinet' },
          response: { status: fails ? 504 : 200, bytes: fails ? 0 : rng.int(400, 4200), cache: rng.chance(0.3) ? 'hit' : 'miss' }, node: `mw-${rng.int(1, 4)}`,
        },
      },
      net.now + latencyMs,
      {
        target: 'item-master', outcome: fails ? 'failed' : 'succeeded', attempt: 1, latencyMs,
        ...(fails ? { error: { class: 'timeout', code: 'HTTP_504', message: `No answer from item-master within 30000 ms for ${item.id} (request ${rng.int(100_000, 999_999)})`, retryable: true } } : {}),
      },
    );
  }

  /** The suppliers' catalogues: messages of which only their delivery is known. */
  private planFeed(facility: Facility, date: string): void {
    const { net, rng } = this;
    for (let n = rng.poisson(Math.min(3, net.rates.failedHandOver * 80)); n > 0; n--) {
      const at = atLocal(date, rng.int(1, 5), rng.int(0, 59), facility.zone);
      if (at < net.now) continue;
      net.clock.at(at, () => {
        const meant = { source: 'edi-gateway', id: rng.uuid(), type: 'catalogue.price-file.v2' };
        const supplier = rng.pick(net.world.suppliers);
        const error = { class: 'schema', code: 'X12_832', message: `Price file of ${supplier.code} has no unit of measure in line ${rng.int(10, 900)}, control number ${rng.digits(9)}`, retryable: true };
        const say = (name: string, outcome: 'failed' | 'retrying' | 'dead_lettered' | 'succeeded', attempt: number) =>
          net.outbox.emit(
            { type: `integration.message.${name}.v1`, via: undefined, source: 'middleware', facility, fields: { interface: 'catalogue-sync', pattern: 'batch', message: meant, supplier: supplier.code, reason: outcome === 'succeeded' ? 'file corrected by the supplier' : 'file rejected' } },
            net.now,
            { target: 'item-master', outcome, attempt, latencyMs: rng.int(900, 6000), ...(outcome === 'succeeded' ? {} : { error: { ...error, retryable: outcome !== 'dead_lettered' } }) },
          );
        say('failed', 'failed', 1);
        const ends = rng.chance(0.6);
        net.clock.after(15 * 60_000, () => say('retried', 'retrying', 2));
        net.clock.after(60 * 60_000, () => (ends ? say('replayed', 'succeeded', 3) : say('deadlettered', 'dead_lettered', 3)));
      });
    }
  }

  private reconcile(facility: Facility, date: string): void {
    const { net } = this;
    const from = atLocal(date, 0, 0, facility.zone);
    const window = { from: localInstant(from, facility.zone), to: localInstant(atLocal(addDays(date, 1), 0, 0, facility.zone), facility.zone) };
    const suffix = `|${facility.code}|${date}`;
    const old = `|${facility.code}|${addDays(date, -20)}`;
    for (const [key, tally] of net.handOvers.tallies) {
      if (key.endsWith(old)) net.handOvers.tallies.delete(key);
      if (!key.endsWith(suffix)) continue;
      const [name = '', target = ''] = key.split('|');
      const plan = Object.values(INTERFACES).find((one) => one.name === name);
      if (!plan || !isSystem(target)) continue;
      this.report(facility, date, window, { name, plan, target }, tally);
    }
  }

  /** What both ends counted, and what the target counts wrongly. */
  private report(facility: Facility, date: string, window: { from: string; to: string }, over: { name: string; plan: InterfacePlan; target: System }, tally: Tally): void {
    const { net, faulty } = this;
    const { name, plan, target } = over;
    const keys = [...tally.outstanding.keys()];
    const isMissing = (key: string) => (tally.outstanding.get(key) ?? 0) > 0;
    const arrived: Counted[] = keys.filter((key) => !isMissing(key)).map((key) => ({ key, cents: tally.worth.get(key)?.arrived ?? 0 }));
    const missing = keys.filter(isMissing);
    const keyed = keys.length < MOST_KEYS;
    // Drawn in any case, so that one rate does not move what another one hits.
    const [loses, adds, misstates, silent] = [net.rates.reconciliationLost, net.rates.reconciliationExtra, net.rates.reconciliationValue, net.rates.reconciliationSilent].map((rate) => faulty.chance(rate));
    const of = faulty.int(0, Math.max(0, arrived.length - 1));
    const worth = tally.cents !== 0;
    const lost = loses && arrived.length > 1 ? arrived.splice(of, 1).map(({ key }) => key) : [];
    const extra = adds ? [`${keys[0] ?? name}-X${faulty.digits(3)}`] : [];
    arrived.push(...extra.map((key) => ({ key, cents: worth ? faulty.int(2_000, 90_000) : 0 })));
    const misread = misstates && keyed ? arrived.find(({ key, cents: amount }) => amount > 0 && !extra.includes(key)) : undefined;
    if (misread) misread.cents += faulty.int(1_000, 40_000);
    const otherValue = misread ? [misread.key] : [];

    const fault = (kind: string, documents: readonly string[]) => {
      const found = net.fault({ kind, facility: facility.code, interface: name, documents: documents.map((document) => ({ type: 'document', document })), magnitude: { date, target } });
      return found ? [found] : [];
    };
    const faults = [
      ...(silent ? fault('reconciliation-silent', []) : lost.flatMap((key) => fault('reconciliation-lost', [key]))),
      ...(silent ? [] : [...extra.flatMap((key) => fault('reconciliation-extra', [key])), ...otherValue.flatMap((key) => fault('reconciliation-value', [key]))]),
    ];
    const say = (system: System, counted: readonly Counted[], byStatus: Record<string, number>, shows: readonly Fault[]) => {
      const value = counted.reduce((sum, one) => sum + one.cents, 0);
      net.outbox.emit(
        {
          type: 'reconciliation.totals.reported.v1', via: undefined, source: system, facility, faults: shows,
          fields: {
            interface: name, pattern: plan.pattern, system, side: system === target ? 'target' : 'source', counterpart: system === target ? plan.source : target, window, count: counted.length,
            ...(worth ? { value: cents(value), currency: facility.currency } : {}), byStatus,
            ...(!keyed ? {} : worth ? { records: counted.map((one) => ({ key: one.key, value: cents(one.cents) })) } : { keys: counted.map(({ key }) => key) }),
          },
        },
        net.now,
      );
    };
    say(plan.source, keys.map((key) => ({ key, cents: tally.worth.get(key)?.sent ?? 0 })), { sent: keys.length }, silent ? faults : []);
    if (!silent) say(target, arrived, { received: arrived.length }, faults);
    if (silent || missing.length + lost.length + extra.length + otherValue.length > 0)
      net.truth?.reconciliation({
        interface: name, source: plan.source, target, facility: facility.code, date, sent: keys.length, arrived: silent ? null : arrived.length,
        missing: silent ? [] : [...missing, ...lost], lost: silent ? [] : lost, extra: silent ? [] : extra, otherValue: silent ? [] : otherValue, keyed,
      });
  }
}

interface Counted {
  readonly key: string;
  cents: number;
}
