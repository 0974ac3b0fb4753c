import type { MsgHdrs } from '@nats-io/transport-node';
import { Refusal } from './refusal';

/** A mapping as name@version; anything else that stands in the header is no mapping's name. */
const MAPPING = /^[a-z][a-z0-9-]{0,49}@[\w.+-]{1,50}$/;

/**
 * Takes a CloudEvent out of a message: structured mode (content type `application/cloudevents+json`, or none and a
 * JSON body with `specversion`), or binary mode (`ce-…` headers, percent-encoded, names compared without case).
 *
 * @returns the event as it stands in the message, unchecked, and the mapping that its publisher names
 * @throws Refusal where the message is neither
 */
export function cloudEvent(text: string, headers: MsgHdrs | undefined): { event: unknown; mapping: string } {
  const attributes = new Map<string, string>();
  let contentType = '';
  let mapping = '';
  for (const [name, values] of headers ?? []) {
    const lower = name.toLowerCase();
    const value = values[0] ?? '';
    if (lower.startsWith('ce-')) attributes.set(lower.slice(3), decode(value, name));
    else if (lower === 'content-type') contentType = value.split(';')[0]?.trim().toLowerCase() ?? '';
    else if (lower === 'throughline-mapping') mapping = MAPPING.exec(decode(value, name))?.[0] ?? '';
  }
  const body = parse(text);
  const structured = contentType === 'application/cloudevents+json' || (attributes.size === 0 && isObject(body) && 'specversion' in body);
  if (!structured) {
    if (!attributes.has('specversion')) throw new Refusal('NOT_CLOUDEVENT', 'neither a structured CloudEvent (no specversion in the body) nor a binary one (no ce-specversion header)');
    return { event: { ...Object.fromEntries(attributes), ...(contentType ? { datacontenttype: contentType } : {}), data: body }, mapping };
  }
  if (!isObject(body)) throw new Refusal('NOT_CLOUDEVENT', 'the body of a structured CloudEvent must be a JSON object');
  for (const [name, value] of attributes)
    if (name in body && String(body[name]) !== value) throw new Refusal('HEADER_BODY_DISAGREE', `header ce-${name} and attribute ${name} of the body disagree`, { event: body });
  return { event: body, mapping };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (problem) {
    throw new Refusal('NOT_JSON', describe(problem, text));
  }
}

/** Where the text stops being JSON; the text itself is not repeated, it may hold anything. */
export function describe(problem: unknown, text: string): string {
  if (text.trim() === '') return 'the message is empty';
  const position = /position (\d+)/.exec(problem instanceof Error ? problem.message : '')?.[1];
  return position ? `the message stops being JSON at character ${position} of ${text.length}` : `the message is no JSON (${text.length} characters)`;
}

function decode(value: string, header: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    throw new Refusal('BAD_HEADER', `header ${header} is not percent-encoded UTF-8`);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
