import { TRPCError } from '@trpc/server';
import { ZodError } from 'zod';

/**
 * Why a request gave no answer, as the pages tell them apart:
 * - `source_down`: the store does not answer; nothing is known, try again
 * - `narrow_range`: the question hit its row or time limit; ask for less
 * - `bad_input`: the request cannot be understood (often an edited link)
 * - `not_allowed`: the role or the facilities of the session do not cover it
 * - `signed_out`: no session
 * - `not_found`: no such list, object or person
 * - `conflict`: somebody else changed it first
 * - `internal`: a defect here; details are in the log only
 */
export const REASONS = [
  'source_down',
  'narrow_range',
  'bad_input',
  'not_allowed',
  'signed_out',
  'not_found',
  'conflict',
  'internal',
] as const;
export type Reason = (typeof REASONS)[number];

const CODE_OF: Record<Reason, TRPCError['code']> = {
  source_down: 'SERVICE_UNAVAILABLE',
  narrow_range: 'UNPROCESSABLE_CONTENT',
  bad_input: 'BAD_REQUEST',
  not_allowed: 'FORBIDDEN',
  signed_out: 'UNAUTHORIZED',
  not_found: 'NOT_FOUND',
  conflict: 'CONFLICT',
  internal: 'INTERNAL_SERVER_ERROR',
};

const REASON_OF = new Map<string, Reason>(Object.entries(CODE_OF).map(([reason, code]) => [code, reason as Reason]));

/** An error whose message is meant for the person at the screen. */
export function refusal(reason: Reason, message: string, cause?: unknown): TRPCError {
  return new TRPCError({ code: CODE_OF[reason], message, cause });
}

export function reasonOf(error: TRPCError): Reason {
  return REASON_OF.get(error.code) ?? 'internal';
}

/** Store errors are told apart by name, so that this file needs nothing of the store's client. */
function reasonOfCause(cause: unknown): { reason: Reason; message: string } | null {
  if (!(cause instanceof Error)) return null;
  switch (cause.name) {
    case 'StoreUnavailable':
      return { reason: 'source_down', message: 'The data source does not answer.' };
    case 'NarrowTheRange':
      return { reason: 'narrow_range', message: cause.message || 'This asks for too much at once: narrow the range.' };
    case 'BadInput':
      return { reason: 'bad_input', message: cause.message };
    default:
      return null;
  }
}

/** Gives a thrown error its code; what is already coded, and what is a defect, stays as it is. */
export function codedError(error: TRPCError): TRPCError {
  if (error.code !== 'INTERNAL_SERVER_ERROR') return error;
  const known = reasonOfCause(error.cause);
  return known ? refusal(known.reason, known.message, error.cause) : error;
}

/** One line for the person: zod's own issues, or the message, and nothing of a defect's inside. */
export function publicMessage(error: TRPCError): string {
  if (error.cause instanceof ZodError) {
    return error.cause.issues
      .map((issue) => (issue.path.length > 0 ? `${issue.path.join('.')}: ${issue.message}` : issue.message))
      .join('; ');
  }
  return reasonOf(error) === 'internal' ? 'Something went wrong here.' : error.message;
}
