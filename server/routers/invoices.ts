import { router } from '../trpc/init';

export const invoicesRouter = router({});
