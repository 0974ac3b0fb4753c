import type { ServerList } from './registry';

export const exceptionsLists: ServerList[] = [];
