// Generated from src/registry/renames.ts by `npm run db:generate`. Do not edit.
import { warnOfOldPath } from '../../../../deprecation.ts';
import {
  Station as canonicalStation,
  StationAccessToken as canonicalStationAccessToken,
  StationAuditLog as canonicalStationAuditLog,
  StationPermission as canonicalStationPermission,
  StationRole as canonicalStationRole,
  StationStatus as canonicalStationStatus,
  StationUser as canonicalStationUser,
} from '../../../../identity/index.ts';

warnOfOldPath({
  from: 'canonical-models/core/auth/station_models',
  to: ['canonical-models/identity'],
  removedIn: '2.0.0',
});

/** @deprecated Import `Station` from 'canonical-models/identity'. Goes in 2.0.0. */
export const Station: typeof canonicalStation = canonicalStation;
/** @deprecated Import `Station` from 'canonical-models/identity'. Goes in 2.0.0. */
export type Station = canonicalStation;

/** @deprecated Import `StationAuditLog` from 'canonical-models/identity'. Goes in 2.0.0. */
export const StationAuditLog: typeof canonicalStationAuditLog = canonicalStationAuditLog;
/** @deprecated Import `StationAuditLog` from 'canonical-models/identity'. Goes in 2.0.0. */
export type StationAuditLog = canonicalStationAuditLog;

/** @deprecated Import `StationAccessToken` from 'canonical-models/identity'. Goes in 2.0.0. */
export const StationAccessToken: typeof canonicalStationAccessToken = canonicalStationAccessToken;
/** @deprecated Import `StationAccessToken` from 'canonical-models/identity'. Goes in 2.0.0. */
export type StationAccessToken = canonicalStationAccessToken;

/** @deprecated Import `StationRole` from 'canonical-models/identity'. Goes in 2.0.0. */
export const StationRole: typeof canonicalStationRole = canonicalStationRole;
/** @deprecated Import `StationRole` from 'canonical-models/identity'. Goes in 2.0.0. */
export type StationRole = canonicalStationRole;

/** @deprecated Import `StationPermission` from 'canonical-models/identity'. Goes in 2.0.0. */
export const StationPermission: typeof canonicalStationPermission = canonicalStationPermission;
/** @deprecated Import `StationPermission` from 'canonical-models/identity'. Goes in 2.0.0. */
export type StationPermission = canonicalStationPermission;

/** @deprecated Import `StationStatus` from 'canonical-models/identity'. Goes in 2.0.0. */
export const StationStatus: typeof canonicalStationStatus = canonicalStationStatus;
/** @deprecated Import `StationStatus` from 'canonical-models/identity'. Goes in 2.0.0. */
export type StationStatus = canonicalStationStatus;

/** @deprecated Import `StationUser` from 'canonical-models/identity'. Goes in 2.0.0. */
export const UserStationAssignment: typeof canonicalStationUser = canonicalStationUser;
/** @deprecated Import `StationUser` from 'canonical-models/identity'. Goes in 2.0.0. */
export type UserStationAssignment = canonicalStationUser;
