'use client';

import { ActionIcon, Alert, AppShell, Box, Burger, Group, NavLink, ScrollArea, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconFlask2, IconSearch } from '@tabler/icons-react';
import { usePathname } from 'next/navigation';
import type { ReactNode } from 'react';
import { can } from '@/server/auth/roles';
import type { Viewer } from '@/server/auth/viewer';
import { FacilityPicker } from '../filters/facility-picker';
import { FilterLink } from '../filters/filter-link';
import { RangePicker } from '../filters/range-picker';
import { LiveIndicator, LiveProvider } from '../live';
import { Brand } from './brand';
import { ColorSchemeToggle } from './color-scheme-toggle';
import { KeySearch } from './key-search';
import { isCurrent, NAVIGATION } from './navigation';
import { PrintLight } from './print-light';
import { UserMenu } from './user-menu';

function Navigation({ viewer, onNavigate }: { viewer: Viewer; onNavigate: () => void }) {
  const pathname = usePathname();
  const groups = NAVIGATION.map((group) => ({
    ...group,
    items: group.items.filter((item) => can(viewer.role, item.scope)),
  })).filter((group) => group.items.length > 0);
  return (
    <nav aria-label="Pages">
      {groups.map((group) => (
        <Box key={group.label ?? 'home'} mb="sm">
          {group.label && (
            <Text size="xs" fw={600} c="dimmed" px="sm" mb={2} tt="uppercase" lts={0.5}>
              {group.label}
            </Text>
          )}
          {group.items.map((item) => {
            const current = isCurrent(item.href, pathname);
            return (
              <NavLink
                key={item.href}
                component={FilterLink}
                href={item.href}
                label={item.label}
                leftSection={<item.icon size={18} stroke={1.7} aria-hidden />}
                active={current}
                aria-current={current ? 'page' : undefined}
                onClick={onNavigate}
                py={6}
                styles={{ root: { borderRadius: 'var(--mantine-radius-md)' }, label: { fontWeight: current ? 600 : 450 } }}
              />
            );
          })}
        </Box>
      ))}
    </nav>
  );
}

/** Header, navigation and page. On a phone the navigation is a drawer and the filters take a second row. */
export function Shell({
  viewer,
  simulated,
  children,
}: {
  viewer: Viewer;
  simulated: boolean;
  children: ReactNode;
}) {
  const [opened, { toggle, close }] = useDisclosure(false);
  const [searching, { toggle: toggleSearch, close: closeSearch }] = useDisclosure(false);
  return (
    <LiveProvider>
      <PrintLight />
      <AppShell
        header={{ height: { base: 100, md: 56 } }}
        navbar={{ width: 224, breakpoint: 'md', collapsed: { mobile: !opened } }}
        padding={{ base: 'sm', sm: 'md', lg: 'lg' }}
      >
        <a href="#content" className="tl-skip">
          Skip to the page
        </a>
        <AppShell.Header style={{ background: 'var(--tl-surface)' }}>
          <Group h={{ base: 52, md: 56 }} px="md" wrap="nowrap" gap="sm" justify="space-between">
            <Group gap="xs" wrap="nowrap">
              <Burger
                opened={opened}
                onClick={toggle}
                hiddenFrom="md"
                size="sm"
                aria-label={opened ? 'Close navigation' : 'Open navigation'}
                aria-expanded={opened}
              />
              <Brand />
            </Group>
            <Box visibleFrom="md" flex={1} maw={420}>
              <KeySearch />
            </Box>
            <Group gap="xs" wrap="nowrap">
              <Group gap="xs" wrap="nowrap" visibleFrom="md">
                <FacilityPicker />
                <RangePicker />
              </Group>
              <ActionIcon
                hiddenFrom="md"
                variant="default"
                size="lg"
                aria-label="Search"
                aria-expanded={searching}
                onClick={toggleSearch}
              >
                <IconSearch size={18} aria-hidden />
              </ActionIcon>
              <LiveIndicator />
              <ColorSchemeToggle />
              <UserMenu viewer={viewer} />
            </Group>
          </Group>
          <Group h={44} px="md" gap="xs" wrap="nowrap" hiddenFrom="md" align="flex-start">
            {searching ? (
              <Box flex={1}>
                <KeySearch autoFocus onDone={closeSearch} />
              </Box>
            ) : (
              <>
                <FacilityPicker />
                <RangePicker />
              </>
            )}
          </Group>
        </AppShell.Header>
        <AppShell.Navbar p="xs" style={{ background: 'var(--tl-surface)' }}>
          <ScrollArea type="auto">
            <Navigation viewer={viewer} onNavigate={close} />
          </ScrollArea>
        </AppShell.Navbar>
        <AppShell.Main id="content" tabIndex={-1} style={{ minWidth: 0, outline: 'none' }}>
          {simulated && (
            <Alert
              mb="sm"
              py={6}
              px="sm"
              radius="md"
              icon={<IconFlask2 size={16} aria-hidden />}
              styles={{ root: { background: 'var(--tl-info-soft)' }, icon: { color: 'var(--tl-info)', marginInlineEnd: 8 } }}
            >
              <Text size="sm">
                <b>Simulated hospital network.</b> Every event on these pages is made by the built-in simulator.
              </Text>
            </Alert>
          )}
          {children}
        </AppShell.Main>
      </AppShell>
    </LiveProvider>
  );
}
