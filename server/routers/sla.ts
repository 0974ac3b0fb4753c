import { router } from '../trpc/init';

export const slaRouter = router({});
