import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isGtin } from '../../ingest/barcode/index';
import { EVENT_TYPES } from '../../ingest/contract/index';
import { isToken, tokenKeysFromEnv, tokenOf, tokensOf } from '../../ingest/contract/token';
import { createTokeniser, RAW_LIMIT, tokeniserFromEnv } from '../../ingest/privacy/index';

const KEY = 'ab'.repeat(32);
const OTHER = 'cd'.repeat(32);
const tokeniser = createTokeniser({ key: KEY, version: 1 });
const caseToken = (value: string) => tokenOf({ key: KEY, version: 1 }, 'case', value);
const serialToken = (value: string) => tokenOf({ key: KEY, version: 1 }, 'serial', value);
const envelope = { specversion: '1.0', id: 'e-1', source: 'pou', type: 'clinical.usage.recorded.v1', time: '2026-03-02T14:00:00Z' };
const cleanData = (data: object, type = envelope.type) => tokeniser.event({ ...envelope, type, data });
const cleanText = (message: string) => {
  const { data } = cleanData({ error: { class: 'x', message } }).value;
  return (data as { error: { message: string } }).error.message;
};

describe('tokens', () => {
  it('are keyed, versioned, of fixed form, and the same for the same value', () => {
    const token = tokeniser.token('case', '99887766');
    expect(token).toMatch(/^tk1-[A-Za-z0-9_-]{22}$/);
    expect(isToken(token)).toBe(true);
    expect(tokeniser.token('case', ' 99887766 ')).toBe(token);
    expect(tokeniser.token('serial', '99887766')).not.toBe(token);
    expect(createTokeniser({ key: OTHER, version: 1 }).token('case', '99887766')).not.toBe(token);
    expect(tokeniser.token('case', token)).toBe(token);
  });

  it('are a fixed function that other programs can repeat', () => {
    // printf 'case\0ENC-1' | openssl dgst -sha256 -mac HMAC -macopt hexkey:$(printf 'ab%.0s' {1..32}) -binary | base64
    expect(caseToken('ENC-1')).toBe('tk1-QTZ-tveD_IYwQsxt-XQwwV');
  });

  it('answer for both keys after a rotation', () => {
    const keys = { key: OTHER, version: 2, previous: { key: KEY, version: 1 } };
    expect(tokensOf(keys, 'case', 'E1')).toEqual([tokenOf(keys, 'case', 'E1'), caseToken('E1')]);
    expect(createTokeniser(keys).tokens('case', caseToken('E1'))).toEqual([caseToken('E1')]);
    expect(createTokeniser(keys).event({ ...envelope, data: { case: 'E1' } }).value.data).toEqual({ case: tokenOf(keys, 'case', 'E1') });
  });

  it('stay right when the cache turns over', () => {
    for (let i = 0; i < 12_000; i++) tokeniser.token('case', `c${i}`);
    expect(tokeniser.token('case', 'c0')).toBe(caseToken('c0'));
    expect(tokeniser.token('case', 'c11999')).toBe(caseToken('c11999'));
  });

  it('come from the environment, or say what is wrong with it without showing a key', () => {
    expect(tokenKeysFromEnv({ THROUGHLINE_TOKEN_KEY: KEY })).toEqual({ key: KEY, version: 1 });
    expect(tokenKeysFromEnv({ THROUGHLINE_TOKEN_KEY: OTHER, THROUGHLINE_TOKEN_KEY_VERSION: '2', THROUGHLINE_TOKEN_KEY_PREVIOUS: KEY })).toEqual({ key: OTHER, version: 2, previous: { key: KEY, version: 1 } });
    expect(() => tokeniserFromEnv({})).toThrow(/THROUGHLINE_TOKEN_KEY is not set/);
    expect(() => tokeniserFromEnv({ THROUGHLINE_TOKEN_KEY: 'secret' })).toThrow(/^(?!.*secret).*THROUGHLINE_TOKEN_KEY is not a key/);
    expect(() => tokeniserFromEnv({ THROUGHLINE_TOKEN_KEY: KEY, THROUGHLINE_TOKEN_KEY_VERSION: 'two' })).toThrow(/THROUGHLINE_TOKEN_KEY_VERSION/);
    expect(() => tokeniserFromEnv({ THROUGHLINE_TOKEN_KEY: KEY, THROUGHLINE_TOKEN_KEY_VERSION: '1', THROUGHLINE_TOKEN_KEY_PREVIOUS: OTHER, THROUGHLINE_TOKEN_KEY_PREVIOUS_VERSION: '1' })).toThrow(/PREVIOUS_VERSION/);
  });
});

