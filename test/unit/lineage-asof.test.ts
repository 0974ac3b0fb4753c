import { describe, expect, it } from 'vitest';
import { drawingOf, MANY } from '../../app/lineage/chain/fold';
import { formatMoment, lateness, momentAt, momentsOf } from '../../app/lineage/chain/moments';
import { ticksOf, timelineOf } from '../../app/lineage/chain/timeline-rows';
import { thenOf } from '../../server/lineage/as-of';
import type { ChainView, NodeView } from '../../server/lineage/view';

const node = (type: string, id: string, stage: number, at: string | null, over: Partial<NodeView> = {}): NodeView => ({
  key: `${type} ${id}`, type, id, document: id, line: '1', stage, title: type, side: 'down', orphan: false, handovers: [], state: 'used', meaning: 'ok', facility: 'F', at, lastAt: at,
  quantity: '2', uom: 'EA', price: null, amount: '5', currency: 'USD', item: 'I', supplier: '', flowType: '', dueAt: null, invoiceNumber: '', notes: [], ...over,
});
const edge = (from: NodeView, to: NodeView, elapsedMs: number | null = null) => ({ id: `${from.key} → ${to.key} triggers`, from: from.key, to: to.key, qualifier: 'triggers', whole: false, inferred: null, elapsedMs });
const event = (of: NodeView, time: string, recorded_at: string, over: Partial<ChainView['events'][number]> = {}): ChainView['events'][number] => ({
  event_key: `${of.key} ${time}`, id: '', type: 'clinical.usage.recorded.v1', document_type: of.type, action: 'recorded', time, recorded_at, source: '', facility: 'F', interface: '', pattern: '', target: '', outcome: '',
  attempt: 0, latency_ms: null, error_class: '', error_code: '', error_message: '', document_id: of.document, revision: 0, replay_of: '', lines: ['1'], stream_seq: 0, nodes: [of.key], ...over,
});
const chain = (nodes: NodeView[], over: Partial<ChainView> = {}): ChainView => ({
  seed: { key: nodes[0]?.key ?? '', type: nodes[0]?.type ?? '', id: nodes[0]?.id ?? '' }, nodes, edges: [], ghosts: [], folded: [], verdicts: [], money: [], context: [], events: [], eventsCut: false, more: 0, hidden: 0,
  asOf: '2026-03-20T00:00:00.000Z', ...over,
});

const order = node('order-line', 'O/10', 3, '2026-03-01T10:00:00.000Z', { state: 'sent' });
const usages = Array.from({ length: MANY + 3 }, (_, i) => node('usage', `U${i}/1`, 0, `2026-02-2${i % 9}T10:00:00.000Z`));

describe('folding', () => {
  const full = chain([order, ...usages], { edges: usages.map((usage, i) => edge(usage, order, (i + 1) * 3_600_000)) });

  it('draws many of a kind as one, with what they come to and how long they took', () => {
    const drawing = drawingOf(full, null, [], null);
    expect(drawing.nodes.map((each) => each.key)).toEqual([order.key]);
    expect(drawing.groups).toMatchObject([{ key: 'many usage used', count: MANY + 3, quantity: String(2 * (MANY + 3)), amount: String(5 * (MANY + 3)), from: '2026-02-20T10:00:00.000Z' }]);
    expect(drawing.edges).toMatchObject([{ from: 'many usage used', to: order.key, words: [`${MANY + 3} × triggers`, '1 h –', '11 h'] }]);
  });

  it('opens on demand, and never folds the seed or what is chosen', () => {
    const open = drawingOf(full, null, ['many usage used'], null);
    expect(open.nodes).toHaveLength(MANY + 4);
    expect(open.opened.map((group) => group.key)).toEqual(['many usage used']);
    const chosen = drawingOf(full, null, [], usages[2]?.key ?? null);
    expect(chosen.nodes.map((each) => each.key)).toEqual([order.key, usages[2]?.key]);
    expect(chosen.edges).toHaveLength(2);
  });

  it('a sum of different units, or with one unknown, is none', () => {
    const mixed = chain([order, ...usages.map((usage, i) => (i === 0 ? { ...usage, uom: 'BX', amount: null } : usage))]);
    expect(drawingOf(mixed, null, [], null).groups[0]).toMatchObject({ quantity: null, amount: null });
  });
});

