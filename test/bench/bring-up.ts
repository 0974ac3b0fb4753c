import { refreshChains } from '../../clickhouse/chains';
import type { Store } from '../../clickhouse/client';
import { refreshMatches } from '../../clickhouse/matches';
import { refreshAllOpen } from '../../clickhouse/open-work';
import { facilitiesSeen } from '../../clickhouse/queries/span';
import { refreshWholeDesk } from '../../server/desk/keep';
import { refreshExceptions } from '../../server/exceptions/keep';
import { matchParams } from '../../server/rules/match';

/** What runs keep up with the log and not views, worked out for all of it, as after a change of rules. */
export async function bringUp(store: Store): Promise<void> {
  const zones = Object.fromEntries((await facilitiesSeen(store)).map(({ id, zone }) => [id, zone || 'UTC']));
  await refreshMatches(store, { ...matchParams(), zones, zone: 'UTC' }, { full: true });
  await refreshChains(store, { full: true });
  await refreshWholeDesk(store, 'UTC', { full: true });
  await refreshAllOpen(store, { full: true });
  await refreshExceptions(store);
}
