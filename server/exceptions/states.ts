import type { ExceptionState } from '@/clickhouse/queries/exceptions-kept';

/** What people may do about an exception, and where that leads. Pure, and holds no server code: pages read it too. */

export const ACTIONS = ['acknowledge', 'assign', 'comment', 'resolve', 'reopen'] as const;
export type Action = (typeof ACTIONS)[number];

/** The event that says it. */
export const EVENT_OF: Readonly<Record<Action, string>> = {
  acknowledge: 'acknowledged', assign: 'assigned', comment: 'commented', resolve: 'resolved', reopen: 'reopened',
};

const WAITING: readonly ExceptionState[] = ['open', 'reopened', 'acknowledged', 'assigned'];

/** States from which an action can be taken. What the facts have settled is over: it can only be written about. */
export const FROM: Readonly<Record<Action, readonly ExceptionState[]>> = {
  acknowledge: ['open', 'reopened'],
  assign: WAITING,
  comment: [...WAITING, 'resolved', 'settled'],
  resolve: WAITING,
  reopen: ['resolved'],
};

/** States as an event says them: `settled` is the facts' own word and never a person's. */
export type ActedState = Exclude<ExceptionState, 'settled'>;

/** Where an action leads; null where it cannot be taken from there. A comment leaves everything as it was. */
export function after(now: { state: ExceptionState; assignee: string }, action: Exclude<Action, 'comment'>, assignee = ''): { state: ActedState; assignee: string } | null {
  if (!FROM[action].includes(now.state)) return null;
  switch (action) {
    case 'acknowledge':
      return { state: 'acknowledged', assignee: now.assignee };
    case 'assign':
      // Given to nobody, it is as one that was seen.
      return { state: assignee === '' ? 'acknowledged' : 'assigned', assignee };
    case 'resolve':
      return { state: 'resolved', assignee: now.assignee };
    case 'reopen':
      return { state: 'reopened', assignee: now.assignee };
  }
}
