// The other side of a StreamConnection (streams.ts): a connection of the engine in a thread of its own. JavaScript, since
// a thread begins without the loader that the process has.
import { parentPort, workerData } from 'node:worker_threads';
import { Session } from 'chdb';

const port = parentPort;
if (!port) throw new Error('This is the inside of a thread of the engine');
const { folder, args, first } = /** @type {import('./streams').Start} */ (workerData);
const session = new Session(folder, { connectionArgs: args });
session.query(first, 'Null');

/** Whether the piece that was said last was taken, and more is wanted. */
let taken = (/** @type {boolean} */ _more) => {};

/** @param {import('./streams').Said} said */
const say = (said) => port.postMessage(said);

/** @param {string} sql @param {string} format */
async function stream(sql, format) {
  for await (const piece of session.queryStream(sql, { format })) {
    /** @type {Promise<boolean>} */
    const more = new Promise((resolve) => (taken = resolve));
    say({ piece: piece.raw() });
    if (!(await more)) break;
  }
}

/** @param {Promise<unknown>} work */
const answer = (work) => work.then(
  () => say({ ended: true }),
  (error) => say({ failed: error instanceof Error ? error.message : String(error) }),
);

port.on('message', (/** @type {import('./streams').Asked} */ asked) => {
  if ('run' in asked) void answer(session.queryAsync(asked.run, { format: 'Null' }));
  else if ('stream' in asked) void answer(stream(asked.stream, asked.format));
  else if ('more' in asked) taken(asked.more);
  else {
    session.close();
    port.close();
  }
});
