'use client';

import Link from 'next/link';
import type { ComponentProps } from 'react';
import { useFilterHref } from './use-filters';

/** A link inside the product: keeps time range and facility, so that following it changes only the view. */
export function FilterLink({ href, ...rest }: Omit<ComponentProps<typeof Link>, 'href'> & { href: string }) {
  const keep = useFilterHref();
  return <Link href={keep(href)} prefetch={false} {...rest} />;
}
