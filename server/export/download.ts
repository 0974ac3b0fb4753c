import { TRPCError } from '@trpc/server';
import { getHTTPStatusCodeFromError } from '@trpc/server/http';
import { codedError, publicMessage, refusal } from '../trpc/errors';

/** What every download has in common: pieces of text as they are made, and a refusal in words instead of half a file. */

/** Small pieces are sent together. */
const SENT_AT_ONCE = 64 * 1024;

/**
 * The text as a file. The first piece is waited for before the answer begins, so that a refused filter is an answer with its
 * status; what goes wrong later breaks the download off, so that half a file never passes for a whole one.
 */
export async function download(chunks: AsyncGenerator<string>, file: { name: string; type: string }): Promise<Response> {
  const gathered = gather(chunks);
  const first = await gathered.next();
  return new Response(body(first, gathered), {
    headers: { 'content-type': file.type, 'content-disposition': `attachment; filename="${file.name.replaceAll(/[^a-z0-9.-]/gi, '-')}"`, 'cache-control': 'no-store' },
  });
}

/** Whether there would be a file: nothing, or the refusal thrown. Before its first piece an export has asked whether it may begin. */
export async function check(chunks: AsyncGenerator<string>): Promise<Response> {
  await chunks.next();
  await chunks.return(undefined);
  return new Response(null, { status: 204, headers: { 'cache-control': 'no-store' } });
}

async function* gather(chunks: AsyncGenerator<string>): AsyncGenerator<string> {
  let waiting = '';
  for await (const chunk of chunks) {
    waiting += chunk;
    if (waiting.length < SENT_AT_ONCE) continue;
    yield waiting;
    waiting = '';
  }
  if (waiting) yield waiting;
}

function body(first: IteratorResult<string>, rest: AsyncGenerator<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let next: IteratorResult<string> | undefined = first;
  return new ReadableStream({
    // Asked for only when the reader has room: a slow reader holds the query, not the memory.
    async pull(controller) {
      const now = next ?? (await rest.next());
      next = undefined;
      if (now.done) controller.close();
      else controller.enqueue(encoder.encode(now.value));
    },
    async cancel() {
      await rest.return(undefined);
    },
  });
}

/** The filter in an address. */
export function inputOf(text: string | null): unknown {
  if (!text) return {};
  try {
    return JSON.parse(text);
  } catch {
    throw refusal('bad_input', 'The filter in this address cannot be read.');
  }
}

/** Why there is no file, as plain text with its status. */
export function refused(thrown: unknown): Response {
  const error = codedError(thrown instanceof TRPCError ? thrown : new TRPCError({ code: 'INTERNAL_SERVER_ERROR', cause: thrown }));
  if (error.code === 'INTERNAL_SERVER_ERROR') console.error('An export failed:', thrown);
  return new Response(`${publicMessage(error)}\n`, {
    status: getHTTPStatusCodeFromError(error),
    headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' },
  });
}

/** Today, for the names of files. */
export const today = (): string => new Date().toISOString().slice(0, 10);
