import { router } from '../trpc/init';

export const receiptsRouter = router({});
