import { liveChanges } from '../live';
import { procedure, router } from '../trpc/init';

export const liveRouter = router({
  /** Says when the newest event was recorded: at once, on every change, and every 5 s as a sign of life. */
  changes: procedure('signed-in').subscription(({ ctx, signal }) =>
    liveChanges(ctx.store, signal ?? new AbortController().signal),
  ),
});
