import { type SQL, sql } from 'drizzle-orm';
import type { UnrecordedDenial } from './unrecorded-denial.ts';

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
