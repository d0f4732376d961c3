import type { StationPermission } from '../station-role.ts';
import type { ScopedTable } from './scopes.ts';

/** A change of a column that asks for a permission, in addition to the one that its command asks for on the table. */
export interface Act {
  readonly table: ScopedTable;
  readonly column: string;
  /** Only if the column takes this value, in a new row, too. */
  readonly to?: string;
  /** Only if the column has this value and is given another. */
  readonly from?: string;
  /** Whether a new row that has a value in the column asks, too. */
  readonly inNewRows?: true;
  /** `never`: no permission is enough, not even in `withEveryStation`. */
  readonly permission: StationPermission | 'never';
}

const changes = (table: ScopedTable, permission: Act['permission'], ...columns: readonly string[]): Act[] =>
  columns.map((column) => ({ table, column, permission }));

/** Columns that say that something has happened, as a new row may do, too. */
const marks = (table: ScopedTable, permission: StationPermission, ...columns: readonly string[]): Act[] =>
  columns.map((column) => ({ table, column, permission, inNewRows: true }));

/** Into a state and out of it again. */
const state = (table: ScopedTable, permission: StationPermission, column: string, value: string): Act[] => [
  { table, column, to: value, permission },
  { table, column, from: value, permission },
];

/**
 * Which changes ask for which permission: the single list that the triggers of `stationActs` are built from. What a command asks for
 * anyway is in `stationScopes`. A new row needs no permission for its amounts: the caller who may make it may price it. It needs one to say that
 * something has happened: a payment, a cancellation.
 *
 * @example
 * stationActs.filter(({ permission }) => permission === 'booking.cancel').map(({ column }) => column);
 * // ['status', 'status', 'cancelled_at', 'cancellation_reason']
 */
export const stationActs: readonly Act[] = [
  ...state('public.bookings', 'booking.cancel', 'status', 'cancelled'),
  ...marks('public.bookings', 'booking.cancel', 'cancelled_at', 'cancellation_reason'),
  { table: 'public.bookings', column: 'status', to: 'deposit_paid', permission: 'payment.record' },
  ...changes('public.bookings', 'payment.record', 'travel_fee', 'total_amount', 'deposit_amount', 'remaining_amount'),
  ...marks('public.bookings', 'payment.record', 'deposit_paid_at'),
  ...state('public.leads', 'lead.convert', 'status', 'converted'),
  ...marks('public.leads', 'lead.convert', 'conversion_date'),
  // What is marked as deleted is as good as deleted.
  ...marks('public.leads', 'system.config', 'deleted_at'),
  ...state('public.call_recordings', 'message.delete', 'status', 'deleted'),
  ...marks('public.call_recordings', 'message.delete', 'deleted_at'),
  ...state('public.event_customer_reviews', 'customer.update', 'status', 'approved'),
  ...state('public.customer_review_blog_posts', 'customer.update', 'status', 'approved'),
  // What a customer said stays as it was said. Who corrects it for the customer is outside of the stations.
  ...changes('public.event_customer_reviews', 'never', 'customer_id', 'rating', 'review_text'),
  ...changes('public.customer_review_blog_posts', 'never', 'customer_id', 'title', 'content', 'rating'),
  ...changes(
    'public.external_reviews',
    'never',
    'author_name',
    'stars',
    'comment_original',
    'comment_translated',
    'raw',
  ),
  // A suspension is imposed on a station, and ends the access of everybody there.
  ...state('identity.stations', 'station.delete', 'status', 'suspended'),
];

/** The permissions that no row tells of, with the reason. Services ask for them with `can`. */
export const askedByServices: Partial<Readonly<Record<StationPermission, string>>> = {
  'cross_station.analytics': 'A figure over several stations is computed from rows that `cross_station.read` reaches.',
  'booking.reports': 'A report is read from bookings.',
  'customer.export': 'An export reads the rows that a page reads.',
  'payment.read': 'Amounts are columns of bookings.',
  'payment.refund': 'No table has refunds.',
  'payment.reports': 'A report is read from bookings.',
  'ai.booking_assist': 'The assistant writes bookings as its user does.',
  'ai.analytics': 'A figure is computed from conversations.',
  'reports.basic': 'A report is read from the tables that it is about.',
  'reports.advanced': 'A report is read from the tables that it is about.',
  'reports.export': 'An export reads the rows that a report reads.',
  'user.manage': 'Users are kept by the service that logs people in, with a role of its own.',
};
