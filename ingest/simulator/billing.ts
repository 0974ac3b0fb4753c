import type { UsedDocument, UsedLine } from './clinical';
import type { Network } from './network';
import type { Orders } from './orders';
import type { Need } from './purchase-types';
import type { Purchasing } from './purchasing';
import type { Rng } from './random';
import { HOUR, inOfficeHours } from './zone';

/** Goods that are paid when they are used: consignment, bill-only, bill-and-replace. */
export class Billing {
  private readonly rng: Rng;

  constructor(
    private readonly net: Network,
    private readonly orders: Orders,
    private readonly purchasing: Purchasing,
  ) {
    this.rng = net.rng('billing');
  }

  recorded(used: UsedDocument): void {
    const groups = new Map<string, UsedLine[]>();
    for (const line of used.lines) {
      if (line.flow === 'stock') continue;
      const key = `${line.item.supplier.code}|${line.flow}`;
      const list = groups.get(key);
      if (list) list.push(line);
      else groups.set(key, [line]);
    }
    for (const lines of groups.values()) {
      const when = inOfficeHours(this.net.now + this.rng.between(0.5, 6) * HOUR, used.facility.zone, 7, 19);
      this.net.clock.at(when, () => this.order(used, lines));
    }
  }

  private order(used: UsedDocument, lines: readonly UsedLine[]): void {
    const flow = lines[0]?.flow;
    if (flow === undefined || flow === 'stock') return;
    const requisitioned = this.rng.chance(flow === 'bill-only' ? 0.5 : 0.15);
    const needs = lines.map((line): Need => {
      const usage = { document: line.document, line: line.line };
      return {
        facility: used.facility, item: line.item, units: line.quantity, location: used.area.code, costCentre: used.area.costCentre, flow, point: undefined,
        triggeredBy: requisitioned ? [usage] : [], replenishment: undefined, usages: [usage], lot: line.lot, requisition: undefined,
      };
    });
    if (requisitioned) this.purchasing.requisition(used.facility, needs, true, true);
    else this.orders.create(used.facility, needs, flow, undefined, 0);
  }
}
