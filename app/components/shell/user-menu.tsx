'use client';

import { ActionIcon, Menu, Text } from '@mantine/core';
import { IconLogout, IconUser } from '@tabler/icons-react';
import { signOut } from 'next-auth/react';
import { roleLabel } from '@/server/auth/roles';
import type { Viewer } from '@/server/auth/viewer';

/** By an address of this very host: NEXTAUTH_URL may name another one of the same machine. */
async function leave(): Promise<void> {
  await signOut({ redirect: false });
  // A full load: nothing of the person who left may stay in memory.
  window.location.replace(new URL('/signin', window.location.origin));
}

export function UserMenu({ viewer }: { viewer: Viewer }) {
  return (
    <Menu position="bottom-end" width={240}>
      <Menu.Target>
        <ActionIcon variant="default" size="lg" aria-label={`Signed in as ${viewer.name}, ${roleLabel(viewer.role)}`}>
          <IconUser size={18} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          <Text fw={600} size="sm" c="var(--mantine-color-text)">
            {viewer.name}
          </Text>
          <Text size="xs">{roleLabel(viewer.role)}</Text>
          <Text size="xs">
            {viewer.facilities === null ? 'All facilities' : viewer.facilities.join(', ')}
          </Text>
        </Menu.Label>
        <Menu.Divider />
        <Menu.Item
          leftSection={<IconLogout size={16} aria-hidden />}
          onClick={() => void leave()}
        >
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
