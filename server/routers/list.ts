import { z } from 'zod';
import { LISTS } from '../lists';
import { refusal } from '../trpc/errors';
import { procedure, router } from '../trpc/init';

export const listRouter = router({
  /** One page of any list; the list itself checks role, input and tenant. Columns come along with the rows. */
  page: procedure('signed-in')
    .input(
      z.object({
        list: z.string().max(100),
        input: z.record(z.string(), z.unknown()),
        page: z.int().min(1),
        pageSize: z.int().min(1).max(500),
        sort: z.string().max(100).optional(),
        desc: z.boolean().optional(),
      }),
    )
    .query(async ({ ctx, input }) => {
      const list = LISTS.get(input.list);
      if (!list) throw refusal('not_found', `There is no list named ${input.list}.`);
      const { rows, total } = await list.page(ctx, input.input, input);
      return { columns: list.columns, rows, total };
    }),
});
