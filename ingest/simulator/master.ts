import { cents } from './money';
import type { Network } from './network';
import type { Rng } from './random';
import { everyDay } from './rhythm';
import type { Fault } from './truth';
import { validFrom, type ContractPrice, type Item } from './world';
import { atLocal, DAY, HOUR, localDate, MINUTE } from './zone';

const ERP = { zone: 'America/Chicago' };
const UOMS: readonly [code: string, name: string][] = [['EA', 'Each'], ['BX', 'Box'], ['CS', 'Case'], ['PK', 'Pack'], ['DA', 'Day']];

/** Master data as the ERP hands it out: everything at the start, changes as they come. */
export class MasterData {
  private readonly rng: Rng;
  private readonly versions = new Map<string, number>();

  constructor(private readonly net: Network) {
    this.rng = net.rng('master');
    net.clock.at(net.start, () => this.everything());
    everyDay(net.clock, ERP, (date, weekday) => {
      if (weekday === 0 || weekday === 6) return;
      const at = (hour: number, action: () => void) => {
        const when = atLocal(date, hour, this.rng.int(0, 59), ERP.zone);
        if (when >= net.now) net.clock.at(when, action);
      };
      at(6, () => this.rate(date));
      for (let n = this.rng.poisson(1.5); n > 0; n--) at(this.rng.int(8, 17), () => this.changeItem());
      for (let n = this.rng.poisson(1.5); n > 0; n--) at(this.rng.int(8, 17), () => this.changePrice());
    });
  }

  private everything(): void {
    const { net } = this;
    const { world } = net;
    const from = validFrom(localDate(net.start, ERP.zone));
    for (const [code, name] of UOMS) this.say('uom', code, from, { name, x12: code });
    for (const { code, name, kind, parent, facility, zone, stocked } of world.sites.locations) this.say('location', code, from, { name, kind, ...(parent === undefined ? {} : { parent }), facility, timeZone: zone, stocked }, facility);
    for (const { code, name, facility } of world.sites.costCentres) this.say('costcenter', code, from, { name, facility }, facility);
    for (const supplier of world.suppliers) this.say('supplier', supplier.code, from, { name: supplier.name, contact: 'orders desk', leadTimeDays: supplier.leadDays, paymentTerms: `NET${supplier.termsDays}`, edi: supplier.ackHours !== undefined });
    this.duplicates(from);
    for (const item of world.items) this.item(item, from);
    for (const contract of world.contracts.values()) this.price(contract, from);
    this.rate(from);
  }

  /** The same supplier under a second number, written a little differently: nobody orders from it. */
  private duplicates(from: string): void {
    const { net } = this;
    const rng = net.rng('duplicate-suppliers');
    for (const supplier of net.world.suppliers) {
      const id = `VND-${rng.digits(5)}`;
      const name = rng.pick([`${supplier.name.toUpperCase()}, INC.`, `${supplier.name} Ltd`, supplier.name.replaceAll(' ', '  ')]);
      if (!rng.chance(net.rates.duplicateSupplier)) continue;
      const fault = net.fault({ kind: 'duplicate-supplier', documents: [{ type: 'supplier', document: id }], magnitude: { of: supplier.code } });
      this.say('supplier', id, from, { name, contact: 'orders desk' }, undefined, fault ? [fault] : []);
    }
  }

  private item(item: Item, from: string, weight = item.clinicalWeight): void {
    this.say('item', item.id, from, {
      name: item.name, category: item.category, gtin: item.gtin, baseUom: item.baseUom, clinicalWeight: weight, substitutes: item.substitutes, implant: item.implant, lotTracked: item.lotTracked,
      packFactors: item.packs.map((pack) => ({ uom: pack.uom, factor: String(pack.factor), gtin: pack.gtin })), supplier: item.supplier.code, manufacturer: item.supplier.name,
    });
  }

  private price(price: ContractPrice, from: string): void {
    const { item } = price;
    this.say('contract', price.record, from, {
      contract: price.contract, supplier: price.supplier.code, item: item.id, price: cents(price.eachCents * item.purchase.factor), uom: item.purchase.uom, currency: price.currency,
      validTo: `${Number(from.slice(0, 4)) + 2}-12-31`, facilities: [...this.net.world.facilities.values()].filter((facility) => facility.currency === price.currency).map((facility) => facility.code),
    });
  }

