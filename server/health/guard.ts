import { timingSafeEqual } from 'node:crypto';
import { isLoopbackHost } from '../auth/demo';

/**
 * Who may read the metrics: with METRICS_TOKEN whoever carries it as a bearer token; without one only this machine,
 * that is where the web listens on loopback (HOST) and neither the address nor a proxy names another.
 *
 * @returns undefined where it is allowed, else the refusal
 */
export function metricsRefusal(
  header: (name: string) => string | null,
  settings: Readonly<Record<string, string | undefined>> = process.env,
): { status: 401 | 403; why: string } | undefined {
  const { METRICS_TOKEN: token, HOST: host } = settings;
  if (token) return bears(header('authorization'), token) ? undefined : { status: 401, why: 'METRICS_TOKEN is wanted as a bearer token.' };
  const forwardedHost = header('x-forwarded-host');
  const forwardedFor = header('x-forwarded-for')?.split(',') ?? [];
  const local = (!host || isLoopbackHost(host) || host === '::1') && isLoopbackHost(header('host')) && (!forwardedHost || isLoopbackHost(forwardedHost)) && forwardedFor.every(isLoopbackAddress);
  return local ? undefined : { status: 403, why: 'Set METRICS_TOKEN to have metrics read from elsewhere than this machine.' };
}

function isLoopbackAddress(address: string): boolean {
  const text = address.trim().replace(/^::ffff:/i, '');
  return text === '::1' || /^127\./.test(text);
}

/** Takes as long whatever is carried. */
function bears(authorization: string | null, token: string): boolean {
  const given = Buffer.from(authorization ?? '');
  const wanted = Buffer.from(`Bearer ${token}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}
