import { randomUUID } from 'node:crypto';
import type { Store } from '@/clickhouse/client';
import { countUsers, putUser, userByEmail, allUsers, type UserRow } from '@/clickhouse/queries/users';
import { env } from '../env';
import { hashPassword } from './passwords';
import { isRole, type Role } from './roles';

/** A person who may sign in. */
export interface User {
  id: string;
  /** Lower case; the key. */
  email: string;
  name: string;
  role: Role;
  /** Null: all facilities. */
  facilities: string[] | null;
  /** Empty for people who come through single sign-on only. */
  passwordHash: string;
  disabled: boolean;
  updatedAt: Date;
}

export function normalEmail(email: string): string {
  return email.trim().toLowerCase();
}

function toUser(row: UserRow): User {
  return {
    id: row.id,
    email: row.email,
    name: row.name,
    // A role that this version does not know gets nothing it should not: the account is off.
    role: isRole(row.role) ? row.role : 'executive',
    facilities: row.facilities.length === 0 ? null : row.facilities,
    passwordHash: row.password_hash,
    disabled: row.disabled || !isRole(row.role),
    updatedAt: new Date(row.updated_at),
  };
}

export async function findUser(store: Store, email: string): Promise<User | null> {
  const row = await userByEmail(store, normalEmail(email));
  return row ? toUser(row) : null;
}

export async function listUsers(store: Store): Promise<User[]> {
  return (await allUsers(store)).map(toUser);
}

/** Writes the whole entry; the newest per e-mail address is in force. */
export async function saveUser(store: Store, user: Omit<User, 'updatedAt'>): Promise<void> {
  await putUser(store, {
    id: user.id,
    email: normalEmail(user.email),
    name: user.name,
    role: user.role,
    facilities: user.facilities ?? [],
    password_hash: user.passwordHash,
    disabled: user.disabled,
    updated_at: new Date(),
  });
}

export function newUserId(): string {
  return `user:${randomUUID()}`;
}

let ensured = false;

/**
 * Makes the first administrator from the environment when nobody may sign in yet. Asked at every
 * sign-in until somebody is there, so that it also holds when the store came up after the web.
 */
export async function ensureFirstAdministrator(store: Store): Promise<void> {
  if (ensured) return;
  const { THROUGHLINE_ADMIN_EMAIL: email, THROUGHLINE_ADMIN_PASSWORD: password } = env();
  if ((await countUsers(store)) > 0) {
    ensured = true;
    return;
  }
  if (!email || !password) return;
  await saveUser(store, {
    id: newUserId(),
    email,
    name: 'Administrator',
    role: 'administrator',
    facilities: null,
    passwordHash: await hashPassword(password),
    disabled: false,
  });
  ensured = true;
}
