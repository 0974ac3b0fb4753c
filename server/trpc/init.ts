import { initTRPC } from '@trpc/server';
import superjson from 'superjson';
import type { Store } from '@/clickhouse/client';
import { can, type Scope } from '../auth/roles';
import type { Viewer } from '../auth/viewer';
import { codedError, publicMessage, reasonOf, refusal } from './errors';

export interface Context {
  /** Who asks; null for a visitor who has not signed in. */
  viewer: Viewer | null;
  store: Store;
}

const t = initTRPC.context<Context>().create({
  transformer: superjson,
  errorFormatter({ shape, error }) {
    return {
      ...shape,
      message: publicMessage(error),
      // The stack names files of this machine; the log has it.
      data: { code: shape.data.code, httpStatus: shape.data.httpStatus, path: shape.data.path, reason: reasonOf(error) },
    };
  },
  sse: {
    ping: { enabled: true, intervalMs: 10_000 },
    client: { reconnectAfterInactivityMs: 30_000 },
  },
});

const coded = t.middleware(async ({ next }) => {
  const result = await next();
  if (!result.ok) throw codedError(result.error);
  return result;
});

/**
 * The only way to make a procedure: it names the scope that the caller's role must hold, or
 * 'signed-in' for what every signed-in person may ask. Each procedure checks by itself; layout,
 * proxy and navigation are no security.
 *
 * @example procedure('receipts:read').input(z.object({ filters: filtersInput })).query(…)
 */
export function procedure(scope: Scope | 'signed-in') {
  return t.procedure.use(coded).use(({ ctx, next }) => {
    if (!ctx.viewer) throw refusal('signed_out', 'Please sign in.');
    if (scope !== 'signed-in' && !can(ctx.viewer.role, scope)) {
      throw refusal('not_allowed', 'Your role does not include this.');
    }
    return next({ ctx: { ...ctx, viewer: ctx.viewer } });
  });
}

export const router = t.router;
export const createCallerFactory = t.createCallerFactory;

/** Context of a procedure that passed its check. */
export type SignedIn = Context & { viewer: Viewer };
