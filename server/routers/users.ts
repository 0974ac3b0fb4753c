import { z } from 'zod';
import { hashPassword, MIN_PASSWORD_LENGTH } from '../auth/passwords';
import { ROLES } from '../auth/roles';
import { forgetStanding } from '../auth/standing';
import { findUser, listUsers, newUserId, normalEmail, saveUser, type User } from '../auth/users';
import { auditUserChange } from '../ops/audit';
import { refusal } from '../trpc/errors';
import { procedure, router, type SignedIn } from '../trpc/init';

const email = z.email('This is no e-mail address.').max(320).transform(normalEmail);
const password = z
  .string()
  .min(MIN_PASSWORD_LENGTH, `A password has at least ${MIN_PASSWORD_LENGTH} characters.`)
  .max(1_000);
/** Null: all facilities. */
const facilityList = z.array(z.string().min(1).max(200)).min(1, 'Choose at least one facility, or all.').max(1_000).nullable();

const admin = procedure('users:manage');

async function existing(ctx: SignedIn, address: string): Promise<User> {
  const user = await findUser(ctx.store, address);
  if (!user) throw refusal('not_found', 'Nobody has this address.');
  return user;
}

/** Somebody has to be able to let people in again. */
async function refuseLastAdministrator(ctx: SignedIn, address: string): Promise<void> {
  const others = (await listUsers(ctx.store)).filter(
    (user) => user.role === 'administrator' && !user.disabled && user.email !== address && user.passwordHash !== '',
  );
  if (others.length === 0) {
    throw refusal('conflict', 'This is the last administrator who can sign in with a password.');
  }
}

/** Saves a person as an administrator wants them to be; the audit record comes first, and nothing changes without it. */
async function save(ctx: SignedIn, user: Omit<User, 'updatedAt'>): Promise<void> {
  await auditUserChange(ctx.viewer, user);
  await saveUser(ctx.store, user);
  forgetStanding(user.email);
}

/** People who may sign in; administrators only. Password hashes never leave the server. */
export const usersRouter = router({
  all: admin.query(async ({ ctx }) =>
    (await listUsers(ctx.store)).map(({ passwordHash, ...user }) => ({ ...user, hasPassword: passwordHash !== '' })),
  ),

  add: admin
    .input(
      z.object({
        email,
        name: z.string().trim().min(1, 'A name is needed.').max(200),
        role: z.enum(ROLES),
        facilities: facilityList,
        /** Left out: this person comes through single sign-on. */
        password: password.optional(),
      }),
    )
    .mutation(async ({ ctx, input }) => {
      if (await findUser(ctx.store, input.email)) throw refusal('conflict', 'Somebody with this address is there already.');
      const { password: secret, ...user } = input;
      await save(ctx, { ...user, id: newUserId(), disabled: false, passwordHash: secret ? await hashPassword(secret) : '' });
    }),

  update: admin
    .input(
      z.object({
        email,
        name: z.string().trim().min(1, 'A name is needed.').max(200),
        role: z.enum(ROLES),
        facilities: facilityList,
      }),
    )
    .mutation(async ({ ctx, input }) => {
      const user = await existing(ctx, input.email);
      if (user.role === 'administrator' && input.role !== 'administrator') await refuseLastAdministrator(ctx, user.email);
      await save(ctx, { ...user, name: input.name, role: input.role, facilities: input.facilities });
    }),

  setDisabled: admin.input(z.object({ email, disabled: z.boolean() })).mutation(async ({ ctx, input }) => {
    const user = await existing(ctx, input.email);
    if (input.disabled && user.role === 'administrator') await refuseLastAdministrator(ctx, user.email);
    await save(ctx, { ...user, disabled: input.disabled });
  }),

  setPassword: admin.input(z.object({ email, password })).mutation(async ({ ctx, input }) => {
    const user = await existing(ctx, input.email);
    await save(ctx, { ...user, passwordHash: await hashPassword(input.password) });
  }),
});
