import { cents } from './money';
import type { Network } from './network';
import type { Rng } from './random';
import { everyDay } from './rhythm';
import { INTERFACES, type System } from './systems';
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

  constructor(private readonly net: Network) {
    this.rng = net.rng('middleware');
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
      const keys = [...tally.outstanding.keys()];
      const missing = keys.filter((one) => (tally.outstanding.get(one) ?? 0) > 0);
      const arrived = keys.filter((one) => (tally.outstanding.get(one) ?? 0) <= 0);
      const say = (system: System, counted: string[], value: number, byStatus: Record<string, number>) =>
        net.outbox.emit(
          {
            type: 'reconciliation.totals.reported.v1', via: undefined, source: system, facility,
            fields: {
              interface: name, pattern: plan.pattern, system, counterpart: system === target ? plan.source : target, window, count: counted.length, ...(value !== 0 ? { value: cents(value), currency: facility.currency } : {}), byStatus,
              ...(counted.length <= MOST_KEYS ? { keys: counted } : {}),
            },
          },
          net.now,
        );
      say(plan.source, keys, tally.cents, { sent: keys.length });
      say(target, arrived, tally.arrivedCents, { received: arrived.length });
      if (missing.length > 0) net.truth?.reconciliation({ interface: name, source: plan.source, target, facility: facility.code, date, sent: keys.length, arrived: arrived.length, missing });
    }
  }
}
