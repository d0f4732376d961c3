import type { StationStatus } from '../station.ts';
import { StationPermission, type StationRole } from '../station-role.ts';
import type { UserStatus } from '../user.ts';

const everything: readonly StationPermission[] = StationPermission.enumValues;

/**
 * What each station role may do by itself, each list in the order of `StationPermission`. The single source of these grants.
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

/** What a user may do, and which of their additional permissions do not exist. */
export interface Permissions {
  /** Each once, in the order of `StationPermission`. */
  readonly permissions: readonly StationPermission[];
  /** Additional permissions that are not in the list: they grant nothing, and are worth a look. */
  readonly ignored: readonly string[];
}

/**
 * What a role may do, together with the additional permissions of an assignment.
 *
 * @example
 * resolvePermissions('customer_support', ['customer.export', 'kitchen.clean']);
 * // { permissions: ['station.read', 'booking.read', …, 'customer.export', …], ignored: ['kitchen.clean'] }
 */
export function resolvePermissions(role: StationRole, additional: readonly string[] = []): Permissions {
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

/** A user's assignment to a station, reduced to what decides their access: columns of `StationUser` and of its `Station`. */
export interface StationAssignment {
  readonly stationId: string;
  readonly role: StationRole;
  readonly additionalPermissions?: readonly string[];
  readonly isActive: boolean;
  /** `null` if it does not expire. At this exact moment it has expired. */
  readonly expiresAt: Date | null;
  readonly stationStatus: StationStatus;
}

/** A user and their assignments: everything needed to decide what they may do. */
export interface StationAccess {
  readonly userStatus: UserStatus;
  /** `User.isSuperAdmin`: has access to every station, with every permission. */
  readonly isSuperAdmin: boolean;
  readonly assignments: readonly StationAssignment[];
}

/** Why a user has no access to a station. */
export type NoAccessReason =
  | 'user-not-active'
  | 'not-assigned'
  | 'assignment-not-active'
  | 'assignment-expired'
  | 'station-suspended';

/** A user's role and permissions at a station, or why they have no access. */
export type StationStanding =
  | ({ readonly reached: true; readonly role: StationRole } & Permissions)
  | { readonly reached: false; readonly reason: NoAccessReason };

/**
 * Returns a user's standing at a station. `super_admin` has access to every station: through `User.isSuperAdmin`, or through an
 * assignment with that role at any station that is active and has not expired. Everyone else has access to the stations that they are
 * assigned to, while the assignment is active and has not expired and the station is not suspended.
 *
 * @param at The moment to check. Default: now.
 */
export function resolveStanding(access: StationAccess, stationId: string, at: Date = new Date()): StationStanding {
  if (access.userStatus !== 'active') return { reached: false, reason: 'user-not-active' };
  const holds = ({ isActive, expiresAt }: StationAssignment): boolean => isActive && !hasExpired(expiresAt, at);
  if (access.isSuperAdmin || access.assignments.some((each) => each.role === 'super_admin' && holds(each))) {
    return { reached: true, role: 'super_admin', ...resolvePermissions('super_admin') };
  }
  const assignment = access.assignments.find((each) => each.stationId === stationId);
  if (!assignment) return { reached: false, reason: 'not-assigned' };
  if (!assignment.isActive) return { reached: false, reason: 'assignment-not-active' };
  if (hasExpired(assignment.expiresAt, at)) return { reached: false, reason: 'assignment-expired' };
  if (assignment.stationStatus === 'suspended') return { reached: false, reason: 'station-suspended' };
  const { role, additionalPermissions } = assignment;
  return { reached: true, role, ...resolvePermissions(role, additionalPermissions) };
}

/**
 * Whether a user may do something at a station. Permissions that reach across stations (`cross_station.…`) are checked the same way, at
 * a station that grants them.
 *
 * @param at The moment to check. Default: now.
 * @example
 * const mayUpdate = booking.stationId !== null && can(access, 'booking.update', booking.stationId);
 */
export function can(
  access: StationAccess,
  permission: StationPermission,
  stationId: string,
  at: Date = new Date(),
): boolean {
  const standing = resolveStanding(access, stationId, at);
  return standing.reached && standing.permissions.includes(permission);
}

/** An invalid date counts as expired (fail closed). */
function hasExpired(expiresAt: Date | null, at: Date): boolean {
  return expiresAt !== null && !(expiresAt.getTime() > at.getTime());
}
