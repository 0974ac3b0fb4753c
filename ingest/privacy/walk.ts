import type { TokenKind } from '../contract/token';
import { fieldClass, type FieldClass } from './fields';
import { barcode, epcValue, mayHoldPatientData, redactString, REMOVED, replaceWith, type Redactor } from './text';

export type Json = { readonly [field: string]: unknown };

/** Where the walk is: one link for each object or array, so that a path costs nothing until it is written. */
interface Place {
  readonly above: Place | undefined;
  readonly name: string;
}

/** Deeper than any event; what lies below is taken out, since nobody could look into it either. */
const DEEPEST = 60;
/** How many values are remembered to look for their copies, and paths reported, for one message. */
const MOST = 200;

const ID_MEMBER = /^(?:id|number|no|nr|value|reference|ref|key|token|identifier|case|encounter|serial|epc|document|objectid)$/i;
const CASE_TYPE = /^(?:case|encounter|visit)$/i;
const TEXT_SHAPE = /[\s"<=]/;
/** Attributes of the envelope that say what kind of event it is: words such as `case` are at home in them. */
const FIXED_ATTRIBUTES = new Set(['specversion', 'source', 'type', 'time', 'datacontenttype', 'dataschema', 'sequence']);

interface Taken {
  readonly instead: string;
  readonly kind: TokenKind | 'patient';
}

/** One message being redacted. Values are copied only where something in them changes. */
export class Walk implements Redactor {
  readonly #redacted = new Set<string>();
  readonly #taken = new Map<string, Taken>();
  readonly #token: (kind: TokenKind, value: string) => string;
  readonly #master: boolean;
  #place: Place | undefined;
  #name = '';

  constructor(token: (kind: TokenKind, value: string) => string, master: boolean) {
    this.#token = token;
    this.#master = master;
  }

  token(kind: TokenKind, value: string): string {
    return this.#token(kind, value);
  }

  note(what: 'removed' | 'tokenised', field?: string): void {
    if (this.#redacted.size >= MOST) return;
    // Only raw text has no fields of its own: there, the names that it uses are worth telling.
    let path = this.#name === 'raw' && !this.#place && field ? `raw.${field}` : this.#name;
    for (let at = this.#place; at; at = at.above) if (at.name) path = path ? `${at.name}.${path}` : at.name;
    this.#redacted.add(`${path}:${what}`);
  }

  taken(value: string, instead: string, kind: TokenKind | 'patient'): void {
    const text = value.trim();
    if (text.length >= 4 && this.#taken.size < MOST && text !== REMOVED && !this.#taken.has(text)) this.#taken.set(text, { instead, kind });
  }

  get redacted(): string[] {
    return [...this.#redacted].sort();
  }

  /** A whole event, then once more for copies of what was taken out of it. */
  event(event: Json): Json {
    const first = this.#object(event, undefined, 0, false, true);
    return this.#taken.size ? this.#copiesIn(first) : first;
  }

  /** A string outside the event, such as a header or the subject. */
  outside(name: string, value: string): string {
    this.#at(undefined, name);
    const patterned = mayHoldPatientData(value, 'attribute') ? redactString(value, 'attribute', this) : value;
    return this.#taken.size ? this.#copies(patterned, 'attribute') : patterned;
  }

  /** The value of a header, by its name as for fields; percent-encoded values are looked at decoded. */
  header(name: string, value: string): string {
    const path = `header.${name.toLowerCase()}`;
    const kind = fieldClass(name);
    this.#at(undefined, path);
    if (kind !== 'plain' && kind !== 'text' && kind !== 'partner' && kind !== 'person') return this.#classified(kind, value, undefined, path, 0, false) as string;
    const decoded = value.includes('%') ? decode(value) : value;
    const clean = this.outside(path, decoded);
    return clean === decoded ? value : decoded === value ? clean : encodeURIComponent(clean);
  }

  #at(place: Place | undefined, name: string): void {
    this.#place = place;
    this.#name = name;
  }

  #object(object: Json, place: Place | undefined, depth: number, partner: boolean, envelope = false): Json {
    let copy: { [field: string]: unknown } | undefined;
    const aCase = typeof object.type === 'string' ? CASE_TYPE.test(object.type) : typeof object.objectType === 'string' && CASE_TYPE.test(object.objectType);
    for (const name in object) {
      const value = object[name];
      if (value === null || value === undefined || value === '') continue;
      const kind = aCase && ID_MEMBER.test(name) ? 'case' : fieldClass(name);
      const instead =
        envelope && typeof value === 'string' && (kind === 'plain' || kind === 'text')
          ? this.#attribute(name, value)
          : this.#classified(kind, value, place, name, depth, partner);
      if (instead !== value) (copy ??= { ...object })[name] = instead;
    }
    return this.#names(copy ?? object, place);
  }

  /** Field names may be data too, as in `{"MRN:1234567": …}`. */
  #names(object: Json, place: Place | undefined): Json {
    let leaking = false;
    for (const name in object) leaking ||= name.length > 10 && /\d{3}/.test(name) && mayHoldPatientData(name, 'key');
    if (!leaking) return object;
    this.#at(place, '');
    return Object.fromEntries(Object.entries(object).map(([name, value]) => [redactString(name, 'key', this), value]));
  }

  #attribute(name: string, value: string): string {
    if (name === 'data_base64') return this.#base64(value);
    const place = TEXT_SHAPE.test(value) ? 'text' : FIXED_ATTRIBUTES.has(name) ? 'key' : 'attribute';
    if (!mayHoldPatientData(value, place)) return value;
    this.#at(undefined, name);
    return redactString(value, place, this);
  }

  /** Data that travels as base64 is looked at decoded, where it is text. */
  #base64(value: string): string {
    const text = Buffer.from(value, 'base64').toString('utf-8');
    if (!mayHoldPatientData(text, 'text')) return value;
    this.#at(undefined, 'data_base64');
    const clean = redactString(text, 'text', this);
    return clean === text ? value : Buffer.from(clean, 'utf-8').toString('base64');
  }

  #classified(kind: FieldClass, value: unknown, place: Place | undefined, name: string, depth: number, partner: boolean): unknown {
    switch (kind) {
      case 'plain':
      case 'text':
        return this.#any(value, kind, place, name, depth, partner);
      case 'partner':
        return this.#any(value, 'plain', place, name, depth, true);
      case 'person':
        return this.#master || partner ? this.#any(value, 'plain', place, name, depth, partner) : this.#remove(value, place, name, false);
      case 'patient':
        return this.#remove(value, place, name, true);
      default:
        return this.#identified(kind, value, place, name, depth, partner);
    }
  }

  #any(value: unknown, kind: 'plain' | 'text', place: Place | undefined, name: string, depth: number, partner: boolean): unknown {
    if (typeof value === 'string') {
      const where = kind === 'text' || (value.length > 20 && TEXT_SHAPE.test(value)) ? 'text' : 'key';
      if (!mayHoldPatientData(value, where)) return value;
      this.#at(place, name);
      return redactString(value, where, this);
    }
    if (typeof value !== 'object' || value === null) return value;
    if (depth >= DEEPEST) return this.#remove(value, place, name, true);
    const here = { above: place, name };
    return Array.isArray(value) ? this.#array(value, (each) => this.#any(each, kind, here, '', depth + 1, partner)) : this.#object(value as Json, here, depth + 1, partner);
  }

  #array(values: readonly unknown[], each: (value: unknown) => unknown): readonly unknown[] {
    let copy: unknown[] | undefined;
    for (let i = 0; i < values.length; i++) {
      const instead = each(values[i]);
      if (instead !== values[i]) (copy ??= [...values])[i] = instead;
    }
    return copy ?? values;
  }

  #remove(value: unknown, place: Place | undefined, name: string, patient: boolean): unknown {
    if (value === REMOVED || value === null || value === undefined || value === '') return value;
    // `phone: false` and the like say nothing about anybody.
    if (!patient && typeof value === 'boolean') return value;
    this.#at(place, name);
    this.note('removed');
    this.#remember(value, 0);
    return REMOVED;
  }

  #remember(value: unknown, depth: number): void {
    if (typeof value === 'string') this.taken(value, REMOVED, 'patient');
    else if (typeof value === 'number') this.taken(String(value), REMOVED, 'patient');
    else if (typeof value === 'object' && value !== null && depth < 8) for (const each of Object.values(value)) this.#remember(each, depth + 1);
  }

  /** A case, a serial or a barcode: a string or number, several of them, or an object with an id. */
  #identified(kind: 'case' | 'serial' | 'barcode', value: unknown, place: Place | undefined, name: string, depth: number, partner: boolean): unknown {
    if (typeof value === 'string') {
      this.#at(place, name);
      if (kind === 'barcode') return barcode(value, this);
      return kind === 'serial' && value.startsWith('urn:') ? epcValue(value, this) : replaceWith(value, kind, this);
    }
    if (typeof value === 'number') {
      // "cases: 12" counts boxes.
      if (name.endsWith('s')) return value;
      this.#at(place, name);
      return replaceWith(String(value), kind === 'case' ? 'case' : 'serial', this);
    }
    if (typeof value !== 'object' || value === null) return value;
    if (depth >= DEEPEST) return this.#remove(value, place, name, true);
    const here = { above: place, name };
    if (Array.isArray(value)) return this.#array(value, (each) => this.#identified(kind, each, here, '', depth + 1, partner));
    const object = value as Json;
    const ids = Object.keys(object).filter((member) => ID_MEMBER.test(member));
    const rest = this.#object(object, here, depth + 1, partner);
    if (!ids.length) return rest;
    const copy: { [field: string]: unknown } = { ...rest };
    for (const id of ids) copy[id] = this.#identified(kind, rest[id], here, id, depth + 1, partner);
    return copy;
  }

  /** Copies of what was taken out: in the attributes of the envelope and in every free text. */
  #copiesIn(event: Json): Json {
    let copy: { [field: string]: unknown } | undefined;
    for (const name in event) {
      const value = event[name];
      const instead = typeof value === 'string' ? this.#copiesInAttribute(name, value) : this.#copiesInText(value, undefined, name, 0);
      if (instead !== value) (copy ??= { ...event })[name] = instead;
    }
    return copy ?? event;
  }

  #copiesInAttribute(name: string, value: string): string {
    if (FIXED_ATTRIBUTES.has(name)) return value;
    this.#at(undefined, name);
    return this.#copies(value, 'attribute');
  }

  #copiesInText(value: unknown, place: Place | undefined, name: string, depth: number): unknown {
    if (typeof value === 'string') {
      if (!(value.length > 20 && TEXT_SHAPE.test(value)) && fieldClass(name) !== 'text') return value;
      this.#at(place, name);
      return this.#copies(value, 'text');
    }
    if (typeof value !== 'object' || value === null || depth >= DEEPEST) return value;
    const here = { above: place, name };
    if (Array.isArray(value)) return this.#array(value, (each) => this.#copiesInText(each, here, '', depth + 1));
    let copy: { [field: string]: unknown } | undefined;
    for (const member in value) {
      const inner = (value as Json)[member];
      const instead = this.#copiesInText(inner, here, member, depth + 1);
      if (instead !== inner) (copy ??= { ...(value as Json) })[member] = instead;
    }
    return copy ?? value;
  }

  #copies(text: string, place: 'attribute' | 'text'): string {
    let out = text;
    for (const [value, { instead, kind }] of this.#taken) {
      // Identifiers are searched for numbers only: a name of four letters may be part of any of them.
      if (!out.includes(value) || (place === 'attribute' && (value.length < 5 || !/\d{3}/.test(value)))) continue;
      const replacement = kind === 'patient' && place === 'attribute' ? this.#token('case', value) : instead;
      const replaced = replaceWord(out, value, replacement);
      if (replaced !== out) this.note(replacement === REMOVED ? 'removed' : 'tokenised');
      out = replaced;
    }
    return out;
  }

  /** Copies of what was taken out, in a text that stands by itself. */
  copiesIn(text: string, name: string): string {
    this.#at(undefined, name);
    return this.#copies(text, 'text');
  }

  /** The name under which what follows is reported. */
  at(name: string): this {
    this.#at(undefined, name);
    return this;
  }
}

/** Replaces `word` where it is not part of a longer word or number. */
function replaceWord(text: string, word: string, instead: string): string {
  let out = '';
  let done = 0;
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + word.length)) {
    const end = at + word.length;
    if (isWord(text[at - 1]) || isWord(text[end])) continue;
    out += text.slice(done, at) + instead;
    done = end;
  }
  return done ? out + text.slice(done) : text;
}

function isWord(character: string | undefined): boolean {
  return character !== undefined && /[\p{L}\p{N}]/u.test(character);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
