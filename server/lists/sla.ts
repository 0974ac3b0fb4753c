import type { ServerList } from './registry';

export const slaLists: ServerList[] = [];
