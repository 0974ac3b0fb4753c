import { z } from 'zod';
import { defineQuery, insertRows, type Store } from '../client';

/** People who may sign in. FINAL: a few rows, and only the newest of each address may ever count. */

const row = z.object({
  id: z.string(),
  email: z.string(),
  name: z.string(),
  role: z.string(),
  facilities: z.array(z.string()),
  password_hash: z.string(),
  disabled: z.boolean(),
  updated_at: z.string(),
});
export type UserRow = z.output<typeof row>;

const COLUMNS = 'id, email, name, role, facilities, password_hash, disabled, updated_at';

const byEmail = defineQuery({
  name: 'users_by_email',
  sql: `SELECT ${COLUMNS} FROM users FINAL WHERE email = {email:String}`,
  params: z.object({ email: z.string() }),
  row,
});

const all = defineQuery({
  name: 'users_all',
  sql: `SELECT ${COLUMNS} FROM users FINAL ORDER BY name, email`,
  params: z.object({}),
  row,
});

const count = defineQuery({
  name: 'users_count',
  sql: 'SELECT uniqExact(email) AS users FROM users',
  params: z.object({}),
  row: z.object({ users: z.number() }),
});

export async function userByEmail(store: Store, email: string): Promise<UserRow | null> {
  return (await byEmail(store, { email }))[0] ?? null;
}

export function allUsers(store: Store): Promise<UserRow[]> {
  return all(store, {});
}

export async function countUsers(store: Store): Promise<number> {
  return (await count(store, {}))[0]?.users ?? 0;
}

export async function putUser(store: Store, user: Omit<UserRow, 'updated_at'> & { updated_at: Date }): Promise<void> {
  await insertRows(store, 'users', [{ ...user, updated_at: user.updated_at.toISOString() }]);
}
