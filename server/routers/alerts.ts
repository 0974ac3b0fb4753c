import { router } from '../trpc/init';

export const alertsRouter = router({});
