// node test/support/real/count.mjs <file> [file…]
//
// Counts what is in a history file by other means than the importer: plain text matching, no XML or CSV library, none
// of the product's code. Prints one line of JSON a file. What it counts:
//
//   XES   traces, events, activities; per trace "Record Goods Receipt" less "Cancel Goods Receipt", and "Record
//         Invoice Receipt" less "Cancel Invoice Receipt"; traces whose last word is a deleted order item
//   CSV   rows, distinct orders, shipments, suppliers, items; rows with a day in each date column
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';

/** @param {string} file */
export function textOf(file) {
  const bytes = readFileSync(file);
  return (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString('utf8');
}

/** @param {string} text */
const unescape = (text) => text.replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&quot;/g, '"').replace(/&apos;/g, "'").replace(/&amp;/g, '&');

/**
 * The traces of an XES file: name, category and activities in order.
 * @param {string} text
 * @returns {{ name: string, category: string, activities: string[], times: string[] }[]}
 */
export function traces(text) {
  return text.split('<trace>').slice(1).map((part) => {
    const body = part.slice(0, part.indexOf('</trace>'));
    const events = body.split('<event>').slice(1).map((event) => event.slice(0, event.indexOf('</event>')));
    const own = body.replace(/<event>[\s\S]*?<\/event>/g, '');
    /** @param {string} where @param {string} key */
    const value = (where, key) => unescape(new RegExp(`key="${key}" value="([^"]*)"`).exec(where)?.[1] ?? '');
    return {
      name: value(own, 'concept:name'),
      category: value(own, 'Item Category'),
      activities: events.map((event) => value(event, 'concept:name')),
      times: events.map((event) => value(event, 'time:timestamp')),
    };
  });
}

/** @param {string} text */
export function countXes(text) {
  const found = traces(text);
  /** @type {Record<string, number>} */
  const activities = {};
  for (const { activities: all } of found) for (const name of all) activities[name] = (activities[name] ?? 0) + 1;
  /** @param {string[]} list @param {string} name */
  const of = (list, name) => list.filter((one) => one === name).length;
  /** @param {string} plus @param {string} minus */
  const net = (plus, minus) => found.reduce((sum, { activities: all }) => sum + of(all, plus) - of(all, minus), 0);
  /** @type {Record<string, number>} */
  const categories = {};
  for (const { category } of found) categories[category || '(none)'] = (categories[category || '(none)'] ?? 0) + 1;
  return {
    format: 'xes',
    traces: found.length,
    events: found.reduce((sum, { activities: all }) => sum + all.length, 0),
    orders: new Set(found.map(({ name }) => name.split('_')[0])).size,
    orderLines: new Set(found.map(({ name }) => name)).size,
    receipts: of(found.flatMap(({ activities: all }) => all), 'Record Goods Receipt'),
    receiptsNet: net('Record Goods Receipt', 'Cancel Goods Receipt'),
    invoices: of(found.flatMap(({ activities: all }) => all), 'Record Invoice Receipt'),
    invoicesNet: net('Record Invoice Receipt', 'Cancel Invoice Receipt'),
    cleared: activities['Clear Invoice'] ?? 0,
    deletedLines: found.filter(({ activities: all }) => all.lastIndexOf('Delete Purchase Order Item') > all.lastIndexOf('Reactivate Purchase Order Item')).length,
    categories,
    activities: Object.fromEntries(Object.entries(activities).sort(([, a], [, b]) => b - a)),
  };
}

/**
 * Rows of a CSV by hand: a character at a time, any end of line, doubled quotes.
 * @param {string} text
 */
export function rows(text) {
  /** @type {string[][]} */
  const all = [];
  /** @type {string[]} */
  let row = [];
  let field = '';
  let quoted = false;
  const plain = text.replace(/^\uFEFF/, '');
  for (let i = 0; i < plain.length; i++) {
    const c = plain[i];
    if (quoted) {
      if (c !== '"') field += c;
      else if (plain[i + 1] === '"') {
        field += '"';
        i++;
      } else quoted = false;
    } else if (c === '"') quoted = true;
    else if (c === ',') {
      row.push(field);
      field = '';
    } else if (c === '\r' || c === '\n') {
      if (c === '\r' && plain[i + 1] === '\n') i++;
      if (row.length > 0 || field !== '') all.push([...row, field]);
      row = [];
      field = '';
    } else field += c;
  }
  if (row.length > 0 || field !== '') all.push([...row, field]);
  const [header = [], ...data] = all;
  return data.map((values) => Object.fromEntries(header.map((name, i) => [name, values[i] ?? ''])));
}

const DAY = /^(\d{1,2}-[A-Z][a-z]{2}-\d{2,4}|\d{1,2}\/\d{1,2}\/\d{2,4})$/;

/** @param {string} text */
export function countCsv(text) {
  const found = rows(text);
  /** @param {string} column */
  const distinct = (column) => new Set(found.map((row) => row[column])).size;
  /** @param {string} column */
  const days = (column) => found.filter((row) => DAY.test(row[column] ?? '')).length;
  const quoted = found.filter((row) => /-\d+$/.test(row['PQ #'] ?? '') && DAY.test(row['PQ First Sent to Client Date'] ?? '')).length;
  const delivered = days('Delivered to Client Date');
  const sent = days('PO Sent to Vendor Date');
  return {
    format: 'csv',
    rows: found.length,
    orders: distinct('PO / SO #'),
    orderLines: new Set(found.map((row) => `${row['PO / SO #']}/${row.ID}`)).size,
    shipments: distinct('ASN/DN #'),
    suppliers: distinct('Vendor'),
    items: distinct('Item Description'),
    quoted,
    sent,
    delivered,
    receiptsNet: delivered,
    invoicesNet: 0,
    // One event for the order, one each for a quote and a sending with a day, two for a delivery.
    events: found.length + quoted + sent + 2 * delivered,
    quantity: found.reduce((sum, row) => sum + BigInt(row['Line Item Quantity'] || '0'), 0n).toString(),
    // Money in ten-thousandths, so that no float is summed.
    lineValue: found.reduce((sum, row) => sum + tenThousandths(row['Line Item Value'] || '0'), 0n).toString(),
    freightInWords: found.filter((row) => !/^[\d.]+$/.test(row['Freight Cost (USD)'] ?? '')).length,
  };
}

/** @param {string} value */
function tenThousandths(value) {
  const [whole = '0', fraction = ''] = value.split('.');
  return BigInt(whole) * 10_000n + BigInt(fraction.padEnd(4, '0').slice(0, 4));
}

/** @param {string} file */
export function count(file) {
  const text = textOf(file);
  return { file: path.basename(file), ...(/<log[\s>]/.test(text.slice(0, 5000)) ? countXes(text) : countCsv(text)) };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const files = process.argv.slice(2);
  if (files.length === 0) {
    console.error('Usage: node test/support/real/count.mjs <file> [file…]');
    process.exit(1);
  }
  for (const file of files) console.log(JSON.stringify(count(file)));
}
