import { roleLabel, type Role } from './roles';
import type { Viewer } from './viewer';

/**
 * One-click sign-in per role: only where the simulator feeds the product, and only for a browser on
 * this machine.
 */

const LOOPBACK = /^(localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/i;

/** Whether a Host header names this machine's loopback. */
export function isLoopbackHost(host: string | null | undefined): boolean {
  return typeof host === 'string' && LOOPBACK.test(host.trim());
}

export function demoAllowed(
  simulated: boolean,
  header: (name: string) => string | null | undefined,
): boolean {
  const forwarded = header('x-forwarded-host');
  return simulated && isLoopbackHost(header('host')) && (!forwarded || isLoopbackHost(forwarded));
}

export function demoViewer(role: Role): Viewer {
  return {
    id: `demo:${role}`,
    name: `${roleLabel(role)} (simulation)`,
    email: `${role}@simulation.invalid`,
    role,
    facilities: null,
  };
}

export function isDemo(viewer: Pick<Viewer, 'id'>): boolean {
  return viewer.id.startsWith('demo:');
}
