import { fetchRequestHandler } from '@trpc/server/adapters/fetch';
import { currentViewer } from '@/server/auth/session';
import { appRouter } from '@/server/routers/root';
import { store } from '@/server/store';

export const dynamic = 'force-dynamic';

function handler(request: Request) {
  return fetchRequestHandler({
    endpoint: '/api/trpc',
    req: request,
    router: appRouter,
    createContext: async () => ({ viewer: await currentViewer(), store: store() }),
    // A feed's connection is not used again when the feed ends: a stopping server waits for idle ones.
    responseMeta: ({ type }) => (type === 'subscription' ? { headers: new Headers({ connection: 'close' }) } : {}),
    onError({ path, error }) {
      if (error.code === 'INTERNAL_SERVER_ERROR') {
        console.error(`${path ?? 'unknown procedure'} failed:`, error.cause ?? error);
      }
    },
  });
}

export { handler as GET, handler as POST };
