import { router } from '../trpc/init';

export const failuresRouter = router({});
