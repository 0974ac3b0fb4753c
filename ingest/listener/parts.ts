import { loadConfiguredMappings } from '../mapping/load';
import { createMapper } from '../mapping/mapper';
import { tokeniserFromEnv } from '../privacy/tokeniser';
import type { DecoderParts } from './decode';

/** What the decoder is made of, as the environment asks for it, with mappings as they are now. @throws Error that says what to do */
export async function decoderPartsFromEnv(env: Readonly<Record<string, string | undefined>> = process.env): Promise<DecoderParts> {
  const earliest = Date.parse(env.THROUGHLINE_EARLIEST || '2000-01-01T00:00:00Z');
  if (Number.isNaN(earliest)) throw new Error('THROUGHLINE_EARLIEST is no date: write it as YYYY-MM-DD');
  return { tokeniser: tokeniserFromEnv(env), mapper: createMapper(await loadConfiguredMappings(env)), earliest };
}