describe('moments', () => {
  const events = [event(order, '2026-03-01T10:00:00.000Z', '2026-03-01T10:00:01.000Z'), event(order, '2026-03-01T09:00:00.000Z', '2026-03-01T10:00:01.500Z'), event(order, '2026-03-02T09:00:00.000Z', '2026-03-05T10:00:00.000Z')];

  it('are told apart by when things were recorded; what came together is one', () => {
    const moments = momentsOf([...events].reverse());
    expect(moments.map((moment) => [moment.at, moment.events.length])).toEqual([['2026-03-01T10:00:01.500Z', 2], ['2026-03-05T10:00:00.000Z', 1]]);
    expect(momentAt(moments, '2026-02-01T00:00:00.000Z')).toBe(-1);
    expect(momentAt(moments, '2026-03-05T09:59:59.999Z')).toBe(0);
    expect(momentAt(moments, '2026-03-05T10:00:00.000Z')).toBe(1);
  });

  it('say how late they were, from an hour on', () => {
    expect(events.map(lateness)).toEqual([null, 3_601_500, 262_800_000]);
  });

  it('are written in the zone asked for, with its offset', () => {
    expect(formatMoment('2026-03-31T21:59:59.999Z', 'Europe/Brussels')).toBe('31 March 2026, 23:59 (UTC+2)');
    expect(formatMoment('2026-01-31T22:59:00.000Z', 'America/Chicago')).toBe('31 January 2026, 16:59 (UTC−6)');
    expect(formatMoment('2026-01-31T22:59:07.250Z', 'UTC')).toBe('31 January 2026, 22:59:07 (UTC)');
  });
});

describe('then and now', () => {
  it('tells what had happened unknown from what came later', () => {
    const known = node('receipt-line', 'R1/1', 5, '2026-03-05T10:00:00.000Z');
    const later = node('invoice-line', 'I1/1', 6, '2026-03-15T10:00:00.000Z');
    const now = chain([order, known, later], { edges: [edge(order, known), edge(order, later)], events: [event(known, '2026-03-05T10:00:00.000Z', '2026-03-12T10:00:00.000Z')] });
    const then = thenOf(new Date('2026-03-10T00:00:00Z'), chain([order]), now);
    expect(then.notYet.map((each) => [each.key, each.happened, each.recordedAt])).toEqual([[known.key, true, '2026-03-12T10:00:00.000Z'], [later.key, false, null]]);
    expect(then.edges).toHaveLength(2);
    expect(drawingOf(chain([order]), then, [], null).edges.map((each) => each.kind)).toEqual(['not-yet', 'not-yet']);
  });
});

describe('the timeline', () => {
  const receipt = node('receipt-line', 'R1/1', 5, '2026-03-05T10:00:00.000Z', { lastAt: '2026-03-06T10:00:00.000Z' });
  const ghost = { key: 'gap invoice', stage: 'invoice' as const, column: 6, state: 'overdue', due: '2026-03-15T00:00:00.000Z', anchor: order.key, after: [receipt.key], before: [] };
  const view = chain([order, receipt], {
    edges: [edge(order, receipt)], ghosts: [ghost],
    events: [event(receipt, '2026-03-05T10:00:00.000Z', '2026-03-05T10:00:00.000Z', { outcome: 'failed', target: 'erp', attempt: 1 }), event(receipt, '2026-03-07T10:00:00.000Z', '2026-03-07T10:00:00.000Z', { outcome: 'succeeded', target: 'erp', attempt: 2 })],
  });

  it('has a row for each document and missing stage, with waits, attempts and what is overdue', () => {
    const times = timelineOf(view, drawingOf(view, null, [], null));
    expect(times.rows.map((row) => [row.key, row.kind])).toEqual([[order.key, 'document'], [receipt.key, 'document'], ['gap invoice', 'gap']]);
    const [, received, missing] = times.rows;
    expect(received).toMatchObject({ to: Date.parse('2026-03-07T10:00:00Z'), wait: { from: Date.parse('2026-03-01T10:00:00Z'), to: Date.parse('2026-03-05T10:00:00Z') } });
    expect(received?.marks.map((mark) => mark.kind)).toEqual(['failed', 'arrived']);
    expect(missing).toMatchObject({ from: Date.parse('2026-03-05T10:00:00Z'), overdueSince: Date.parse('2026-03-15T00:00:00Z'), to: Date.parse('2026-03-20T00:00:00Z'), marks: [{ kind: 'overdue' }] });
    expect(times.now).toBe(Date.parse('2026-03-20T00:00:00Z'));
  });

  it('ends with its last event where nothing is missing', () => {
    const done = { ...view, ghosts: [] };
    const times = timelineOf(done, drawingOf(done, null, [], null));
    expect([times.to, times.now]).toEqual([Date.parse('2026-03-07T10:00:00Z'), null]);
  });

  it('has its ticks at the beginnings of days by the wall clock, across a clock change', () => {
    const ticks = ticksOf(Date.parse('2026-03-27T12:00:00Z'), Date.parse('2026-03-31T12:00:00Z'), 'Europe/Brussels', 6);
    expect(ticks.map((tick) => [new Date(tick.at).toISOString(), tick.label])).toEqual([
      ['2026-03-27T23:00:00.000Z', '28 Mar'], ['2026-03-28T23:00:00.000Z', '29 Mar'], ['2026-03-29T22:00:00.000Z', '30 Mar'], ['2026-03-30T22:00:00.000Z', '31 Mar'],
    ]);
  });
});
