import { router } from '../trpc/init';

export const overviewRouter = router({});
