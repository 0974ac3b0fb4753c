import { isGtin, parseBarcode } from '../barcode/index';
import { isToken, type TokenKind } from '../contract/token';
import { fieldClass } from './fields';

/** Patient data inside strings: free text, keys, messages of other systems, and JSON, XML or HL7 within a string. */

export const REMOVED = '[removed]';

/** What redacting a string needs of the tokeniser, and how it reports. */
export interface Redactor {
  token(kind: TokenKind, value: string): string;
  /** Says that something at the place in hand was removed or tokenised; of raw text also in which named field. */
  note(what: 'removed' | 'tokenised', field?: string): void;
  /** Hears each value that was taken out, so that its copies elsewhere in the event are found too. */
  taken(value: string, instead: string, kind: TokenKind | 'patient'): void;
}

/** Cheap test for a short string without blanks, such as a business key: most have nothing of the kind. */
const KEY_TRIGGER = /\d{3}-\d\d-\d{4}|mrn|ssn|patient|medrec|\(01\)|\(21\)|^\][CdeQJ]\d|\x1d|^01\d{14}\d\d|^\+[A-Z$]|urn:epc|\/21\//i;
/** The same for identifiers of the envelope, headers and subjects, which often carry an encounter. */
const ATTRIBUTE_TRIGGER = /@|encounter|visit|csn|\benc[-_:]|case|dob/i;
/** Cheap test for free text. */
const TEXT_TRIGGER =
  /\d{3}-\d\d-\d{4}|mrn|ssn|social.?sec|patient|\bpt\b|\bmrs?\b|medical|medrec|dob|d\.o\.b|birth|born|encounter|visit|case|csn|\benc[-_:]|admission|episode|@|serial|s\/n|\bsn\b|epc|udi|barcode|\(01\)|\(21\)|\x1d|phone|\btel|mobile|\bcell|fax|nhs|insur|member|subscriber|guarantor|(?:first|last|given|family|sur|middle|maiden).?name|address|mail|account|\d{3}\)?[ .-]\d{3}[ .-]\d{4}|\+\d|PID\||PV1\||NK1\||\*QC\*|DMG\*/i;

export function mayHoldPatientData(text: string, place: 'key' | 'attribute' | 'text'): boolean {
  // Nothing that is looked for is shorter: `(21)X1`, `MRN 12`.
  if (text.length < 6) return false;
  if (place === 'text') return TEXT_TRIGGER.test(text);
  return KEY_TRIGGER.test(text) || (place === 'attribute' && ATTRIBUTE_TRIGGER.test(text));
}

type Replace = (text: string, redactor: Redactor) => string;

/** Where a pattern was found, from what a replacer is told: its place in the text, and the text. */
const placeOf = (found: readonly unknown[]): { at: number; text: string } => {
  const named = typeof found.at(-1) === 'object';
  return { at: Number(found.at(named ? -3 : -2)), text: String(found.at(named ? -2 : -1)) };
};

const TOKEN_AT = /tk\d{1,5}-[A-Za-z0-9_-]{22}/y;
const LONGEST_TOKEN = 30;

/** Letters of a token are drawn by chance, so what looks like a label within one is none: `tk1-Har5…` names no account. */
function withinToken(text: string, at: number): boolean {
  for (let before = at; before > 0; ) {
    const start = text.lastIndexOf('tk', before - 1);
    if (start < 0 || at - start >= LONGEST_TOKEN) return false;
    TOKEN_AT.lastIndex = start;
    const token = TOKEN_AT.exec(text)?.[0];
    if (token && start + token.length > at) return true;
    before = start;
  }
  return false;
}

/** Replaces by a token: for numbers that lead somewhere, so that two of them do not become one. */
const tokenised = (pattern: RegExp, kind: TokenKind, group = 'id'): Replace => (text, redactor) =>
  text.replace(pattern, (...found: unknown[]) => {
    const whole = String(found[0]);
    const groups = found.at(-1) as { [name: string]: string | undefined };
    const id = groups[group];
    const place = placeOf(found);
    if (!id || isToken(id) || withinToken(place.text, place.at)) return whole;
    const instead = redactor.token(kind, id);
    redactor.note('tokenised');
    redactor.taken(id, instead, kind);
    const at = whole.lastIndexOf(id);
    return whole.slice(0, at) + instead + whole.slice(at + id.length);
  });

