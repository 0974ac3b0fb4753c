import { expect, it } from 'vitest';
import { invoiceRequest, type WaitingLine } from '../../server/receipts/message';

const line = (more: Partial<WaitingLine>): WaitingLine => ({ order_id: 'PO-1', order_line: '10', object_id: 'RCV-1/1', item: 'ITM-4', date: '2026-03-01', open: '12', unit: 'EA', value: '120', currency: 'USD', ...more });

it('asks for the invoices of what was received, line by line, each currency by itself', () => {
  const { subject, text } = invoiceRequest({ name: 'Meridian', contact: 'orders desk' }, [line({}), line({ order_id: 'PO-2', value: '0.1234', currency: 'EUR' }), line({ value: '30.5', open: null })], 3);
  expect(subject).toBe('Invoices missing for 3 received lines: PO-1, PO-2');
  expect(text).toContain('To: Meridian, orders desk');
  expect(text).toContain('Order PO-1 line 10 · item ITM-4 · received 2026-03-01 (RCV-1/1) · 12 EA not invoiced · 120.00 USD');
  expect(text).toContain('Order PO-2 line 10 · item ITM-4 · received 2026-03-01 (RCV-1/1) · 12 EA not invoiced · 0.1234 EUR');
  expect(text).toContain('quantity not stated · 30.50 USD');
  expect(text.endsWith('At order prices: 0.1234 EUR, 150.50 USD')).toBe(true);
});

it('says how many lines it leaves out, and nothing of money that nobody knows', () => {
  const { subject, text } = invoiceRequest({ name: 'Meridian', contact: '' }, [line({ order_id: '', value: null, currency: '' })], 8);
  expect(subject).toBe('Invoices missing for 8 received lines');
  expect(text).toContain('To: Meridian\n');
  expect(text).toContain('No order named · item ITM-4');
  expect(text.endsWith('… and 7 more lines')).toBe(true);
});
