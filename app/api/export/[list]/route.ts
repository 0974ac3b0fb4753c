import { currentViewer } from '@/server/auth/session';
import { download, inputOf, refused, today } from '@/server/export/download';
import { facilities } from '@/server/filters';
import { LISTS } from '@/server/lists';
import { csvChunks } from '@/server/lists/csv';
import { env } from '@/server/env';
import { store } from '@/server/store';
import { refusal } from '@/server/trpc/errors';
import type { SignedIn } from '@/server/trpc/init';

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
    return await download(chunks, { name: `${name}-${today()}.csv`, type: 'text/csv; charset=utf-8' });
  } catch (error) {
    return refused(error);
  }
}
