import type { Network, Ref } from './network';
import type { Rng } from './random';
import { bedsideFactor, bedsideHour, caseFactor, everyDay } from './rhythm';
import { available, type StockPoint } from './stock';
import { eachCents, type Area, type Facility, type Item, type Procedure } from './world';
import { elementString } from './world/gtin';
import { addDays, atLocal, DAY, HOUR, localInstant, MINUTE } from './zone';

export interface UsedLine extends Ref {
  readonly item: Item;
  readonly quantity: number;
  readonly flow: 'stock' | 'consignment-use' | 'bill-only' | 'bill-and-replace';
  readonly lot: string;
  readonly expiry: string;
  /** Price of a base unit when it was used, in cents of the facility's currency. */
  readonly cents: number;
  readonly point: StockPoint | undefined;
  reversed: number;
}

export interface UsedDocument {
  readonly id: string;
  readonly facility: Facility;
  readonly area: Area;
  readonly caseId: string | undefined;
  readonly procedure: Procedure | undefined;
  readonly at: number;
  readonly lines: UsedLine[];
  readonly correlation: string;
  readonly trace: string;
}

export interface UsageFollowers {
  /** A usage was recorded: its cost is to be posted, what is billed is to be ordered. */
  readonly recorded: (used: UsedDocument) => void;
  /** On hand at a location went down. */
  readonly taken: (point: StockPoint) => void;
}

interface Want {
  readonly item: Item;
  readonly quantity: number;
}

const CASES_AHEAD_DAYS = 5;

/** Cases, and what is used on them and at the bedside. */
export class Clinical {
  private readonly rng: Rng;

  constructor(
    private readonly net: Network,
    private readonly followers: UsageFollowers,
  ) {
    this.rng = net.rng('clinical');
    for (const facility of net.world.hospitals) {
      let planned = '';
      everyDay(net.clock, facility, (date, weekday) => {
        // The first day plans the days ahead of it too.
        for (let ahead = planned === '' ? 0 : CASES_AHEAD_DAYS; ahead <= CASES_AHEAD_DAYS; ahead++) this.planCases(facility, addDays(date, ahead), (weekday + ahead) % 7, ahead);
        planned = date;
        this.planBedside(facility, date, weekday);
        this.planEmergencies(facility, date);
      });
    }
  }

  private planCases(facility: Facility, date: string, weekday: number, ahead: number): void {
    const { rng, net } = this;
    for (const kind of ['OR', 'CATH'] as const) {
      const area = facility.areas.find((one) => one.area === kind);
      if (!area) continue;
      const count = rng.poisson(facility.cases[kind] * net.options.volume * caseFactor(weekday));
      for (let n = 0; n < count; n++) {
        const start = atLocal(date, 7, 30, facility.zone) + (n / Math.max(1, count)) * 8.5 * HOUR + rng.int(-10, 25) * MINUTE;
        if (start < net.now) continue;
        const booked = ahead === 0 ? net.now : net.now + rng.between(7.5 * HOUR, 17 * HOUR) + (rng.chance(0.5) ? rng.int(0, ahead - 1) * DAY : 0);
        this.planCase(facility, area, start, Math.min(booked, start - 2 * HOUR));
      }
    }
  }

  private planEmergencies(facility: Facility, date: string): void {
    for (const kind of ['OR', 'CATH'] as const) {
      const area = facility.areas.find((one) => one.area === kind);
      if (!area) continue;
      for (let n = this.rng.poisson(0.9 * this.net.options.volume); n > 0; n--) {
        const start = atLocal(date, 0, 0, facility.zone) + this.rng.unit() * DAY;
        if (start >= this.net.now) this.planCase(facility, area, start, undefined);
      }
    }
  }

  private planCase(facility: Facility, area: Area, start: number, booked: number | undefined): void {
    const { rng, net } = this;
    const procedure = rng.weighted(net.world.procedures.filter((one) => one.area === area.area), (one) => one.share);
    const caseId = this.encounter(facility);
    const room = `${area.code}-${rng.int(1, area.area === 'OR' ? 6 : 3)}`;
    const planned = procedure.card.filter((line) => line.probability > 0.5).map(({ item, low, high }) => ({ item, quantity: Math.ceil((low + high) / 2) }));
    if (booked !== undefined) net.clock.at(booked, () => this.schedule(facility, area, room, caseId, procedure, start, planned));
    if (booked !== undefined) {
      const held: [StockPoint, number][] = [];
      net.clock.at(start - 18 * HOUR, () => {
        for (const { item, quantity } of planned) {
          const point = net.stock.point(area.code, item.id);
          if (!point) continue;
          point.reserved += quantity;
          held.push([point, quantity]);
        }
      });
      net.clock.at(start, () => {
        for (const [point, quantity] of held) point.reserved -= quantity;
      });
    }
    net.clock.at(start, () => this.perform(facility, area, room, caseId, procedure));
  }

