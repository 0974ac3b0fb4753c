import { TRPCError } from '@trpc/server';
import { currentViewer } from '@/server/auth/session';
import { facilities } from '@/server/filters';
import { LISTS } from '@/server/lists';
import { csvChunks } from '@/server/lists/csv';
import { env } from '@/server/env';
import { store } from '@/server/store';
import { codedError, publicMessage, refusal } from '@/server/trpc/errors';
import type { SignedIn } from '@/server/trpc/init';
import { getHTTPStatusCodeFromError } from '@trpc/server/http';

export const dynamic = 'force-dynamic';

/**
 * `GET /api/export/<list>?input=<JSON>&sort=<column>&desc=1`: all rows of the filter as CSV, streamed. The
 * list checks role and tenant as it does for the page. What goes wrong before the first row is a plain
 * answer with its status; later the download breaks off, so that half a file never passes for a whole one.
 */
export async function GET(request: Request, { params }: { params: Promise<{ list: string }> }): Promise<Response> {
  try {
    const viewer = await currentViewer();
    if (!viewer) throw refusal('signed_out', 'Please sign in.');
    const { list: name } = await params;
    const list = LISTS.get(name);
    if (!list) throw refusal('not_found', 'There is no such list.');
    const ctx: SignedIn = { viewer, store: store() };
    const query = new URL(request.url).searchParams;
    const batches = list.stream(
      ctx,
      inputOf(query.get('input')),
      { sort: query.get('sort') ?? undefined, desc: query.get('desc') === '1' },
      request.signal,
    );
    const zones = new Map((await facilities(ctx)).map((place) => [place.id, place.zone]));
    const chunks = csvChunks(list.columns, batches, (row, column) => {
      const zone = column.zoneKey ? row[column.zoneKey] : zones.get(String(row.facility ?? ''));
      return typeof zone === 'string' && zone !== '' ? zone : env().THROUGHLINE_ZONE;
    });
    const header = await chunks.next();
    // The first rows too are asked for before the answer begins: a refused filter must not look like an empty file.
    const first = await chunks.next();
    const day = new Date().toISOString().slice(0, 10);
    return new Response(body([header, first], chunks), {
      headers: {
        'content-type': 'text/csv; charset=utf-8',
        'content-disposition': `attachment; filename="${name.replaceAll(/[^a-z0-9.-]/gi, '-')}-${day}.csv"`,
        'cache-control': 'no-store',
      },
    });
  } catch (error) {
    return refused(error);
  }
}

function inputOf(text: string | null): unknown {
  if (!text) return {};
  try {
    return JSON.parse(text);
  } catch {
    throw refusal('bad_input', 'The filter in this address cannot be read.');
  }
}

function body(ready: IteratorResult<string>[], rest: AsyncGenerator<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const waiting = ready.flatMap((item) => (item.done ? [] : [item.value]));
  return new ReadableStream({
    async pull(controller) {
      const text = waiting.shift();
      if (text !== undefined) {
        controller.enqueue(encoder.encode(text));
        return;
      }
      const next = await rest.next();
      if (next.done) controller.close();
      else controller.enqueue(encoder.encode(next.value));
    },
    async cancel() {
      await rest.return(undefined);
    },
  });
}

function refused(thrown: unknown): Response {
  const error = codedError(
    thrown instanceof TRPCError ? thrown : new TRPCError({ code: 'INTERNAL_SERVER_ERROR', cause: thrown }),
  );
  if (error.code === 'INTERNAL_SERVER_ERROR') console.error('An export failed:', thrown);
  return new Response(`${publicMessage(error)}\n`, {
    status: getHTTPStatusCodeFromError(error),
    headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' },
  });
}
