import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { demoAllowed, demoViewer, isLoopbackHost } from '../../server/auth/demo';
import { claimAt, roleOfClaims, viewerOfClaims } from '../../server/auth/oidc';
import { hashPassword, verifyPassword } from '../../server/auth/passwords';
import { FailureLimit } from '../../server/auth/rate-limit';
import { can, homeOf, isRole, ROLES, SCOPES, type Role, type Scope } from '../../server/auth/roles';
import { parseEnv } from '../../server/env';
import { scopedFacilities } from '../../server/trpc/scope';
import { safeCallback } from '../../app/signin/callback';

describe('roles', () => {
  const expected: Record<Role, Scope[]> = {
    executive: ['overview:read', 'lineage:read', 'recall:read', 'sla:read', 'throughput:read', 'alerts:read', 'raci:read', 'receipts:read', 'invoices:read', 'stockout:read', 'reconciliation:read', 'orders:read', 'cases:read'],
    supply: ['overview:read', 'lineage:read', 'recall:read', 'sla:read', 'throughput:read', 'alerts:read', 'raci:read', 'exceptions:read', 'exceptions:act', 'receipts:read', 'invoices:read', 'stockout:read', 'reconciliation:read', 'reconciliation:sign', 'orders:read', 'quality:read', 'cases:read', 'payload:read'],
    engineer: ['overview:read', 'lineage:read', 'recall:read', 'sla:read', 'throughput:read', 'alerts:read', 'raci:read', 'reconciliation:read', 'quality:read', 'failures:read', 'exceptions:read', 'exceptions:act', 'payload:read', 'deadletters:retake'],
    administrator: [...SCOPES],
  };
  it.each(ROLES)('%s may do exactly what the map says', (role) => {
    expect(SCOPES.filter((scope) => can(role, scope)).sort()).toEqual([...expected[role]].sort());
  });
  it('only an administrator manages people, and an executive opens no payload', () => {
    expect(ROLES.filter((role) => can(role, 'users:manage'))).toEqual(['administrator']);
    expect(can('executive', 'payload:read')).toBe(false);
  });
  it('each role has its home', () => {
    expect(ROLES.map(homeOf)).toEqual(['/sla', '/exceptions', '/failures', '/']);
  });
  it('knows no other role', () => {
    expect(isRole('root')).toBe(false);
    expect(isRole(undefined)).toBe(false);
  });
});

describe('passwords', () => {
  it('verifies what it hashed and nothing else, with a salt of its own each time', async () => {
    const [first, second] = await Promise.all([hashPassword('correct horse battery'), hashPassword('correct horse battery')]);
    expect(first).not.toBe(second);
    expect(first).toMatch(/^scrypt\$32768\$8\$1\$/);
    expect(await verifyPassword('correct horse battery', first)).toBe(true);
    expect(await verifyPassword('correct horse batterz', first)).toBe(false);
  });
  it('takes composed and decomposed letters for the same password', async () => {
    expect(await verifyPassword('pa\u0308sswort-lang', await hashPassword('p\u00e4sswort-lang'))).toBe(true);
  });
  it.each(['', 'plain', 'scrypt$3$8$1$aa$bb', 'scrypt$1073741824$8$1$aa$bb', 'bcrypt$32768$8$1$aaaa$bbbb', 'scrypt$32768$8$1$YQ$YQ'])(
    'refuses the unreadable hash %j without throwing',
    async (stored) => expect(await verifyPassword('x', stored)).toBe(false),
  );
});

describe('limit of failed sign-ins', () => {
  function limit(maxKeys = 100) {
    const clock = { now: 1_000_000 };
    return { clock, limit: new FailureLimit({ limit: 3, windowMs: 60_000, maxKeys, now: () => clock.now }) };
  }
  it('blocks after the allowance and frees as the window slides', () => {
    const { clock, limit: failures } = limit();
    for (let i = 0; i < 3; i++) {
      expect(failures.blockedFor('a')).toBe(0);
      failures.fail('a');
      clock.now += 10_000;
    }
    expect(failures.blockedFor('a')).toBe(30_000);
    expect(failures.blockedFor('b')).toBe(0);
    clock.now += 30_000;
    expect(failures.blockedFor('a')).toBe(0);
  });
  it('forgets on success', () => {
    const { limit: failures } = limit();
    for (let i = 0; i < 3; i++) failures.fail('a');
    failures.clear('a');
    expect(failures.blockedFor('a')).toBe(0);
  });
  it('never remembers more keys than it may', () => {
    const { limit: failures } = limit(50);
    for (let i = 0; i < 1_000; i++) failures.fail(`address-${i}`);
    expect(failures.size).toBe(50);
  });
});