  private schedule(facility: Facility, area: Area, room: string, caseId: string, procedure: Procedure, start: number, planned: Want[]): void {
    const { net } = this;
    const id = net.nextId('SCH', 2_000_100);
    net.truth?.identifier('case', caseId);
    net.send({
      type: 'clinical.case.scheduled.v1', via: 'schedule', facility, subject: id, human: `u-${this.rng.int(200, 260)}`,
      fields: {
        document: { id, revision: 0, date: net.today(facility) }, case: caseId, procedureCode: procedure.code, serviceLine: procedure.serviceLine, location: room,
        startsAt: localInstant(Math.round(start), facility.zone), expectedMinutes: procedure.minutes, preferenceCard: `PC-${procedure.code}-${area.area}`,
        lines: planned.map(({ item, quantity }, i) => ({ id: String(i + 1), item: item.id, description: item.name, quantity: String(quantity), uom: item.baseUom })),
      },
    });
  }

  private perform(facility: Facility, area: Area, room: string, caseId: string, procedure: Procedure): void {
    const { rng, net } = this;
    net.truth?.identifier('case', caseId);
    if (rng.chance(net.rates.missingUsage)) {
      net.fault({ kind: 'missing-usage', facility: facility.code, documents: [{ type: 'case', document: caseId }] });
      return;
    }
    const wants: Want[] = [];
    for (const { item, probability, low, high } of procedure.card) if (rng.chance(probability)) wants.push({ item, quantity: rng.int(low, high) });
    const parts = Math.min(wants.length, rng.int(1, 3));
    for (let part = 0; part < parts; part++) {
      const share = wants.filter((_, i) => i % parts === part);
      const at = net.now + procedure.minutes * MINUTE * ((part + 0.6) / parts) * rng.between(0.8, 1.15);
      net.clock.at(at, () => this.use(facility, area, room, caseId, procedure, share));
    }
  }

  private planBedside(facility: Facility, date: string, weekday: number): void {
    const { rng, net } = this;
    for (const kind of ['ICU', 'ED'] as const) {
      const area = facility.areas.find((one) => one.area === kind);
      if (!area) continue;
      const items = net.world.bedside[kind];
      for (let n = rng.poisson(facility.bedside[kind] * net.options.volume * bedsideFactor(weekday, kind)); n > 0; n--) {
        const at = atLocal(date, bedsideHour(rng, kind), rng.int(0, 59), facility.zone) + rng.int(0, 59) * 1000;
        if (at < net.now) continue;
        net.clock.at(at, () => {
          const wants: Want[] = [];
          for (let lines = 1 + rng.poisson(net.world.bedsideLines - 1); lines > 0; lines--) wants.push({ item: rng.weighted(items, (item) => item.popularity), quantity: rng.int(1, 2) });
          this.use(facility, area, area.code, rng.chance(0.7) ? this.encounter(facility) : undefined, undefined, wants);
        });
      }
    }
  }

  private use(facility: Facility, area: Area, room: string, caseId: string | undefined, procedure: Procedure | undefined, wants: Want[]): void {
    const { rng, net } = this;
    const used: UsedDocument = { id: net.nextId('USE', 8_800_100), facility, area, caseId, procedure, at: net.now, lines: [], correlation: `flow-${rng.hex(12)}`, trace: rng.hex(32) };
    const lines: Record<string, unknown>[] = [];
    const facts: (() => void)[] = [];
    const add = (item: Item, quantity: number, flow: UsedLine['flow'], lot: { lot: string; expiry: string }, point: StockPoint | undefined) => {
      const line: UsedLine = { document: used.id, line: String(lines.length + 1), item, quantity, flow, lot: lot.lot, expiry: lot.expiry, cents: eachCents(net.world, item, facility.currency), point, reversed: 0 };
      const serial = item.implant ? `${rng.pick(['SN', 'S', ''])}${rng.digits(9)}` : '';
      lines.push(this.lineFields(line, lot, serial, area, room));
      used.lines.push(line);
      if (serial) net.truth?.identifier('serial', serial);
      facts.push(() => net.truth?.usage(`${used.id}/${line.line}`, { item: item.id, quantity, location: area.code, facility: facility.code, flow, mapped: true }));
    };
    for (const { item, quantity } of wants) this.takeFor(item, quantity, area, add);
    const faults = rng.chance(net.rates.unmappedItem) ? this.addUnmapped(used, lines, facts, area) : [];
    if (lines.length === 0) return;
    if (caseId !== undefined) net.truth?.identifier('case', caseId);
    net.send({
      type: 'clinical.usage.recorded.v1', via: procedure ? 'caseUsage' : 'usage', facility, subject: used.id, human: `u-${rng.int(300, 420)}`, correlation: used.correlation, trace: used.trace, faults,
      fact: () => facts.forEach((tell) => tell()),
      fields: {
        document: { id: used.id, revision: 0, date: net.today(facility) },
        ...(caseId === undefined ? {} : { case: caseId }),
        ...(procedure ? { procedureCode: procedure.code, serviceLine: procedure.serviceLine } : {}),
        location: room, station: `CAB-${area.code}-${rng.int(1, 4)}`, lines,
      },
    });
    this.followers.recorded(used);
    for (const line of used.lines) {
      if (!line.point) continue;
      line.point.waiting.push({ document: line.document, line: line.line });
      this.followers.taken(line.point);
      if (line.flow === 'stock' && rng.chance(net.rates.usageReversal)) net.clock.after(rng.between(20 * MINUTE, 5 * HOUR), () => this.reverse(used, line));
    }
  }

