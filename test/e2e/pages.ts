// What the issue promises of each page, written down apart from the code that keeps it.
import type { APIRequestContext } from 'playwright-core';
import { expect } from 'vitest';
import type { Role } from '../../server/auth/roles';
import { PATIENCE_MS } from '../support/browser';

export interface PagePromise {
  path: string;
  /** The page's one heading of the first level. */
  heading: RegExp;
  /** Who may see it. */
  roles: readonly Role[];
  /** A procedure and, where it has one, a list behind it; input besides the filters. */
  procedure: { name: string; input?: Record<string, unknown>; noFilters?: boolean };
  list?: { name: string; input?: Record<string, unknown> };
  /** Fewest charts that it draws. */
  charts: number;
  /** What it lists: rows of its tables where it does not say otherwise. */
  content?: string;
}

const EVERYONE: readonly Role[] = ['executive', 'supply', 'engineer', 'administrator'];

export const PAGES: readonly PagePromise[] = [
  { path: '/', heading: /Overview/, roles: EVERYONE, procedure: { name: 'overview.perStep' }, list: { name: 'overview.events' }, charts: 1 },
  { path: '/throughput', heading: /Throughput/, roles: EVERYONE, procedure: { name: 'throughput.activity' }, list: { name: 'throughput.events' }, charts: 3 },
  { path: '/lineage', heading: /Chains/, roles: EVERYONE, procedure: { name: 'lineage.flow' }, list: { name: 'lineage.orders' }, charts: 0 },
  { path: '/recall', heading: /Recall/, roles: EVERYONE, procedure: { name: 'recall.open' }, list: { name: 'recall.notices' }, charts: 0 },
  { path: '/exceptions', heading: /Exceptions/, roles: ['supply', 'engineer', 'administrator'], procedure: { name: 'exceptions.summary' }, list: { name: 'exceptions.all' }, charts: 1 },
  { path: '/receipts', heading: /Unmatched receipts/, roles: ['executive', 'supply', 'administrator'], procedure: { name: 'receipts.unmatched' }, list: { name: 'receipts.unmatched' }, charts: 1 },
  { path: '/invoices', heading: /Invoice mismatches/, roles: ['executive', 'supply', 'administrator'], procedure: { name: 'invoices.mismatches' }, list: { name: 'invoices.lines' }, charts: 2 },
  { path: '/orders', heading: /Open orders/, roles: ['executive', 'supply', 'administrator'], procedure: { name: 'orders.open' }, list: { name: 'orders.lines' }, charts: 2 },
  { path: '/quality', heading: /Data quality/, roles: ['supply', 'engineer', 'administrator'], procedure: { name: 'quality.summary' }, list: { name: 'quality.problems' }, charts: 1 },
  { path: '/cases', heading: /Case cost/, roles: ['executive', 'supply', 'administrator'], procedure: { name: 'cases.summary' }, list: { name: 'cases.groups' }, charts: 1 },
  { path: '/reconciliation', heading: /Reconciliation/, roles: EVERYONE, procedure: { name: 'reconciliation.summary' }, list: { name: 'reconciliation.windows' }, charts: 1 },
  { path: '/stockout', heading: /Stockout risk/, roles: ['executive', 'supply', 'administrator'], procedure: { name: 'stockout.summary' }, list: { name: 'stockout.lines' }, charts: 1 },
  { path: '/failures', heading: /Failures/, roles: ['engineer', 'administrator'], procedure: { name: 'failures.board' }, list: { name: 'failures.handovers' }, charts: 1 },
  { path: '/sla', heading: /SLA/, roles: EVERYONE, procedure: { name: 'sla.report', input: { part: 'plain' } }, charts: 0, content: '[data-figure]' },
  { path: '/alerts', heading: /Alerts/, roles: EVERYONE, procedure: { name: 'alerts.summary' }, list: { name: 'alerts.incidents' }, charts: 1 },
  { path: '/raci', heading: /RACI/, roles: EVERYONE, procedure: { name: 'raci.table', noFilters: true }, list: { name: 'raci.lines' }, charts: 0 },
  { path: '/users', heading: /People/, roles: ['administrator'], procedure: { name: 'users.all', noFilters: true }, charts: 0 },
];

export const ALL = { range: 'all' } as const;

/** Asks a procedure as the page does; `data` is its answer, undefined where it refused. */
export async function ask<T>(request: APIRequestContext, name: string, input?: unknown): Promise<{ status: number; data: T | undefined }> {
  const query = input === undefined ? '' : `?input=${encodeURIComponent(JSON.stringify({ json: input }))}`;
  const answer = await request.get(`/api/trpc/${name}${query}`);
  const body = (await answer.json()) as { result?: { data?: { json?: T } } };
  return { status: answer.status(), data: body.result?.data?.json };
}

export type Row = Record<string, string | number | null>;

/** The first rows of a list, as its page asks for them. */
export async function firstRows(request: APIRequestContext, list: string, input: Record<string, unknown> = {}, pageSize = 25): Promise<Row[]> {
  const { status, data } = await ask<{ rows: Row[] }>(request, 'list.page', { list, input: { filters: ALL, ...input }, page: 1, pageSize });
  if (!data) throw new Error(`The list ${list} answered ${status}.`);
  return data.rows;
}

/** Two ways to one count, asked one after the other while events go on arriving: waits until they say the same. */
export async function agree(one: () => Promise<number>, other: () => Promise<number | undefined>): Promise<void> {
  await expect.poll(async () => (await one()) - ((await other()) ?? NaN), { timeout: PATIENCE_MS }).toBe(0);
}

/** An order line whose chain has come as far as the ledger: order, receipt, invoice and posting. */
export async function postedOrderLine(request: APIRequestContext): Promise<string> {
  const [row] = await firstRows(request, 'lineage.orders', { chainState: 'posted', flow: 'three-way' });
  if (!row) throw new Error('No order line of the simulated network came as far as the ledger.');
  return String(row.id);
}

export function chainPath(type: string, id: string): string {
  return `/lineage/${encodeURIComponent(type)}/${encodeURIComponent(id)}`;
}
