import { createStore, type StoreConfig } from '../../clickhouse/client';
import { createCaller } from '../../server/routers/root';
import type { LineageSample, Seed } from './lineage-sample';
import type { Question } from './questions';
import type { Waiting } from './waiting';

const DAY = 86_400_000;

/** Chains, as the sample has them; what the bar on a chain holds. */
export const CHAINS = ['chain, random', 'chain, hub item', 'chain, largest'] as const;
export const SEARCH = 'search: ';
/** All that the flow page asks for at once. */
export const FLOWS = ['flow', 'flow, one supplier', 'flow over time', 'flow paths'] as const;

/**
 * Each run asks for the next of the sample, so a p95 is one over the sample; of the flow page for a range of its own, since an
 * answer may be remembered. All are asked by one process with one store, as the web has.
 */
export function lineageQuestions(config: StoreConfig, sample: LineageSample, waiting: Waiting): Record<string, Question> {
  const store = waiting.on(createStore(config));
  const viewer = { id: 'bench', name: 'bench', email: 'bench', role: 'administrator', facilities: null } as const;
  const caller = createCaller({ store, viewer });
  const nth = <Of>(list: readonly Of[], run: number): Of => {
    const one = list[run % list.length];
    if (one === undefined) throw new Error('the sample is empty');
    return one;
  };
  const chain = (seeds: readonly Seed[]): Question => (run) => caller.lineage.object(nth(seeds, run));
  const flow = (ask: (filters: { from: string; to: string }) => Promise<unknown>): Question => (run) => {
    const end = Date.parse(sample.to) - run;
    return ask({ from: new Date(end - 30 * DAY).toISOString(), to: new Date(end).toISOString() });
  };
  const [random, hub, largest] = CHAINS;
  const [whole, supplier, overTime, paths] = FLOWS;
  return {
    [random]: chain(sample.chains.random),
    [hub]: chain(sample.chains.hub),
    [largest]: chain(sample.chains.largest),
    'chain, as of a week before': (run) => caller.lineage.object({ ...nth(sample.chains.random, run), asOf: new Date(Date.parse(sample.to) - 7 * DAY).toISOString() }),
    ...Object.fromEntries(Object.entries(sample.keys).filter(([, keys]) => keys.length > 0).map(([what, keys]): [string, Question] => [`${SEARCH}${what}`, (run) => caller.lineage.search({ q: nth(keys, run) })])),
    [whole]: flow((filters) => caller.lineage.flow({ filters })),
    [supplier]: flow((filters) => caller.lineage.flow({ filters, narrow: { supplier: sample.supplier } })),
    [overTime]: flow((filters) => caller.lineage.overTime({ filters })),
    [paths]: flow((filters) => caller.lineage.variants({ filters })),
  };
}
