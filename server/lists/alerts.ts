import type { ServerList } from './registry';

export const alertsLists: ServerList[] = [];
