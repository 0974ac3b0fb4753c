import type { FaultRates } from './fault-rates';
import { message, type Draft, type SimEvent, type SimMessage } from './outbox';
import { Rng } from './random';
import type { Fault, Truth } from './truth';
import type { Windows } from './windows';
import { DAY, HOUR, MINUTE } from './zone';

/** A message beside the one that was meant: a resend, a copy that nobody can read. */
export interface Extra {
  readonly at: number;
  readonly make: (event: SimEvent) => SimMessage;
  readonly fault: Fault | undefined;
  readonly counts: 'nothing' | 'event' | 'dead';
  readonly reason: string;
}

export interface Way {
  readonly publishAt: number;
  readonly faults: readonly Fault[];
  readonly extras: readonly Extra[];
}

/** A message and what has befallen it so far. */
interface Befallen extends Way {
  readonly event: SimEvent;
  readonly draft: Draft;
  readonly at: number;
  readonly interface: string | undefined;
  publishAt: number;
  readonly faults: Fault[];
  readonly extras: Extra[];
}

const FIRST_NAMES = ['Margaret', 'Harold', 'Ingrid', 'Jerome', 'Lucinda', 'Walter'];
const LAST_NAMES = ['Okafor', 'Lindqvist', 'Prescott', 'Baumann', 'Delacroix', 'Whitfield'];

/** What befalls messages on their way: late, out of order, twice, unreadable, with patient data in them. */
export class Disturbance {
  private readonly rng: Rng;

  constructor(
    seed: string,
    private readonly rates: FaultRates,
    private readonly windows: Windows,
    private readonly truth: Truth | undefined,
  ) {
    this.rng = new Rng(`${seed}/disturbance`);
  }

  /** Called for every message, most of which nothing befalls: what only faults need is made when there is one. */
  of(event: SimEvent, draft: Draft, at: number, interfaceName: string | undefined): Way {
    const { rng, rates } = this;
    let publishAt = at + 40 + Math.floor(rng.exponential(300));
    const way: Befallen = { event, draft, at, interface: interfaceName, publishAt, faults: [], extras: [] };
    if (rng.chance(rates.lateMessage)) {
      const delay = Math.round(Math.exp(rng.between(Math.log(10 * MINUTE), Math.log(2 * DAY))));
      publishAt += delay;
      this.note(way, 'late-message', { delaySeconds: Math.round(delay / 1000) });
    } else if (rng.chance(rates.outOfOrderMessage)) {
      const delay = rng.int(5_000, 8 * MINUTE);
      publishAt += delay;
      this.note(way, 'out-of-order-message', { delaySeconds: Math.round(delay / 1000) });
    }
    if (interfaceName !== undefined) {
      const silence = this.windows.silence(interfaceName, event.data.facility, publishAt);
      // What waited comes out in its order, a little apart.
      if (silence) publishAt = silence.to + ((publishAt - silence.from) / (silence.to - silence.from)) * 4 * MINUTE;
    }
    way.publishAt = Math.round(publishAt);

    if ((event.data.error !== undefined || draft.type.startsWith('clinical.usage')) && rng.chance(rates.patientIdentifier)) {
      const [magnitude, values] = this.plantIdentifier(event);
      this.note(way, 'patient-identifier', magnitude, values);
    }
    if (rng.chance(rates.duplicateMessage)) this.resend(way);
    if (rng.chance(rates.identityConflict) && event.data.latencyMs !== undefined) this.contradict(way);
    if (rng.chance(rates.unreadableMessage)) this.unreadableCopy(way);
    return way;
  }

  private note(way: Befallen, kind: string, magnitude: Record<string, string | number | boolean>, values?: string[]): Fault | undefined {
    const fault = this.truth?.fault({ kind, facility: way.event.data.facility, interface: way.interface, documents: documentsOf(way.draft), magnitude, ...(values ? { values } : {}) }, way.at);
    if (fault) way.faults.push(fault);
    return fault;
  }

  private resend(way: Befallen): void {
    const { rng } = this;
    const soon = rng.chance(0.5);
    const delay = soon ? rng.int(300, 40_000) : rng.int(5 * MINUTE, 30 * HOUR);
    const at = way.publishAt + delay;
    // A publisher that resends long after the stream's window, or sets no message id at all.
    const fault = this.note(way, 'duplicate-message', { delaySeconds: Math.round(delay / 1000), withMessageId: soon });
    way.extras.push({ at, fault, counts: 'nothing', reason: '', make: (original) => ({ ...message(original, at), ...(soon ? {} : { identity: undefined }) }) });
  }

