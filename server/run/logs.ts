// Each process writes its output to a log file of its own; what a person should see goes to
// the terminal too.
import { createWriteStream, existsSync, renameSync, rmSync, statSync, type WriteStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { createInterface } from 'node:readline';

const ROTATE_BYTES = 10 * 1024 * 1024;
const KEPT_FILES = 3;
const SHOWN_PER_WINDOW = 5;
const WINDOW_MS = 30_000;
const LINE_LENGTH = 400;

/** A log file that is renamed to .1, .2, .3 when it grows large. */
export class LogFile {
  private stream: WriteStream;
  private bytes: number;

  constructor(readonly file: string) {
    this.bytes = existsSync(file) ? statSync(file).size : 0;
    this.stream = this.open();
  }

  line(text: string): void {
    if (this.bytes > ROTATE_BYTES) this.rotate();
    const whole = `${new Date().toISOString()} ${text}\n`;
    this.bytes += Buffer.byteLength(whole);
    this.stream.write(whole);
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.stream.end(() => resolve()));
  }

  private open(): WriteStream {
    const stream = createWriteStream(this.file, { flags: 'a', mode: 0o600 });
    // A full disk must not end the supervisor; the process's own errors say what matters.
    stream.on('error', () => undefined);
    return stream;
  }

  private rotate(): void {
    this.stream.end();
    rmSync(`${this.file}.${KEPT_FILES}`, { force: true });
    for (let age = KEPT_FILES - 1; age >= 1; age -= 1) moveIfThere(`${this.file}.${age}`, `${this.file}.${age + 1}`);
    moveIfThere(this.file, `${this.file}.1`);
    this.bytes = 0;
    this.stream = this.open();
  }
}

function moveIfThere(from: string, to: string): void {
  if (existsSync(from)) renameSync(from, to);
}

/** Writes one line to the terminal, with the name of the process that it is about. */
export function tell(name: string, text: string): void {
  process.stdout.write(`${name.padEnd(10)} ${text}\n`);
}

/** Passes lines on, but not a flood of them. */
export class Trickle {
  private since = 0;
  private shown = 0;
  private held = 0;

  constructor(
    private readonly show: (text: string) => void,
    private readonly where: string,
    private readonly now: () => number = Date.now,
  ) {}

  line(text: string): void {
    if (this.now() - this.since > WINDOW_MS) {
      if (this.held > 0) this.show(`… and ${this.held} more lines like these, in ${this.where}`);
      this.since = this.now();
      this.shown = 0;
      this.held = 0;
    }
    if (this.shown < SHOWN_PER_WINDOW) {
      this.shown += 1;
      this.show(text.length > LINE_LENGTH ? `${text.slice(0, LINE_LENGTH)} …` : text);
    } else {
      this.held += 1;
    }
  }
}

/** Whether a line of a process's output is for the terminal: trouble, or what it calls a notice. */
export function isForTerminal(line: string): boolean {
  if (/^\s*(at |\^|[{}\]]\s*$|$)/.test(line)) return false;
  if (/^notice[: ]/i.test(line)) return true;
  // nats-server says this of any configuration with passwords; the file is this user's only.
  if (line.includes('Plaintext passwords detected')) return false;
  // JSON lines say their level; nats-server writes [ERR], [WRN] and [FTL].
  if (line.startsWith('{')) return /"level":\s*"?(warn|error|fatal|[456]0)/i.test(line);
  return /^\S*(error|warn(ing)?|fatal|failed|refused)\b|\[(ERR|WRN|FTL)\]|\b(Error|error|ERROR|WARN|FATAL):|⨯/i.test(line);
}

/** Calls `each` with every line of a stream; a last line without an end counts too. */
export function readLines(stream: Readable, each: (line: string) => void): void {
  createInterface({ input: stream, crlfDelay: Infinity }).on('line', each);
}
