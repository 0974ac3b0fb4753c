import { router } from '../trpc/init';

export const throughputRouter = router({});
