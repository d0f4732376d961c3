import { sql } from 'drizzle-orm';
import type { PostgresDatabase } from '../../database.ts';
import { InvalidInput, NotSetUp } from '../../errors.ts';
import { assertId } from '../../id.ts';
import { StationAuditChain } from '../station-audit-chain.ts';
import { StationAuditLog } from '../station-audit-log.ts';
import { StationAuditOrigin } from '../station-audit-origin.ts';
import { StationAuditSeal } from '../station-audit-seal.ts';
import { User } from '../user.ts';
import { sealHash, unsealedDigest } from './seal-hash.ts';

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
  /** Rows with a seal of their own. */
  readonly sealed: number;
  /** Rows from before sealing began. One digest vouches for all of them, except for who did it (`user_id`). */
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
 * It reads one moment in one statement. Deleting a user leaves the rows intact; deleting a station deletes its trail.
 *
 * @param db A role that sees every row of the trail and its seals: the owner, or one with BYPASSRLS and the right to read them.
 * @throws {InvalidInput} `invalid-input`, if the id is not a UUID; `other-station`, if the anchor is from another station.
 * @throws {NotSetUp} `rows-hidden`, if row-level security hides rows from the role.
 * @throws {DrizzleQueryError} if the role may not read the tables.
 *
 * @example
 * const { intact, problems, anchor } = await verifyAuditTrail(db, stationId, { anchor: lastWeek });
 * if (!intact) console.error(problems);
 */
