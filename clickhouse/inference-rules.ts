import Decimal from 'decimal.js';

/** How relations are inferred that nobody stated. Pure: moves of one item in, edges out, the same for any order of the moves. */

export type MoveKind = 'usage' | 'replenishment-line' | 'requisition-line' | 'order-line';

/** Something that moved, or was to move, an item. */
export interface Move {
  readonly kind: MoveKind;
  readonly id: string;
  readonly facility: string;
  readonly location: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly quantity: string | null;
  readonly uom: string;
  /** Some document states what this served, or what served it: `usage` and `requisition-line` downwards, `order-line` upwards. */
  readonly stated: boolean;
}

export const RULES = {
  /** What was used at a location since the last request for the item there is what the next request replaces. */
  USED_SINCE: 'used since the last request',
  /** A requisition that no order names is served by the next order of the item at the facility that names no requisition. */
  NEXT_ORDER: 'next order of the item',
} as const;
export type Rule = (typeof RULES)[keyof typeof RULES];

export interface InferredEdge {
  readonly from: { readonly type: MoveKind; readonly id: string };
  readonly to: { readonly type: MoveKind; readonly id: string };
  readonly qualifier: 'triggers' | 'orders';
  readonly rule: Rule;
  /** 0 to 1. */
  readonly confidence: number;
  readonly why: string;
  /** Of the later of the two; milliseconds since 1970. */
  readonly at: number;
}

const DAY = 86_400_000;
/** What was used longer ago than this was replaced by something else, or not at all. */
export const USED_WITHIN_MS = 60 * DAY;
/** An order follows its requisition within this time. */
export const ORDERED_WITHIN_MS = 14 * DAY;
const LONG_AGO_MS = 14 * DAY;

const byTime = (a: Move, b: Move): number => a.at - b.at || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
const stamp = (at: number): string => `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
const isRequest = ({ kind }: Move): boolean => kind === 'replenishment-line' || kind === 'requisition-line';

/** Edges into the requests and orders of one item, all facilities and locations together. */
export function inferEdges(moves: readonly Move[]): InferredEdge[] {
  const edges: InferredEdge[] = [];
  for (const group of grouped(moves, (move) => `${move.facility}\0${move.location}`)) edges.push(...usedSince(group));
  for (const group of grouped(moves, (move) => move.facility)) edges.push(...nextOrders(group));
  return edges;
}

function grouped(moves: readonly Move[], keyOf: (move: Move) => string): Move[][] {
  const groups = new Map<string, Move[]>();
  for (const move of moves) {
    const key = keyOf(move);
    const group = groups.get(key);
    if (group) group.push(move);
    else groups.set(key, [move]);
  }
  return [...groups.values()];
}

/** One location: the usages between two requests belong to the later one. */
function usedSince(moves: readonly Move[]): InferredEdge[] {
  const usages = moves.filter(({ kind }) => kind === 'usage').sort(byTime);
  const requests = moves.filter(isRequest).sort(byTime);
  const edges: InferredEdge[] = [];
  let next = 0;
  for (const [n, request] of requests.entries()) {
    const last = requests[n - 1];
    const before = last && request.at - last.at <= USED_WITHIN_MS ? last : undefined;
    const segment: Move[] = [];
    while (next < usages.length && (usages[next]?.at ?? Infinity) <= request.at) segment.push(usages[next++] as Move);
    const served = segment.filter((usage) => request.at - usage.at <= USED_WITHIN_MS);
    const total = totalOf(served, request);
    for (const usage of served) {
      // Another document says what it served.
      if (usage.stated) continue;
      const sure = total === null ? 0.9 : total.share >= 0.5 && total.share <= 1.5 ? 0.95 : 0.8;
      edges.push({
        from: { type: usage.kind, id: usage.id }, to: { type: request.kind, id: request.id }, qualifier: 'triggers', rule: RULES.USED_SINCE,
        confidence: round(sure - (request.at - usage.at > LONG_AGO_MS ? 0.1 : 0)), at: request.at,
        why: `Used at ${usage.location || 'the facility'} ${before ? `after the request of ${stamp(before.at)}` : 'before any other request for it there in two months'}, and asked for on ${stamp(request.at)}${total === null ? '' : `; ${total.used} ${request.uom} used, ${total.asked} asked for`}.`,
      });
    }
  }
  return edges;
}

/** What was used beside what was asked for; null where they are in different units, or one is not known. */
function totalOf(served: readonly Move[], request: Move): { used: string; asked: string; share: number } | null {
  if (request.quantity === null || new Decimal(request.quantity).lte(0) || served.some(({ quantity, uom }) => quantity === null || uom !== request.uom)) return null;
  const used = served.reduce((sum, { quantity }) => sum.plus(quantity ?? 0), new Decimal(0));
  return { used: used.toString(), asked: new Decimal(request.quantity).toString(), share: used.div(request.quantity).toNumber() };
}

/** One facility: each requisition line that no order names goes to the next order line that names none. */
function nextOrders(moves: readonly Move[]): InferredEdge[] {
  const orders = moves.filter(({ kind, stated }) => kind === 'order-line' && !stated).sort(byTime);
  const edges: InferredEdge[] = [];
  for (const requisition of moves.filter(({ kind, stated }) => kind === 'requisition-line' && !stated).sort(byTime)) {
    const order = orders.find((each) => each.at >= requisition.at);
    if (!order || order.at - requisition.at > ORDERED_WITHIN_MS) continue;
    const same = order.quantity !== null && requisition.quantity !== null && order.uom === requisition.uom && new Decimal(order.quantity).eq(requisition.quantity);
    edges.push({
      from: { type: requisition.kind, id: requisition.id }, to: { type: order.kind, id: order.id }, qualifier: 'orders', rule: RULES.NEXT_ORDER, confidence: same ? 0.8 : 0.6, at: order.at,
      why: `The next order of the item at ${order.facility || 'the facility'} after ${stamp(requisition.at)} that names no requisition${same ? ', over the same quantity' : ''}.`,
    });
  }
  return edges;
}

const round = (value: number): number => Math.round(value * 100) / 100;
