'use client';

import { Select } from '@mantine/core';
import { IconBuildingHospital } from '@tabler/icons-react';
import { useBounds } from './use-bounds';
import { useFilters } from './use-filters';

/** One facility or all that the session may see. Hidden while there is nothing to choose. */
export function FacilityPicker() {
  const { facility, setFacility } = useFilters();
  const { facilities } = useBounds();
  if (facilities.length < 2 && !facility) return null;
  const data = facilities.map((item) => ({ value: item.id, label: item.name }));
  if (facility && !facilities.some((item) => item.id === facility)) {
    data.push({ value: facility, label: facility });
  }
  return (
    <Select
      size="xs"
      w={{ base: 150, sm: 200 }}
      aria-label="Facility"
      placeholder="All facilities"
      leftSection={<IconBuildingHospital size={16} aria-hidden />}
      data={data}
      value={facility}
      onChange={setFacility}
      clearable
      searchable
      clearButtonProps={{ 'aria-label': 'Show all facilities' }}
      nothingFoundMessage="No such facility"
      comboboxProps={{ width: 'max-content', position: 'bottom-end' }}
    />
  );
}
