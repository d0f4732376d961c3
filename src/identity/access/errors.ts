import type { NoAccessReason } from '../grants.ts';
import { IdentityError, type IdentityErrorDetails } from '../identity-error.ts';

/** An error of station access: the callback did not run, or what it did was rolled back. */
export abstract class StationAccessError extends IdentityError {
  readonly userId: string;
  /** The station that was asked for; `every` and `assigned` for the contexts of several. */
  readonly stationId: string;

  constructor(details: IdentityErrorDetails, userId: string, stationId: string) {
    super(details);
    this.userId = userId;
    this.stationId = stationId;
  }
}

/** The user reaches no such station: there is none, or the user is not assigned to it, or not active. Answer with 403. */
export class NoStationAccess extends StationAccessError {
  override readonly name = 'NoStationAccess';
  readonly reason: Extract<NoAccessReason, 'user-not-active' | 'not-assigned' | 'assignment-not-active'>;

  constructor(reason: NoStationAccess['reason'], details: IdentityErrorDetails, userId: string, stationId: string) {
    super(details, userId, stationId);
    this.reason = reason;
  }
}

/** The station is suspended. Answer with 403. */
export class StationSuspended extends StationAccessError {
  override readonly name = 'StationSuspended';
}

/** The assignment of the user to the station has expired. Answer with 403. */
export class AssignmentExpired extends StationAccessError {
  override readonly name = 'AssignmentExpired';
}

/**
 * A row was written that would be of another station, or that the role may not write. The transaction is rolled back. The error of
 * PostgreSQL is its `cause`. Answer with 403.
 */
export class StationRowRefused extends StationAccessError {
  override readonly name = 'StationRowRefused';
}

/** An id of the context is no UUID. Nothing was sent to the database. Answer with 400. */
export class InvalidStationContext extends StationAccessError {
  override readonly name = 'InvalidStationContext';
}

/** The database or the role of the connection is not set up for station access: a mistake of the deployment. Answer with 500. */
export class StationAccessNotSetUp extends StationAccessError {
  override readonly name = 'StationAccessNotSetUp';
}
