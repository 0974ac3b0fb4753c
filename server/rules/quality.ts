import { z } from 'zod';
import { QUALITY_KINDS, type QualityKind } from '@/clickhouse/queries/quality';
import { loadRules } from './load';

/** Master-data problems and who puts them right: section `quality` of the rules file. */

/** Words for each kind. */
export const QUALITY: Readonly<Record<QualityKind, { label: string; meaning: string }>> = {
  'unmapped-usage': { label: 'Usage without an item', meaning: 'the item master has neither the item nor the GTIN of what was used' },
  'unknown-item': { label: 'Unknown item', meaning: 'requisitions, orders, shipments, receipts or invoices name an item that the item master has not' },
  'missing-pack-factor': { label: 'Missing pack factor', meaning: 'the item master does not say how many base units the unit of measure holds' },
  'duplicate-supplier': { label: 'Duplicate supplier', meaning: 'one supplier has several records; what names another than the first is counted' },
  'unknown-supplier': { label: 'Unknown supplier', meaning: 'documents name a supplier that the master data have not' },
  'unknown-location': { label: 'Unknown location', meaning: 'documents name a location that the master data have not' },
  'unknown-cost-centre': { label: 'Unknown cost centre', meaning: 'documents name a cost centre that the master data have not' },
  'missing-contract-price': { label: 'Missing contract price', meaning: 'orders name a contract that has no price for the item' },
};

const STEWARDS: Readonly<Record<QualityKind, string>> = {
  'unmapped-usage': 'item master', 'unknown-item': 'item master', 'missing-pack-factor': 'item master', 'duplicate-supplier': 'supplier master', 'unknown-supplier': 'supplier master', 'unknown-location': 'location master',
  'unknown-cost-centre': 'finance master data', 'missing-contract-price': 'contract management',
};

export const qualityRules = z.strictObject({
  stewards: z.partialRecord(z.enum(QUALITY_KINDS), z.string().trim().min(1).max(200)).default({}).meta({ title: 'Stewards', description: 'Who puts each kind of problem right: a person or a team' }),
});

export function stewardOf(kind: QualityKind): string {
  return loadRules('quality', qualityRules.prefault({})).stewards[kind] ?? STEWARDS[kind];
}
