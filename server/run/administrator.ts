// Makes the first administrator from THROUGHLINE_ADMIN_EMAIL and THROUGHLINE_ADMIN_PASSWORD, so
// that the password that `npm start` shows works before anybody has opened the page. Its last
// line tells the supervisor whether the password is worth showing.
import { createStore } from '@/clickhouse/client';
import { countUsers } from '@/clickhouse/queries/users';
import { ensureFirstAdministrator } from '../auth/users';
import { oneLine } from './say.mjs';

async function main(): Promise<void> {
  const store = createStore();
  try {
    const before = await countUsers(store);
    await ensureFirstAdministrator(store);
    console.log(before === 0 ? 'made' : 'present');
  } finally {
    await store.close();
  }
}

main().catch((error: unknown) => {
  console.error(oneLine(error));
  process.exit(1);
});
