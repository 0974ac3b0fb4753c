'use client';

import { Table, Text } from '@mantine/core';
import type { OnHand as Place } from '@/server/recall/summary';
import { useBounds } from '../components/filters/use-bounds';
import { ObjectLink, Quantity, Time, Unknown } from '../components/format/values';
import { Section } from '../components/section';

/** What has to be pulled, by place: the last balance of each. */
export function OnHand({ places }: { places: readonly Place[] }) {
  const { zoneOf, nameOf } = useBounds();
  if (places.length === 0) return null;
  return (
    <Section flush title="Still on hand" subtitle="by each location's last balance of it; what was used or moved since is not taken off">
      <Table.ScrollContainer minWidth={420}>
        <Table verticalSpacing={6} horizontalSpacing="md" fz="sm">
          <Table.Thead>
            <Table.Tr><Table.Th>Facility</Table.Th><Table.Th>Location</Table.Th><Table.Th ta="right">On hand</Table.Th><Table.Th>As of</Table.Th></Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {places.map((place) => (
              <Table.Tr key={`${place.facility} ${place.location}`}>
                <Table.Td>{place.facility ? nameOf(place.facility) : <Unknown label="not stated" />}</Table.Td>
                <Table.Td><ObjectLink type="location" id={place.location} /></Table.Td>
                <Table.Td ta="right">
                  {place.amounts.map(({ uom, quantity }, index) => <span key={uom}>{index > 0 && ' + '}<Quantity value={quantity} uom={uom} /></span>)}
                  {place.amounts.length === 0 && <Unknown />}
                  {place.unknown > 0 && place.amounts.length > 0 && <Text span size="xs" c="dimmed"> and {place.unknown} unknown</Text>}
                </Table.Td>
                <Table.Td><Time value={place.asOf} zone={zoneOf(place.facility)} /></Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Section>
  );
}
