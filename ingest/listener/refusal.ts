import type { ContractEvent } from '../contract/envelope';

/** Why a message, or a part of it, is kept as a dead letter instead of an event. */
export class Refusal extends Error {
  constructor(
    readonly code: string,
    reason: string,
    readonly about: { mapping?: string; expression?: string; event?: Partial<ContractEvent> } = {},
  ) {
    super(reason);
  }
}
