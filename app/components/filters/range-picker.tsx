'use client';

import { Button, Divider, Group, Popover, Stack, Text } from '@mantine/core';
import { DateTimePicker } from '@mantine/dates';
import { IconCalendarTime, IconChevronDown } from '@tabler/icons-react';
import dayjs from 'dayjs';
import timezone from 'dayjs/plugin/timezone';
import utc from 'dayjs/plugin/utc';
import { useState } from 'react';
import { RANGE_LABELS, RANGE_PRESETS } from '@/server/range';
import { formatTime } from '../format/format';
import { useBounds } from './use-bounds';
import { useFilters } from './use-filters';

dayjs.extend(utc);
dayjs.extend(timezone);

const LOCAL = 'YYYY-MM-DD HH:mm:ss';

/** Presets, or two ends in the zone of the facility shown (named beside them). */
export function RangePicker() {
  const filters = useFilters();
  const bounds = useBounds();
  const zone = bounds.zone;
  const [open, setOpen] = useState(false);
  const [start, setStart] = useState<string | null>(null);
  const [end, setEnd] = useState<string | null>(null);

  const between = filters.from && filters.to ? { from: filters.from, to: filters.to } : null;
  const preset = filters.range ?? bounds.defaultRange;
  const label = between
    ? `${formatTime(between.from, zone)} – ${formatTime(between.to, zone)}`
    : preset
      ? RANGE_LABELS[preset]
      : 'Time range';

  const onOpen = (next: boolean) => {
    if (next) {
      const from = between?.from ?? bounds.first;
      const to = between?.to ?? bounds.last;
      setStart(from ? dayjs(from).tz(zone).format(LOCAL) : null);
      setEnd(to ? dayjs(to).tz(zone).format(LOCAL) : null);
    }
    setOpen(next);
  };

  const from = start ? dayjs.tz(start, zone).toDate() : null;
  const to = end ? dayjs.tz(end, zone).toDate() : null;
  const valid = from !== null && to !== null && from < to;

  return (
    <Popover opened={open} onChange={onOpen} position="bottom-end" shadow="md" trapFocus returnFocus>
      <Popover.Target>
        <Button
          variant="default"
          size="xs"
          leftSection={<IconCalendarTime size={16} aria-hidden />}
          rightSection={<IconChevronDown size={14} aria-hidden />}
          onClick={() => onOpen(!open)}
          aria-label={`Time range: ${label}`}
          maw={{ base: 190, sm: 380 }}
        >
          {label}
        </Button>
      </Popover.Target>
      <Popover.Dropdown maw="calc(100vw - 24px)">
        <Stack gap="xs">
          <Group gap={6} maw={340}>
            {RANGE_PRESETS.map((item) => (
              <Button
                key={item}
                size="compact-sm"
                variant={!between && preset === item ? 'filled' : 'default'}
                aria-pressed={!between && preset === item}
                onClick={() => {
                  filters.setRange(item);
                  setOpen(false);
                }}
              >
                {RANGE_LABELS[item]}
              </Button>
            ))}
          </Group>
          <Divider label={`or between (${zone})`} />
          <DateTimePicker
            label="From"
            size="xs"
            value={start}
            onChange={setStart}
            valueFormat="YYYY-MM-DD HH:mm"
            popoverProps={{ withinPortal: false }}
          />
          <DateTimePicker
            label="To (not included)"
            size="xs"
            value={end}
            onChange={setEnd}
            valueFormat="YYYY-MM-DD HH:mm"
            popoverProps={{ withinPortal: false }}
            error={start && end && !valid ? 'The range ends before it starts.' : undefined}
          />
          <Button
            size="xs"
            disabled={!valid}
            onClick={() => {
              if (!valid) return;
              filters.setBetween(from, to);
              setOpen(false);
            }}
          >
            Show this range
          </Button>
          {bounds.first && bounds.last && (
            <Text size="xs" c="dimmed">
              Events from {formatTime(bounds.first, zone)} to {formatTime(bounds.last, zone)}
            </Text>
          )}
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
