import type { Meaning } from '../components/state/state';

/** The words and colours of stages, gaps and chain states, in one place. */

export const STAGE_WORD: Readonly<Record<string, string>> = {
  usage: 'Usage',
  requisition: 'Requisition',
  order: 'Order',
  acknowledgement: 'Acknowledgement',
  shipment: 'Shipment notice',
  receipt: 'Receipt',
  invoice: 'Invoice',
  posting: 'Posting',
};

export const stageWord = (stage: string): string => STAGE_WORD[stage] ?? stage;

export const STAGE_STATE: Readonly<Record<string, { word: string; meaning: Meaning; help: string }>> = {
  present: { word: 'Present', meaning: 'ok', help: 'Its document has come and was not taken back.' },
  awaited: { word: 'Awaited', meaning: 'info', help: 'Required; its clock still runs or has not started.' },
  overdue: { word: 'Overdue', meaning: 'breach', help: 'Required; its clock ran out.' },
  orphan: { word: 'Orphan', meaning: 'watch', help: 'Another document names it, and it never came.' },
  unknown: { word: 'Unknown', meaning: 'unknown', help: 'Nothing says whether it is still to come.' },
  none: { word: 'Not required', meaning: 'info', help: 'Not there, and not required of this flow.' },
};

export const CHAIN_STATE: Readonly<Record<string, { word: string; meaning: Meaning }>> = {
  posted: { word: 'Posted', meaning: 'ok' },
  filled: { word: 'Filled', meaning: 'ok' },
  cancelled: { word: 'Cancelled', meaning: 'info' },
  overdue: { word: 'Overdue', meaning: 'breach' },
  open: { word: 'Open', meaning: 'info' },
};

export const FLOW_WORD: Readonly<Record<string, string>> = {
  'three-way': 'Three-way match',
  'three-way-invoice-first': 'Three-way, invoice first',
  'two-way': 'Two-way match',
  'consignment-fill': 'Consignment fill',
  'consignment-use': 'Consignment use',
  'bill-only': 'Bill-only',
  'bill-and-replace': 'Bill-and-replace',
  stock: 'Stock',
};

export const flowWord = (flow: string): string => FLOW_WORD[flow] ?? (flow === '' ? 'No flow type stated' : flow);

/** `order-line` → `Order line`. */
export function typeTitle(type: string): string {
  const words = type.replaceAll('-', ' ').replace(/ document$/, '');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** `procurement.order.created.v1` → `order created`. */
export const eventWord = (type: string): string => type.split('.').slice(1, -1).join(' ') || type;
