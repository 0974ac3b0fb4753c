import { ownership } from '../rules/ownership';
import { raciTable } from '../rules/raci-table';
import { procedure, router } from '../trpc/init';

/** Who has which part, and which system owns what: configuration, the same for everybody. */
export const raciRouter = router({
  table: procedure('raci:read').query(() => raciTable()),
  ownership: procedure('raci:read').query(() => ownership()),
});
