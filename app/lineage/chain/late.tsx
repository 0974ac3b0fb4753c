'use client';

import { Text, Tooltip } from '@mantine/core';
import { IconClockPlus } from '@tabler/icons-react';
import { formatDuration, formatTime } from '../../components/format/format';
import { lateness } from './moments';

/** How long after it happened an event was recorded: said where it is notable, `always` in any case. */
export function Late({ event, always = false, zone = 'UTC' }: { event: { time: string; recorded_at: string }; always?: boolean; zone?: string }) {
  const late = lateness(event);
  if (late === null) {
    if (!always) return null;
    const delay = formatDuration(Date.parse(event.recorded_at) - Date.parse(event.time));
    return <Text span size="sm" c="dimmed">{delay}</Text>;
  }
  const text = (
    <Text span size="xs" fw={600} tabIndex={always ? undefined : 0} style={{ color: 'var(--tl-watch)', whiteSpace: 'nowrap' }}>
      <IconClockPlus size={13} aria-hidden style={{ verticalAlign: -2 }} /> {formatDuration(late)} late
    </Text>
  );
  return always ? text : <Tooltip label={`Happened ${formatTime(event.time, zone)}, recorded ${formatTime(event.recorded_at, zone)}`}>{text}</Tooltip>;
}
