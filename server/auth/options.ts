import type { NextAuthOptions, Session, User as AuthUser } from 'next-auth';
import CredentialsProvider from 'next-auth/providers/credentials';
import type { OAuthConfig } from 'next-auth/providers/oauth';
import { env } from '../env';
import { store } from '../store';
import { authenticate, SignInRefused } from './authenticate';
import { demoAllowed, demoViewer } from './demo';
import { viewerOfClaims, type Claims } from './oidc';
import { isRole } from './roles';
import type { Viewer } from './viewer';

const HOURS_12 = 12 * 60 * 60;

function authUser(viewer: Viewer): AuthUser {
  return { id: viewer.id, name: viewer.name, email: viewer.email, viewer };
}

type Headers = Record<string, string | string[] | undefined>;

function headerOf(headers: Headers | undefined): (name: string) => string | undefined {
  return (name) => {
    const value = headers?.[name];
    return Array.isArray(value) ? value[0] : value;
  };
}

function passwordProvider() {
  return CredentialsProvider({
    id: 'password',
    name: 'E-mail and password',
    credentials: { email: { type: 'email' }, password: { type: 'password' } },
    async authorize(credentials, request) {
      // The nearest proxy appends the address that it saw; what stands before it anybody may write.
      const forwarded = headerOf(request.headers)('x-forwarded-for');
      const address = forwarded?.split(',').at(-1)?.trim() ?? 'unknown';
      try {
        return authUser(
          await authenticate(store(), {
            email: credentials?.email ?? '',
            password: credentials?.password ?? '',
            address,
          }),
        );
      } catch (error) {
        // The sign-in page knows these words; anything else would tell a stranger about our inside.
        throw new Error(error instanceof SignInRefused ? error.word : 'unavailable');
      }
    },
  });
}

function demoProvider() {
  return CredentialsProvider({
    id: 'demo',
    name: 'Simulation',
    credentials: { role: { type: 'text' } },
    async authorize(credentials, request) {
      const role = credentials?.role;
      if (!isRole(role) || !demoAllowed(env().THROUGHLINE_SIMULATED, headerOf(request.headers))) {
        throw new Error('demo-refused');
      }
      return authUser(demoViewer(role));
    },
  });
}

function oidcProvider(issuer: string, clientId: string, clientSecret: string): OAuthConfig<Claims> {
  return {
    id: 'oidc',
    name: env().OIDC_NAME,
    type: 'oauth',
    wellKnown: `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`,
    clientId,
    clientSecret,
    idToken: true,
    checks: ['pkce', 'state', 'nonce'],
    authorization: { params: { scope: 'openid email profile' } },
    profile(claims) {
      const viewer = viewerOfClaims(claims, env());
      // Without a viewer the signIn callback refuses; an id is needed to get there.
      return viewer ? authUser(viewer) : { id: String(claims.sub ?? 'unknown') };
    },
  };
}

let cached: NextAuthOptions | undefined;

/** next-auth's options, made at the first request: they read the environment. */
export function authOptions(): NextAuthOptions {
  if (cached) return cached;
  const config = env();
  // Without NEXTAUTH_URL the address is taken from the request, as behind any reverse proxy.
  if (!process.env.NEXTAUTH_URL) process.env.AUTH_TRUST_HOST ??= 'true';
  const { OIDC_ISSUER: issuer, OIDC_CLIENT_ID: clientId, OIDC_CLIENT_SECRET: secret } = config;
  cached = {
    secret: config.NEXTAUTH_SECRET,
    session: { strategy: 'jwt', maxAge: HOURS_12 },
    pages: { signIn: '/signin', error: '/signin' },
    providers: [
      passwordProvider(),
      ...(config.THROUGHLINE_SIMULATED ? [demoProvider()] : []),
      ...(issuer && clientId && secret ? [oidcProvider(issuer, clientId, secret)] : []),
    ],
    callbacks: {
      signIn({ user }) {
        return user.viewer ? true : '/signin?error=no-role';
      },
      jwt({ token, user }) {
        if (user?.viewer) token.viewer = user.viewer;
        return token;
      },
      session({ session, token }) {
        if (token.viewer) session.viewer = token.viewer;
        return session;
      },
    },
  };
  return cached;
}

export function viewerOfSession(session: Session | null): Viewer | null {
  return session?.viewer ?? null;
}
