import type { ServerList } from './registry';

export const lineageLists: ServerList[] = [];
