// The library takes no notice when a write fails: a backup that met a full disk was said to be made, and could not be read.
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backup } from '../../clickhouse/backup';
import { storeConfig, type Store } from '../../clickhouse/client';
import { migrate } from '../../clickhouse/migrate';
import { restore } from '../../clickhouse/restore';
import { openStore, type OpenStore } from '../../clickhouse/safekeeping';
import { createDisk, type SmallDisk } from '../chaos/disk';
import { startEngine, type TestEngine } from '../support/engine';

const ROWS = 60_000;
/** What cannot be compressed, about 60 MB of it: a table like any other to a backup. */
const FILLING = `CREATE TABLE filling ENGINE = MergeTree ORDER BY id AS SELECT number AS id, randomString(1000) AS text FROM numbers(${ROWS})`;

describe('with a disk that is full before all is written', () => {
  let target: SmallDisk;
  let source: SmallDisk;
  let engine: TestEngine;
  let store: Store;
  let open: OpenStore;
  const elsewhere = mkdtempSync(path.join(os.tmpdir(), 'throughline-backup-'));
  beforeAll(async () => {
    target = createDisk(64);
    source = createDisk(400);
    if (!target.mounted || !source.mounted) return;
    engine = await startEngine({ folder: path.join(source.folder, 'engine'), supervised: true });
    await migrate(storeConfig({ ...process.env, ...engine.env }));
    store = engine.store();
    await store.command(FILLING);
    open = await openStore({ ...process.env, ...engine.env });
  });
  afterAll(async () => {
    await open?.close();
    await engine?.stop();
    target.remove();
    source.remove();
    rmSync(elsewhere, { recursive: true });
  });

  it.for(['folder', 'file.tar'])('a backup to a %s that needs more than there is does not begin, and says so', async (name, { skip }) => {
    if (!open) return skip('no mount is permitted here');
    const small = createDisk(32);
    try {
      const place = path.join(small.folder, name);
      await expect(backup(open, place)).rejects.toThrow(/: the backup takes 5\d\.\d MiB, and its disk has room for 32\.0 MiB$/);
      expect(readdirSync(small.folder)).toEqual([]);
    } finally {
      small.remove();
    }
  });

  it.for(['folder', 'file.tar', 'file.tar.gz', 'file.tar.zst'])('no backup counts that left a full disk: %s', async (name, { skip }) => {
    if (!open) return skip('no mount is permitted here');
    const place = path.join(target.folder, name);
    await expect(backup(open, place)).rejects.toThrow(new RegExp(`^${place}: The disk was full while this was written; it does not count$`));
    expect(existsSync(place)).toBe(false);
  });

  it('a restore that finds no room, or none any more, leaves the store as it was', async ({ skip }) => {
    if (!open) return skip('no mount is permitted here');
    const place = path.join(elsewhere, 'file.tar.gz');
    // A run of the match is under way: rows in memory cannot be restored from an archive.
    await store.command('CREATE TABLE match_work_1_scope (id UInt64) ENGINE = Memory AS SELECT number AS id FROM numbers(1000)');
    await backup(open, place);
    // A folder is one by what it is, whatever its name ends in.
    await backup(open, path.join(elsewhere, 'foldergz'));
    await store.command(`INSERT INTO filling SELECT ${ROWS} + number, randomString(1000) FROM numbers(1000)`);
    const whole = () => store.select('SELECT count() AS rows, toString(sum(cityHash64(id, text))) AS hash FROM filling');
    const before = await whole();
    const refused = expect(restore(open, place, true)).rejects.toThrow(/: The disk .*; the store is as it was$/);
    await source.fillUp(2_000);
    await refused;
    await expect(restore(open, place, true)).rejects.toThrow(/: the backup has 5\d\.\d MiB, and the disk of the store has room for .*; the store is as it was$/);
    await source.clear();
    expect(await whole()).toEqual(before);
    await expect.poll(async () => restore(open, place, true).then(whole, String), { timeout: 20_000 }).toEqual([{ rows: ROWS, hash: expect.any(String) as string }]);
  });
});
