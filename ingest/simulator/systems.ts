/** The systems of the network and the interfaces between them. */

export type System = 'ehr' | 'pou' | 'inventory' | 'wms' | 'procurement' | 'edi-gateway' | 'accounts-payable' | 'erp' | 'middleware' | 'analytics' | 'case-costing';

export interface InterfacePlan {
  readonly name: string;
  readonly source: System;
  readonly pattern: 'api' | 'event' | 'batch' | 'edi';
  /** Systems that each message goes to, one hand-over each; the first is the one that the flow waits for. */
  readonly targets: readonly string[];
  /** Median latency of a hand-over in milliseconds. */
  readonly latencyMs: number;
}

const plan = (name: string, source: System, pattern: InterfacePlan['pattern'], latencyMs: number, ...targets: string[]): InterfacePlan => ({ name, source, pattern, latencyMs, targets });

export const INTERFACES = {
  schedule: plan('ehr-to-pou', 'ehr', 'event', 140, 'pou'),
  usage: plan('pou-to-inventory', 'pou', 'event', 90, 'inventory'),
  caseUsage: plan('pou-to-inventory', 'pou', 'event', 90, 'inventory', 'case-costing'),
  balance: plan('inventory-to-analytics', 'inventory', 'event', 110, 'analytics'),
  replenish: plan('inventory-to-wms', 'inventory', 'event', 120, 'wms'),
  warehouse: plan('wms-to-inventory', 'wms', 'event', 180, 'inventory'),
  requisition: plan('inventory-to-procurement', 'inventory', 'api', 260, 'procurement'),
  approval: plan('procurement-to-inventory', 'procurement', 'event', 150, 'inventory'),
  order: plan('procurement-to-erp', 'procurement', 'api', 310, 'erp'),
  orderOut: plan('procurement-to-edi', 'procurement', 'edi', 2400, 'edi-gateway'),
  supplierIn: plan('edi-to-procurement', 'edi-gateway', 'edi', 3100, 'procurement'),
  receipt: plan('inventory-to-erp', 'inventory', 'api', 280, 'erp', 'accounts-payable'),
  invoice: plan('edi-to-ap', 'edi-gateway', 'edi', 2800, 'accounts-payable'),
  payable: plan('ap-to-erp', 'accounts-payable', 'api', 330, 'erp'),
  ledger: plan('erp-to-analytics', 'erp', 'batch', 900, 'analytics'),
  master: plan('erp-master-data', 'erp', 'event', 200, 'analytics'),
} as const satisfies Record<string, InterfacePlan>;

export type InterfaceKey = keyof typeof INTERFACES;

/** Interfaces whose two ends report what they counted. */
export const RECONCILED: ReadonlySet<string> = new Set(['pou-to-inventory', 'inventory-to-procurement', 'procurement-to-erp', 'inventory-to-erp', 'edi-to-ap', 'ap-to-erp', 'erp-to-analytics']);

/** Sources that number their messages. The others send none, as some do. */
const NUMBERED: ReadonlySet<System> = new Set(['pou', 'inventory', 'procurement', 'edi-gateway', 'accounts-payable', 'erp']);
export const isNumbered = (source: System): boolean => NUMBERED.has(source);

/** The one source that speaks CloudEvents in binary mode. */
export const BINARY_SOURCE: System = 'wms';
/** Sources that write local time with its offset. */
export const writesLocalTime = (source: System): boolean => source === 'ehr' || source === 'pou' || source === 'wms';

export interface FailureProfile {
  readonly class: string;
  readonly code: string;
  /** `$document`, `$line`, `$item`, `$facility`, `$n` are filled in. */
  readonly message: string;
  readonly retryable: boolean;
}

const TRANSIENT: readonly FailureProfile[] = [
  { class: 'timeout', code: 'HTTP_504', message: 'No answer from $target within 30000 ms for $document (request $n)', retryable: true },
  { class: 'connection', code: 'ECONNRESET', message: 'Connection to $target:8443 was reset while sending $document, transaction $n', retryable: true },
  { class: 'throttled', code: 'HTTP_429', message: 'Too many requests: $target asks to wait $n ms before $document', retryable: true },
  { class: 'lock', code: 'DB_LOCK', message: 'Record $document is locked by session $n', retryable: true },
];

const BUSINESS: Partial<Record<InterfaceKey, readonly FailureProfile[]>> = {
  usage: [
    { class: 'validation', code: 'UNKNOWN_LOCATION', message: 'Storage location for $document at $facility is not set up (bin $n)', retryable: false },
    { class: 'mapping', code: 'NO_ITEM', message: 'Item $item of $document has no entry in the cross-reference table', retryable: false },
  ],
  requisition: [{ class: 'validation', code: 'COST_CENTRE_CLOSED', message: 'Cost centre of $document is closed for postings since period $n', retryable: false }],
  order: [
    { class: 'validation', code: 'VENDOR_BLOCKED', message: 'Vendor of $document is blocked for purchasing organisation $n', retryable: false },
    { class: 'mapping', code: 'UOM_MISMATCH', message: 'Unit of measure on $document line $line is not maintained for material $item', retryable: false },
  ],
  orderOut: [{ class: 'translation', code: 'EDI_850_SEG', message: 'Segment PO1 of $document rejected by translator, control number $n', retryable: false }],
  supplierIn: [{ class: 'translation', code: 'EDI_997_R', message: 'Functional acknowledgement rejected group for $document, control number $n', retryable: false }],
  receipt: [
    { class: 'business', code: 'PERIOD_CLOSED', message: 'Posting period is closed for goods receipt $document (document $n)', retryable: false },
    { class: 'business', code: 'PO_LOCKED', message: 'Purchase order behind $document is locked by user u-$n', retryable: true },
  ],
  invoice: [{ class: 'validation', code: 'TAX_CODE', message: 'Tax code on $document is unknown for company code $n', retryable: false }],
  payable: [{ class: 'business', code: 'BALANCE', message: 'Debits and credits of $document differ by $n', retryable: false }],
  ledger: [{ class: 'schema', code: 'COLUMN_MISSING', message: 'Load of $document failed: column cost_centre missing in batch $n', retryable: false }],
  warehouse: [{ class: 'validation', code: 'UNKNOWN_LOT', message: 'Lot on $document is unknown at $facility, task $n', retryable: false }],
};

export const transientProfiles = (): readonly FailureProfile[] => TRANSIENT;
/** Reasons of the receiving system itself, by interface. */
export const businessProfiles = (key: InterfaceKey): readonly FailureProfile[] => BUSINESS[key === 'caseUsage' ? 'usage' : key] ?? TRANSIENT;

export const DOWN: readonly FailureProfile[] = [
  { class: 'unavailable', code: 'HTTP_503', message: '$target is down for maintenance; $document not accepted (ticket $n)', retryable: true },
  { class: 'unavailable', code: 'ECONNREFUSED', message: 'Connection refused by $target:8443 for $document', retryable: true },
];
