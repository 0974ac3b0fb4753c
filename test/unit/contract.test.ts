import Ajv2020 from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { envelope } from '../../ingest/contract/envelope';
import { generatedFiles, staleFiles } from '../../ingest/contract/generate';
import { asyncApi } from '../../ingest/contract/generate-asyncapi';
import { anchor, FAMILIES } from '../../ingest/contract/generate-docs';
import { contractSchema, dataSchema, exampleEvent, SORTED_TYPES, type Schema } from '../../ingest/contract/generate-schema';
import { EVENT_TYPES } from '../../ingest/contract/index';
import { messageId, subjectOf } from '../../ingest/contract/stream';
import { hasUnsafeNumber, validate } from '../../ingest/contract/validate';

const ajv = new Ajv2020({ allErrors: true, strict: true, strictTypes: false, strictRequired: false, code: { optimize: false } });
addFormats(ajv);
ajv.addSchema(contractSchema());
// Compiled while the file is loaded: the first one takes seconds on a busy machine.
const checks = new Map([...SORTED_TYPES.map(({ type }) => type), 'envelope'].map((name) => [name, ajv.getSchema(`urn:throughline:events:v1#/$defs/${name}`)]));
const byJsonSchema = (type: string) => checks.get(type);
const types = SORTED_TYPES.map((type) => [type.type, type] as const);

function event(type: string, change: (data: { [field: string]: unknown; document: { [field: string]: unknown }; lines: { [field: string]: unknown }[] }) => void = () => undefined) {
  const whole = structuredClone(exampleEvent(EVENT_TYPES.get(type) ?? SORTED_TYPES[0]!));
  change(whole.data as Parameters<typeof change>[0]);
  return whole;
}

const reason = (whole: unknown): string => {
  const result = validate(whole);
  return result.ok ? 'accepted' : `${result.code} ${result.reason}`;
};

describe.each(types)('%s', (name, type) => {
  it('is named as the contract names types, and its example holds to both schemas', () => {
    expect(name).toMatch(/^[a-z]+\.[a-z]+\.[a-z]+\.v1$/);
    expect(FAMILIES).toContain(name.split('.')[0]);
    const example = exampleEvent(type);
    expect(validate(example)).toMatchObject({ ok: true, event: example });
    const check = byJsonSchema(name);
    check?.(example);
    expect(check?.errors ?? []).toEqual([]);
    expect(byJsonSchema('envelope')?.(example)).toBe(true);
  });

  it('takes fields that it does not know, at every level', () => {
    const example = structuredClone(exampleEvent(type));
    const plant = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return;
      if (Array.isArray(value)) value.forEach(plant);
      else {
        Object.values(value).forEach(plant);
        // The maps of the contract hold numbers only.
        if (!('created' in value)) (value as { unheardOf?: string }).unheardOf = 'kept';
      }
    };
    plant(example.data);
    Object.assign(example, { unheardof: 'kept' });
    expect(reason(example)).toBe('accepted');
    expect(byJsonSchema(name)?.(example)).toBe(true);
  });

  it('says what each of its fields means', () => {
    const silent: string[] = [];
    const visit = (schema: Schema, at: string): void => {
      for (const [field, value] of Object.entries(schema.properties ?? {})) {
        if (!value.description) silent.push(`${at}.${field}`);
        visit(value, `${at}.${field}`);
      }
      if (schema.items) visit(schema.items, `${at}[]`);
    };
    visit(dataSchema(type), 'data');
    expect(silent).toEqual([]);
  });
});

