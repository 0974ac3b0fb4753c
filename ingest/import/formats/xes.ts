import { SaxesParser, type SaxesTagPlain } from 'saxes';
import type { Unit } from '../unit';

type Attributes = { [key: string]: unknown };

/** A trace as expressions see it. */
interface Trace {
  id: string | undefined;
  attributes: Attributes;
  /** concept:name of each event, in the order of the file. */
  activities: string[];
  /** time:timestamp of each event. */
  times: string[];
}

/**
 * XES event logs. A record is one event: `{ trace: { id, attributes, activities, times }, position, activity, time,
 * event }`, where `event` holds all its attributes and `position` counts from 0. Events of a trace repeat
 * legitimately: what identifies one is its trace and its position.
 */
export async function* readXes(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Unit> {
  const reader = new XesReader();
  const decoder = new TextDecoder('utf-8');
  let group = 0;
  for await (const chunk of bytes) {
    reader.parser.write(decoder.decode(chunk, { stream: true }));
    for (const found of reader.take()) yield* unitsOf(found.trace, found.events, ++group);
  }
  reader.parser.write(decoder.decode());
  reader.parser.close();
  for (const found of reader.take()) yield* unitsOf(found.trace, found.events, ++group);
  if (!reader.sawLog) throw new Error('the file holds no <log>: it is no XES');
}

function* unitsOf(trace: Trace, events: Attributes[], group: number): Generator<Unit> {
  const where = `trace ${trace.id ?? group}`;
  const kept = { id: trace.id, attributes: trace.attributes };
  if (events.length === 0) yield { kind: 'unreadable', code: 'EMPTY_TRACE', reason: `${where} has no events`, raw: JSON.stringify({ trace: kept }), where, group };
  for (const [position, event] of events.entries()) {
    const record = { trace, position, activity: trace.activities[position], time: trace.times[position], event };
    yield { kind: 'record', record, kept: { trace: kept, position, event }, where: `${where}, event ${position + 1}`, group };
  }
}

/** Gathers one trace at a time; a log is never held as a whole. */
class XesReader {
  readonly parser = new SaxesParser({ position: false, xmlns: false });
  sawLog = false;
  private ready: { trace: Trace; events: Attributes[] }[] = [];
  private trace: { attributes: Attributes; events: Attributes[] } | undefined;
  /** Where attributes go that open now: the innermost of trace, event, and lists in them. */
  private readonly holders: Attributes[] = [];
  private readonly open: string[] = [];

  constructor() {
    this.parser.on('opentag', (tag) => this.start(tag));
    this.parser.on('closetag', (tag) => this.end(tag.name));
    this.parser.on('error', (problem) => {
      throw new Error(`the XML is broken: ${problem.message}`);
    });
  }

  take(): { trace: Trace; events: Attributes[] }[] {
    const taken = this.ready;
    this.ready = [];
    return taken;
  }

  private start({ name, attributes }: SaxesTagPlain): void {
    this.open.push(name);
    if (name === 'log') this.sawLog = true;
    else if (name === 'trace') {
      this.trace = { attributes: {}, events: [] };
      this.holders.push(this.trace.attributes);
    } else if (name === 'event' && this.trace) {
      const event: Attributes = {};
      this.trace.events.push(event);
      this.holders.push(event);
    } else if (this.holders.length > 0) {
      const holder = this.holders[this.holders.length - 1] as Attributes;
      const inner: Attributes = {};
      if (name === 'list' || name === 'container') {
        if (attributes.key !== undefined) holder[attributes.key] = inner;
      } else if (attributes.key !== undefined) holder[attributes.key] = valueOf(name, attributes.value ?? '');
      // Attributes of attributes are read, so that they do not land on the event, and left aside.
      this.holders.push(inner);
    }
  }

  private end(name: string): void {
    this.open.pop();
    if (this.holders.length > 0) this.holders.pop();
    if (name !== 'trace' || !this.trace) return;
    const { attributes, events } = this.trace;
    const text = (value: unknown): string => (typeof value === 'string' ? value : '');
    this.ready.push({
      trace: {
        id: text(attributes['concept:name']) || undefined,
        attributes,
        activities: events.map((event) => text(event['concept:name'])),
        times: events.map((event) => text(event['time:timestamp'])),
      },
      events,
    });
    this.trace = undefined;
  }
}

/** Numbers that a double carries exactly become numbers; all else stays as the file writes it. */
function valueOf(kind: string, value: string): unknown {
  if (kind === 'boolean') return value.trim().toLowerCase() === 'true';
  if ((kind === 'int' || kind === 'float') && /^-?\d+(\.\d+)?$/.test(value) && value.replace(/\D/g, '').length <= 15) return Number(value);
  return value;
}
