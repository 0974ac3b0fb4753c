/**
 * Roles and what each may do. This one map is asked by every procedure (the security) and by the
 * navigation (the courtesy), so the two cannot disagree. It holds no server code: pages import it.
 */

export const ROLES = ['executive', 'supply', 'engineer', 'administrator'] as const;
export type Role = (typeof ROLES)[number];

export const SCOPES = [
  'overview:read',
  'lineage:read',
  'recall:read',
  'sla:read',
  'throughput:read',
  'alerts:read',
  'raci:read',
  'exceptions:read',
  /** Acknowledge, assign, comment and resolve exceptions; each leaves a record of who did it. */
  'exceptions:act',
  'receipts:read',
  'invoices:read',
  'stockout:read',
  /** What both ends of an interface counted. */
  'reconciliation:read',
  /** Sign a facility's day. */
  'reconciliation:sign',
  'orders:read',
  'quality:read',
  'cases:read',
  'failures:read',
  /** Open an event's payload; each opening leaves an audit record. */
  'payload:read',
  /** Have a dead letter taken in again; each leaves a record of who did it. */
  'deadletters:retake',
  /** See and change who may sign in. */
  'users:manage',
] as const;
export type Scope = (typeof SCOPES)[number];

const EVERYONE: readonly Scope[] = [
  'overview:read',
  'lineage:read',
  'recall:read',
  'sla:read',
  'throughput:read',
  'alerts:read',
  'raci:read',
];

const SCOPES_OF: Record<Role, readonly Scope[]> = {
  executive: [...EVERYONE, 'receipts:read', 'invoices:read', 'stockout:read', 'reconciliation:read', 'orders:read', 'cases:read'],
  supply: [
    ...EVERYONE,
    'exceptions:read',
    'exceptions:act',
    'receipts:read',
    'invoices:read',
    'stockout:read',
    'reconciliation:read',
    'reconciliation:sign',
    'orders:read',
    'quality:read',
    'cases:read',
    'payload:read',
  ],
  engineer: [...EVERYONE, 'reconciliation:read', 'quality:read', 'failures:read', 'exceptions:read', 'exceptions:act', 'payload:read', 'deadletters:retake'],
  administrator: SCOPES,
};

const HOME_OF: Record<Role, string> = {
  executive: '/sla',
  supply: '/exceptions',
  engineer: '/failures',
  administrator: '/',
};

const LABEL_OF: Record<Role, string> = {
  executive: 'Executive',
  supply: 'Supply chain',
  engineer: 'Integration engineer',
  administrator: 'Administrator',
};

export function isRole(value: unknown): value is Role {
  return typeof value === 'string' && (ROLES as readonly string[]).includes(value);
}

export function can(role: Role, scope: Scope): boolean {
  return SCOPES_OF[role].includes(scope);
}

export function scopesOf(role: Role): readonly Scope[] {
  return SCOPES_OF[role];
}

/** The page a role lands on after signing in. */
export function homeOf(role: Role): string {
  return HOME_OF[role];
}

/** The role's name as people read it. */
export function roleLabel(role: Role): string {
  return LABEL_OF[role];
}
