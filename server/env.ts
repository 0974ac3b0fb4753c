import { z } from 'zod';
import { ROLES } from './auth/roles';
import { RANGE_PRESETS } from './range';

/**
 * What the web process reads from its environment, checked once. `clickhouse/` checks its own
 * variables. Read through `env()` and not at import, because `next build` loads every module
 * without a configuration.
 */
const flag = z
  .enum(['0', '1', ''])
  .default('0')
  .transform((value) => value === '1');
const optional = z
  .string()
  .optional()
  .transform((value) => (value ? value : undefined));

const schema = z
  .object({
    /** 1 when the built-in simulator feeds the product: banner, and one-click sign-in on loopback. */
    THROUGHLINE_SIMULATED: flag,
    NEXTAUTH_SECRET: z
      .string({ error: 'is not set: give it 32 or more random characters (npm start makes one)' })
      .min(16, 'is too short: give it 32 or more random characters'),
    /** The first administrator, made when no user exists. */
    THROUGHLINE_ADMIN_EMAIL: optional,
    THROUGHLINE_ADMIN_PASSWORD: optional,
    /** Time range of a link that names none; unset: chosen by the data's age. */
    THROUGHLINE_DEFAULT_RANGE: z.enum(RANGE_PRESETS).optional(),
    /** Zone for days and months when the facilities shown lie in several zones. */
    THROUGHLINE_ZONE: z.string().default('UTC').refine(isZone, 'is not an IANA time zone'),
    OIDC_ISSUER: optional,
    OIDC_CLIENT_ID: optional,
    OIDC_CLIENT_SECRET: optional,
    OIDC_NAME: z.string().default('Single sign-on'),
    /** Claim that names the role; a dot leads into nested claims. */
    OIDC_ROLE_CLAIM: z.string().default('role'),
    /** Role when the claim names none; unset: such a person is refused. */
    OIDC_DEFAULT_ROLE: z.enum(ROLES).optional(),
    /** Claim that lists the facilities a person sees; unset: all of them. */
    OIDC_FACILITIES_CLAIM: optional,
  })
  .superRefine((value, context) => {
    const parts = ['OIDC_ISSUER', 'OIDC_CLIENT_ID', 'OIDC_CLIENT_SECRET'] as const;
    const missing = parts.filter((key) => !value[key]);
    if (missing.length > 0 && missing.length < parts.length) {
      for (const key of missing) {
        context.addIssue({
          code: 'custom',
          path: [key],
          message: 'is not set: single sign-on needs issuer, client id and client secret',
        });
      }
    }
  });

export type Env = z.infer<typeof schema>;

function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

/** Throws one Error that names each wrong variable and what to do. */
export function parseEnv(source: Record<string, string | undefined>): Env {
  const parsed = schema.safeParse(source);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`);
  throw new Error(`The configuration cannot work: ${lines.join('; ')}`);
}

let cached: Env | undefined;

export function env(): Env {
  cached ??= parseEnv(process.env);
  return cached;
}
