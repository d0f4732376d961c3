import { sql } from 'drizzle-orm';
import { isTransaction, type PostgresDatabase } from '../../database.ts';
import { InvalidInput, NotSetUp } from '../../errors.ts';
import { assertId } from '../../id.ts';
import { reportOf } from './report.ts';

/**
 * What is wrong with a trail:
 * - `changed`: a row differs from what was written.
 * - `removed`: a row is gone, and its seal is still there.
 * - `added`: a row was never sealed, and no unsealed row is missing since sealing began.
 * - `chain`: seals are missing, inserted or reordered, or other seals are at the end of the chain.
 * - `witness`: a row saw something that is gone: a seal of another chain, or a whole chain.
 * - `origin`: of the rows from before sealing began, some are changed, gone or new. It is not known which.
 * - `anchor`: something that the anchor names is gone or changed.
 */
export type AuditTrailProblemKind = 'changed' | 'removed' | 'added' | 'chain' | 'witness' | 'origin' | 'anchor';

export interface AuditTrailProblem {
  readonly kind: AuditTrailProblemKind;
  /** The row, if the problem is about one. */
  readonly logId: string | null;
  /** The chain and the place in it, if the problem is about one. */
  readonly chainId: string | null;
  readonly number: number | null;
  readonly found: string;
  readonly expected: string;
}

/** How far a trail had come, to be kept outside its database. Plain data. */
export interface AuditTrailAnchor {
  readonly stationId: string;
  /** When it was, by the database's clock, as an ISO 8601 text. */
  readonly at: string;
  /** For each chain: how many seals it had, and the hash of the last one in hexadecimal. */
  readonly chains: readonly { readonly id: string; readonly length: number; readonly head: string }[];
  /** How many rows there were when sealing began, and their digest; `null` if there were none. */
  readonly origin: { readonly rows: number; readonly digest: string } | null;
}

/** The state of a station's audit trail. */
export interface AuditTrailReport {
  readonly stationId: string;
  /** Whether there are no problems. */
  readonly intact: boolean;
  /** Rows with a seal of their own, of those that were checked. */
  readonly sealed: number;
  /** Rows without one, of those that were checked: rows from before sealing began. One digest vouches for all of them, except for who did it (`user_id`). */
  readonly unsealed: number;
  /** How many problems there are; `problems` holds the first 100 of them. */
  readonly problemCount: number;
  readonly problems: readonly AuditTrailProblem[];
  /** Keep it elsewhere, and pass it to a later call. */
  readonly anchor: AuditTrailAnchor;
}

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
 * @throws {InvalidInput} `invalid-input`, if the id is not a UUID; `other-station`, if the anchor is from another station.
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
  stationId: string,
  { since, anchor = since }: VerifyAuditTrailOptions = {},
): Promise<AuditTrailReport> {
  assertId('stationId', stationId);
  if (anchor && anchor.stationId !== stationId) {
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

const setHeads = (when: 'IMMEDIATE' | 'DEFERRED') =>
  sql.raw(`SET CONSTRAINTS identity.station_audit_chains_head ${when}`);

interface ReportRow extends Record<string, unknown> {
  readonly hidden: boolean;
  readonly report: string;
}

type ParsedReport = Pick<AuditTrailReport, 'sealed' | 'unsealed' | 'problemCount' | 'problems'> &
  Pick<AuditTrailAnchor, 'at' | 'chains' | 'origin'>;
