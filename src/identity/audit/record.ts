import { randomUUID } from 'node:crypto';
import { isTransaction, type PostgresDatabase } from '../../database.ts';
import { InvalidInput } from '../../errors.ts';
import { assertId } from '../../id.ts';
import { type NewStationAuditLog, StationAuditLog } from '../station-audit-log.ts';
import type { AuditEvent } from './event.ts';
import { redactDetails, withoutSecrets } from './redaction.ts';

/** Texts from outside are cut to this many characters before anything looks at them. */
const longestAddress = 200;
const longestUserAgent = 1000;
const longestName = 200;

/**
 * Writes an event to the audit trail of its station. Call it in the transaction that it describes: both are kept, or neither.
 * Secrets in it are redacted; see `redactDetails`.
 *
 * Changes of assignments need no call: the database records them itself.
 *
 * @param tx The transaction, of any driver. Its role may insert into `identity.station_audit_logs`; it need not read it. In a callback
 * of `withStation` the event has to be of the user of the context.
 * @returns the id of the row.
 * @throws {InvalidInput} `invalid-input`, if an id is not a UUID, or `resourceType` or `resourceId` is longer than 50 characters.
 * @throws {DrizzleQueryError} if PostgreSQL refuses the row: there is no such station or user, or the role may not insert.
 *
 * @example
 * await db.transaction(async (tx) => {
 *   await tx.update(User).set({ lastLoginAt: new Date() }).where(eq(User.id, userId));
 *   await recordAuditEvent(tx, { stationId, userId, action: 'access.granted', ipAddress });
 * });
 */
export async function recordAuditEvent(tx: PostgresDatabase, event: AuditEvent): Promise<string> {
  const { stationId, userId, sessionId } = event;
  assertId('stationId', stationId);
  if (userId !== null) assertId('userId', userId);
  if (sessionId !== undefined) assertId('sessionId', sessionId);
  const row = auditLogOf(event);
  await tx.insert(StationAuditLog).values(row);
  return row.id;
}

/**
 * Writes a denial to the audit trail of its station, in a transaction of its own. Call it after the denied transaction has been rolled
 * back: its connection is free by then, so a pool of one is enough. Inside that transaction the row would be rolled back with it, and a
 * second connection would never come from a pool of one. `withStation` records its own denials.
 *
 * @param db The database, not one of its transactions.
 * @param denial What was denied. It is recorded as not successful.
 * @returns the id of the row.
 * @throws {InvalidInput} `in-transaction`, if `db` is a transaction; otherwise as `recordAuditEvent` does.
 *
 * @example
 * try {
 *   await db.transaction(cancelBooking);
 * } catch (error) {
 *   if (!(error instanceof BookingRefused)) throw error;
 *   await recordDenial(db, { stationId, userId, action: 'access.denied', errorMessage: error.message });
 *   throw error;
 * }
 */
export async function recordDenial(db: PostgresDatabase, denial: Omit<AuditEvent, 'success'>): Promise<string> {
  if (isTransaction(db)) {
    throw new InvalidInput({
      code: 'in-transaction',
      object: 'recordDenial',
      found: 'a transaction, which would be rolled back with the denial in it',
      expected: 'the database, after the transaction has ended',
      next: 'catch the error outside of db.transaction(…) and call recordDenial(db, …) there',
    });
  }
  return recordAuditEvent(db, { ...denial, success: false });
}

/** Builds the row for an event. */
export function auditLogOf(event: AuditEvent): NewStationAuditLog & { readonly id: string } {
  const { stationId, userId, sessionId, action, userRole, permissionsUsed, details = {}, success = true } = event;
  return {
    id: randomUUID(),
    stationId,
    userId,
    sessionId: sessionId ?? null,
    action,
    resourceType: nameOf('resourceType', event.resourceType),
    resourceId: nameOf('resourceId', event.resourceId),
    userRole: userRole ?? null,
    permissionsUsed: permissionsUsed ? [...permissionsUsed] : null,
    ...originOf(event),
    details: redactDetails(details),
    success,
    errorMessage: typeof event.errorMessage === 'string' ? withoutSecrets(event.errorMessage) : null,
  };
}

/** The origin columns of an audit row. A header that is not a text, such as a list, is left out. */
export function originOf({ ipAddress, userAgent }: Pick<AuditEvent, 'ipAddress' | 'userAgent'>): {
  readonly ipAddress: string | null;
  readonly userAgent: string | null;
} {
  return {
    ipAddress:
      typeof ipAddress === 'string' ? [...withoutSecrets(ipAddress, longestAddress)].slice(0, 45).join('') : null,
    userAgent: typeof userAgent === 'string' ? withoutSecrets(userAgent, longestUserAgent) : null,
  };
}

function nameOf(property: 'resourceType' | 'resourceId', value: string | undefined): string | null {
  if (value === undefined) return null;
  const name = typeof value === 'string' && value.length <= longestName ? withoutSecrets(value) : undefined;
  if (name !== undefined && [...name].length <= 50) return name;
  throw new InvalidInput({
    object: `the ${property} of an audit event`,
    found: typeof value === 'string' ? `${[...(name ?? value)].length} characters` : `a value of type ${typeof value}`,
    expected: 'at most 50',
    next: 'give the id of the resource, and put what is longer into details',
  });
}
