import type { JsonObject } from '../../columns.ts';
import type { StationPermission, StationRole } from '../station-role.ts';

/** What the audit trail of a station records. */
export const stationAuditActions = [
  'access.granted',
  'access.denied',
  'station.switched',
  'assignment.created',
  'assignment.changed',
  'assignment.ended',
  'role.changed',
  'token.issued',
  'token.rotated',
  'token.revoked',
  'token.refused',
] as const;
export type StationAuditAction = (typeof stationAuditActions)[number];

/** One event at a station. Leave out what is not known. */
export interface AuditEvent {
  readonly stationId: string;
  /** Who did it, or tried to; `null` if unknown. */
  readonly userId: string | null;
  readonly sessionId?: string | undefined;
  readonly action: StationAuditAction;
  /** What it was done to: its kind, as in `station_access_token`, and its id. Up to 50 characters each. */
  readonly resourceType?: string | undefined;
  readonly resourceId?: string | undefined;
  /** By what right. */
  readonly userRole?: StationRole | undefined;
  readonly permissionsUsed?: readonly StationPermission[] | undefined;
  /** From where. Cut to 45 and 1,000 characters. */
  readonly ipAddress?: string | undefined;
  readonly userAgent?: string | undefined;
  readonly details?: JsonObject | undefined;
  /** @default true */
  readonly success?: boolean | undefined;
  /** Why it did not succeed. */
  readonly errorMessage?: string | undefined;
}
