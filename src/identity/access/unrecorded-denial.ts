import { type SQL, sql } from 'drizzle-orm';
import type { NoAccessReason } from './grants.ts';

/**
 * A denial that is not in the audit trail, as its transaction could only read: on a replica, say. Plain data, which may go through a queue.
 */
export interface UnrecordedDenial {
  readonly userId: string;
  readonly stationId: string;
  readonly reason: NoAccessReason;
  readonly sessionId: string | null;
  readonly ipAddress: string | null;
  readonly userAgent: string | null;
  /** When it was, by the clock of the service, as an ISO 8601 text. The trail gets the time of the database that denied it. */
  readonly deniedAt: string;
  /** What the database gave to have it recorded with: without it, nobody could tell it from one that is made up. */
  readonly proof: string;
}

/**
 * Builds the call that records a denial in the audit trail: of a row of the table or, without a table, of the context. With every argument and
 * its type, so that a function of the same name with others is never called.
 */
export function recordDenialCall({
  userId,
  stationId,
  reason,
  proof,
  sessionId,
  ipAddress,
  userAgent,
  table,
  isLate,
  tokenId,
}: Pick<UnrecordedDenial, 'userId' | 'stationId' | 'sessionId' | 'ipAddress' | 'userAgent'> & {
  readonly reason: string | null;
  readonly proof: string | null;
  readonly table: string | null;
  readonly isLate: boolean;
  readonly tokenId: string | null;
}): SQL {
  return sql`identity.record_denial(${userId}::pg_catalog.uuid, ${stationId}::pg_catalog.uuid, ${reason}::pg_catalog.text, ${proof}::pg_catalog.text, ${sessionId}::pg_catalog.uuid, ${ipAddress}::pg_catalog.text, ${userAgent}::pg_catalog.text, ${table}::pg_catalog.text, ${isLate}::pg_catalog.bool, ${tokenId}::pg_catalog.uuid)`;
}