describe('validate', () => {
  it('returns the event as it came, with its type', () => {
    const whole = event('procurement.order.created.v1');
    const result = validate(whole);
    expect(result.ok && result.event).toBe(whole);
    expect(result.ok && result.type.type).toBe('procurement.order.created.v1');
  });

  it('tells apart what is no event, of no known type, and against its schema', () => {
    expect(reason(null)).toBe('NOT_CLOUDEVENT the message is no JSON object');
    expect(reason([1])).toBe('NOT_CLOUDEVENT the message is no JSON object');
    expect(reason({ a: 1 })).toMatch(/^NOT_CLOUDEVENT specversion: is missing/);
    expect(reason({ ...event('procurement.order.created.v1'), specversion: '0.3' })).toBe('NOT_CLOUDEVENT specversion: must be "1.0"');
    expect(reason({ specversion: '1.0', source: 's' })).toBe('NOT_CLOUDEVENT id: is missing; type: is missing; time: is missing');
    expect(reason({ ...event('procurement.order.created.v1'), type: 'procurement.order.vanished.v1' })).toBe('UNKNOWN_TYPE type: "procurement.order.vanished.v1" is no event type of the contract');
    expect(reason({ ...event('procurement.order.created.v1'), type: 'Jane Doe 123456' })).not.toMatch(/Jane|123456/);
    expect(reason({ ...event('procurement.order.created.v1'), time: '2026-03-02 14:00' })).toBe('INVALID time: must be an RFC 3339 instant with its offset');
    expect(reason({ ...event('procurement.order.created.v1'), data: 'text' })).toBe('INVALID data: must be a JSON object');
    expect(reason({ ...event('procurement.order.created.v1'), data: undefined })).toBe('INVALID data: is missing');
    // What passes for something with a length, and answers no comparison.
    const bent: unknown = JSON.parse('{"length":{"toString":1,"valueOf":1}}');
    expect(reason(event('procurement.order.created.v1', (data) => (data.supplier = bent)))).toMatch(/^INVALID data: a field holds an object/);
    expect(reason({ ...event('procurement.order.created.v1'), correlationid: bent })).toMatch(/^INVALID /);
  });

  it.each<[string, Parameters<typeof event>, RegExp]>([
    ['too many decimals in a quantity', ['procurement.order.created.v1', (d) => void (d.lines[0]!.quantity = '1.23456')], /data\.lines\[0\]\.quantity: must be a decimal.*14 digits before and 4 after/],
    ['too many decimals in a price', ['procurement.order.created.v1', (d) => void (d.lines[0]!.price = '0.1234567')], /data\.lines\[0\]\.price: must be a decimal.*12 digits before and 6 after/],
    ['too many decimals in a JSON number', ['procurement.order.created.v1', (d) => void (d.lines[0]!.quantity = 1.23456)], /data\.lines\[0\]\.quantity: must be a decimal/],
    ['a number with an exponent', ['procurement.order.created.v1', (d) => void (d.lines[0]!.quantity = '1e3')], /data\.lines\[0\]\.quantity/],
    ['a number that is none', ['procurement.order.created.v1', (d) => void (d.lines[0]!.quantity = 'ten')], /data\.lines\[0\]\.quantity/],
    ['a bad currency', ['finance.invoice.received.v1', (d) => void (d.document.currency = 'usd')], /data\.document\.currency: must be an ISO 4217 code/],
    ['a wrong acknowledgement code', ['procurement.order.acknowledged.v1', (d) => void (d.lines[0]!.code = 'XX')], /data\.lines\[0\]\.code: must be one of "IA", "IB"/],
    ['a wrong flow type', ['procurement.order.created.v1', (d) => void (d.flowType = 'four-way')], /data\.flowType: must be one of "three-way"/],
    ['a wrong outcome', ['procurement.order.created.v1', (d) => void (d.outcome = 'fine')], /data\.outcome: must be one of "succeeded"/],
    ['no document id', ['procurement.receipt.confirmed.v1', (d) => void delete d.document.id], /data\.document\.id: is missing/],
    ['an empty document id', ['procurement.receipt.confirmed.v1', (d) => void (d.document.id = '')], /data\.document\.id: must not be empty/],
    ['no document', ['procurement.receipt.confirmed.v1', (d) => void Reflect.deleteProperty(d, 'document')], /data\.document: is missing/],
    ['no lines', ['procurement.receipt.confirmed.v1', (d) => void (d.lines = [])], /data\.lines: must not be empty/],
    ['a line without id', ['procurement.receipt.confirmed.v1', (d) => void delete d.lines[0]!.id], /data\.lines\[0\]\.id: is missing/],
    ['a day that is not in the calendar', ['procurement.receipt.confirmed.v1', (d) => void (d.document.date = '2026-02-30')], /data\.document\.date: is no calendar date/],
    ['a date of no form', ['procurement.receipt.confirmed.v1', (d) => void (d.document.date = '3/2/2026')], /data\.document\.date: must be a date, YYYY-MM-DD/],
    ['a revision below zero', ['procurement.receipt.confirmed.v1', (d) => void (d.document.revision = -1)], /data\.document\.revision: must be at least 0/],
    ['a GTIN of letters', ['clinical.usage.recorded.v1', (d) => void (d.lines[0]!.gtin = 'ABC')], /data\.lines\[0\]\.gtin: must be 8, 12, 13 or 14 digits/],
    ['a key that is too long', ['clinical.usage.recorded.v1', (d) => void (d.lines[0]!.item = 'x'.repeat(201))], /data\.lines\[0\]\.item: must have at most 200 characters/],
    ['a text for a number', ['clinical.usage.recorded.v1', (d) => void (d.attempt = 'first')], /data\.attempt: must be a number/],
    ['a due date of no form', ['procurement.order.created.v1', (d) => void (d.lines[0]!.promisedDate = 'soon')], /data\.lines\[0\]\.promisedDate: /],
    ['a time zone that is none', ['master.location.changed.v1', (d) => void ((d.attributes as { timeZone: string }).timeZone = 'Mars/Base')], /data\.attributes\.timeZone: is no IANA time zone/],
  ])('refuses %s, with path and reason', (_what, [type, change], expected) => {
    const whole = event(type, change);
    expect(reason(whole)).toMatch(expected);
    expect(reason(whole)).toMatch(/^INVALID /);
  });

  it('quotes no value, and counts what it does not name', () => {
    const whole = event('procurement.order.created.v1', (d) => {
      d.lines = Array.from({ length: 12 }, (_, i) => ({ id: `${i}`, quantity: 'Jane Doe', uom: 'Jane Doe'.repeat(10) }));
      Object.assign(d.document, { currency: 'Jane Doe', date: 'Jane Doe' });
    });
    expect(reason(whole)).not.toContain('Jane');
    expect(reason(whole)).toMatch(/; and \d+ more$/);
  });

  it('takes decimals as numbers where they are exact', () => {
    expect(reason(event('procurement.order.created.v1', (d) => void Object.assign(d.lines[0]!, { quantity: 12, price: 184.5 })))).toBe('accepted');
  });
});

