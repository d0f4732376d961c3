import { sql } from 'drizzle-orm';
import { isTransaction, type PostgresDatabase } from '../../database.ts';
import { InvalidInput, NotSetUp } from '../../errors.ts';
import { assertId, isId } from '../../id.ts';
import { type AuditTrailAnchor, type AuditTrailReport, reportOf } from './report.ts';

export interface VerifyAuditTrailOptions {
  /** What an earlier call returned: the trail has to continue from there. */
  readonly anchor?: AuditTrailAnchor;
  /**
   * Instead of `anchor`: checks what was written after that anchor, and that it continues from there. Rows before it are not read, so a
   * change of them, or a row that was put among them, goes unnoticed: check the whole trail from time to time.
   */
  readonly since?: AuditTrailAnchor;
}

/**
 * Finds out whether rows of a station's audit trail were changed, removed, inserted or reordered after they were written, even by the
 * owner of the tables with triggers disabled.
 *
 * Each row has a seal: a SHA-256 over all its columns, its place in a chain, the previous seal of the chain and a seal of another chain.
 * A writer extends a chain that no open transaction holds, so writers of one station never wait for each other. The hashes have no
 * key: the owner of the tables can rewrite the end of the trail from some row on, including every later row of the station, and
 * nothing inside the database would tell. An anchor that is kept elsewhere does.
 *
 * It reads one moment in one statement, the rows of this station by indexes. Deleting a user or a station leaves the trail as it is.
 *
 * @param db A role that sees every row of the trail and its seals: the owner, or one with BYPASSRLS and the right to read them.
 * @throws {InvalidInput} `invalid-input`, if the id is not a UUID, or the anchor not one; `other-station`, if the anchor is from another station.
 * @throws {NotSetUp} `rows-hidden`, if row-level security hides rows from the role.
 * @throws {DrizzleQueryError} if the role may not read the tables.
 *
 * @example
 * const { intact, problems, anchor } = await verifyAuditTrail(db, stationId, { anchor: lastWeek });
 * const sinceThen = await verifyAuditTrail(db, stationId, { since: anchor }); // reads what is new
 * if (!intact) console.error(problems);
 */
export async function verifyAuditTrail(
  db: PostgresDatabase,
  id: string,
  { since, anchor = since }: VerifyAuditTrailOptions = {},
): Promise<AuditTrailReport> {
  assertId('stationId', id);
  const stationId = id.toLowerCase();
  if (anchor !== undefined) assertAnchor(anchor);
  if (anchor && anchor.stationId.toLowerCase() !== stationId) {
    throw new InvalidInput({
      code: 'other-station',
      object: 'the anchor',
      found: `one of station ${anchor.stationId}`,
      expected: `one of station ${stationId}`,
      next: 'give the anchor that verifyAuditTrail returned for this station',
    });
  }
  // The heads of the chains that this transaction wrote to are set when it ends, or now.
  if (isTransaction(db)) await db.execute(setHeads('IMMEDIATE'));
  const [row] = await db.execute<ReportRow>(reportOf(stationId, anchor, since !== undefined), 'objects');
  if (isTransaction(db)) await db.execute(setHeads('DEFERRED'));
  if (row?.hidden !== false) {
    throw new NotSetUp({
      code: 'rows-hidden',
      object: 'identity.station_audit_logs',
      found: 'row security that may hide rows from this role',
      expected: 'a role that sees every row of the trail',
      next: 'connect as the owner of the table, or as a role with BYPASSRLS',
    });
  }
  const { at, chains, origin, ...found } = JSON.parse(row.report) as ParsedReport;
  return { stationId, intact: found.problemCount === 0, ...found, anchor: { stationId, at, chains, origin } };
}

/** @throws {InvalidInput} `invalid-input`, if it is not what an earlier call returned: a part of one would prove less. */
function assertAnchor(anchor: unknown): asserts anchor is AuditTrailAnchor {
  const { stationId, at, chains, origin } = (anchor ?? {}) as Partial<Record<keyof AuditTrailAnchor, unknown>>;
  if (isId(stationId) && typeof at === 'string' && Array.isArray(chains) && typeof origin === 'object') return;
  throw new InvalidInput({
    object: 'the anchor',
    found: 'a value that is not an anchor, or a part of one',
    expected: '{ stationId, at, chains, origin }',
    next: 'give the anchor as verifyAuditTrail returned it, with all that was in it',
  });
}

const setHeads = (when: 'IMMEDIATE' | 'DEFERRED') =>
  sql.raw(`SET CONSTRAINTS identity.station_audit_chains_head ${when}`);

interface ReportRow extends Record<string, unknown> {
  readonly hidden: boolean;
  readonly report: string;
}

type ParsedReport = Pick<AuditTrailReport, 'sealed' | 'unsealed' | 'problemCount' | 'problems'> &
  Pick<AuditTrailAnchor, 'at' | 'chains' | 'origin'>;
