import { z } from 'zod';
import { boardOf } from '../exceptions/board';
import { currentExceptions } from '../exceptions/current';
import { resolveFilters } from '../filters';
import { filtersInput } from '../range';
import { EXCEPTION_KINDS, PARTIES } from '../rules/raci';
import { procedure, router } from '../trpc/init';

export const exceptionsRouter = router({
  /** Totals of the work list, by kind, owner, money and time. */
  summary: procedure('exceptions:read')
    .input(z.object({ filters: filtersInput, kind: z.enum(EXCEPTION_KINDS).optional(), owner: z.enum(PARTIES).optional() }))
    .query(async ({ ctx, input: { filters, kind, owner } }) => {
      const resolved = await resolveFilters(ctx, filters);
      return boardOf(await currentExceptions(ctx, resolved), resolved, { kind, owner });
    }),
});