describe('one-click sign-in', () => {
  const header = (values: Record<string, string>) => (name: string) => values[name];
  it.each(['localhost', 'localhost:3000', '127.0.0.1:3000', '127.1.2.3', '[::1]:3000'])('%s is this machine', (host) => {
    expect(isLoopbackHost(host)).toBe(true);
  });
  it.each(['example.org', 'localhost.example.org', '10.0.0.1', '127.0.0.1.example.org', '', null])('%s is not', (host) => {
    expect(isLoopbackHost(host)).toBe(false);
  });
  it('needs simulation, a loopback host, and no proxy from elsewhere', () => {
    expect(demoAllowed(true, header({ host: 'localhost:3000' }))).toBe(true);
    expect(demoAllowed(false, header({ host: 'localhost:3000' }))).toBe(false);
    expect(demoAllowed(true, header({ host: 'hospital.example' }))).toBe(false);
    expect(demoAllowed(true, header({ host: 'localhost:3000', 'x-forwarded-host': 'hospital.example' }))).toBe(false);
    expect(demoAllowed(true, header({}))).toBe(false);
  });
  it('carries its role and every facility', () => {
    expect(demoViewer('supply')).toMatchObject({ id: 'demo:supply', role: 'supply', facilities: null });
  });
});

describe('single sign-on', () => {
  const config = { OIDC_ROLE_CLAIM: 'realm.roles', OIDC_DEFAULT_ROLE: undefined, OIDC_FACILITIES_CLAIM: undefined };
  it('reads nested and dotted claims', () => {
    expect(claimAt({ realm: { roles: ['a'] } }, 'realm.roles')).toEqual(['a']);
    expect(claimAt({ 'https://x.y/role': 'supply' }, 'https://x.y/role')).toBe('supply');
    expect(claimAt({ realm: 'text' }, 'realm.roles')).toBeUndefined();
  });
  it('takes the first role of ours, else the default, else refuses', () => {
    expect(roleOfClaims({ realm: { roles: ['offline_access', 'Engineer'] } }, config)).toBe('engineer');
    expect(roleOfClaims({}, { ...config, OIDC_DEFAULT_ROLE: 'executive' })).toBe('executive');
    expect(viewerOfClaims({ sub: '1', realm: { roles: ['nobody'] } }, config)).toBeNull();
  });
  it('refuses an address that the provider calls unverified', () => {
    const claims = { sub: '1', email: 'Admin@Example.org', realm: { roles: 'supply' } };
    expect(viewerOfClaims({ ...claims, email_verified: false }, config)).toBeNull();
    expect(viewerOfClaims(claims, config)).toMatchObject({ email: 'admin@example.org', role: 'supply', facilities: null });
  });
  it('gives nobody all facilities where a claim should have named them', () => {
    const limited = { ...config, OIDC_FACILITIES_CLAIM: 'sites' };
    const claims = { sub: '1', realm: { roles: 'supply' } };
    expect(viewerOfClaims(claims, limited)).toBeNull();
    expect(viewerOfClaims({ ...claims, sites: [] }, limited)).toBeNull();
    expect(viewerOfClaims({ ...claims, sites: ['A'] }, limited)?.facilities).toEqual(['A']);
  });
});

describe('tenant scope', () => {
  const ctx = (facilities: string[] | null) => ({
    viewer: { id: 'user:1', name: 'N', email: 'n@example.org', role: 'supply' as const, facilities },
  });
  it('without a limit gives what was asked, or all', () => {
    expect(scopedFacilities(ctx(null))).toBeNull();
    expect(scopedFacilities(ctx(null), 'A')).toEqual(['A']);
  });
  it('with a limit never gives more than it', () => {
    expect(scopedFacilities(ctx(['A', 'B']))).toEqual(['A', 'B']);
    expect(scopedFacilities(ctx(['A', 'B']), 'B')).toEqual(['B']);
    expect(() => scopedFacilities(ctx(['A']), 'C')).toThrow(/not among those assigned/);
    expect(() => scopedFacilities(ctx([]))).toThrow(/No facility/);
  });
  it('never answers with an empty list, which a query would read as all', () => {
    const name = fc.string({ minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(fc.option(fc.array(name)), fc.option(name), (own, asked) => {
        let result;
        try {
          result = scopedFacilities(ctx(own), asked);
        } catch {
          return true;
        }
        if (result === null) return own === null && !asked;
        return result.length > 0 && (own === null || result.every((facility) => own.includes(facility)));
      }),
    );
  });
});

describe('configuration', () => {
  const secret = { NEXTAUTH_SECRET: 'x'.repeat(32) };
  it('names what is missing', () => {
    expect(() => parseEnv({})).toThrow(/NEXTAUTH_SECRET is not set/);
    expect(() => parseEnv({ ...secret, OIDC_ISSUER: 'https://id.example' })).toThrow(/OIDC_CLIENT_ID .*OIDC_CLIENT_SECRET/);
    expect(() => parseEnv({ ...secret, THROUGHLINE_ZONE: 'Mars/Base' })).toThrow(/not an IANA time zone/);
  });
  it('takes empty for unset', () => {
    expect(parseEnv({ ...secret, OIDC_ISSUER: '', THROUGHLINE_SIMULATED: '1' })).toMatchObject({
      OIDC_ISSUER: undefined,
      THROUGHLINE_SIMULATED: true,
    });
  });
});

describe('return address after signing in', () => {
  it('stays here', () => {
    expect(safeCallback('/receipts?range=7d#x')).toBe('/receipts?range=7d#x');
    for (const bad of ['https://evil.example/', '//evil.example/x', '/\\evil.example', 'javascript:alert(1)', '/signin', undefined]) {
      expect(safeCallback(bad)).toBeNull();
    }
  });
});
