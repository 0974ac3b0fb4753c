import '@mantine/core/styles.css';
import '@mantine/dates/styles.css';
import '@mantine/charts/styles.css';
import '@mantine/notifications/styles.css';
import 'mantine-datatable/styles.css';
import './global.css';

import { ColorSchemeScript, mantineHtmlProps } from '@mantine/core';
import type { Metadata, Viewport } from 'next';
import type { ReactNode } from 'react';
import { currentViewer } from '@/server/auth/session';
import { env } from '@/server/env';
import { Shell } from './components/shell/shell';
import { Providers } from './providers';

// Every page depends on who asks.
export const dynamic = 'force-dynamic';

export const metadata: Metadata = {
  title: { default: 'Throughline', template: '%s · Throughline' },
  description: 'Operational visibility and lineage for hospital supply chains',
};

export const viewport: Viewport = { width: 'device-width', initialScale: 1 };

export default async function RootLayout({ children }: { children: ReactNode }) {
  const viewer = await currentViewer();
  return (
    <html lang="en" {...mantineHtmlProps}>
      <head>
        <ColorSchemeScript defaultColorScheme="auto" />
      </head>
      <body>
        <Providers>
          {viewer ? (
            <Shell viewer={viewer} simulated={env().THROUGHLINE_SIMULATED}>
              {children}
            </Shell>
          ) : (
            children
          )}
        </Providers>
      </body>
    </html>
  );
}
