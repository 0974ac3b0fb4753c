'use client';

import { Group, Text } from '@mantine/core';
import type { ChainView } from '@/server/lineage/view';
import { ObjectLink } from '../../components/format/values';
import { Section } from '../../components/section';

const WORD: Readonly<Record<string, string>> = { case: 'Cases', item: 'Items', lot: 'Lots', location: 'Locations', supplier: 'Suppliers' };
const MOST = 12;

/** Item, lot, location, supplier and case: shown beside the chain, never walked through. */
export function Beside({ context, names }: { context: ChainView['context']; names: Readonly<Record<string, string>> }) {
  return (
    <Section title="Beside the chain" subtitle="What its documents touch; a chain is not walked through these">
      <dl style={{ margin: 0 }}>
        {context.map(({ type, ids }) => (
          <div key={type} style={{ marginBottom: 8 }}>
            <Text component="dt" size="xs" c="dimmed" fw={600}>{WORD[type] ?? type}</Text>
            <dd style={{ margin: 0 }}>
              {ids.length === 0 ? (
                <Text size="sm" c="dimmed">none named</Text>
              ) : (
                <Group gap="xs" style={{ rowGap: 2 }}>
                  {ids.slice(0, MOST).map((id) => (
                    <span key={id}>
                      <ObjectLink type={type} id={id} />
                      {names[`${type} ${id}`] && <Text span size="sm" c="dimmed"> {names[`${type} ${id}`]}</Text>}
                    </span>
                  ))}
                  {ids.length > MOST && <Text span size="sm" c="dimmed">and {ids.length - MOST} more</Text>}
                </Group>
              )}
            </dd>
          </div>
        ))}
      </dl>
    </Section>
  );
}
