import { createStore, type StoreConfig } from '../../clickhouse/client';
import { createCaller } from '../../server/routers/root';
import { LISTS } from '../../server/lists';
import { deskQuestions, type DeskSample } from './desk-questions';

const DAY_MS = 86_400_000;
const RANGE_DAYS = 30;

export interface Asked {
  readonly of: 'views';
  /** The end of the range that the pages are asked for, ISO 8601. */
  readonly to: string;
  /** An order line with a whole chain. */
  readonly line: string;
  /** Has the supply and finance desk asked more closely. */
  readonly desk?: DeskSample;
}

/** Asks once and answers when the page would have what it shows. `run` moves the range by a millisecond, so that no answer is one that was kept. */
export type Question = (run: number) => Promise<unknown>;

/** Every question of a page, asked as an administrator asks it, over 30 days. Answers that are kept for a while are worked out anew each time. */
export function questions(config: StoreConfig, { to, line, desk }: Asked): Record<string, Question> {
  const asker = (run: number) => {
    // Some answers are kept with their store.
    const store = createStore(config);
    const end = Date.parse(to) - run;
    const filters = { from: new Date(end - RANGE_DAYS * DAY_MS).toISOString(), to: new Date(end).toISOString() };
    return { store, filters, caller: createCaller({ store, viewer: { id: 'bench', name: 'bench', email: 'bench', role: 'administrator', facilities: null } }) };
  };
  const ask = (what: (of: ReturnType<typeof asker>) => Promise<unknown>): Question => async (run) => {
    const of = asker(run);
    try {
      return await what(of);
    } finally {
      await of.store.close();
    }
  };
  const asked: Record<string, Question> = {
    'overview.perStep': ask(({ caller, filters }) => caller.overview.perStep({ filters })),
    'overview.invoices': ask(({ caller, filters }) => caller.overview.invoices({ filters })),
    'overview.completeness': ask(({ caller, filters }) => caller.overview.completeness({ filters })),
    'throughput.activity': ask(({ caller, filters }) => caller.throughput.activity({ filters })),
    'failures.board': ask(({ caller, filters }) => caller.failures.board({ filters })),
    'lineage.flow': ask(({ caller, filters }) => caller.lineage.flow({ filters })),
    [CHAIN]: ask(({ caller }) => caller.lineage.object({ type: 'order-line', id: line })),
    [SEARCH]: ask(({ caller }) => caller.lineage.search({ q: line.split('/')[0] ?? line })),
    'receipts.unmatched': ask(({ caller, filters }) => caller.receipts.unmatched({ filters: { ...filters, range: 'all' } })),
    'invoices.mismatches': ask(({ caller, filters }) => caller.invoices.mismatches({ filters })),
    'invoices.differences': ask(({ caller, filters }) => caller.invoices.differences({ filters })),
    'invoices.blocked': ask(({ caller, filters }) => caller.invoices.blocked({ filters })),
    'invoices.contracts': ask(({ caller, filters }) => caller.invoices.contracts({ filters })),
    'reconciliation.summary': ask(({ caller, filters }) => caller.reconciliation.summary({ filters })),
    'orders.open': ask(({ caller, filters }) => caller.orders.open({ filters })),
    'quality.summary': ask(({ caller, filters }) => caller.quality.summary({ filters })),
    'cases.summary': ask(({ caller, filters }) => caller.cases.summary({ filters })),
    'exceptions.summary': ask(({ caller, filters }) => caller.exceptions.summary({ filters })),
    'stockout.summary': ask(({ caller, filters }) => caller.stockout.summary({ filters })),
    'sla.report plain': ask(({ caller, filters }) => caller.sla.report({ filters, part: 'plain' })),
    'sla.report match': ask(({ caller, filters }) => caller.sla.report({ filters, part: 'match' })),
    'alerts.summary': ask(({ caller, filters }) => caller.alerts.summary({ filters })),
  };
  const own: Record<string, object> = { 'lineage.objectEvents': { type: 'order-line', id: line } };
  for (const name of LISTS.keys()) {
    asked[`list ${name}`] = ask(({ caller, filters }) => caller.list.page({ list: name, input: { filters, ...own[name] }, page: 1, pageSize: 25, desc: false }));
  }
  if (desk) for (const [name, what] of Object.entries(deskQuestions(desk))) asked[name] = ask(what);
  return asked;
}

export const CHAIN = 'lineage.object (a chain)';
const SEARCH = 'lineage.search';
/** Questions that a key answers: they hardly grow with the log. */
export const BY_KEY = [CHAIN, SEARCH, 'list lineage.objectEvents'] as const;
