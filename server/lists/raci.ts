import { z } from 'zod';
import { PARTIES, RACI_LABELS, RACI_TYPES } from '../rules/raci';
import { raciTable } from '../rules/raci-table';
import { defineComputedList } from './computed';
import type { ServerList } from './registry';

export const raciLists: ServerList[] = [
  defineComputedList({
    name: 'raci.lines',
    scope: 'raci:read',
    input: z.object({ type: z.enum(RACI_TYPES).optional(), party: z.enum(PARTIES).optional() }),
    rows: ({ type, party }) => {
      const lines = raciTable().lines.map((line) => ({ ...line, what: line.stage === '' ? RACI_LABELS[line.type] : `${RACI_LABELS[line.type]}: ${line.stage}`, everywhere: line.facility === '' ? 'everywhere' : line.facility, source: line.stated.length > 0 ? `rules file: ${line.stated.join(', ')}` : 'default' }));
      return Promise.resolve(lines.filter((line) => (!type || line.type === type) && (!party || [line.responsible, line.accountable, ...line.consulted, ...line.informed].includes(party))));
    },
    columns: [
      { key: 'what', label: 'Exception or alert', kind: 'text' },
      { key: 'responsible', label: 'Responsible', kind: 'text', help: 'Acts on it: the owner in lists and of alerts' },
      { key: 'accountable', label: 'Accountable', kind: 'text', help: 'Answers for it' },
      { key: 'consulted', label: 'Consulted', kind: 'text', help: 'Is asked before' },
      { key: 'informed', label: 'Informed', kind: 'text', help: 'Is told after' },
      { key: 'everywhere', label: 'Facility', kind: 'text' },
      { key: 'interface', label: 'Interface', kind: 'text' },
      { key: 'source', label: 'From', kind: 'text', help: 'Which letters the rules file states; the others are defaults, or those of a line that names less' },
      { key: 'type', label: 'Type in the rules file', kind: 'text', hidden: true },
    ],
  }),
];
