import { router } from '../trpc/init';

export const stockoutRouter = router({});
