import type { ServerList } from './registry';

export const receiptsLists: ServerList[] = [];
