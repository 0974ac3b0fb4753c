'use client';

import { Figure, FigureRow } from './components/figure';
import { useBounds } from './components/filters/use-bounds';
import { Time } from './components/format/values';
import { useLive } from './components/live';
import { PageHeader } from './components/page-header';

export function Overview() {
  const bounds = useBounds();
  const live = useLive();
  return (
    <>
      <PageHeader title="Overview" subtitle="What the log spans" />
      <FigureRow>
        <Figure label="Facilities" value={String(bounds.facilities.length)} />
        <Figure label="First event" value={bounds.first ? <Time value={bounds.first} zone={bounds.zone} /> : null} />
        <Figure label="Newest recorded" value={live.newest ? <Time value={live.newest} zone={bounds.zone} /> : null} />
      </FigureRow>
    </>
  );
}