describe('hasUnsafeNumber', () => {
  it.each([
    ['{"a":1,"b":[1.5,-2e10,"12345678901234567890"]}', null],
    ['{"a":123456789012345}', null],
    ['{"a":0.000000000000000012}', null],
    ['{"a":1234567890123456}', 'a'],
    ['{"data":{"lines":[{"id":"1"},{"quantity":12345678.123456789}]}}', 'data.lines[1].quantity'],
    ['{"a":"x\\\\","b":{"c":[1,[2,1.2345678901234567]]}}', 'b.c[1][1]'],
    ['{"a":{"b":1},"c":1e400}', 'c'],
    ['{"a":1e-400}', 'a'],
    ['1234567890123456789', 'event'],
    ['{"uuid":"8c7c1f5e-0d47-4b6e-9f68-12345678901234567890"}', null],
  ])('%s', (json, where) => {
    JSON.parse(json);
    expect(hasUnsafeNumber(json)).toBe(where);
  });
});

describe('the documents', () => {
  it('are what the code says now', () => {
    expect(staleFiles()).toEqual([]);
  });

  it('are reported where they differ', () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'docs-'));
    expect(staleFiles(folder)).toEqual([...generatedFiles().keys()]);
    rmSync(folder, { recursive: true });
  });

  it('are the same however often they are made', () => {
    expect([...generatedFiles()]).toEqual([...generatedFiles()]);
  });

  it('have one JSON Schema in which every reference leads somewhere', () => {
    const schema = contractSchema();
    const refs = [...JSON.stringify(schema).matchAll(/"\$ref":"#\/\$defs\/([^"]+)"/g)].map((found) => found[1] ?? '');
    expect(refs.filter((name) => !(name in (schema.$defs as object)))).toEqual([]);
    const any = ajv.getSchema('urn:throughline:events:v1');
    expect(any?.(exampleEvent(SORTED_TYPES[0]!))).toBe(true);
    expect(any?.({ ...exampleEvent(SORTED_TYPES[0]!), type: 'x.y.z.v1' })).toBe(false);
  });

  it('refuse in JSON Schema what the listener refuses', () => {
    const check = byJsonSchema('procurement.order.created.v1');
    expect(check?.(event('procurement.order.created.v1', (d) => void (d.lines[0]!.quantity = '1.23456')))).toBe(false);
    expect(check?.(event('procurement.order.created.v1', (d) => void delete d.document.id))).toBe(false);
    expect(check?.(event('procurement.order.created.v1', (d) => void (d.outcome = 'fine')))).toBe(false);
  });

  it('describe every field of the envelope', () => {
    const schema = contractSchema().$defs as { envelope: Schema };
    expect(Object.keys(schema.envelope.properties ?? {}).sort()).toEqual(Object.keys(envelope.shape).sort());
    expect(Object.entries(schema.envelope.properties ?? {}).filter(([, value]) => !value.description)).toEqual([]);
  });
});

