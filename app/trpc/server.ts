import 'server-only';

import { createTRPCOptionsProxy } from '@trpc/tanstack-react-query';
import { cache } from 'react';
import { currentViewer } from '@/server/auth/session';
import { appRouter, createCaller } from '@/server/routers/root';
import { store } from '@/server/store';
import type { Context } from '@/server/trpc/init';
import { createQueryClient } from './query-client';

/** The request's own query client and context, for server components that ask before they draw. */
export const requestQueryClient = cache(createQueryClient);

const requestContext = cache(async (): Promise<Context> => ({ viewer: await currentViewer(), store: store() }));

export const trpc = createTRPCOptionsProxy({
  ctx: requestContext,
  router: appRouter,
  queryClient: requestQueryClient,
});

export const caller = cache(async () => createCaller(await requestContext()));
