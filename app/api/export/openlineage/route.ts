import { answerExport } from '@/server/export/answer';
import { openLineageExport } from '@/server/export/ask';

export const dynamic = 'force-dynamic';

/** The interfaces' run events of a range as NDJSON. */
export const GET = (request: Request): Promise<Response> => answerExport(request, { suffix: 'openlineage.ndjson', type: 'application/x-ndjson; charset=utf-8', pieces: openLineageExport });
