export { createTokeniser, tokeniserFromEnv, RAW_LIMIT, type CleanBytes, type CleanEvent, type Headers, type Tokeniser } from './tokeniser';
export { REMOVED } from './text';
export type { Json } from './walk';
