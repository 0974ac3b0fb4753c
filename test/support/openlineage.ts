import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import type { RunEvent } from '../../server/export/openlineage';

const schema: unknown = JSON.parse(readFileSync(path.join(import.meta.dirname, 'schemas/openlineage.json'), 'utf8'));
const ajv = new Ajv2020({ allErrors: true, strict: false });
formats.default(ajv);
const valid = ajv.compile(schema as object);

/** Run events of NDJSON, each held against OpenLineage's schema. Throws with every violation. */
export function readRunEvents(ndjson: string): RunEvent[] {
  return ndjson.split('\n').filter((line) => line !== '').map((line) => checked(JSON.parse(line) as RunEvent));
}

export function checked(event: RunEvent): RunEvent {
  if (!valid(event)) throw new Error(`no OpenLineage run event: ${ajv.errorsText(valid.errors)}`);
  return event;
}