describe('AsyncAPI', () => {
  interface Document {
    asyncapi: string;
    info: { title: string; version: string };
    servers: { [name: string]: { host: string; protocol: string } };
    channels: { [name: string]: { address: string; parameters: { [name: string]: { enum?: string[] } }; messages: { [name: string]: { $ref: string } } } };
    operations: { [name: string]: { action: string; channel: { $ref: string }; messages: { $ref: string }[] } };
    components: { messages: { [name: string]: { contentType: string; payload: { $ref: string }; examples: { payload: unknown }[] } } };
  }
  const document = JSON.parse(JSON.stringify(asyncApi())) as Document;

  it('is 3.0 and names server, channels and operations', () => {
    expect(document.asyncapi).toBe('3.0.0');
    expect(document.servers.nats).toMatchObject({ protocol: 'nats' });
    expect(document.channels.events?.address).toBe('events.{family}.{document}.{action}.{facility}');
    expect(document.channels.ops?.address).toBe('ops.{document}.{id}');
    // The addresses have as many parts as the subjects that the product publishes on.
    for (const { address, messages } of Object.values(document.channels)) {
      for (const type of Object.keys(messages)) expect(subjectOf({ type, data: { facility: 'F', document: { id: 'D' } } }).split('.')).toHaveLength(address.split('.').length);
    }
    for (const { address, parameters } of Object.values(document.channels)) {
      expect([...address.matchAll(/\{(\w+)\}/g)].map((found) => found[1])).toEqual(Object.keys(parameters));
    }
    for (const { action } of Object.values(document.operations)) expect(['send', 'receive']).toContain(action);
  });

  it('has each type once, on the channel of its subject, and every reference leads somewhere', () => {
    const onChannels = Object.values(document.channels).flatMap(({ messages }) => Object.keys(messages));
    expect(onChannels.sort()).toEqual(SORTED_TYPES.map(({ type }) => type));
    expect(Object.keys(document.components.messages)).toEqual(SORTED_TYPES.map(({ type }) => type));
    const at = (pointer: string) => pointer.slice(2).split('/').reduce<unknown>((value, part) => (value as { [key: string]: unknown } | undefined)?.[part], document);
    const refs = [...JSON.stringify(document).matchAll(/"\$ref":"(#[^"]+)"/g)].map((found) => found[1] ?? '');
    expect(refs.filter((ref) => at(ref) === undefined)).toEqual([]);
    for (const [type, { messages }] of Object.entries(document.channels)) {
      for (const name of Object.keys(messages)) expect(subjectOf({ type: name, data: {} }).startsWith(`${type}.`)).toBe(true);
    }
  });

  it('gives each message its schema and its example', () => {
    for (const [type, message] of Object.entries(document.components.messages)) {
      expect(message.contentType).toBe('application/cloudevents+json');
      expect(message.payload.$ref).toBe(`./events.schema.json#/$defs/${type}`);
      expect(validate(message.examples[0]?.payload).ok).toBe(true);
    }
  });
});

describe('events.md', () => {
  const markdown = generatedFiles().get('events.md') ?? '';

  it('links only to headings that it has', () => {
    const headings = new Set([...markdown.matchAll(/^#{1,6} (.+)$/gm)].map((found) => anchor((found[1] ?? '').replaceAll('`', ''))));
    const links = [...markdown.matchAll(/\]\(#([^)]+)\)/g)].map((found) => found[1] ?? '');
    expect(links.filter((link) => !headings.has(link))).toEqual([]);
  });

  it('shows examples that the listener takes', () => {
    const blocks = [...markdown.matchAll(/```json\n([\s\S]*?)```/g)].map((found) => JSON.parse(found[1] ?? '') as unknown);
    expect(blocks).toHaveLength(EVENT_TYPES.size);
    expect(blocks.map(reason).filter((each) => each !== 'accepted')).toEqual([]);
  });

  it('shows a first event that is taken, with the message id that the product itself would give it', () => {
    const script = /```sh\n([\s\S]*?)```/.exec(markdown)?.[1] ?? '';
    const body = /EVENT='(.*)'/.exec(script)?.[1] ?? '';
    expect(reason(JSON.parse(body))).toBe('accepted');
    const printed = execFileSync('bash', ['-c', script.replace(/^export.*$/m, 'nats() { printf "%s\\n" "$@"; }')], { encoding: 'utf8' });
    expect(printed).toContain(`Nats-Msg-Id:${messageId('inventory', 'rcv-5521-1', body)}`);
    expect(printed).toContain(subjectOf(JSON.parse(body) as Parameters<typeof subjectOf>[0]));
  });
});
