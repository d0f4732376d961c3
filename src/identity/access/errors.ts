import {
  CanonicalModelsError,
  type ErrorDetails,
  InvalidInput,
  NotAuthenticated,
  NotPermitted,
  type NotPermittedCode,
  NotSetUp,
} from '../../errors.ts';
import { isId } from '../../id.ts';
import type { UnrecordedDenial } from './unrecorded-denial.ts';

/** Who asked, and for which station; `every` or `assigned` if they asked for several. */
interface AskedFor {
  readonly userId: string;
  readonly stationId: string;
}

/** The callback did not run, or its changes were rolled back. */
abstract class StationAccessDenied<Code extends NotPermittedCode> extends NotPermitted implements AskedFor {
  declare readonly code: Code;
  readonly userId: string;
  /** The requested station; `every` or `assigned` in a context of several. */
  readonly stationId: string;
  /** The denial if it could not be written to the audit trail, as on a replica: give the error to `recordStationDenial`. */
  readonly unrecorded?: UnrecordedDenial;

  constructor(
    details: ErrorDetails<Code> & { readonly code: Code },
    { userId, stationId }: AskedFor,
    unrecorded?: UnrecordedDenial,
  ) {
    super(details);
    this.userId = userId;
    this.stationId = stationId;
    if (unrecorded) this.unrecorded = unrecorded;
  }
}

/** The user has no access to the station: it does not exist, the user is not assigned to it, or is not active. Answer with 403. */
export class NoStationAccess extends StationAccessDenied<'user-not-active' | 'not-assigned' | 'assignment-not-active'> {
  override readonly name = 'NoStationAccess';
}

/** The station is suspended. Answer with 403. */
export class StationSuspended extends StationAccessDenied<'station-suspended'> {
  override readonly name = 'StationSuspended';
}

/** The user's assignment to the station has expired. Answer with 403. */
export class AssignmentExpired extends StationAccessDenied<'assignment-expired'> {
  override readonly name = 'AssignmentExpired';
}

/**
 * The callback wrote a row of another station, or one that the role may not write. The transaction is rolled back. PostgreSQL's error
 * is the `cause`. Answer with 403.
 */
export class StationRowRefused extends StationAccessDenied<'row-refused'> {
  override readonly name = 'StationRowRefused';
}

/**
 * The database takes tokens only, and was given a `userId`: a matter between the service and the administrator. The callback did not run.
 * Answer with 403.
 */
export class StationProofRequired extends StationAccessDenied<'proof-required'> {
  override readonly name = 'StationProofRequired';
}

/**
 * The token is not valid at the station: malformed, unknown, expired, revoked, of another station, or of a user without access. Only the
 * audit trail knows why. The callback did not run. Answer with 401.
 */
export class StationTokenRefused extends NotAuthenticated {
  override readonly name = 'StationTokenRefused';
  /** The requested station. */
  readonly stationId: string;
  /** How many seconds the client should wait before it tries again, as for the header `Retry-After`; 0 if it need not. */
  readonly retryAfter: number;

  constructor(
    details: ErrorDetails<'not-authenticated'>,
    { stationId, retryAfter }: { readonly stationId: string; readonly retryAfter: number },
  ) {
    super(details);
    this.stationId = stationId;
    this.retryAfter = retryAfter;
  }
}

/** The context is not an object, or an id of it is not a UUID. Nothing was sent to the database. Answer with 400. */
export class InvalidStationContext extends InvalidInput {
  override readonly name = 'InvalidStationContext';
  /** Undefined if the given value is not a UUID: it may be a secret that was passed by mistake. */
  readonly userId: string | undefined;
  /** Undefined if the given value is not a UUID, and in a context of several stations. */
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

/** The database or the connection's role is not set up for station access: a deployment mistake. Answer with 500. */
export class StationAccessNotSetUp extends NotSetUp {
  override readonly name = 'StationAccessNotSetUp';
  /** Undefined if a token was to say it. */
  readonly userId: string | undefined;
  readonly stationId: string;

  constructor(
    details: ErrorDetails<'not-set-up'>,
    { userId, stationId }: { readonly userId: string | undefined; readonly stationId: string },
  ) {
    super(details);
    this.userId = userId;
    this.stationId = stationId;
  }
}

/**
 * How the service used the handle of a callback wrongly.
 *
 * - `context-closed`: the handle was used after its callback had settled, or after the transaction around it had ended.
 * - `context-not-live`: the handle was used while a call or a savepoint inside it is open, or a transaction while `withStation` runs in it.
 * - `context-busy`: the call waits for a connection that is held by the call that it runs in.
 * - `transaction-control`: a statement of the callback would have begun or ended a transaction or a savepoint.
 * - `copy`: a statement of the callback was a `COPY`.
 */
export type HandleMisuseCode = 'context-closed' | 'context-not-live' | 'context-busy' | 'transaction-control' | 'copy';

/**
 * A defect of the service, which no caller of it can help. Nothing was sent to the database. It has none of the seven meanings. Answer
 * with 500.
 */
abstract class HandleMisused<Code extends HandleMisuseCode> extends CanonicalModelsError {
  declare readonly code: Code;

  constructor(code: Code, details: Omit<ErrorDetails, 'code'>) {
    super(code, details);
  }
}

/** The handle was used after its callback had settled: a query that nobody awaited, or a handle that was kept. */
export class ContextClosed extends HandleMisused<'context-closed'> {
  override readonly name = 'ContextClosed';

  constructor(details: Omit<ErrorDetails, 'code'>) {
    super('context-closed', details);
  }
}

/** The handle was used while another one is live on its connection. */
export class ContextNotLive extends HandleMisused<'context-not-live'> {
  override readonly name = 'ContextNotLive';

  constructor(details: Omit<ErrorDetails, 'code'>) {
    super('context-not-live', details);
  }
}

/** The call would wait for itself to end: it needs the connection that the call around it holds. */
export class ContextBusy extends HandleMisused<'context-busy'> {
  override readonly name = 'ContextBusy';

  constructor(details: Omit<ErrorDetails, 'code'>) {
    super('context-busy', details);
  }
}

/** A statement of the callback, such as `COMMIT` or `ROLLBACK TO`, would have begun or ended a transaction or a savepoint. */
export class TransactionControlRefused extends HandleMisused<'transaction-control'> {
  override readonly name = 'TransactionControlRefused';

  constructor(details: Omit<ErrorDetails, 'code'>) {
    super('transaction-control', details);
  }
}

/** A statement of the callback was a `COPY`, to which a driver that sends it as a query has no answer. */
export class CopyRefused extends HandleMisused<'copy'> {
  override readonly name = 'CopyRefused';

  constructor(details: Omit<ErrorDetails, 'code'>) {
    super('copy', details);
  }
}
