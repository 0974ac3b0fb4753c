import { currentViewer } from '../auth/session';
import { store } from '../store';
import { refusal } from '../trpc/errors';
import type { SignedIn } from '../trpc/init';
import { check, download, inputOf, refused, today } from './download';

/** An export of a filter, as a route answers it. */
export interface Export {
  /** What the file's name ends in, `ocel.json`. */
  readonly suffix: string;
  /** Its media type. */
  readonly type: string;
  pieces(ctx: SignedIn, input: unknown, signal: AbortSignal): AsyncGenerator<string>;
}

/** `GET …?input=<JSON>`: the file, streamed; with `check=1` only whether there would be one. */
export async function answerExport(request: Request, { suffix, type, pieces }: Export): Promise<Response> {
  try {
    const viewer = await currentViewer();
    if (!viewer) throw refusal('signed_out', 'Please sign in.');
    const query = new URL(request.url).searchParams;
    const chunks = pieces({ viewer, store: store() }, inputOf(query.get('input')), request.signal);
    return await (query.get('check') === '1' ? check(chunks) : download(chunks, { name: `throughline-${today()}.${suffix}`, type }));
  } catch (error) {
    return refused(error);
  }
}
