// Patient identifiers, in places where the product promises to find them.
import type { Rng } from '../../ingest/simulator/random';

type Fields = { [field: string]: unknown };

const NAMES = ['Quillfeather', 'Zabrowskine', 'Oxenhuffle', 'Vandermolk'];

/** Puts an identifier or two into the event; returns the values that may not come out. */
export function plant(event: Fields, rng: Rng, done: string[]): string[] {
  const data = (typeof event.data === 'object' && event.data !== null ? event.data : (event.data = {})) as Fields;
  const number = `77${rng.digits(7)}`;
  const ssn = `${rng.int(100, 665)}-${rng.int(10, 99)}-${rng.int(1000, 9999)}`;
  const name = `${rng.pick(['Margaret', 'Harold', 'Ingrid'])} ${rng.pick(NAMES)}`;
  const line = Array.isArray(data.lines) && typeof data.lines[0] === 'object' && data.lines[0] !== null ? (data.lines[0] as Fields) : undefined;
  const error = () => (typeof data.error === 'object' && data.error !== null ? (data.error as Fields) : ((data.error = { class: 'validation' }) as Fields));
  done.push('patient data');
  switch (rng.int(0, 9)) {
    case 0:
      data.patientId = number;
      return [number];
    case 1:
      data.mrn = number;
      return [number];
    case 2:
      data.patient = { name, ssn, dateOfBirth: '1961-04-05' };
      return [name, ssn];
    case 3:
      error().message = `rejected for SSN ${ssn}`;
      return [ssn];
    case 4:
      error().message = `order not found; PID-3 MRN ${number}`;
      return [number];
    case 5:
      data.case = `ENC-${number}`;
      return [`ENC-${number}`];
    case 6:
      event.correlationid = `MRN-${number}`;
      return [number];
    case 7:
      if (line) line.serial = `SER${number}`;
      return line ? [`SER${number}`] : [];
    case 8:
      if (line) line.udi = `(01)00614141000036(17)270531(10)L77(21)SER${number}`;
      return line ? [`SER${number}`] : [];
    default:
      data.patientName = name;
      return [name];
  }
}
