'use client';

import { Group, Text } from '@mantine/core';
import Link from 'next/link';

/** Three stages on one line: the product's mark. */
export function BrandMark({ size = 22 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" aria-hidden focusable="false">
      <path d="M2 16h5l5-8h10" fill="none" stroke="var(--mantine-color-anchor)" strokeWidth="2.4" strokeLinecap="round" strokeLinejoin="round" />
      <circle cx="7" cy="16" r="2.6" fill="var(--mantine-color-anchor)" />
      <circle cx="12" cy="8" r="2.6" fill="var(--mantine-color-anchor)" />
      <circle cx="20" cy="8" r="2.6" fill="var(--mantine-color-anchor)" />
    </svg>
  );
}

export function Brand() {
  return (
    <Link href="/" style={{ color: 'inherit', textDecoration: 'none' }} aria-label="Throughline, overview">
      <Group gap={8} wrap="nowrap">
        <BrandMark />
        <Text fw={700} size="md" visibleFrom="xs">
          Throughline
        </Text>
      </Group>
    </Link>
  );
}