describe('fields of an event', () => {
  it('tokenises encounters, cases and patient accounts, and takes patients out, at any depth', () => {
    const { value, redacted } = cleanData({
      case: '99887766',
      patient: { name: 'Jane Doe', mrn: '00123456' },
      context: [{ encounter_id: 4711001, 'Account-Number': 'A-77', visit: { id: 'V-1', type: 'inpatient' }, MRN: 'M1', dateOfBirth: '1970-01-02' }],
      settles: [{ type: 'case', document: '99887766' }, { type: 'invoice-line', document: 'INV-1', line: '1' }],
      firstName: 'Jane', homePhone: '5551234567', Address: { line1: 'Elm St 1' }, nhsNumber: '943 476 5919', memberId: 'X1',
    });
    expect(value.data).toEqual({
      case: caseToken('99887766'),
      patient: '[removed]',
      context: [{ encounter_id: caseToken('4711001'), 'Account-Number': caseToken('A-77'), visit: { id: caseToken('V-1'), type: 'inpatient' }, MRN: '[removed]', dateOfBirth: '[removed]' }],
      settles: [{ type: 'case', document: caseToken('99887766') }, { type: 'invoice-line', document: 'INV-1', line: '1' }],
      firstName: '[removed]', homePhone: '[removed]', Address: '[removed]', nhsNumber: '[removed]', memberId: '[removed]',
    });
    expect(redacted).toEqual([...redacted].sort());
    expect(redacted).toContain('data.context.MRN:removed');
    expect(redacted).toContain('data.settles.document:tokenised');
    expect(redacted.some((each) => /\d/.test(each))).toBe(false);
  });

  it('tokenises serials and rebuilds barcodes, so that the same piece is the same token everywhere', () => {
    const { value } = cleanData({
      lines: [
        { id: '1', serial: 'SN-1', udi: '(01)00614141000036(17)270500(10)L2291(21)SN-1' },
        { id: '2', barcode: ']d201006141410000361727053110L2291\x1d21SN-1', serialNumbers: ['SN-1', 'SN-2'] },
        { id: '3', udi: 'not a barcode', epc: 'urn:epc:id:sgtin:0614141.000003.SN-1' },
        { id: '4', barcode: '00614141000036', udi: '(01)00614141000036(10)L2291' },
        { id: '5', item: '(01)00614141000036(21)SN-1', lot: 'L2291' },
      ],
    });
    const token = serialToken('SN-1');
    expect((value.data as { lines: unknown }).lines).toEqual([
      { id: '1', serial: token, udi: `(01)00614141000036(17)270500(10)L2291(21)${token}` },
      { id: '2', barcode: `(01)00614141000036(17)270531(10)L2291(21)${token}`, serialNumbers: [token, serialToken('SN-2')] },
      { id: '3', udi: serialToken('not a barcode'), epc: `urn:epc:id:sgtin:0614141.000003.${token}` },
      { id: '4', barcode: '00614141000036', udi: '(01)00614141000036(10)L2291' },
      { id: '5', item: `(01)00614141000036(21)${token}`, lot: 'L2291' },
    ]);
  });

  it('leaves people of suppliers in master data, but never a patient number', () => {
    const attributes = { name: 'Meridian', contact: 'Jane Doe', phone: '555-123-4567', email: 'orders@meridian.example', address: 'Elm St 1', mrn: '123' };
    expect(cleanData({ attributes }, 'master.supplier.changed.v1').value.data).toEqual({ attributes: { ...attributes, mrn: '[removed]' } });
    expect(cleanData({ supplier: { phone: '555-123-4567' } }).redacted).toEqual([]);
  });

  it('looks into the envelope, headers and the subject, and finds copies of what it took out', () => {
    const clean = tokeniser.event(
      { ...envelope, id: 'evt-MRN:00123456-1', subject: 'encounter/99887766', correlationid: 'ENC-5550001', partitionkey: '99887766', data: { case: '99887766' } },
      { 'ce-subject': 'MRN%3A00123456', 'X-Patient-Id': '77', 'Nats-Msg-Id': '99887766-3', 'Content-Type': 'application/json', many: ['SSN:123-45-6789', 'x'] },
      'events.clinical.usage.recorded.99887766',
    );
    const token = caseToken('99887766');
    expect(clean.value).toMatchObject({ subject: `encounter/${token}`, correlationid: caseToken('ENC-5550001'), partitionkey: token });
    expect(clean.subject).toBe(`events.clinical.usage.recorded.${token}`);
    expect(clean.headers['Nats-Msg-Id']).toBe(`${token}-3`);
    expect(clean.headers['X-Patient-Id']).toBe('[removed]');
    expect(clean.headers['Content-Type']).toBe('application/json');
    expect(JSON.stringify(clean)).not.toMatch(/00123456|99887766|123-45-6789|5550001/);
    expect(clean.redacted).toEqual(expect.arrayContaining(['id:tokenised', 'subject:tokenised', 'nats.subject:tokenised', 'header.nats-msg-id:tokenised', 'header.ce-subject:tokenised']));
  });

  it('keeps two ids two when both held patient numbers', () => {
    const id = (n: string) => tokeniser.event({ ...envelope, id: `SSN-${n}`, data: {} }).value.id;
    expect(id('123-45-6789')).not.toBe(id('123-45-6780'));
  });

  it('takes out field names that are data, data in base64, and what lies too deep', () => {
    expect(JSON.stringify(cleanData({ 'MRN:12345678': 1 }).value)).not.toContain('12345678');
    const packed = tokeniser.event({ ...envelope, data_base64: Buffer.from('{"mrn":"12345678"}').toString('base64') });
    expect(Buffer.from(String(packed.value.data_base64), 'base64').toString()).toBe('{"mrn":"[removed]"}');
    let deep: object = { note: 'end' };
    for (let i = 0; i < 5000; i++) deep = { deep };
    expect(cleanData(deep).redacted).toHaveLength(1);
  });

  it('returns the very same objects where there is nothing to do', () => {
    const event = { ...envelope, type: 'procurement.order.created.v1', data: EVENT_TYPES.get('procurement.order.created.v1')?.example };
    const headers = { 'Nats-Msg-Id': 'a' };
    const clean = tokeniser.event(event, headers, 'events.procurement.order.created.ST-ANNA');
    expect(clean.value).toBe(event);
    expect(clean.headers).toBe(headers);
    expect(clean.redacted).toEqual([]);
  });
});