  private contradict(way: Befallen): void {
    const at = way.publishAt + this.rng.int(1_000, 2 * HOUR);
    const latencyMs = Number(way.event.data.latencyMs) + 7;
    way.extras.push({ at, fault: this.note(way, 'identity-conflict', {}), counts: 'event', reason: '', make: (original) => message({ ...original, data: { ...original.data, latencyMs } }, at) });
  }

  /** Puts a patient identifier where none belongs. */
  private plantIdentifier(event: SimEvent): [magnitude: Record<string, string>, values: string[]] {
    const { rng } = this;
    const mrn = rng.digits(8);
    const name = `${rng.pick(FIRST_NAMES)} ${rng.pick(LAST_NAMES)}`;
    const ssn = `${rng.int(100, 665)}-${String(rng.int(10, 99))}-${rng.int(1000, 9999)}`;
    const error = event.data.error as { message: string } | undefined;
    const values: string[] = [];
    let where: string;
    if (error) {
      where = 'error.message';
      error.message = rng.chance(0.5) ? `${error.message}; patient ${name}, SSN ${ssn}` : `${error.message}; PID-3 MRN ${mrn}`;
      values.push(...(error.message.includes(ssn) ? [name, ssn] : [mrn]));
    } else {
      where = rng.pick(['patientId', 'mrn', 'patientName', 'patient', 'correlationid', 'note']);
      if (where === 'correlationid') event.correlationid = `MRN-${mrn}`;
      else if (where === 'patientName') event.data.patientName = name;
      else if (where === 'patient') event.data.patient = { name, dateOfBirth: `19${rng.int(30, 89)}-0${rng.int(1, 9)}-${rng.int(10, 28)}`, ssn };
      else if (where === 'note') event.data.note = `Taken from cart for patient ${name}, MRN ${mrn}`;
      else event.data[where] = mrn;
      values.push(...(where === 'patientName' ? [name] : where === 'patient' ? [name, ssn] : where === 'note' ? [name, mrn] : [mrn]));
    }
    for (const value of values) this.truth?.identifier(`planted in ${where}`, value);
    return [{ where }, values];
  }

  private unreadableCopy(way: Befallen): void {
    const { rng } = this;
    const at = way.publishAt + rng.int(500, 90_000);
    const reason = rng.pick(['broken-json', 'broken-json', 'wrong-type', 'wrong-type', 'broken-utf8', 'missing-attribute', 'unknown-type', 'empty']);
    const id = rng.uuid();
    const cut = rng.between(0.3, 0.95);
    const fault = this.note(way, 'unreadable-message', { reason });
    const make = (original: SimEvent): SimMessage => {
      const copy: SimEvent = { ...original, id };
      const shared = { publishAt: at, event: undefined, identity: { source: copy.source, id }, headers: { 'Content-Type': 'application/cloudevents+json' }, subject: message(copy, at).subject };
      const text = JSON.stringify(copy);
      switch (reason) {
        case 'wrong-type':
          return { ...shared, body: JSON.stringify({ ...copy, data: { ...copy.data, attempt: 'first', latencyMs: 'unknown' } }) };
        case 'broken-utf8': {
          const bytes = new TextEncoder().encode(text);
          bytes[Math.floor(bytes.length * 0.8)] = 0xff;
          return { ...shared, body: bytes };
        }
        case 'missing-attribute':
          return { ...shared, body: JSON.stringify({ ...copy, source: undefined, id: undefined }), identity: undefined };
        case 'unknown-type':
          return { ...shared, body: JSON.stringify({ ...copy, type: 'clinical.consult.noted.v1' }) };
        case 'empty':
          return { ...shared, body: '', identity: undefined };
        default:
          return { ...shared, body: text.slice(0, Math.floor(text.length * cut)) };
      }
    };
    way.extras.push({ at, make, fault, counts: 'dead', reason });
  }
}

function documentsOf(draft: Draft): { type: string; document: string }[] {
  const document = draft.fields.document;
  if (typeof document !== 'object' || document === null || !('id' in document) || typeof document.id !== 'string') return [];
  return [{ type: draft.type.split('.')[1] ?? '', document: document.id }];
}