/** Replaces by `[removed]`, keeping the label before it. */
const removed = (pattern: RegExp): Replace => (text, redactor) =>
  text.replace(pattern, (...found: unknown[]) => {
    const place = placeOf(found);
    if (withinToken(place.text, place.at)) return String(found[0]);
    const groups = found.at(-1);
    const label = typeof groups === 'object' && groups !== null && 'label' in groups ? String(groups.label ?? '') : '';
    redactor.note('removed');
    return label + REMOVED;
  });

const SSN = /(?<![\w-])(?!000|666|9\d\d)\d{3}-(?!00)\d\d-(?!0000)\d{4}(?![\w-])/g;
const SSN_LABELLED = /(?<label>(?:(?<![A-Za-z])ssn|social security(?: number| no\.?| #)?)[\s:#=._-]*)\d{3}[- ]?\d\d[- ]?\d{4}(?!\d)/gi;
const MRN_ID = '(?:(?<![A-Za-z])(?:mrns?|medical ?record(?: ?(?:number|no\\.?|nr\\.?|#))?|medrec(?: ?(?:no\\.?|#))?)|(?<![A-Za-z])patient(?:[ _-]?(?:id|no\\.?|number|nr\\.?|#)))';
const MRN = new RegExp(`(?<label>${MRN_ID}(?:\\s*(?:is|was))?[\\s:#=._/-]*)(?!tk\\d)(?=[A-Za-z-]{0,8}\\d)[\\w-]{3,}`, 'gi');
const MRN_KEY = new RegExp(`${MRN_ID}[:#=._/-]*(?!tk\\d)(?=[A-Za-z-]{0,8}\\d)(?<id>[\\w-]{3,})`, 'gi');
const PATIENT_REFERENCE = /(?<label>(?<![A-Za-z])patients?[/:#_=-]+)(?!tk\d|\[)(?=[\w.-]*\d)[\w.-]+/gi;
const PATIENT_KEY = /(?<![A-Za-z])patients?[/:#_=-]+(?!tk\d|\[)(?=[\w-]*\d)(?<id>[\w-]+)/gi;

const DATE = '(?:\\d{4}[-/.]\\d{1,2}[-/.]\\d{1,2}|\\d{1,2}[-/.]\\d{1,2}[-/.]\\d{2,4}|\\d{8}|\\d{1,2}(?:st|nd|rd|th)?[ -][A-Za-z]{3,9}\\.?,?[ -]\\d{2,4}|[A-Za-z]{3,9}\\.? \\d{1,2}(?:st|nd|rd|th)?,? \\d{4})';
const BIRTH = new RegExp(`(?<label>(?:(?<![A-Za-z])d\\.?o\\.?b\\.?|date of birth|birth[ _-]?(?:date|day)|(?<![A-Za-z])born(?: on)?)(?:\\s*(?:is|was))?[\\s:=_-]*)${DATE}(?!\\d)`, 'gi');

const EMAIL = /(?<![\w.+-])[\w.+-]+@[A-Za-z\d-]+(?:\.[A-Za-z\d-]+)+/g;
const EMAIL_KEY = /(?<![\w.+-])(?<id>[\w.+-]+@[A-Za-z\d-]+(?:\.[A-Za-z\d-]+)+)/g;
const PHONE = /(?<![\w.,-])(?:\+?1[ .-]?)?(?:\(\d{3}\) ?|\d{3}[ .-])\d{3}[ .-]\d{4}(?![\w-]|[.,]\d)/g;
const PHONE_ABROAD = /(?<![\w.,])(?=\+(?:[ ./()-]{0,2}\d){8,15}(?!\d))\+[1-9]\d{0,2}(?:[ ./-]?\(?\d{1,5}\)?){2,6}(?![\w-]|[.,]\d)/g;
const PHONE_LABELLED = /(?<label>(?<![A-Za-z])(?:phone|telephone|tel|mobile|cell|fax)(?: (?:number|no\.?|#))?[\s.:#=]*)\+?\(?\d[\d\s()./-]{5,}\d/gi;

/** Words that follow "patient" without being a name. */
const NO_NAME =
  '(?:Account|Accounts|Admin|Admission|Age|Area|Bed|Billing|Board|Care|Case|Charge|Chart|Class|Consent|Data|Encounter|Equipment|File|Flow|Gown|Id|ID|Identifier|Index|Info|Information|Is|Lift|List|Location|MRN|Monitor|Monitoring|Name|No|Not|Number|Portal|Record|Records|Registration|Room|Safety|Service|Services|Status|Supplies|System|Transfer|Transport|Type|Unit|Visit|Ward|Was)\\b';
const NAME = "\\p{Lu}[\\p{L}'’.-]*(?:(?:,? |\\^)\\p{Lu}[\\p{L}'’.-]*){0,3}";
const PATIENT_NAME = new RegExp(
  `(?<label>(?<![\\p{L}])(?:[Pp]atient|PATIENT)(?:['’]s)?(?: (?:[Nn]ame|NAME))?(?: (?:is|named|was|for|of))?[:=]? +(?:(?:Mr|Mrs|Ms|Miss)\\.? )?)(?!${NO_NAME}|\\[)${NAME}`, 'gu');
const PT_NAME = new RegExp(`(?<label>(?<![\\p{L}])(?:[Pp]t|PT)\\.?:? +)(?!${NO_NAME})\\p{Lu}[\\p{L}'’-]+,? \\p{Lu}[\\p{L}'’-]*`, 'gu');
const TITLED_NAME = new RegExp(`(?<label>(?<![\\p{L}])(?:Mr|Mrs)\\.? )(?!\\[)${NAME}`, 'gu');

/** Not a date, a token or a decimal; holds a digit. */
const NUMBER_AFTER_LABEL = '(?!tk\\d|\\[|\\d{4}-\\d\\d-\\d\\d|\\d{1,2}:\\d\\d)(?=[A-Za-z_-]{0,10}\\d)(?<id>[A-Za-z\\d][\\w-]{3,})(?![\\w-]|[.,]\\d)';
const MARK = '(?: ?(?:id|no\\.?|nr\\.?|number|num|#))';
const ENCOUNTER = new RegExp(
  `(?<![A-Za-z])(?:(?:encounter|csn|fin|har|(?:patient|hospital|visit) (?:account|acct))${MARK}?[\\s:#=_/-]*|(?:visit|case|admission|episode)(?:${MARK}[\\s:#=_/-]*|[:#=_/]\\s*)|account${MARK} of patient )${NUMBER_AFTER_LABEL}`, 'gi');
/** Without a mark in between, only a number that is too long to count something. */
const CASE_NUMBER = /(?<!per )(?<![A-Za-z])(?:case|visit|admission|episode)[ -](?!\d{4}-\d\d-\d\d|tk\d)(?=[A-Za-z_-]{0,6}\d[\d-]{4})(?<id>[A-Za-z\d][\w-]*\d)(?![\w-]|[.,]\d)/gi;
const ENCOUNTER_KEY = /(?<![A-Za-z\d])(?<id>(?:enc|csn)[-_:]?\d[\w-]{3,})(?![\w-])/gi;

const SERIAL = new RegExp(`(?<![A-Za-z])(?:serial(?: ?(?:number|no\\.?|nr\\.?|num|#))?|s/n|sn)(?: is)?[\\s:#=]+${NUMBER_AFTER_LABEL.replace('{3,}', '{2,}')}`, 'gi');
const EPC = /urn:epc:(?:id|tag|raw|idpat):\S+/gi;
const DIGITAL_LINK = /(?<=\/01\/\d{8,14}\S{0,200}\/21\/)(?<id>[^/?#\s]+)/gi;
const BRACKETED = /\((?:01|21)\)[!"%&'*+,\-./\w:;<=>?]+(?:\(\d{2,4}\)[!"%&'*+,\-./\w:;<=>?]+)*/g;

/** Segments of HL7 v2 about the patient, kin, guarantor, insurance and visit; of X12 about patient and subscriber. */
const HL7 = /(?<label>(?:^|[\r\n]|\\r|\\n)\s{0,8}(?:PID|PD1|NK1|GT1|IN1|IN2|IN3|MRG|PV1|PV2|ACC)\|)[^\r\n]*?(?=\\r|\\n|[\r\n]|$)/g;
const X12 = /(?<label>(?:^|[~\r\n])\s{0,8}(?:NM1\*(?:QC|IL|74)\*|N1\*(?:QC|IL)\*|DMG\*|REF\*(?:SY|EA|MRN|EJ|1W)\*))[^~\r\n]*/g;

const serialInBarcode: Replace = (text, redactor) => text.replace(BRACKETED, (found) => exceptEnd(found, (code) => barcode(code, redactor)));
const epc: Replace = (text, redactor) => text.replace(EPC, (found) => exceptEnd(found, (code) => epcValue(code, redactor)));

/** A code in a sentence or in JSON ends before the punctuation that follows it. */
function exceptEnd(found: string, replace: (code: string) => string): string {
  // By hand: a pattern tied to the end is tried from each of the characters before it.
  let end = found.length;
  while (end > 0 && '",.;:)]}>\\'.includes(found.charAt(end - 1))) end--;
  return replace(found.slice(0, end)) + found.slice(end);
}

/** Order matters: labelled numbers first, then names, then what stands without a label. */
const IN_TEXT: readonly Replace[] = [
  removed(HL7), removed(X12), serialInBarcode, epc, tokenised(DIGITAL_LINK, 'serial'),
  removed(SSN_LABELLED), removed(SSN), removed(MRN), removed(PATIENT_REFERENCE), removed(BIRTH),
  tokenised(ENCOUNTER, 'case'), tokenised(CASE_NUMBER, 'case'), tokenised(ENCOUNTER_KEY, 'case'), tokenised(SERIAL, 'serial'),
  removed(EMAIL), removed(PHONE_LABELLED), removed(PHONE), removed(PHONE_ABROAD),
  removed(PATIENT_NAME), removed(PT_NAME), removed(TITLED_NAME),
];
const SSN_KEY = new RegExp(`(?<id>${SSN.source})`, 'g');
const SSN_LABELLED_KEY = /(?<![A-Za-z])ssn[:#=._-]*(?<id>\d{3}-?\d\d-?\d{4})(?!\d)/gi;
const IN_KEY: readonly Replace[] = [
  serialInBarcode, epc, tokenised(DIGITAL_LINK, 'serial'),
  tokenised(SSN_LABELLED_KEY, 'case'), tokenised(SSN_KEY, 'case'), tokenised(MRN_KEY, 'case'), tokenised(PATIENT_KEY, 'case'),
];
const IN_ATTRIBUTE: readonly Replace[] = [...IN_KEY, tokenised(EMAIL_KEY, 'case'), tokenised(ENCOUNTER, 'case'), tokenised(CASE_NUMBER, 'case'), tokenised(ENCOUNTER_KEY, 'case')];

/**
 * A string without its patient data. In keys a token stands in its place, so that two keys stay two; in free text
 * `[removed]`, but for encounters and serials, whose tokens lead to the chain.
 */
export function redactString(text: string, place: 'key' | 'attribute' | 'text', redactor: Redactor): string {
  if (place !== 'text' && !/\s/.test(text)) {
    // A raw barcode in a field that is not named so.
    if (/^\]|\x1d|^01\d{14}\d\d|^\+[A-Z$]/.test(text)) {
      const rebuilt = barcode(text, redactor, true);
      if (rebuilt !== text) return rebuilt;
    }
    return (place === 'key' ? IN_KEY : IN_ATTRIBUTE).reduce((rest, replace) => replace(rest, redactor), text);
  }
  // Named fields last: what follows `dob: ` is known better by its own pattern, which takes all of "2 January 1970".
  return redactFieldsInText(IN_TEXT.reduce((rest, replace) => replace(rest, redactor), text), redactor);
}

/**
 * A scanned barcode with its serials tokenised; without serials it stays as scanned. What can't be read is tokenised
 * whole, unless `lenient` (the field does not say that it is a barcode) or it is a plain GTIN.
 */
export function barcode(text: string, redactor: Redactor, lenient = false): string {
  if (!text.trim() || isToken(text)) return text;
  const parsed = parseBarcode(text);
  if (!parsed.ok) {
    if (lenient || isGtin(text.trim())) return text;
    return replaceWith(text, 'serial', redactor);
  }
  const { serials, patient, rebuilt } = parsed.barcode;
  if (!patient && serials.every(isToken)) return text;
  if (patient) redactor.note('removed');
  if (serials.length) redactor.note('tokenised');
  return rebuilt((serial) => {
    const instead = redactor.token('serial', serial);
    redactor.taken(serial, instead, 'serial');
    return instead;
  });
}

/** An EPC: the serial part of a GTIN with serial becomes a token, any other is tokenised whole. */
export function epcValue(text: string, redactor: Redactor): string {
  const sgtin = /^(urn:epc:(?:id|tag):sgtin(?:-\d+)?:(?:\d\.)?\d+\.\d+\.)(.+)$/i.exec(text);
  return sgtin ? (sgtin[1] ?? '') + replaceWith(sgtin[2] ?? '', 'serial', redactor) : replaceWith(text, 'serial', redactor);
}

export function replaceWith(text: string, kind: TokenKind, redactor: Redactor, field?: string): string {
  if (!text.trim() || isToken(text) || text === REMOVED) return text;
  const instead = redactor.token(kind, text);
  redactor.note('tokenised', field);
  redactor.taken(text, instead, kind);
  return instead;
}

/**
 * `"name": …` in JSON or the like, also escaped inside a string; `<name>…</name>`; `name=…` and `name: …`. What may
 * repeat is bounded, or a long run of backslashes would be gone through from each of them.
 */
const QUOTED_FIELD = /(\\{0,64}["'])([\p{L}_@$][\p{L}\p{N}_ .$@:-]{0,60})\1\s*:\s*/gu;
const XML_FIELD = /<(?<name>[A-Za-z_][\w.:-]*)(?<rest>\s[^<>]*)?>(?<value>[^<]*)(?=<\/|$)/g;
const NAMED_FIELD = /(?<![\w.<"'\\])(?<name>[A-Za-z_][\w.-]{1,40})(?<mark>\s?[=:]\s?)(?<value>"[^"]*"?|'[^']*'?|[^\s&;,|)}\]"'<>]+)/g;

/** The other names of "lastName: Doe, patientName: Jane Mary Doe". */
const NAMES_LEFT = /(?<=(?:[Nn]ame|NAME)\s?[=:]\s?\[removed\])(?: \p{Lu}[\p{L}'’.-]*){1,3}/gu;

function redactFieldsInText(text: string, redactor: Redactor): string {
  let out = text;
  if (/["']\s*:/.test(out)) out = quotedFields(out, redactor);
  if (out.includes('<')) {
    out = out.replace(XML_FIELD, (whole: string, name: string, rest: string | undefined, value: string) => {
      const instead = namedValue(name.replace(/^.*:/, ''), value, redactor);
      return instead === value ? whole : `<${name}${rest ?? ''}>${instead}`;
    });
  }
  if (/[=:]/.test(out)) {
    out = out.replace(NAMED_FIELD, (whole: string, name: string, mark: string, value: string) => {
      const instead = namedValue(name, value, redactor);
      return instead === value ? whole : `${name}${mark}${instead}`;
    });
    out = out.replace(NAMES_LEFT, '');
  }
  return out;
}

/** The value of a field that a text names. A word without a digit or capital after a label is prose. */
function namedValue(name: string, value: string, redactor: Redactor): string {
  const kind = fieldClass(name);
  const bare = value.replace(/^["']|["']$/g, '').trim();
  if (!bare || bare === REMOVED || isToken(bare)) return value;
  if ((kind === 'patient' || kind === 'person') && /[\d@\p{Lu}]/u.test(bare)) {
    redactor.note('removed', name);
    redactor.taken(bare, REMOVED, 'patient');
    return REMOVED;
  }
  if ((kind === 'case' || kind === 'serial') && /\d/.test(bare) && bare.length > 2) return replaceWith(bare, kind, redactor, name);
  if (kind === 'barcode') return barcode(bare, redactor);
  return value;
}

function quotedFields(text: string, redactor: Redactor): string {
  let out = '';
  let done = 0;
  QUOTED_FIELD.lastIndex = 0;
  for (let found = QUOTED_FIELD.exec(text); found; found = QUOTED_FIELD.exec(text)) {
    const kind = fieldClass(found[2] ?? '');
    if (kind === 'plain' || kind === 'text' || kind === 'partner') continue;
    const from = found.index + found[0].length;
    const quote = found[1] ?? '"';
    const to = valueEnd(text, from, quote);
    const value = text.slice(from, to);
    const instead = fieldValue(kind, found[2] ?? '', value, quote, redactor);
    out += text.slice(done, from) + instead;
    done = to;
    QUOTED_FIELD.lastIndex = to;
  }
  return out + text.slice(done);
}

function fieldValue(kind: string, name: string, value: string, quote: string, redactor: Redactor): string {
  const bare = value.startsWith(quote) ? value.slice(quote.length, value.endsWith(quote) && value.length > quote.length ? -quote.length : undefined) : value.trim();
  if (!bare || bare === 'null' || bare === REMOVED || isToken(bare)) return value;
  const structure = /^[[{]/.test(bare) && !value.startsWith(quote);
  if (kind === 'patient' || kind === 'person') {
    redactor.note('removed', name);
    if (!structure) redactor.taken(bare, REMOVED, 'patient');
    return `${quote}${REMOVED}${quote}`;
  }
  // Encounters and serials within a structure: each string and number of it.
  if (structure) {
    return bare.replace(/(\\{0,64}")((?:[^"\\]|\\.){0,2000}?)\1(?!\s*:)|-?\d[\d.]*/g, (whole: string, mark: string | undefined, inner: string | undefined) =>
      `${mark ?? quote}${scalar(kind, name, inner ?? whole, redactor)}${mark ?? quote}`);
  }
  return `${quote}${scalar(kind, name, bare, redactor)}${quote}`;
}

function scalar(kind: string, name: string, text: string, redactor: Redactor): string {
  if (kind === 'barcode') return barcode(text.replaceAll('\\u001d', '\x1d'), redactor);
  return kind === 'serial' && /^urn:epc:/i.test(text) ? epcValue(text, redactor) : replaceWith(text, kind === 'serial' ? 'serial' : 'case', redactor, name);
}

/** Where the value that starts at `from` ends; at the end of the text where it was cut off. */
function valueEnd(text: string, from: number, quote: string): number {
  if (text.startsWith(quote, from)) {
    const end = closing(text, from + quote.length, quote);
    return end < 0 ? text.length : end + quote.length;
  }
  const open = text[from];
  if (open !== '{' && open !== '[') {
    const end = /[,}\]\r\n]/.exec(text.slice(from, from + 500));
    return end ? from + end.index : Math.min(text.length, from + 500);
  }
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    if (text.startsWith(quote, at)) {
      const end = closing(text, at + quote.length, quote);
      if (end < 0) return text.length;
      at = end + quote.length - 1;
    } else if (text[at] === '{' || text[at] === '[') depth++;
    else if ((text[at] === '}' || text[at] === ']') && --depth === 0) return at + 1;
  }
  return text.length;
}

/** The next `quote` that is not escaped once more than the opening one. */
function closing(text: string, from: number, quote: string): number {
  for (let at = text.indexOf(quote, from); at >= 0; at = text.indexOf(quote, at + 1)) {
    let slashes = 0;
    while (text[at - 1 - slashes] === '\\') slashes++;
    if (slashes % 2 === 0) return at;
  }
  return -1;
}
