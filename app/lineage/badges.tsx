'use client';

import { Tooltip } from '@mantine/core';
import { StateBadge } from '../components/state/state-badge';
import { CHAIN_STATE, STAGE_STATE } from './words';

/** A stage's state as icon, word and colour; its meaning on hover. */
export function StageBadge({ state, size = 'sm', label }: { state: string; size?: 'sm' | 'md'; label?: string }) {
  const known = STAGE_STATE[state];
  return (
    <Tooltip label={known?.help ?? state}>
      <span>
        <StateBadge state={state} meaning={known?.meaning} label={label ?? known?.word} size={size} />
      </span>
    </Tooltip>
  );
}

export function ChainStateBadge({ state, size = 'sm' }: { state: string; size?: 'sm' | 'md' | 'lg' }) {
  const known = CHAIN_STATE[state];
  return <StateBadge state={state} meaning={known?.meaning} label={known?.word} size={size} />;
}
