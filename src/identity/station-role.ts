import { textEnum } from '../columns.ts';

export const StationRole = textEnum(['super_admin', 'admin', 'station_admin', 'customer_support']);
export type StationRole = (typeof StationRole.enumValues)[number];

/** What may be done at a station, as `resource.action`. */
export const StationPermission = textEnum([
  'station.create',
  'station.read',
  'station.update',
  'station.delete',
  'station.manage_users',
  'cross_station.read',
  'cross_station.analytics',
  'booking.create',
  'booking.read',
  'booking.update',
  'booking.cancel',
  'booking.reports',
  'customer.create',
  'customer.read',
  'customer.update',
  'customer.delete',
  'customer.export',
  'payment.record',
  'payment.read',
  'payment.refund',
  'payment.reports',
  'message.read',
  'message.send',
  'message.delete',
  'sms.send',
  'email.send',
  'lead.create',
  'lead.read',
  'lead.update',
  'lead.convert',
  'ai.chat',
  'ai.booking_assist',
  'ai.analytics',
  'reports.basic',
  'reports.advanced',
  'reports.export',
  'audit.read',
  'system.config',
  'user.manage',
]);
export type StationPermission = (typeof StationPermission.enumValues)[number];
