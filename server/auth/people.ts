import type { Store } from '@/clickhouse/client';
import { env } from '../env';
import { demoViewer } from './demo';
import { can, ROLES, type Role, type Scope } from './roles';
import { listUsers } from './users';

/** A person as others see them. */
export interface Person {
  id: string;
  name: string;
  role: Role;
  /** Null: all facilities. */
  facilities: string[] | null;
  disabled: boolean;
}

/** Everybody who is known here by name: people of the users table, and those of the simulation where it runs. */
export async function people(store: Store): Promise<Person[]> {
  const listed = (await listUsers(store)).map(({ id, name, role, facilities, disabled }) => ({ id, name, role, facilities, disabled }));
  const simulated = env().THROUGHLINE_SIMULATED ? ROLES.map((role) => ({ ...demoViewer(role), disabled: false })) : [];
  return [...listed, ...simulated.map(({ id, name, role, facilities, disabled }) => ({ id, name, role, facilities, disabled }))];
}

/** Names by id, for lists that show who did something. Somebody who is not listed (single sign-on) is shown by their id. */
export async function namesOfPeople(store: Store): Promise<Record<string, string>> {
  return Object.fromEntries((await people(store)).map(({ id, name }) => [id, name]));
}

/** Whether a person may do something at a facility (empty: of no facility). */
export function mayAt(person: Person, scope: Scope, facility: string): boolean {
  return !person.disabled && can(person.role, scope) && (facility === '' || person.facilities === null || person.facilities.includes(facility));
}
