import { defaultShouldDehydrateQuery, QueryClient } from '@tanstack/react-query';
import superjson from 'superjson';
import { reasonOfError } from '@/app/components/state/reason';

/** One per browser, and one per request on the server. */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        // The live hook says when something has changed; a remount alone is no reason to ask again.
        staleTime: 15_000,
        refetchOnWindowFocus: true,
        // Only a source that is down may be up the next moment; a refusal stays a refusal.
        retry: (count, error) => count < 2 && reasonOfError(error) === 'source_down',
        retryDelay: (attempt) => Math.min(4_000, 500 * 2 ** attempt),
      },
      dehydrate: {
        serializeData: superjson.serialize,
        shouldDehydrateQuery: (query) =>
          defaultShouldDehydrateQuery(query) || query.state.status === 'pending',
      },
      hydrate: { deserializeData: superjson.deserialize },
    },
  });
}
