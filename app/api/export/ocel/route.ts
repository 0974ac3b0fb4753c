import { answerExport } from '@/server/export/answer';
import { ocelExport } from '@/server/export/ask';

export const dynamic = 'force-dynamic';

/** OCEL 2.0 JSON of the chains page's filter. */
export const GET = (request: Request): Promise<Response> => answerExport(request, { suffix: 'ocel.json', type: 'application/json; charset=utf-8', pieces: ocelExport });
