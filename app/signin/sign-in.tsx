'use client';

import { Alert, Box, Button, Center, Divider, Group, Paper, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core';
import { IconAlertTriangle, IconChevronRight, IconFlask2, IconKey } from '@tabler/icons-react';
import { signIn } from 'next-auth/react';
import { useState } from 'react';
import { homeOf, ROLES, roleLabel, type Role } from '@/server/auth/roles';
import { BrandMark } from '../components/shell/brand';
import { ColorSchemeToggle } from '../components/shell/color-scheme-toggle';

const ROLE_TEXT: Record<Role, string> = {
  executive: 'SLA report, trends, what it costs',
  supply: 'Exceptions, receipts, invoices, stockout risk',
  engineer: 'Failures, throughput, replays',
  administrator: 'Everything, and who may sign in',
};

const ERRORS: Record<string, string> = {
  wrong: 'E-mail address or password is wrong.',
  blocked: 'Too many failed tries. Wait 15 minutes and try again.',
  disabled: 'This account is switched off. An administrator can switch it on.',
  unavailable: 'The data source does not answer, so nobody can be checked right now. Try again in a moment.',
  'no-role': 'You are known, but no role here is assigned to you. Ask an administrator.',
  'demo-refused': 'One-click sign-in works only in simulation and on this machine.',
  AccessDenied: 'Access was denied.',
  SessionRequired: 'Please sign in.',
  OAuthSignin: 'The single sign-on provider cannot be reached.',
  OAuthCallback: 'The single sign-on provider refused, or its answer could not be verified.',
};

function errorText(code: string): string {
  return ERRORS[code] ?? 'Signing in did not work. Try again.';
}

export function SignIn({
  callback,
  error: initialError,
  demo,
  sso,
}: {
  callback: string | null;
  error?: string;
  /** Whether one-click roles are offered. */
  demo: boolean;
  /** Name of the single sign-on provider; null when none is configured. */
  sso: string | null;
}) {
  const [error, setError] = useState(initialError ?? null);
  const [busy, setBusy] = useState<string | null>(null);
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');

  async function go(provider: string, fields: Record<string, string>, home: string) {
    setBusy(provider + (fields.role ?? ''));
    setError(null);
    try {
      const result = await signIn(provider, { ...fields, redirect: false });
      if (result?.ok && !result.error) {
        // A full load, so that layout and data are those of the person who just came in.
        window.location.assign(callback ?? home);
        return;
      }
      setError(result?.error ?? 'failed');
    } catch {
      setError('failed');
    }
    setBusy(null);
  }

  return (
    <Box component="main" mih="100vh" style={{ display: 'flex', flexDirection: 'column' }}>
      <Group justify="flex-end" p="md">
        <ColorSchemeToggle />
      </Group>
      <Center flex={1} px="md" pb="xl">
        <Stack w="100%" maw={420} gap="md">
          <Group gap="sm" wrap="nowrap">
            <BrandMark size={40} />
            <div>
              <Title order={1}>Throughline</Title>
              <Text size="sm" c="dimmed">
                From clinical usage to finance posting, every message on one line.
              </Text>
            </div>
          </Group>
          {error && (
            <Alert
              role="alert"
              icon={<IconAlertTriangle size={18} aria-hidden />}
              styles={{ root: { background: 'var(--tl-breach-soft)' }, icon: { color: 'var(--tl-breach)' } }}
            >
              {errorText(error)}
            </Alert>
          )}
          {demo && (
            <Paper withBorder p="md" className="tl-card">
              <Group gap={6} mb="xs">
                <IconFlask2 size={18} aria-hidden color="var(--tl-info)" />
                <Title order={2}>Simulated hospital network</Title>
              </Group>
              <Text size="sm" c="dimmed" mb="sm">
                Look around as any of the four readers. No password is needed on this machine.
              </Text>
              <Stack gap="xs">
                {ROLES.map((role) => (
                  <Button
                    key={role}
                    variant="default"
                    h="auto"
                    py={8}
                    justify="space-between"
                    rightSection={<IconChevronRight size={16} aria-hidden />}
                    loading={busy === `demo${role}`}
                    disabled={busy !== null && busy !== `demo${role}`}
                    onClick={() => void go('demo', { role }, homeOf(role))}
                    styles={{ label: { whiteSpace: 'normal' } }}
                  >
                    <span style={{ textAlign: 'left' }}>
                      {roleLabel(role)}
                      <Text size="xs" c="dimmed" fw={400} component="span" display="block">
                        {ROLE_TEXT[role]}
                      </Text>
                    </span>
                  </Button>
                ))}
              </Stack>
            </Paper>
          )}
          <Paper withBorder p="md" className="tl-card">
            <Title order={2} mb="sm">
              Sign in
            </Title>
            {sso && (
              <>
                <Button
                  fullWidth
                  leftSection={<IconKey size={18} aria-hidden />}
                  onClick={() => void signIn('oidc', { callbackUrl: callback ?? '/signin' })}
                >
                  {sso}
                </Button>
                <Divider my="md" label="or with a password" />
              </>
            )}
            <form
              onSubmit={(event) => {
                event.preventDefault();
                void go('password', { email, password }, '/signin');
              }}
            >
              <Stack gap="sm">
                <TextInput
                  label="E-mail address"
                  type="email"
                  autoComplete="username"
                  required
                  value={email}
                  onChange={(event) => setEmail(event.currentTarget.value)}
                />
                <PasswordInput
                  label="Password"
                  autoComplete="current-password"
                  required
                  value={password}
                  onChange={(event) => setPassword(event.currentTarget.value)}
                  visibilityToggleButtonProps={{ 'aria-label': 'Show or hide the password' }}
                />
                <Button
                  type="submit"
                  variant={demo || sso ? 'default' : 'filled'}
                  loading={busy === 'password'}
                  disabled={busy !== null && busy !== 'password'}
                >
                  Sign in
                </Button>
              </Stack>
            </form>
          </Paper>
        </Stack>
      </Center>
    </Box>
  );
}