describe('free text', () => {
  it.each([
    ['Patient Jane Doe not found', 'Patient [removed] not found'],
    ['patient: DOE, JANE has no coverage', 'patient: [removed] has no coverage'],
    ['Order for patient Mary-Ann O’Neil rejected', 'Order for patient [removed] rejected'],
    ['rejected: DOB 01/02/1970 missing', 'rejected: DOB [removed] missing'],
    ['born on 2 January 1970, unknown', 'born on [removed], unknown'],
    ['SSN 123-45-6789 is not valid', 'SSN [removed] is not valid'],
    ['found 123-45-6789 in field 3', 'found [removed] in field 3'],
    ['MRN: 00123456 has no guarantor', 'MRN: [removed] has no guarantor'],
    ['medical record number M-8812 unknown', 'medical record number [removed] unknown'],
    ['mail jane.doe@example.org bounced', 'mail [removed] bounced'],
    ['call (555) 123-4567 first', 'call [removed] first'],
    ['call +49 30 1234567 first', 'call [removed] first'],
    ['bad body {"patientName":"Jane Doe","qty":2}', 'bad body {"patientName":"[removed]","qty":2}'],
    ['bad body {\\"ssn\\":\\"123456789\\",\\"qty\\":2}', 'bad body {\\"ssn\\":\\"[removed]\\",\\"qty\\":2}'],
    ['GET /x?mrn=1234567&po=PO-1 failed', 'GET /x?mrn=[removed]&po=PO-1 failed'],
    ['<row><mrn>1234567</mrn><po>PO-1</po></row>', '<row><mrn>[removed]</mrn><po>PO-1</po></row>'],
    ['PID|1||1234^^^H||DOE^JANE\rORC|1', 'PID|[removed]\rORC|1'],
    ['N1*QC*DOE*JANE~PO1*1', 'N1*QC*[removed]~PO1*1'],
    ['input patientName: Jane Mary Doe, po: PO-1', 'input patientName: [removed], po: PO-1'],
    ['dob: 2 January 1970, qty: 2 pieces', 'dob: [removed], qty: 2 pieces'],
    ['see Patient/8812 for more of it', 'see Patient/[removed] for more of it'],
  ])('%s', (text, clean) => {
    expect(cleanText(text)).toBe(clean);
  });

  it('keeps the thread to the chain: encounters and serials become their tokens', () => {
    expect(cleanText('encounter 99887766 is closed')).toBe(`encounter ${caseToken('99887766')} is closed`);
    expect(cleanText('no charge for CSN 5550001234')).toBe(`no charge for CSN ${caseToken('5550001234')}`);
    expect(cleanText('case 99887766 is closed')).toBe(`case ${caseToken('99887766')} is closed`);
    expect(cleanText('Serial no. SN-445566 is not on file')).toBe(`Serial no. ${serialToken('SN-445566')} is not on file`);
    expect(cleanText('scanned (01)00614141000036(21)SN-1, unknown')).toBe(`scanned (01)00614141000036(21)${serialToken('SN-1')}, unknown`);
  });

  it.each([
    'Item ITM-00412 is blocked for purchasing', 'No answer within 30 s', 'Account 210000 is closed for period 2026-02',
    'PO-4500001 line 10: price 184.50 per case 12.50', 'Order PO 450-001 of 2026-03-02T14:05:11+10:00 was late', 'Patient Monitor ITM-7 is out of stock',
    'Gloves, nitrile, case of 1000 at 1,184.50 USD', 'GTIN 00614141000036 is unknown, lot L2291', 'in case of doubt: 15 of 20 lines', 'patient account is closed',
    'trace 4bf92f3577b34da6a3ce929d0e0e4736 span 00f067aa0ba902b7', '+1000 pieces on order, expected 2026-03-06',
  ])('leaves alone: %s', (text) => {
    expect(cleanText(text)).toBe(text);
  });
});

