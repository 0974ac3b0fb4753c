import { describe, expect, it } from 'vitest';
import type { RunRow } from '../../clickhouse/queries/openlineage';
import { runEvents, runIdOf } from '../../server/export/openlineage';
import { checked } from '../support/openlineage';

const KEY = '0f8fad5b-d9cb-f69f-1165-70867728950e';
type Tried = RunRow['attempts'][number];
const attempt = (at: string, number: number, outcome: string, error: [string, string, string] = ['', '', '']): Tried => [`2026-03-02T${at}.000Z`, `key-${at}`, number, outcome, 1500, ...error];
const run = (attempts: Tried[], more: Partial<RunRow> = {}): RunRow => ({
  handover: KEY, source: 'inventory', interface: 'inventory-to-erp', pattern: 'event', target: 'erp', facility: 'NORTH', document_type: 'receipt', document_id: 'RCV-1', revision: 0,
  started: attempts[0]?.[0] ?? '', attempts, ...more,
});
const said = (row: RunRow) => runEvents(row).map((event) => { checked(event); return [event.eventType, event.eventTime.slice(11, 23)]; });
const TIMEOUT: [string, string, string] = ['timeout', '504', 'The ERP did not answer'];

describe('a hand-over as a run', () => {
  it('starts with its first attempt and completes with the one that succeeded', () => {
    expect(said(run([attempt('08:00:00', 1, 'succeeded')]))).toEqual([['START', '08:00:00.000'], ['COMPLETE', '08:00:01.500']]);
    expect(said(run([attempt('08:00:00', 1, 'retrying', TIMEOUT), attempt('08:05:00', 2, 'failed', TIMEOUT), attempt('08:10:00', 3, 'succeeded'), attempt('08:20:00', 4, 'succeeded')]))).toEqual([
      ['START', '08:00:00.000'], ['RUNNING', '08:00:01.500'], ['RUNNING', '08:05:01.500'], ['COMPLETE', '08:10:01.500'], ['OTHER', '08:20:01.500'],
    ]);
  });

  it('fails with a last attempt that failed, and says why', () => {
    const row = run([attempt('08:00:00', 1, 'retrying', TIMEOUT), attempt('08:05:00', 2, 'dead_lettered', TIMEOUT)]);
    expect(said(row).map(([type]) => type)).toEqual(['START', 'RUNNING', 'FAIL']);
    const events = runEvents(row);
    expect(events.map((event) => event.run.facets.errorMessage?.message)).toEqual([undefined, 'The ERP did not answer', 'The ERP did not answer']);
    expect(events[2]?.run.facets.throughline_handOver).toMatchObject({ outcome: 'dead_lettered', errorClass: 'timeout', errorCode: '504', attempt: 2, document: 'RCV-1', latencyMs: 1500 });
  });

  it('stays open while it is tried again', () => {
    expect(said(run([attempt('08:00:00', 1, 'retrying', ['timeout', '', ''])])).map(([type]) => type)).toEqual(['START', 'RUNNING']);
    expect(runEvents(run([attempt('08:00:00', 1, 'retrying', ['timeout', '', ''])]))[1]?.run.facets.errorMessage?.message).toBe('timeout');
  });

  it('has no start here when it began before the range', () => {
    expect(said(run([attempt('08:00:00', 3, 'succeeded')]))).toEqual([['COMPLETE', '08:00:01.500']]);
    // A source that counts no attempts began with the first that is known.
    expect(said(run([attempt('08:00:00', 0, 'succeeded')])).map(([type]) => type)).toEqual(['START', 'COMPLETE']);
  });

  it('is a run of the interface, between the documents of two systems', () => {
    const [start] = runEvents(run([attempt('08:00:00', 1, 'succeeded')]));
    expect(start).toMatchObject({
      job: { namespace: 'inventory', name: 'inventory-to-erp' }, inputs: [{ namespace: 'inventory', name: 'receipt' }], outputs: [{ namespace: 'erp', name: 'receipt' }],
      run: { runId: '0f8fad5b-d9cb-869f-9165-70867728950e' },
    });
    const bare = run([attempt('08:00:00', 1, 'failed')], { interface: '', target: '', source: '', document_type: '' });
    expect(said(bare).map(([type]) => type)).toEqual(['START', 'FAIL']);
    expect(runEvents(bare)[0]).toMatchObject({ job: { namespace: 'unknown', name: 'messages to unknown' }, outputs: [] });
  });

  it('has a UUID of version 8 that follows from its key', () => {
    expect(runIdOf(KEY)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(runIdOf(KEY)).toBe(runIdOf(KEY));
  });
});
