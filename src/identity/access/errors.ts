import { type ErrorDetails, InvalidInput, NotPermitted, type NotPermittedCode, NotSetUp } from '../../errors.ts';
import { isId } from '../../id.ts';

/** Who asked, and for which station: for several of them it is `every` or `assigned`. */
interface AskedFor {
  readonly userId: string;
  readonly stationId: string;
}

/** The callback did not run, or what it did was rolled back. */
abstract class StationAccessDenied<Code extends NotPermittedCode> extends NotPermitted implements AskedFor {
  declare readonly code: Code;
  readonly userId: string;
  /** The station that was asked for; `every` and `assigned` for the contexts of several. */
  readonly stationId: string;

  constructor(details: ErrorDetails<Code> & { readonly code: Code }, { userId, stationId }: AskedFor) {
    super(details);
    this.userId = userId;
    this.stationId = stationId;
  }
}

/** The user does not reach the station: there is none, or the user is not assigned to it, or not active. Answer with 403. */
export class NoStationAccess extends StationAccessDenied<'user-not-active' | 'not-assigned' | 'assignment-not-active'> {
  override readonly name = 'NoStationAccess';
}

/** The station is suspended. Answer with 403. */
export class StationSuspended extends StationAccessDenied<'station-suspended'> {
  override readonly name = 'StationSuspended';
}

/** The assignment of the user to the station has expired. Answer with 403. */
export class AssignmentExpired extends StationAccessDenied<'assignment-expired'> {
  override readonly name = 'AssignmentExpired';
}

/**
 * A row was written that would be of another station, or that the role may not write. The transaction is rolled back. The error of
 * PostgreSQL is its `cause`. Answer with 403.
 */
export class StationRowRefused extends StationAccessDenied<'row-refused'> {
  override readonly name = 'StationRowRefused';
}

/** An id of the context is not a UUID. Nothing was sent to the database. Answer with 400. */
export class InvalidStationContext extends InvalidInput {
  override readonly name = 'InvalidStationContext';
  /** Undefined if what was given is not a UUID: it may be a secret that was passed by mistake. */
  readonly userId: string | undefined;
  /** Undefined if what was given is not a UUID, and for the contexts of several stations. */
  readonly stationId: string | undefined;

  constructor(
    details: ErrorDetails<'invalid-input'>,
    { userId, stationId }: { readonly userId: unknown; readonly stationId: unknown },
  ) {
    super(details);
    this.userId = isId(userId) ? userId : undefined;
    this.stationId = isId(stationId) ? stationId : undefined;
  }
}

/** The database or the role of the connection is not set up for station access: a mistake of the deployment. Answer with 500. */
export class StationAccessNotSetUp extends NotSetUp implements AskedFor {
  override readonly name = 'StationAccessNotSetUp';
  readonly userId: string;
  readonly stationId: string;

  constructor(details: ErrorDetails<'not-set-up'>, { userId, stationId }: AskedFor) {
    super(details);
    this.userId = userId;
    this.stationId = stationId;
  }
}
