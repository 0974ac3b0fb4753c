import { SingleBar } from 'cli-progress';

export interface Progress {
  /** @param done how far, of `total` */
  update(done: number, note: string): void;
  stop(): void;
}

const LINE_EVERY_MS = 5_000;

/** A bar on a terminal, a line now and then elsewhere. */
export function startProgress(what: string, total: number, stream: NodeJS.WriteStream = process.stderr): Progress {
  if (stream.isTTY) {
    const bar = new SingleBar({ format: `${what} [{bar}] {percentage}% {note}`, stream, hideCursor: true, clearOnComplete: true, etaBuffer: 100 });
    bar.start(total, 0, { note: '' });
    return { update: (done, note) => bar.update(Math.min(done, total), { note }), stop: () => bar.stop() };
  }
  let last = Date.now();
  return {
    update(done, note) {
      if (Date.now() - last < LINE_EVERY_MS) return;
      last = Date.now();
      stream.write(`${what}: ${total > 0 ? Math.floor((100 * Math.min(done, total)) / total) : 100} % ${note}\n`);
    },
    stop: () => undefined,
  };
}
