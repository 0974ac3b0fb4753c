import { Stack } from '@mantine/core';
import { formatMoney } from './format';

/** Amounts in several currencies, one below the other: they are never added up. Null where there is none. */
export function moneys(values: readonly { currency: string; value: string }[]) {
  if (values.length === 0) return null;
  return (
    <Stack gap={0}>
      {values.map(({ currency, value }) => (
        <span key={currency} style={{ fontSize: values.length > 1 ? 18 : undefined }}>{formatMoney(value, currency, true)}</span>
      ))}
    </Stack>
  );
}
