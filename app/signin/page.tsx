import { headers } from 'next/headers';
import { redirect } from 'next/navigation';
import { demoAllowed } from '@/server/auth/demo';
import { homeOf } from '@/server/auth/roles';
import { currentViewer } from '@/server/auth/session';
import { env } from '@/server/env';
import { safeCallback } from './callback';
import { SignIn } from './sign-in';

export const metadata = { title: 'Sign in' };

export default async function SignInPage({
  searchParams,
}: {
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}) {
  const params = await searchParams;
  const one = (key: string) => (typeof params[key] === 'string' ? params[key] : undefined);
  const callback = safeCallback(one('callbackUrl'));
  const viewer = await currentViewer();
  if (viewer) redirect(callback ?? homeOf(viewer.role));
  const config = env();
  const request = await headers();
  return (
    <SignIn
      callback={callback}
      error={one('error')}
      demo={demoAllowed(config.THROUGHLINE_SIMULATED, (name) => request.get(name))}
      sso={config.OIDC_ISSUER ? config.OIDC_NAME : null}
    />
  );
}
