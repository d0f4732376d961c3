import type { StationStatus } from '../station.ts';
import { StationPermission, type StationRole } from '../station-role.ts';
import type { UserStatus } from '../user.ts';

const everything: readonly StationPermission[] = StationPermission.enumValues;

/**
 * What each station role may do by itself, each list in the order of `StationPermission`. The one place where this is said.
 *
 * @example
 * stationGrants.customer_support.includes('customer.delete'); // false
 */
export const stationGrants: Readonly<Record<StationRole, readonly StationPermission[]>> = {
  super_admin: everything,
  admin: everything.filter((permission) => permission !== 'station.create' && permission !== 'station.delete'),
  station_admin: [
    'station.read',
    'station.update',
    'booking.create',
    'booking.read',
    'booking.update',
    'booking.cancel',
    'booking.reports',
    'customer.create',
    'customer.read',
    'customer.update',
    'customer.export',
    'payment.record',
    'payment.read',
    'payment.refund',
    'payment.reports',
    'message.read',
    'message.send',
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
  ],
  customer_support: [
    'station.read',
    'booking.read',
    'booking.update',
    'customer.read',
    'customer.update',
    'payment.read',
    'message.read',
    'message.send',
    'sms.send',
    'email.send',
    'lead.create',
    'lead.read',
    'lead.update',
    'ai.chat',
    'ai.booking_assist',
    'reports.basic',
  ],
};

/** What somebody may do, and what they were given that is no permission. */
export interface Permissions {
  /** Each once, in the order of `StationPermission`. */
  readonly permissions: readonly StationPermission[];
  /** Additional permissions that are not in the list: they grant nothing, and are worth a look. */
  readonly ignored: readonly string[];
}

/**
 * What a role may do with the additional permissions of an assignment.
 *
 * @example
 * permissionsOf('customer_support', ['customer.export', 'kitchen.clean']);
 * // { permissions: ['station.read', 'booking.read', …, 'customer.export', …], ignored: ['kitchen.clean'] }
 */
export function permissionsOf(role: StationRole, additional: readonly string[] = []): Permissions {
  if (additional.length === 0) return { permissions: stationGrants[role], ignored: [] };
  const granted = new Set<string>([...stationGrants[role], ...additional]);
  return {
    permissions: everything.filter((permission) => granted.has(permission)),
    ignored: [...new Set(additional)].filter((name) => !isStationPermission(name)),
  };
}

/** Whether a text is one of the permissions. */
export function isStationPermission(name: string): name is StationPermission {
  return (everything as readonly string[]).includes(name);
}

/** An assignment of a user to a station, as far as it decides what they may do: columns of `StationUser`, and of its `Station`. */
export interface StationAssignment {
  readonly stationId: string;
  readonly role: StationRole;
  readonly additionalPermissions?: readonly string[];
  readonly isActive: boolean;
  /** Nothing where it does not expire. At this moment it has expired. */
  readonly expiresAt: Date | null;
  readonly stationStatus: StationStatus;
}

/** A user and where they are assigned: everything that it takes to say what they may do. */
export interface StationAccess {
  readonly userStatus: UserStatus;
  /** `User.isSuperAdmin`: reaches every station, with every permission. */
  readonly isSuperAdmin: boolean;
  readonly assignments: readonly StationAssignment[];
}

/** Why somebody does not reach a station. */
export type NoAccessReason =
  | 'user-not-active'
  | 'not-assigned'
  | 'assignment-not-active'
  | 'assignment-expired'
  | 'station-suspended';

/** What somebody is at a station, or why they are nothing there. */
export type StationStanding =
  | ({ readonly reached: true; readonly role: StationRole } & Permissions)
  | { readonly reached: false; readonly reason: NoAccessReason };

/**
 * What somebody is at a station. `super_admin` reaches every station: by `User.isSuperAdmin`, or by an assignment with that role
 * anywhere that is active and has not expired. Everybody else reaches the stations that they are assigned to, while the assignment is
 * active and has not expired, and the station is not suspended.
 *
 * @param at the moment that is asked about: now where not given.
 */
export function standingAt(access: StationAccess, stationId: string, at: Date = new Date()): StationStanding {
  if (access.userStatus !== 'active') return { reached: false, reason: 'user-not-active' };
  const holds = ({ isActive, expiresAt }: StationAssignment): boolean => isActive && !hasExpired(expiresAt, at);
  if (access.isSuperAdmin || access.assignments.some((each) => each.role === 'super_admin' && holds(each))) {
    return { reached: true, role: 'super_admin', ...permissionsOf('super_admin') };
  }
  const assignment = access.assignments.find((each) => each.stationId === stationId);
  if (!assignment) return { reached: false, reason: 'not-assigned' };
  if (!assignment.isActive) return { reached: false, reason: 'assignment-not-active' };
  if (hasExpired(assignment.expiresAt, at)) return { reached: false, reason: 'assignment-expired' };
  if (assignment.stationStatus === 'suspended') return { reached: false, reason: 'station-suspended' };
  const { role, additionalPermissions } = assignment;
  return { reached: true, role, ...permissionsOf(role, additionalPermissions) };
}

/**
 * Whether somebody may do something at a station. What reaches over stations (`cross_station.…`) is asked like everything else, of a
 * station at which it was granted.
 *
 * @param at the moment that is asked about: now where not given.
 * @example
 * const mayUpdate = booking.stationId !== null && can(access, 'booking.update', booking.stationId);
 */
export function can(
  access: StationAccess,
  permission: StationPermission,
  stationId: string,
  at: Date = new Date(),
): boolean {
  const standing = standingAt(access, stationId, at);
  return standing.reached && standing.permissions.includes(permission);
}

/** A time that is none has passed: whatever cannot be told is refused. */
function hasExpired(expiresAt: Date | null, at: Date): boolean {
  return expiresAt !== null && !(expiresAt.getTime() > at.getTime());
}
