import type { createCaller } from '../../server/routers/root';

/** What the pages of the supply and finance desk ask: when they are opened, when somebody pages on, and when a filter is set. */

type Caller = ReturnType<typeof createCaller>;
type Filters = { from: string; to: string };
interface Asker {
  readonly caller: Caller;
  readonly filters: Filters;
}

/** Something of everything, so that a filter finds rows. */
export interface DeskSample {
  readonly supplier: string;
  readonly item: string;
  readonly facility: string;
  /** Object key of an invoice line that is matched. */
  readonly invoiceLine: string;
  /** A supplier whose receipts wait for an invoice. */
  readonly messageTo: string;
}

/** The lists of each page, with what narrows them as a person would. */
const LISTS: Readonly<Record<string, (of: DeskSample) => Record<string, unknown>>> = {
  'receipts.unmatched': ({ supplier }) => ({ supplier }), 'receipts.overDelivered': () => ({}), 'receipts.underDelivered': ({ supplier }) => ({ supplier }), 'receipts.accruals': () => ({}), 'receipts.accrualLines': () => ({ part: 'added' }), 'receipts.accrualPostings': () => ({}),
  'invoices.lines': ({ supplier, item }) => ({ supplier, item }), 'invoices.blocked': () => ({ view: 'all' }), 'invoices.suppliers': () => ({}), 'invoices.offContract': ({ supplier }) => ({ supplier }), 'invoices.contractPrices': ({ supplier }) => ({ supplier }),
  'orders.lines': ({ supplier }) => ({ supplier }),
  'exceptions.all': ({ item }) => ({ text: item }),
  'reconciliation.windows': () => ({ view: 'gaps' }), 'reconciliation.keys': () => ({ view: 'open' }), 'reconciliation.days': () => ({ view: 'to_sign' }),
  'quality.problems': () => ({ kind: 'missing-pack-factor' }), 'quality.lines': () => ({ failing: true }), 'quality.items': () => ({ text: 'glove' }),
  'cases.groups': () => ({ by: 'implant' }), 'cases.lines': ({ item }) => ({ item }),
};
const PAGE_SIZE = 25;
const LATER = 8;

/** Beside what `questions` asks of every page: a later page, a filter and one facility of every list, and what opens from them. */
export function deskQuestions(sample: DeskSample): Record<string, (of: Asker) => Promise<unknown>> {
  const asked: Record<string, (of: Asker) => Promise<unknown>> = {
    'receipts.message': ({ caller, filters }) => caller.receipts.message({ filters, supplier: sample.messageTo }),
    'invoices.line': ({ caller, filters }) => caller.invoices.line({ filters, id: sample.invoiceLine }),
    'exceptions.views': ({ caller }) => caller.exceptions.views(),
    'exceptions.preview': ({ caller, filters }) => caller.exceptions.preview({ filters, text: sample.item, act: { action: 'acknowledge' } }),
    'quality.systems': ({ caller, filters }) => caller.quality.systems({ filters }),
    'reconciliation.day': ({ caller, filters }) => caller.reconciliation.day({ facility: sample.facility, day: filters.to.slice(0, 10) }),
  };
  for (const [list, narrowed] of Object.entries(LISTS)) {
    const page = ({ caller }: Asker, input: Record<string, unknown>, number = 1) => caller.list.page({ list, input, page: number, pageSize: PAGE_SIZE, desc: false });
    asked[`list ${list} page ${LATER}`] = (of) => page(of, { filters: of.filters }, LATER);
    asked[`list ${list} narrowed`] = (of) => page(of, { filters: of.filters, ...narrowed(sample) });
    asked[`list ${list} one facility`] = (of) => page(of, { filters: { ...of.filters, facility: sample.facility } });
  }
  return asked;
}
