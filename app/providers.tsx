'use client';

import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { NuqsAdapter } from 'nuqs/adapters/next/app';
import type { ReactNode } from 'react';
import { cssVariables, theme } from './theme';
import { TRPCReactProvider } from './trpc/react';

export function Providers({ children }: { children: ReactNode }) {
  return (
    <NuqsAdapter>
      <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto">
        <Notifications position="bottom-right" />
        <TRPCReactProvider>{children}</TRPCReactProvider>
      </MantineProvider>
    </NuqsAdapter>
  );
}