describe('business keys', () => {
  const digits = (n: number) => fc.array(fc.integer({ min: 0, max: 9 }), { minLength: n, maxLength: n }).map((d) => d.join(''));
  const key = fc.oneof(
    digits(7).map((d) => `PO-${d}`), digits(10).map((d) => `45${d}`), digits(5).map((d) => `ITM-${d}`), digits(14), digits(13), fc.uuid(),
    digits(6).map((d) => `INV-2026-${d}`), fc.stringMatching(/^[A-Z]{2,4}-\d{3,8}(\/\d{1,3})?$/).filter((k) => !/^(ENC|CSN|MRN|SSN)-/.test(k)), fc.stringMatching(/^L\d{4}[A-Z]?$/),
  );

  it('are no patient data, wherever they stand', () => {
    fc.assert(
      fc.property(key, key, key, (a, b, c) => {
        const event = { ...envelope, id: a, subject: b, partitionkey: c, data: { document: { id: a }, lines: [{ id: '1', item: b, lot: c, order: { document: c, line: '10' } }], error: { class: 'x', message: `Order ${a} for item ${b} (${c}) was not accepted` } } };
        expect(tokeniser.event(event, { 'Nats-Msg-Id': a }, `events.x.${b}`).redacted).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it('of the examples of the contract come through; only cases and serials change', () => {
    for (const { type, example } of EVENT_TYPES.values()) {
      const { redacted } = tokeniser.event({ ...envelope, type, data: example }, {}, `events.${type}`);
      expect([type, redacted.filter((each) => each !== 'data.case:tokenised')]).toEqual([type, []]);
    }
  });
});

describe('any event', () => {
  const secret = fc.integer({ min: 10_000_000, max: 99_999_999 }).map(String).filter((digits) => !isGtin(digits));
  const place = fc.constantFrom('mrn', 'patientId', 'patient_name', 'case', 'encounterId', 'serial', 'udi', 'epc', 'SSN', 'date-of-birth', 'insuranceId', 'lastName');
  const wrap = fc.constantFrom(
    (v: object) => v, (v: object) => ({ lines: [{ id: '1' }, v] }), (v: object) => ({ a: { b: { c: [[v]] } } }), (v: object) => ({ patient: { contact: v } }),
    (v: object) => ({ error: { class: 'x', message: `Refused: ${JSON.stringify(v)}` } }), (v: object) => ({ payload: JSON.stringify(JSON.stringify(v)) }),
  );

  it('keeps no planted value, gives the same twice, and leaves its own result alone', () => {
    fc.assert(
      fc.property(secret, place, wrap, fc.boolean(), (value, field, inside, elsewhere) => {
        const event = { ...envelope, ...(elsewhere ? { partitionkey: value, subject: `x/${value}` } : {}), data: inside({ [field]: value }) };
        const clean = tokeniser.event(event);
        expect(JSON.stringify(clean)).not.toContain(value);
        expect(clean.redacted.length).toBeGreaterThan(0);
        expect(tokeniser.event(event)).toEqual(clean);
        expect(tokeniser.event(clean.value).value).toEqual(clean.value);
      }),
      { numRuns: 500 },
    );
  });

  it('keeps no planted value in text that is cut off anywhere', () => {
    fc.assert(
      fc.property(secret, place, wrap, fc.nat(20), (value, field, inside, cut) => {
        const json = JSON.stringify({ ...envelope, data: inside({ [field]: value, more: 'x'.repeat(10) }) });
        const clean = tokeniser.raw(Buffer.from(json.slice(0, json.length - 1 - cut)));
        expect(clean.text).not.toContain(value);
        expect(tokeniser.raw(Buffer.from(clean.text)).text).toBe(clean.text);
      }),
      { numRuns: 500 },
    );
  });
});

describe('a token', () => {
  it.each(['Har', 'enc-1', 'mrn', 'SN', 'csn'])('that holds the letters %s by chance stays as it is', (letters) => {
    const token = `tk1-${letters}h5ARcElH0Gol1SVJl1xyzab`.slice(0, 26);
    const text = `{"case":"${token}","more":"Encounter of ${token}, serial 4711A`;
    const once = tokeniser.raw(Buffer.from(text));
    expect(once.text).toBe(`{"case":"${token}","more":"Encounter of ${token}, serial ${serialToken('4711A')}`);
    expect(tokeniser.raw(Buffer.from(once.text)).text).toBe(once.text);
  });

  it('leads to itself though its letters look like a label', () => {
    // Found by the property above: this case's token begins with Har, as a hospital account number may.
    const once = tokeniser.raw(Buffer.from('{"case":"11050048","more":"xxx"'));
    expect(once.text).toBe(`{"case":"${caseToken('11050048')}","more":"xxx"`);
    expect(tokeniser.raw(Buffer.from(once.text)).text).toBe(once.text);
  });
});

describe('bytes that are no event', () => {
  it('names the fields that it found', () => {
    const clean = tokeniser.raw(Buffer.from('{"case":"99887766","patient":{"name":"Jane","x":[1,{"a":"}"}]},"lines":[{"serial":"A1B2","mrn": 123456, "po":"PO-1"'));
    expect(clean.text).toBe(`{"case":"${caseToken('99887766')}","patient":"[removed]","lines":[{"serial":"${serialToken('A1B2')}","mrn": "[removed]", "po":"PO-1"`);
    expect(clean.redacted).toEqual(['raw.case:tokenised', 'raw.mrn:removed', 'raw.patient:removed', 'raw.serial:tokenised']);
  });

  it('are redacted by their fields where they can be parsed, and stay as they were otherwise', () => {
    const text = '{ "id":"99887766-1",\n "data":{"settles":[{"type":"case","document":"99887766"}], "n":12345678901234567890, "mrn":"M-1", "mrn":""} }';
    const clean = tokeniser.raw(Buffer.from(text));
    expect(clean.text).toBe(text.replaceAll('99887766', caseToken('99887766')).replace('"M-1"', '"[removed]"'));
    expect(clean.redacted).toEqual(['data.settles.document:tokenised', 'raw.mrn:removed']);
  });

  it('come as base64 where they are no UTF-8, redacted all the same', () => {
    const clean = tokeniser.raw(Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('{"mrn":"1234567"}')]));
    expect(clean.encoding).toBe('base64');
    expect(Buffer.from(clean.text, 'base64').toString('latin1')).toBe('\xff\xfe{"mrn":"[removed]"}');
  });

  it('are cut, and say how long they were', () => {
    const clean = tokeniser.raw(Buffer.from('ä'.repeat(RAW_LIMIT)));
    expect(clean.encoding).toBe('utf-8');
    expect(Buffer.byteLength(clean.text)).toBeLessThan(RAW_LIMIT + 100);
    expect(clean.text).toMatch(/ä\n\[cut at 64 KiB of 131072 bytes\]$/);
  });

  it('take no long time, whatever they are', () => {
    for (const piece of ['\n', ' ', 'patient ', '"mrn":', 'PID|', 'a@', '/01/12345678/21/', '+1 ', '1-', '<a ', '\\"', '(01)', 'Patient A', 'ssn:'] as const) {
      // Time of the processor, so that a busy machine does not count.
      const before = process.cpuUsage();
      tokeniser.raw(Buffer.from(piece.repeat(Math.ceil(70_000 / piece.length))));
      expect([piece, process.cpuUsage(before).user < 2_000_000]).toEqual([piece, true]);
    }
  });
});
