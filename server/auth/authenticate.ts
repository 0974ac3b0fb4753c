import type { Store } from '@/clickhouse/client';
import { spendAsIfVerifying, verifyPassword } from './passwords';
import { FailureLimit } from './rate-limit';
import { ensureFirstAdministrator, findUser, normalEmail } from './users';
import type { Viewer } from './viewer';

/**
 * Why a sign-in was refused, as one word for the sign-in page: `wrong` (address or password, not
 * which), `blocked` (too many tries), `disabled` (only told to who knows the password),
 * `unavailable` (the store does not answer).
 */
export class SignInRefused extends Error {
  override readonly name = 'SignInRefused';
  constructor(readonly word: 'wrong' | 'blocked' | 'disabled' | 'unavailable') {
    super(`sign-in refused: ${word}`);
  }
}

const WINDOW_MS = 15 * 60_000;
const byEmail = new FailureLimit({ limit: 10, windowMs: WINDOW_MS, maxKeys: 10_000 });
const byAddress = new FailureLimit({ limit: 50, windowMs: WINDOW_MS, maxKeys: 10_000 });

export async function authenticate(
  store: Store,
  attempt: { email: string; password: string; address: string },
): Promise<Viewer> {
  const email = normalEmail(attempt.email);
  const password = attempt.password;
  if (!email || !password || email.length > 320 || password.length > 1_000) throw new SignInRefused('wrong');
  if (byEmail.blockedFor(email) > 0 || byAddress.blockedFor(attempt.address) > 0) {
    throw new SignInRefused('blocked');
  }
  let user;
  try {
    await ensureFirstAdministrator(store);
    user = await findUser(store, email);
  } catch {
    throw new SignInRefused('unavailable');
  }
  // Counted before the check, so that many tries at the same moment count too.
  byEmail.fail(email);
  const right = user?.passwordHash
    ? await verifyPassword(password, user.passwordHash)
    : (await spendAsIfVerifying(password), false);
  if (!user || !right) {
    byAddress.fail(attempt.address);
    throw new SignInRefused('wrong');
  }
  byEmail.clear(email);
  if (user.disabled) throw new SignInRefused('disabled');
  return { id: user.id, name: user.name, email, role: user.role, facilities: user.facilities };
}
