import type { ServerList } from './registry';

export const stockoutLists: ServerList[] = [];
