import type { ServerList } from './registry';

export const failuresLists: ServerList[] = [];
