'use client';

import { Badge } from '@mantine/core';
import {
  IconAlertTriangle,
  IconCircleCheck,
  IconHelpCircle,
  IconInfoCircle,
  IconUrgent,
  type Icon,
} from '@tabler/icons-react';
import { meaningOf, stateWord, type Meaning } from './state';

export const MEANING_ICON: Record<Meaning, Icon> = {
  ok: IconCircleCheck,
  watch: IconAlertTriangle,
  breach: IconUrgent,
  unknown: IconHelpCircle,
  info: IconInfoCircle,
};

/**
 * A state as icon, word and colour. `state` is any of the house's states (see state.ts); `meaning`
 * overrides the colour, `label` the word.
 */
export function StateBadge({
  state,
  meaning,
  label,
  size = 'md',
}: {
  state: string | null | undefined;
  meaning?: Meaning;
  label?: string;
  size?: 'sm' | 'md' | 'lg';
}) {
  const kind = meaning ?? meaningOf(state);
  const Icon = MEANING_ICON[kind];
  return (
    <Badge
      size={size}
      variant="light"
      radius="sm"
      leftSection={<Icon size={size === 'lg' ? 16 : 13} aria-hidden />}
      styles={{
        root: {
          background: `var(--tl-${kind}-soft)`,
          color: `var(--tl-${kind})`,
          overflow: 'visible',
        },
        label: { overflow: 'visible' },
      }}
    >
      {label ?? stateWord(state)}
    </Badge>
  );
}
