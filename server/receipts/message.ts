import Decimal from 'decimal.js';

/** A receipt line that no invoice has come for. */
export interface WaitingLine {
  order_id: string;
  order_line: string;
  object_id: string;
  item: string;
  date: string;
  open: string | null;
  unit: string;
  value: string | null;
  currency: string;
}

const money = (value: string, currency: string) => `${new Decimal(value).toFixed(Math.max(2, new Decimal(value).decimalPlaces()))} ${currency}`;

/**
 * A message to a supplier that asks for the invoices of what was received, ready to be copied.
 *
 * @param lines oldest first; at most as many as fit a message
 * @param total of all lines that wait, those left out included
 */
export function invoiceRequest(supplier: { name: string; contact: string }, lines: readonly WaitingLine[], total: number): { subject: string; text: string } {
  const sums = new Map<string, Decimal>();
  for (const { value, currency } of lines) if (value !== null) sums.set(currency, (sums.get(currency) ?? new Decimal(0)).plus(value));
  const orders = [...new Set(lines.map((line) => line.order_id))].filter((id) => id !== '');
  const left = total - lines.length;
  const text = [
    `To: ${[supplier.name, supplier.contact].filter(Boolean).join(', ')}`,
    '',
    'We have received the goods below and have no invoice for them yet. Please send the invoices, or tell us their numbers and when they were sent.',
    '',
    ...lines.map((line) => [
      line.order_id ? `Order ${line.order_id}${line.order_line ? ` line ${line.order_line}` : ''}` : 'No order named',
      line.item ? `item ${line.item}` : '', `received ${line.date} (${line.object_id})`,
      line.open === null ? 'quantity not stated' : `${line.open}${line.unit ? ` ${line.unit}` : ''} not invoiced`,
      line.value === null || line.currency === '' ? '' : money(line.value, line.currency),
    ].filter(Boolean).join(' · ')),
    ...(left > 0 ? [`… and ${left} more ${left === 1 ? 'line' : 'lines'}`] : []),
    '',
    ...(sums.size > 0 ? [`At order prices: ${[...sums].sort(([a], [b]) => a.localeCompare(b)).map(([currency, sum]) => money(sum.toFixed(), currency)).join(', ')}${left > 0 ? ' for the lines above' : ''}`] : []),
  ];
  const named = orders.slice(0, 3).join(', ');
  return { subject: `Invoices missing for ${total} received ${total === 1 ? 'line' : 'lines'}${named ? `: ${named}${orders.length > 3 || left > 0 ? ' …' : ''}` : ''}`, text: text.join('\n').trimEnd() };
}
