import { z } from 'zod';
import type { Store } from '@/clickhouse/client';
import { fillDays, refreshDesk, type DeskRun, type DeskView } from '@/clickhouse/desk';
import { FILL_CASES, fillCasesParams } from '@/clickhouse/queries/cases';
import { deskAsOf, type DeskViewName } from '@/clickhouse/queries/desk';
import { contractParams, FILL_CONTRACTS } from '@/clickhouse/queries/invoices-contracts';
import { fillReconciliationParams } from '@/clickhouse/queries/reconciliation';
import { FILL_RECONCILIATION } from '@/clickhouse/queries/reconciliation-sql';
import { facilitiesSeen } from '@/clickhouse/queries/span';
import { fillQuality } from '../quality/look';
import { reconciliationSettings } from '../rules/reconciliation';

/** Keeps what pages on cases, master data, reconciliation and contracts read up with the log and the rules. */

/** Names what the statements make of the same facts; another one has everything worked out anew. */
const EDITION = 1;
const EVERYWHERE: string[] = [];

const inZones = (zones: Readonly<Record<string, string>>, zone: string) => JSON.stringify([EDITION, Object.entries(zones).filter(([, own]) => own !== zone).sort(), zone]);

function cases(store: Store, zones: Readonly<Record<string, string>>, zone: string): DeskView {
  return {
    name: 'cases', rules: inZones(zones, zone),
    fill: ({ run, from, to }) => fillDays(store, 'cases_fill', FILL_CASES, z.object(fillCasesParams).parse({ run, from, to, facilities: EVERYWHERE, zones, zone })),
  };
}

function quality(store: Store): DeskView {
  return { name: 'quality', rules: JSON.stringify([EDITION]), fill: (span) => fillQuality(store, span) };
}

function reconciliation(store: Store): DeskView {
  const { statuses } = reconciliationSettings();
  return {
    name: 'reconciliation', rules: JSON.stringify([EDITION, Object.entries(statuses).sort()]),
    fill: ({ run, from, to }) => fillDays(store, 'reconciliation_fill', FILL_RECONCILIATION, z.object(fillReconciliationParams).parse({ run, from, to, facilities: EVERYWHERE, interface: '', status_classes: statuses })),
  };
}

function contracts(store: Store, zones: Readonly<Record<string, string>>, zone: string): DeskView {
  return {
    name: 'contracts', rules: inZones(zones, zone),
    fill: ({ run, from, to }) => fillDays(store, 'contracts_fill', FILL_CONTRACTS, { run, ...z.object(contractParams).parse({ from, to, facilities: EVERYWHERE, zones, zone }) }),
  };
}

/** A facility's zone changes with its master data: seldom. */
const ZONES_KEPT_MS = 60_000;

/**
 * For the keeper: a run of one view, whenever something has touched it.
 *
 * @param zone of facilities whose master data names none
 */
export function deskKeeper(store: Store, name: DeskViewName, zone: string): () => Promise<DeskRun | null> {
  let zones: Record<string, string> = {};
  let zonesAt = 0;
  return async () => {
    if ((name === 'cases' || name === 'contracts') && Date.now() - zonesAt > ZONES_KEPT_MS) {
      zones = await zonesOf(store, zone);
      zonesAt = Date.now();
    }
    return refreshDesk(store, { cases: () => cases(store, zones, zone), quality: () => quality(store), reconciliation: () => reconciliation(store), contracts: () => contracts(store, zones, zone) }[name]());
  };
}

/** For the keeper: a run of all of them, one after the other, so that they take no more of the machine than one would. What fails holds up none of the others. */
export function wholeDeskKeeper(store: Store, zone: string): () => Promise<{ tookMs: number } | null> {
  const keepers = (['reconciliation', 'quality', 'cases', 'contracts'] as const).map((name) => deskKeeper(store, name, zone));
  return async () => {
    let tookMs = 0;
    const failed: unknown[] = [];
    for (const keeper of keepers) {
      try {
        tookMs += (await keeper())?.tookMs ?? 0;
      } catch (error) {
        failed.push(error);
      }
    }
    if (failed.length > 0) throw failed[0];
    return tookMs > 0 ? { tookMs } : null;
  };
}

/** Brings all of them up at once, whatever was touched. */
export async function refreshWholeDesk(store: Store, zone: string, { full = false }: { full?: boolean } = {}): Promise<void> {
  const zones = await zonesOf(store, zone);
  for (const view of [cases(store, zones, zone), quality(store), reconciliation(store), contracts(store, zones, zone)]) await refreshDesk(store, view, { full });
}

async function zonesOf(store: Store, zone: string): Promise<Record<string, string>> {
  return Object.fromEntries((await facilitiesSeen(store)).map((facility) => [facility.id, facility.zone || zone]));
}

/** Up to when the rows of a view are right; null before they were worked out for the first time. */
export async function deskUntil(store: Store, view: DeskViewName): Promise<string | null> {
  const [last] = await deskAsOf(store, { view });
  return last && last.runs > 0 ? last.at : null;
}
