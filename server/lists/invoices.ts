import type { ServerList } from './registry';

export const invoicesLists: ServerList[] = [];
