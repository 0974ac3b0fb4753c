import {
  IconActivityHeartbeat,
  IconAlertTriangle,
  IconBell,
  IconChartHistogram,
  IconFileInvoice,
  IconLayoutDashboard,
  IconListSearch,
  IconPackageExport,
  IconPackageImport,
  IconArrowsExchange,
  IconDatabaseExclamation,
  IconClipboardList,
  IconHeartRateMonitor,
  IconRotate2,
  IconRoute,
  IconUsers,
  IconUsersGroup,
  type Icon,
} from '@tabler/icons-react';
import type { Scope } from '@/server/auth/roles';

export interface NavItem {
  href: string;
  label: string;
  icon: Icon;
  scope: Scope;
}

export interface NavGroup {
  /** The reader whom it serves; none for the first. */
  label?: string;
  items: NavItem[];
}

/** Grouped by reader. What a role may not see is left out; the procedures refuse it in any case. */
export const NAVIGATION: NavGroup[] = [
  { items: [{ href: '/', label: 'Overview', icon: IconLayoutDashboard, scope: 'overview:read' }] },
  {
    label: 'Supply',
    items: [
      { href: '/exceptions', label: 'Exceptions', icon: IconListSearch, scope: 'exceptions:read' },
      { href: '/orders', label: 'Open orders', icon: IconClipboardList, scope: 'orders:read' },
      { href: '/receipts', label: 'Unmatched receipts', icon: IconPackageImport, scope: 'receipts:read' },
      { href: '/invoices', label: 'Invoice mismatches', icon: IconFileInvoice, scope: 'invoices:read' },
      { href: '/reconciliation', label: 'Reconciliation', icon: IconArrowsExchange, scope: 'reconciliation:read' },
      { href: '/cases', label: 'Case cost', icon: IconHeartRateMonitor, scope: 'cases:read' },
      { href: '/quality', label: 'Data quality', icon: IconDatabaseExclamation, scope: 'quality:read' },
      { href: '/stockout', label: 'Stockout risk', icon: IconPackageExport, scope: 'stockout:read' },
    ],
  },
  {
    label: 'Operations',
    items: [
      { href: '/throughput', label: 'Throughput', icon: IconActivityHeartbeat, scope: 'throughput:read' },
      { href: '/failures', label: 'Failures', icon: IconAlertTriangle, scope: 'failures:read' },
      { href: '/alerts', label: 'Alerts', icon: IconBell, scope: 'alerts:read' },
      { href: '/raci', label: 'RACI', icon: IconUsersGroup, scope: 'raci:read' },
    ],
  },
  {
    label: 'Lineage',
    items: [
      { href: '/lineage', label: 'Chains', icon: IconRoute, scope: 'lineage:read' },
      { href: '/recall', label: 'Recall', icon: IconRotate2, scope: 'recall:read' },
    ],
  },
  {
    label: 'Executive',
    items: [{ href: '/sla', label: 'SLA report', icon: IconChartHistogram, scope: 'sla:read' }],
  },
  {
    label: 'Administration',
    items: [{ href: '/users', label: 'People', icon: IconUsers, scope: 'users:manage' }],
  },
];

/** Whether a navigation entry stands for the page shown. */
export function isCurrent(href: string, pathname: string): boolean {
  return href === '/' ? pathname === '/' : pathname === href || pathname.startsWith(`${href}/`);
}