  /** Takes an item, or what may stand in for it, from the area's shelf or the representative's trunk. */
  private takeFor(item: Item, quantity: number, area: Area, add: (item: Item, quantity: number, flow: UsedLine['flow'], lot: { lot: string; expiry: string }, point: StockPoint | undefined) => void): void {
    const { net } = this;
    if (item.group === 'trunk') {
      for (let n = 0; n < quantity; n++) add(item, 1, 'bill-only', net.stock.newLot(item, net.now), undefined);
      return;
    }
    const today = net.today(area);
    let point = net.stock.point(area.code, item.id);
    if (!point) return;
    if (available(point, today) < quantity)
      for (const other of item.substitutes) {
        const substitute = net.stock.point(area.code, other);
        if (substitute && available(substitute, today) >= quantity) point = substitute;
      }
    const flow = point.item.group === 'implant' ? 'consignment-use' : point.item.group === 'replace' ? 'bill-and-replace' : 'stock';
    for (const taken of net.stock.take(point, quantity, net.now))
      if (point.item.implant) for (let n = 0; n < taken.quantity; n++) add(point.item, 1, flow, taken, point);
      else add(point.item, taken.quantity, flow, taken, point);
  }

  private lineFields(line: UsedLine, lot: { lot: string; expiry: string }, serial: string, area: Area, room: string): Record<string, unknown> {
    const { rng } = this;
    const { item } = line;
    const scanned = lot.lot !== '' && rng.chance(item.implant ? 0.75 : 0.15);
    const udi = scanned ? elementString({ gtin: item.gtin, expiry: lot.expiry, lot: lot.lot, serial }, rng.pick(['brackets', 'brackets', 'raw', 'gs1-128', 'datamatrix'])) : undefined;
    // A scanner hands on what it read; the rest of the fields are in the barcode.
    const bare = udi !== undefined && rng.chance(0.4);
    return {
      id: line.line,
      ...(bare && item.implant ? {} : { item: item.id }),
      description: item.name,
      ...(udi === undefined ? (rng.chance(0.6) ? { gtin: item.gtin } : {}) : { udi }),
      ...(lot.lot === '' || bare ? {} : { lot: lot.lot, expiry: lot.expiry }),
      ...(serial === '' || bare ? {} : { serial }),
      quantity: String(line.quantity), uom: item.baseUom, location: area.code, room, costCentre: area.costCentre, implant: item.implant, flowType: line.flow,
    };
  }

  private addUnmapped(used: UsedDocument, lines: Record<string, unknown>[], facts: (() => void)[], area: Area) {
    const { rng, net } = this;
    const line = String(lines.length + 1);
    const item = `ITM-9${rng.digits(4)}`;
    const byBarcode = rng.chance(0.4);
    const gtin = `9${rng.digits(13)}`;
    lines.push({ id: line, ...(byBarcode ? { gtin } : { item }), description: 'Non-catalogue item', quantity: '1', uom: 'EA', location: area.code, costCentre: area.costCentre, implant: false, flowType: 'stock' });
    facts.push(() => net.truth?.usage(`${used.id}/${line}`, { item: byBarcode ? gtin : item, quantity: 1, location: area.code, facility: used.facility.code, flow: 'stock', mapped: false }));
    const fault = net.fault({ kind: 'unmapped-item', facility: used.facility.code, documents: [{ type: 'usage', document: used.id, line }], magnitude: { [byBarcode ? 'gtin' : 'item']: byBarcode ? gtin : item } });
    return fault ? [fault] : [];
  }

  private reverse(used: UsedDocument, line: UsedLine): void {
    const { net, rng } = this;
    const { point } = line;
    if (!point) return;
    const quantity = line.quantity === 1 ? 1 : rng.int(1, line.quantity);
    line.reversed += quantity;
    net.stock.put(point, { lot: line.lot, expiry: line.expiry, quantity }, net.now);
    const id = net.nextId('USR', 10_200);
    net.send({
      type: 'clinical.usage.reversed.v1', via: 'usage', facility: used.facility, subject: id, human: `u-${rng.int(300, 420)}`, correlation: used.correlation,
      fact: (truth) => {
        truth.usageReversed(`${line.document}/${line.line}`, quantity);
        truth.link('usage', `${line.document}/${line.line}`, 'taken back by', 'usage', `${id}/1`);
      },
      fields: {
        document: { id, revision: 0, date: net.today(used.facility) }, ...(used.caseId === undefined ? {} : { case: used.caseId }), reason: 'opened, not used',
        lines: [{ id: '1', usage: { document: line.document, line: line.line }, item: line.item.id, ...(line.lot === '' ? {} : { lot: line.lot }), quantity: String(quantity), uom: line.item.baseUom, location: used.area.code, costCentre: used.area.costCentre }],
      },
    });
  }

  private encounter(facility: Facility): string {
    return `ENC-${facility.index}${this.rng.digits(8)}`;
  }
}
