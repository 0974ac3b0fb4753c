import type { ServerList } from './registry';

export const overviewLists: ServerList[] = [];
