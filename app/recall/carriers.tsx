'use client';

import { Button, Table, Text } from '@mantine/core';
import { formatDecimal } from '../components/format/format';
import { ObjectLink } from '../components/format/values';
import { Section } from '../components/section';

interface Carrier {
  item: string;
  name: string;
  gtin: string;
  rows: number;
}

/** Lots are not unique across items: which of those that carry it is recalled, the person says. */
export function Carriers({ lot, carriers, onChoose }: { lot: string; carriers: readonly Carrier[]; onChoose: (item: string) => void }) {
  const unnamed = carriers.find((carrier) => carrier.item === '' && carrier.gtin === '');
  return (
    <Section
      flush title={`Several items carry lot ${lot}`}
      subtitle={<>Lot numbers are given by each manufacturer for itself. Choose the item that is recalled.{unnamed ? ` What states the lot and no item (${formatDecimal(unnamed.rows)}) is shown with each, as known by the lot only.` : ''}</>}
    >
      <Table.ScrollContainer minWidth={420}>
        <Table verticalSpacing={6} horizontalSpacing="md" fz="sm" highlightOnHover>
          <Table.Thead>
            <Table.Tr><Table.Th>Item</Table.Th><Table.Th>Name</Table.Th><Table.Th ta="right">Lines</Table.Th><Table.Th /></Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {carriers.filter((carrier) => carrier !== unnamed).map((carrier) => (
              <Table.Tr key={carrier.item || carrier.gtin}>
                <Table.Td>{carrier.item ? <ObjectLink type="item" id={carrier.item} /> : <>GTIN {carrier.gtin}</>}</Table.Td>
                <Table.Td>{carrier.name || <Text span size="sm" c="dimmed">{carrier.item ? 'not in the item master' : 'no item has it'}</Text>}</Table.Td>
                <Table.Td ta="right">{formatDecimal(carrier.rows)}</Table.Td>
                <Table.Td ta="right"><Button size="compact-sm" variant="default" onClick={() => onChoose(carrier.item || carrier.gtin)} aria-label={`Choose ${carrier.item || `GTIN ${carrier.gtin}`}`}>Choose</Button></Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Section>
  );
}
