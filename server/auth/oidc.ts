import type { Env } from '../env';
import { isRole, type Role } from './roles';
import { normalEmail } from './users';
import type { Viewer } from './viewer';

export type Claims = Record<string, unknown>;

/** `realm_access.roles` leads into nested claims; a claim whose very name has dots goes first. */
export function claimAt(claims: Claims, path: string): unknown {
  if (path in claims) return claims[path];
  let value: unknown = claims;
  for (const part of path.split('.')) {
    if (typeof value !== 'object' || value === null || !(part in value)) return undefined;
    value = (value as Claims)[part];
  }
  return value;
}

function texts(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}

/** The first role of ours that the claim names, else the default; undefined: refuse. */
export function roleOfClaims(
  claims: Claims,
  config: Pick<Env, 'OIDC_ROLE_CLAIM' | 'OIDC_DEFAULT_ROLE'>,
): Role | undefined {
  const named = texts(claimAt(claims, config.OIDC_ROLE_CLAIM)).map((text) => text.toLowerCase());
  return named.find(isRole) ?? config.OIDC_DEFAULT_ROLE;
}

/** Null: no role, no facility, or an address that the provider itself says is not verified. */
export function viewerOfClaims(
  claims: Claims,
  config: Pick<Env, 'OIDC_ROLE_CLAIM' | 'OIDC_DEFAULT_ROLE' | 'OIDC_FACILITIES_CLAIM'>,
): Viewer | null {
  const role = roleOfClaims(claims, config);
  const subject = claims.sub;
  if (!role || typeof subject !== 'string' || claims.email_verified === false) return null;
  const facilities = config.OIDC_FACILITIES_CLAIM ? texts(claimAt(claims, config.OIDC_FACILITIES_CLAIM)) : null;
  if (facilities !== null && facilities.length === 0) return null;
  const email = typeof claims.email === 'string' ? normalEmail(claims.email) : `${subject}@oidc.invalid`;
  const name = typeof claims.name === 'string' ? claims.name : email;
  return { id: `oidc:${subject}`, name, email, role, facilities };
}
