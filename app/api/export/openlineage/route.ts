import { currentViewer } from '@/server/auth/session';
import { openLineageExport } from '@/server/export/ask';
import { check, download, inputOf, refused, today } from '@/server/export/download';
import { store } from '@/server/store';
import { refusal } from '@/server/trpc/errors';

export const dynamic = 'force-dynamic';

/** `GET /api/export/openlineage?input=<JSON>`: the interfaces' run events of a range as NDJSON, streamed; with `check=1` only whether there would be a file. */
export async function GET(request: Request): Promise<Response> {
  try {
    const viewer = await currentViewer();
    if (!viewer) throw refusal('signed_out', 'Please sign in.');
    const query = new URL(request.url).searchParams;
    const chunks = openLineageExport({ viewer, store: store() }, inputOf(query.get('input')), request.signal);
    return await (query.get('check') === '1' ? check(chunks) : download(chunks, { name: `throughline-${today()}.openlineage.ndjson`, type: 'application/x-ndjson; charset=utf-8' }));
  } catch (error) {
    return refused(error);
  }
}
