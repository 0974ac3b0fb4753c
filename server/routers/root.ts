import { createCallerFactory, router } from '../trpc/init';
import { alertsRouter } from './alerts';
import { casesRouter } from './cases';
import { exceptionsRouter } from './exceptions';
import { failuresRouter } from './failures';
import { filtersRouter } from './filters';
import { invoicesRouter } from './invoices';
import { lineageRouter } from './lineage';
import { listRouter } from './list';
import { liveRouter } from './live';
import { ordersRouter } from './orders';
import { overviewRouter } from './overview';
import { raciRouter } from './raci';
import { qualityRouter } from './quality';
import { recallRouter } from './recall';
import { reconciliationRouter } from './reconciliation';
import { receiptsRouter } from './receipts';
import { slaRouter } from './sla';
import { stockoutRouter } from './stockout';
import { throughputRouter } from './throughput';
import { usersRouter } from './users';

export const appRouter = router({
  alerts: alertsRouter,
  cases: casesRouter,
  exceptions: exceptionsRouter,
  failures: failuresRouter,
  filters: filtersRouter,
  invoices: invoicesRouter,
  lineage: lineageRouter,
  list: listRouter,
  live: liveRouter,
  orders: ordersRouter,
  overview: overviewRouter,
  raci: raciRouter,
  quality: qualityRouter,
  recall: recallRouter,
  receipts: receiptsRouter,
  reconciliation: reconciliationRouter,
  sla: slaRouter,
  stockout: stockoutRouter,
  throughput: throughputRouter,
  users: usersRouter,
});

export type AppRouter = typeof appRouter;

export const createCaller = createCallerFactory(appRouter);