  private rate(date: string): void {
    const rate = 1.08 + this.rng.between(-0.02, 0.02);
    this.say('fxrate', 'EUR-USD', date, { from: 'EUR', to: 'USD', rate: rate.toFixed(4) });
    this.say('fxrate', 'USD-EUR', date, { from: 'USD', to: 'EUR', rate: (1 / rate).toFixed(4) });
  }

  private changeItem(): void {
    const item = this.rng.pick(this.net.world.items);
    this.item(item, localDate(this.net.now, ERP.zone), Math.min(10, Math.max(1, item.clinicalWeight + this.rng.int(-1, 1))));
  }

  /** A new contract price holds for orders from its day on. */
  private changePrice(): void {
    const price = this.rng.pick([...this.net.world.contracts.values()]);
    price.eachCents = Math.max(2, Math.round(price.eachCents * this.rng.between(0.98, 1.045)));
    price.version++;
    this.price(price, localDate(this.net.now, ERP.zone));
  }

  private say(kind: string, id: string, from: string, attributes: Record<string, unknown>, facility?: string, faults: readonly Fault[] = []): void {
    const revision = (this.versions.get(`${kind}/${id}`) ?? 0) + 1;
    this.versions.set(`${kind}/${id}`, revision);
    const known = facility === undefined ? undefined : this.net.world.facilities.get(facility);
    this.net.send({ type: `master.${kind}.changed.v1`, via: 'master', ...(known ? { facility: known } : {}), subject: id, faults, fields: { document: { id, revision, date: from }, attributes } });
  }
}

/** Downtimes and silences of the months to come, and what is announced of them. */
export function planWindows(net: Network, troubleOf: (item: string, from: number, to: number) => void, recalls: { plan(from: number, to: number): void }): void {
  const rng = net.rng('windows');
  const codes = net.world.hospitals.map((facility) => facility.code);
  const month = (from: number) => {
    const { downs, silences } = net.windows.planMonth(rng, from, net.rates, codes);
    for (const down of downs) {
      net.fault({ kind: down.announced ? 'maintenance' : 'outage', magnitude: { system: down.system }, from: down.from, to: down.to });
      if (!down.announced) continue;
      net.clock.at(Math.max(net.now, down.from - rng.between(2, 5) * DAY), () =>
        net.outbox.emit(
          {
            type: 'integration.maintenance.announced.v1', via: undefined, source: 'middleware', human: 'u-700',
            fields: { window: { from: new Date(down.from).toISOString(), to: new Date(down.to).toISOString() }, systems: [down.system], interfaces: ['procurement-to-erp', 'inventory-to-erp', 'ap-to-erp'], reason: 'ERP patching' },
          },
          net.now,
        ));
    }
    for (const silence of silences) net.fault({ kind: 'silent-interface', interface: silence.interface, ...(silence.facility === undefined ? {} : { facility: silence.facility }), from: silence.from, to: silence.to });
    const candidates = net.world.items.filter((item) => item.group === 'commodity' || item.group === 'drug' || item.group === 'device');
    for (const item of rng.sample(candidates, Math.round(net.rates.supplierTroubles * codes.length))) {
      const start = from + rng.between(0, 24) * DAY;
      const end = start + rng.between(14, 24) * DAY;
      net.fault({ kind: 'supplier-trouble', magnitude: { item: item.id, supplier: item.supplier.code }, documents: [{ type: 'item', document: item.id }], from: start, to: end });
      troubleOf(item.id, start, end);
    }
    recalls.plan(from, from + 30 * DAY);
    net.windows.forget(from - 10 * DAY);
    net.clock.at(from + 30 * DAY, () => month(from + 30 * DAY));
  };
  month(net.start);
  // One interface is silent as the history ends, so that the present has something to show.
  if (net.rates.silences > 0) {
    const silence = { interface: 'inventory-to-wms', facility: undefined, from: net.options.until - 30 * HOUR + 7 * MINUTE, to: net.options.until + 2 * HOUR };
    net.windows.addSilence(silence);
    net.fault({ kind: 'silent-interface', interface: silence.interface, from: silence.from, to: silence.to });
  }
}
