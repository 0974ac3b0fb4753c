import { describe, expect, it } from 'vitest';
import { endpointSettings } from '../../ingest/listener/endpoint';
import { metricsRefusal } from '../../server/health/guard';

const headers = (given: Record<string, string>) => (name: string) => given[name] ?? null;

describe('who may read the metrics', () => {
  it.each([
    ['this machine', { host: '127.0.0.1:3000' }, {}, undefined],
    ['this machine, as next says it', { host: 'localhost:3000', 'x-forwarded-host': 'localhost:3000', 'x-forwarded-for': '::ffff:127.0.0.1' }, {}, undefined],
    ['another host', { host: 'throughline.example' }, {}, 403],
    ['a proxy in front', { host: '127.0.0.1:3000', 'x-forwarded-host': 'throughline.example' }, {}, 403],
    ['somebody through a proxy', { host: '127.0.0.1:3000', 'x-forwarded-for': '10.1.2.3' }, {}, 403],
    ['a web that listens to all', { host: '127.0.0.1:3000' }, { HOST: '0.0.0.0' }, 403],
    ['the token', { host: 'throughline.example', authorization: 'Bearer abc' }, { METRICS_TOKEN: 'abc' }, undefined],
    ['another token', { host: '127.0.0.1', authorization: 'Bearer abd' }, { METRICS_TOKEN: 'abc' }, 401],
    ['no token', { host: '127.0.0.1' }, { METRICS_TOKEN: 'abc' }, 401],
  ])('%s', (_name, given, settings, status) => {
    expect(metricsRefusal(headers(given), settings)?.status).toBe(status);
  });
});

describe("the listener's endpoint", () => {
  it('is off without a port, on loopback with one', () => {
    expect(endpointSettings({})).toBeUndefined();
    expect(endpointSettings({ LISTENER_METRICS_PORT: '9464' })).toEqual({ port: 9464, host: '127.0.0.1', token: undefined });
  });

  it('refuses what cannot be meant, in one line', () => {
    expect(() => endpointSettings({ LISTENER_METRICS_PORT: 'x' })).toThrow(/^LISTENER_METRICS_PORT is "x": set it to a port/);
    expect(() => endpointSettings({ LISTENER_METRICS_PORT: '9464', LISTENER_METRICS_HOST: '0.0.0.0' })).toThrow(/set METRICS_TOKEN/);
  });
});
