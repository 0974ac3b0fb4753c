import { router } from '../trpc/init';

export const lineageRouter = router({});
