import { z } from 'zod';
import { NarrowTheRange } from '@/clickhouse/errors';
import { resolveFilters } from '../filters';
import { filtersInput } from '../range';
import { recallInput } from '../recall/ask';
import { carriersOf, noticesOf, recallOf } from '../recall/recall';
import { summaryOf } from '../recall/summary';
import { procedure, router } from '../trpc/init';

export const recallRouter = router({
  /** What is known of a lot and an item: figures, the items that carry it, and the recalls that are open on it. */
  find: procedure('recall:read')
    .input(recallInput.extend({ filters: filtersInput.default({}) }))
    .query(async ({ ctx, input }) => {
      const { facilityList } = await resolveFilters(ctx, input.filters);
      const recall = await recallOf(ctx.store, input, facilityList);
      const { subject, notices } = recall;
      const carriers = await carriersOf(ctx.store, recall);
      return {
        items: subject.items, lots: subject.lots, barcode: subject.barcode, unknown: subject.unknown, lookedIn: subject.lookedIn,
        rows: recall.rows.length, summary: summaryOf(recall.rows), notices, carriers,
        /** The lot is carried by several items, and which one is meant was not said. */
        choose: subject.items.length === 0 && subject.gtins.length === 0 && carriers.filter((carrier) => carrier.item !== '' || carrier.gtin !== '').length > 1,
      };
    }),

  /** How many lines of the item state no lot, so that nobody can rule them out; null where there are more than can be gone through. */
  unstated: procedure('recall:read')
    .input(recallInput.extend({ filters: filtersInput.default({}) }))
    .query(async ({ ctx, input }) => {
      const { facilityList } = await resolveFilters(ctx, input.filters);
      try {
        const { rows } = await recallOf(ctx.store, { ...input, unstated: true }, facilityList);
        return { lines: rows.length, used: rows.filter((row) => row.happened === 'used').length };
      } catch (error) {
        if (error instanceof NarrowTheRange) return { lines: null, used: null };
        throw error;
      }
    }),

  /** How many recalls stand open. */
  open: procedure('recall:read')
    .input(z.object({ filters: filtersInput.default({}) }))
    .query(async ({ ctx, input }) => {
      const { facilityList } = await resolveFilters(ctx, input.filters);
      const notices = await noticesOf(ctx.store, facilityList);
      return { open: notices.filter((notice) => notice.closedAt === null).length, closed: notices.filter((notice) => notice.closedAt !== null).length };
    }),
});
