import type { Expectations, Way } from './query-reads';

/** What a chain is walked along, and chains with the inferred relations that count. */

const LINKS: Way = 'key node_type,node_id,direction';

export const LINK_READS: Expectations = {
  'lineage_hop': { reads: { links: LINKS } },
  'lineage_ways': { reads: { links: LINKS }, params: { ways: ['up'] } },
  'lineage_steps': { reads: { link_steps: 'key node' } },
  'lineage_hop_inferred': { reads: { links: LINKS, inferred_links: LINKS } },
  'lineage_ways_inferred': { reads: { links: LINKS, inferred_links: LINKS }, params: { ways: ['up'] } },
  'lineage_chains_with_inferred_usage': { reads: { document_lines: ['key document_type,document_id', { kind: 'facts that are joined by what the named ones say' }], links: LINKS } },
  'lineage_chains_with_inferred_*': {
    reads: { document_lines: ['key document_type,document_id', { kind: 'facts that are joined by what the named ones say' }], links: LINKS, inferred_links: LINKS },
  },
};
