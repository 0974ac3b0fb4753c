import type { ServerList } from './registry';

export const throughputLists: ServerList[] = [];
