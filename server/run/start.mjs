// `npm start`: checks the settings, installs and builds what is missing, then runs everything.
// `npm run dev` is the same with pages that compile as they are opened.
import { ROOT } from './env.mjs';
import { NATS_SERVER, ensureDebianPackages } from './debian.mjs';
import { lockDataFolder } from './lock.mjs';
import { exitWithLine } from './say.mjs';
import {
  checkClickHouse,
  checkNats,
  checkPagePort,
  prepareDataFolder,
  readSettings,
} from './settings.mjs';
import { checkNode, ensureBuild, ensureNodePackages } from './setup.mjs';

process.chdir(ROOT);
try {
  checkNode();
  const settings = readSettings(process.env, { dev: process.argv.includes('--dev') });
  prepareDataFolder(settings.data);
  const lock = await lockDataFolder(settings.data);
  await checkPagePort(settings.port);
  if (settings.clickhouse) await checkClickHouse(settings.clickhouse);

  await ensureNodePackages();
  if (settings.nats) await checkNats(settings.nats);
  else await ensureDebianPackages([NATS_SERVER]);
  if (!settings.dev) await ensureBuild();

  // The packages are there now, so the rest can be TypeScript.
  const { register } = await import('tsx/esm/api');
  register();
  const { supervise } = await import('./supervisor.ts');
  await supervise(settings, lock);
} catch (error) {
  exitWithLine(error);
}
