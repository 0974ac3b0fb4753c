import { env } from '../env';
import { bounds, commonZone, facilities } from '../filters';
import { defaultRange } from '../range';
import { procedure, router } from '../trpc/init';

export const filtersRouter = router({
  /** What the log spans, the facilities this person may choose, and the range that holds where a link names none. */
  bounds: procedure('signed-in').query(async ({ ctx }) => {
    const [span, places] = await Promise.all([bounds(ctx), facilities(ctx)]);
    return {
      first: span?.first ?? null,
      last: span?.last ?? null,
      defaultRange: env().THROUGHLINE_DEFAULT_RANGE ?? defaultRange(span, new Date()),
      facilities: places,
      zone: commonZone(places),
    };
  }),
});
