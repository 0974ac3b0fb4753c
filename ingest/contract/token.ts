import { createHmac } from 'node:crypto';

/**
 * Keyed tokens for encounters or cases and for serial numbers. The same value under the same
 * key is always the same token, so lineage and case cost hold, while nobody without the key can tell the value.
 * Here, beside the contract, because the search box tokenises what is typed with the very same function.
 */

export type TokenKind = 'case' | 'serial';

export interface TokenKey {
  /** Hexadecimal, 32 digits or more. */
  readonly key: string;
  /** Counts up with each rotation; stands in every token. */
  readonly version: number;
}

export interface TokenKeys extends TokenKey {
  /** The key in force before the last rotation, so that what it tokenised is still found. */
  readonly previous?: TokenKey | undefined;
}

const TOKEN = /^tk\d{1,5}-[A-Za-z0-9_-]{22}$/;

/** Whether a value has the form of a token already. */
export function isToken(value: string): boolean {
  return TOKEN.test(value);
}

/**
 * `tk<version>-<22 base64url characters>`: 132 bits of HMAC-SHA256 over kind and value (blanks around it dropped).
 * A value that is a token already stays as it is, because a replayed stored copy and a search for a token must meet
 * the first one. The limit of that: a source whose own ids had exactly this form would keep them unhashed.
 */
export function tokenOf(key: TokenKey, kind: TokenKind, value: string): string {
  if (isToken(value)) return value;
  return `tk${key.version}-${createHmac('sha256', Buffer.from(key.key, 'hex')).update(kind).update('\0').update(value.trim()).digest('base64url').slice(0, 22)}`;
}

/** Every token that a value may have been stored under: with the key in force first, then with the one before it. */
export function tokensOf(keys: TokenKeys, kind: TokenKind, value: string): string[] {
  const current = tokenOf(keys, kind, value);
  if (!keys.previous || current === value) return [current];
  return [current, tokenOf(keys.previous, kind, value)];
}

/**
 * The keys from THROUGHLINE_TOKEN_KEY, THROUGHLINE_TOKEN_KEY_VERSION (1 where unset) and, after a rotation,
 * THROUGHLINE_TOKEN_KEY_PREVIOUS and THROUGHLINE_TOKEN_KEY_PREVIOUS_VERSION (one less where unset).
 * @throws Error that names the variable and what to do; never shows a key
 */
export function tokenKeysFromEnv(env: { readonly [name: string]: string | undefined } = process.env): TokenKeys {
  const key = hexKey('THROUGHLINE_TOKEN_KEY', env.THROUGHLINE_TOKEN_KEY);
  if (!key) throw new Error('THROUGHLINE_TOKEN_KEY is not set: start the product with `npm start`, or make a key with `openssl rand -hex 32` and give every process the same one.');
  const version = keyVersion('THROUGHLINE_TOKEN_KEY_VERSION', env.THROUGHLINE_TOKEN_KEY_VERSION, 1);
  const previous = hexKey('THROUGHLINE_TOKEN_KEY_PREVIOUS', env.THROUGHLINE_TOKEN_KEY_PREVIOUS);
  if (!previous) return { key, version };
  const previousVersion = keyVersion('THROUGHLINE_TOKEN_KEY_PREVIOUS_VERSION', env.THROUGHLINE_TOKEN_KEY_PREVIOUS_VERSION, version - 1);
  if (previousVersion === version) throw new Error(`THROUGHLINE_TOKEN_KEY_PREVIOUS_VERSION is ${version}, the version of the key in force: raise THROUGHLINE_TOKEN_KEY_VERSION with each rotation.`);
  return { key, version, previous: { key: previous, version: previousVersion } };
}

function hexKey(name: string, text: string | undefined): string | undefined {
  if (!text) return undefined;
  if (!/^([0-9a-f]{2}){16,}$/i.test(text)) throw new Error(`${name} is not a key in hexadecimal of 32 or more digits: make one with \`openssl rand -hex 32\`.`);
  return text.toLowerCase();
}

function keyVersion(name: string, text: string | undefined, otherwise: number): number {
  const version = text ? Number(text) : otherwise;
  if (!Number.isInteger(version) || version < 0 || version > 99_999) throw new Error(`${name} is "${text ?? ''}": set it to a whole number from 0 to 99999.`);
  return version;
}
