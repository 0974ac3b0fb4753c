'use client';

import { useQueryState, parseAsString } from 'nuqs';
import { SlaFigure } from './figure';
import { SlaReport } from './report';

/** The executive's report, or one of its figures: `?figure=<key>`. */
export function Sla() {
  const [figure] = useQueryState('figure', parseAsString);
  return figure ? <SlaFigure figureKey={figure} /> : <SlaReport />;
}
