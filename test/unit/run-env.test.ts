import { mkdtempSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatEnvText, parseEnvText, runtimeEnvFile, withRuntimeEnv } from '../../server/run/env.mjs';

function dataWith(values: Record<string, string>): string {
  const data = mkdtempSync(path.join(os.tmpdir(), 'throughline-env-'));
  writeFileSync(runtimeEnvFile(data), formatEnvText(values));
  return data;
}

describe('runtime.env', () => {
  it('gives back every value, whatever characters it has', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[A-Z][A-Z_]{0,20}$/), fc.string({ unit: 'binary' })), (values) => {
        expect(parseEnvText(formatEnvText(values))).toEqual({ ...values });
      }),
    );
  });

  it('fills what is unset and leaves what is set', () => {
    const data = dataWith({ NATS_URL: 'nats://127.0.0.1:4222', NATS_USER: 'throughline', PORT: '3000' });
    expect(withRuntimeEnv({ THROUGHLINE_DATA: data, PORT: '4000' })).toMatchObject({
      NATS_URL: 'nats://127.0.0.1:4222',
      NATS_USER: 'throughline',
      PORT: '4000',
    });
  });

  it('never sends the embedded server’s password to another server', () => {
    const data = dataWith({ NATS_URL: 'nats://127.0.0.1:4222', NATS_PASSWORD: 'secret', CLICKHOUSE_PASSWORD: 'other' });
    const filled = withRuntimeEnv({ THROUGHLINE_DATA: data, NATS_URL: 'nats://elsewhere:4222' });
    expect(filled.NATS_PASSWORD).toBeUndefined();
    expect(filled.CLICKHOUSE_PASSWORD).toBe('other');
  });
});