export async function verifyAuditTrail(
  db: PostgresDatabase,
  stationId: string,
  { anchor }: VerifyAuditTrailOptions = {},
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
  const [row] = await db.execute<ReportRow>(
    sql`
    WITH chain AS MATERIALIZED (SELECT * FROM ${StationAuditChain} WHERE station_id = ${stationId}),
    seal AS MATERIALIZED (
      SELECT seal.*, lag(number) OVER place AS number_before, lag(hash) OVER place AS hash_before
      FROM ${StationAuditSeal} AS seal
      WHERE chain_id IN (SELECT id FROM chain)
      WINDOW place AS (PARTITION BY chain_id ORDER BY number)
    ),
    unsealed AS (
      SELECT count(*) AS rows, ${sql.raw(unsealedDigest('log'))} AS digest
      FROM ${StationAuditLog} AS log
      WHERE station_id = ${stationId} AND NOT EXISTS (SELECT FROM seal WHERE seal.log_id = log.id)
    ),
    origin AS (SELECT rows, digest FROM ${StationAuditOrigin} WHERE station_id = ${stationId}),
    anchor AS (
      SELECT * FROM jsonb_to_recordset(${JSON.stringify(anchor?.chains ?? [])}::text::jsonb) AS anchor (id uuid, length bigint, head text)
    ),
    problem (kind, log_id, chain_id, number, found, expected) AS (
      SELECT 'removed', seal.log_id, chain_id, number, 'no row', 'the row that was sealed'
      FROM seal WHERE NOT EXISTS (SELECT FROM ${StationAuditLog} AS log WHERE log.id = seal.log_id)
      UNION ALL
      SELECT 'changed', seal.log_id, chain_id, number, 'a row or a seal that does not fit the hash', 'what was written'
      FROM seal JOIN ${StationAuditLog} AS log ON log.id = seal.log_id
      WHERE hash IS DISTINCT FROM ${sql.raw(sealHash('seal', 'log'))}
      UNION ALL
      SELECT 'changed', seal.log_id, chain_id, number, coalesce('user ' || log.user_id, 'no user'), 'user ' || seal.user_id
      FROM seal JOIN ${StationAuditLog} AS log ON log.id = seal.log_id
      WHERE log.user_id IS DISTINCT FROM seal.user_id
        AND NOT (log.user_id IS NULL AND NOT EXISTS (SELECT FROM ${User} AS holder WHERE holder.id = seal.user_id))
      UNION ALL
      SELECT 'chain', log_id, chain_id, number, 'a seal after number ' || coalesce(number_before, 0), 'a seal after number ' || (number - 1)
      FROM seal WHERE number <> coalesce(number_before, 0) + 1
      UNION ALL
      SELECT 'chain', log_id, chain_id, number, 'a seal that follows another one than the one before it', 'the hash of the seal before it'
      FROM seal WHERE previous_hash IS DISTINCT FROM hash_before AND number = coalesce(number_before, 0) + 1
      UNION ALL
      SELECT 'chain', NULL, chain.id, chain.length, coalesce('number ' || number || ' at its end', 'no seal'), 'number ' || length || ' at its end, with the hash of the head'
      FROM chain
      LEFT JOIN (SELECT DISTINCT ON (chain_id) * FROM seal ORDER BY chain_id, number DESC) AS last ON last.chain_id = chain.id
      WHERE (number, hash) IS DISTINCT FROM (length, head_hash)
      UNION ALL
      SELECT 'witness', log_id, chain_id, number, 'no seal of another chain with the hash that it saw', 'the seal that it saw'
      FROM seal
      WHERE witness_hash IS NOT NULL
        AND NOT EXISTS (SELECT FROM seal AS other WHERE other.hash = seal.witness_hash AND other.chain_id <> seal.chain_id)
      UNION ALL
      SELECT 'witness', log_id, chain_id, number, (SELECT count(*) FROM chain) || ' chains', chains || ' chains or more'
      FROM seal WHERE chains > (SELECT count(*) FROM chain)
      UNION ALL
      SELECT CASE WHEN unsealed.rows > coalesce(origin.rows, 0) THEN 'added' ELSE 'origin' END, NULL, NULL, NULL,
        unsealed.rows || ' rows without a seal' || CASE WHEN unsealed.rows = origin.rows THEN ', not as they were' ELSE '' END,
        coalesce(origin.rows, 0) || ' rows without a seal, as they were when sealing began'
      FROM unsealed LEFT JOIN origin ON true
      WHERE unsealed.rows <> coalesce(origin.rows, 0) OR unsealed.digest IS DISTINCT FROM origin.digest
      UNION ALL
      SELECT 'anchor', NULL, anchor.id, anchor.length, CASE WHEN seal.hash IS NULL THEN 'no seal there' ELSE 'another seal there' END, 'the seal that the anchor names'
      FROM anchor LEFT JOIN seal ON seal.chain_id = anchor.id AND seal.number = anchor.length
      WHERE encode(seal.hash, 'hex') IS DISTINCT FROM anchor.head
      UNION ALL
      SELECT 'anchor', NULL, NULL, NULL, coalesce(rows || ' rows from before sealing began', 'no record of rows from before sealing began'), 'what the anchor says of them'
      FROM (SELECT ${anchor?.origin?.rows ?? null}::bigint AS anchored_rows, ${anchor?.origin?.digest ?? null}::text AS anchored_digest) AS anchored
      LEFT JOIN origin ON true
      WHERE ${anchor !== undefined}::boolean AND (rows, encode(digest, 'hex')) IS DISTINCT FROM (anchored_rows, anchored_digest)
    )
    SELECT row_security_active('identity.station_audit_logs') AS hidden,
      json_build_object(
        'sealed', (SELECT count(*) FROM seal),
        'unsealed', (SELECT rows FROM unsealed),
        'problemCount', (SELECT count(*) FROM problem),
        'problems', (
          SELECT coalesce(json_agg(json_build_object(
            'kind', kind, 'logId', log_id, 'chainId', chain_id, 'number', number, 'found', found, 'expected', expected
          )), '[]')
          FROM (SELECT * FROM problem ORDER BY chain_id, number, kind LIMIT 100) AS first_problems
        ),
        'chains', (
          SELECT coalesce(json_agg(json_build_object('id', id, 'length', length, 'head', encode(head_hash, 'hex')) ORDER BY id), '[]')
          FROM chain
        ),
        'origin', (SELECT json_build_object('rows', rows, 'digest', encode(digest, 'hex')) FROM origin)
      )::text AS report`,
    'objects',
  );
  if (row?.hidden !== false) {
    throw new NotSetUp({
      code: 'rows-hidden',
      object: 'identity.station_audit_logs',
      found: 'row security that may hide rows from this role',
      expected: 'a role that sees every row of the trail',
      next: 'connect as the owner of the table, or as a role with BYPASSRLS',
    });
  }
  const { chains, origin, ...found } = JSON.parse(row.report) as ParsedReport;
  return { stationId, intact: found.problemCount === 0, ...found, anchor: { stationId, chains, origin } };
}

interface ReportRow extends Record<string, unknown> {
  readonly hidden: boolean;
  readonly report: string;
}

type ParsedReport = Pick<AuditTrailReport, 'sealed' | 'unsealed' | 'problemCount' | 'problems'> &
  Pick<AuditTrailAnchor, 'chains' | 'origin'>;
