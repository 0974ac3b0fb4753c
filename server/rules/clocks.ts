/**
 * Limits of the stage clocks: how long a chain may wait at a stage before the next one is overdue. Defaults, to be
 * changed by whoever runs the network; elapsed days of 24 hours.
 */
export interface StageClocks {
  /** Usage that must be ordered, or requisition approved (submitted where nobody approves) → order. */
  order: number;
  /** Order sent (created where nothing says sent) → acknowledgement. */
  acknowledgement: number;
  /** Promised date (the acknowledgement's, else the order's) → receipt. */
  promiseSlack: number;
  /** Order → receipt where nothing is promised. */
  receipt: number;
  /** Receipt (order where no receipt is required first) → invoice. */
  invoice: number;
  /** Invoice and, where required, receipt → posting. Usage of stock → posting of its cost. */
  posting: number;
}

export const DEFAULT_CLOCKS: StageClocks = {
  order: 2,
  acknowledgement: 2,
  promiseSlack: 2,
  receipt: 14,
  invoice: 30,
  posting: 5,
};

/**
 * Usage (billed flows), requisition (two- and three-way) and acknowledgement are required where the facility's
 * interfaces send them: where at least this share of its order lines of one flow type has had them.
 */
export const DEFAULT_SENT_SHARE = 0.8;
