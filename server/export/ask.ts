import { z } from 'zod';
import { can } from '../auth/roles';
import { resolveFilters } from '../filters';
import { LISTS } from '../lists';
import type { ObjectRef } from '../lineage/objects';
import { filtersInput } from '../range';
import { refusal } from '../trpc/errors';
import type { SignedIn } from '../trpc/init';
import { NarrowTheRange } from '@/clickhouse/errors';
import { chainNodes, MOST_CHAINS } from './chain-nodes';
import { ocelJson } from './ocel';
import { openLineageNdjson } from './openlineage';

/** What an address asks for, checked against role and facilities as for the pages, and the file that answers it. */

const envelope = z.object({ filters: filtersInput.default({}) });
/** The list of the chains page that is narrowed; the narrowing itself is the list's own input. */
const ocelInput = envelope.extend({ tab: z.enum(['chains', 'orders', 'usages', 'requisitions']).default('chains'), inferred: z.boolean().default(false) });
/** Words of an input that narrow nothing. */
const NO_NARROWING = new Set(['filters', 'tab', 'inferred']);

function parsed<T extends z.ZodType>(schema: T, given: unknown): z.output<T> {
  const result = schema.safeParse(given);
  if (!result.success) throw refusal('bad_input', result.error.issues.map((issue) => `${issue.path.join('.') || 'input'}: ${issue.message}`).join('; '));
  return result.data;
}

/**
 * OCEL of what the chains page shows: not narrowed, every event of the range; narrowed, the whole chains that its list
 * shows, which began in the range, with all their events.
 */
export async function* ocelExport(ctx: SignedIn, given: unknown, signal: AbortSignal): AsyncGenerator<string> {
  if (!can(ctx.viewer.role, 'lineage:read')) throw refusal('not_allowed', 'Your role does not include this export.');
  const { filters, tab, inferred } = parsed(ocelInput, given);
  const { from, to, facilityList: facilities } = await resolveFilters(ctx, filters);
  const narrowed = typeof given === 'object' && given !== null && Object.entries(given).some(([key, value]) => !NO_NARROWING.has(key) && value !== undefined && value !== null && value !== '');
  const nodes = narrowed ? await chainNodes(ctx.store, await anchorsOf(ctx, tab, given, signal)) : undefined;
  yield* ocelJson(ctx.store, { from, to, facilities, inferred, ...(nodes ? { nodes } : {}) }, signal);
}

/** The very chains that the page lists: the list checks its input, role and facilities itself. */
async function anchorsOf(ctx: SignedIn, tab: string, given: unknown, signal: AbortSignal): Promise<ObjectRef[]> {
  const list = LISTS.get(`lineage.${tab}`);
  if (!list) throw refusal('not_found', 'There is no such list of chains.');
  const anchors: ObjectRef[] = [];
  for await (const rows of list.stream(ctx, given, {}, signal)) {
    for (const row of rows) anchors.push({ type: String(row.anchor), id: String(row.id) });
    if (anchors.length > MOST_CHAINS) throw new NarrowTheRange('lineage_chains', `More than ${MOST_CHAINS.toLocaleString('en-US')} chains are meant: narrow the range, or the filter.`);
  }
  return anchors;
}

/** OpenLineage run events of the interfaces. */
export async function* openLineageExport(ctx: SignedIn, given: unknown, signal: AbortSignal): AsyncGenerator<string> {
  if (!can(ctx.viewer.role, 'throughput:read')) throw refusal('not_allowed', 'Your role does not include this export.');
  const { from, to, facilityList: facilities } = await resolveFilters(ctx, parsed(envelope, given).filters);
  yield* openLineageNdjson(ctx.store, { from, to, facilities }, signal);
}
