import { router } from '../trpc/init';

export const exceptionsRouter = router({});
