import { alertsLists } from './alerts';
import { casesLists } from './cases';
import { exceptionsLists } from './exceptions';
import { failuresLists } from './failures';
import { invoicesLists } from './invoices';
import { lineageLists } from './lineage';
import { ordersLists } from './orders';
import { overviewLists } from './overview';
import { raciLists } from './raci';
import { qualityLists } from './quality';
import { recallLists } from './recall';
import { receiptsLists } from './receipts';
import { reconciliationLists } from './reconciliation';
import { listRegistry } from './registry';
import { slaLists } from './sla';
import { stockoutLists } from './stockout';
import { throughputLists } from './throughput';

/** Every list of the product, by name. */
export const LISTS = listRegistry([
  alertsLists,
  casesLists,
  exceptionsLists,
  failuresLists,
  invoicesLists,
  lineageLists,
  ordersLists,
  overviewLists,
  raciLists,
  qualityLists,
  recallLists,
  receiptsLists,
  reconciliationLists,
  slaLists,
  stockoutLists,
  throughputLists,
]);
