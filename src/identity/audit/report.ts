import { type SQL, sql } from 'drizzle-orm';
import { StationAuditChain } from '../station-audit-chain.ts';
import { StationAuditLog } from '../station-audit-log.ts';
import { StationAuditOrigin } from '../station-audit-origin.ts';
import { StationAuditSeal } from '../station-audit-seal.ts';
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

/**
 * Builds the statement that checks a trail and returns the report as JSON. It goes along each chain once. `LATERAL … LIMIT 1` has
 * PostgreSQL look up each row by its key: it does not know how few rows a station has, and would read those of all stations.
 *
 * @param isIncremental Whether it checks only what is newer than the anchor.
 */
export function reportOf(stationId: string, anchor: AuditTrailAnchor | undefined, isIncremental: boolean): SQL {
  const withoutSeal = sql`
    FROM ${StationAuditLog} AS log
    LEFT JOIN LATERAL (
      SELECT true AS is_sealed FROM ${StationAuditSeal} AS seal
      WHERE seal.log_id = log.id AND seal.chain_id IN (SELECT id FROM chain) LIMIT 1
    ) AS seal ON true
    WHERE station_id = ${stationId} AND is_sealed IS NULL`;
  const unsealed = isIncremental
    ? sql`SELECT count(*) AS rows, NULL::bytea AS digest ${withoutSeal} AND log.created_at >= ${anchor?.at}::timestamptz`
    : sql`SELECT count(*) AS rows, ${sql.raw(unsealedDigest('log'))} AS digest ${withoutSeal}`;
  const unsealedProblem = isIncremental
    ? sql`SELECT 'added', NULL, NULL, NULL, unsealed.rows || ' new rows without a seal', 'a seal for each' FROM unsealed WHERE unsealed.rows > 0`
    : sql`
      SELECT CASE WHEN unsealed.rows > coalesce(origin.rows, 0) THEN 'added' ELSE 'origin' END, NULL, NULL, NULL,
        unsealed.rows || ' rows without a seal' || CASE WHEN unsealed.rows = origin.rows THEN ', not as they were' ELSE '' END,
        coalesce(origin.rows, 0) || ' rows without a seal, as they were when sealing began'
      FROM unsealed LEFT JOIN origin ON true
      WHERE unsealed.rows <> coalesce(origin.rows, 0) OR unsealed.digest IS DISTINCT FROM origin.digest`;
  return sql`
    WITH anchor AS MATERIALIZED (
      SELECT * FROM jsonb_to_recordset(${JSON.stringify(anchor?.chains ?? [])}::text::jsonb) AS anchor (id uuid, length bigint, head text)
    ),
    chain AS MATERIALIZED (
      SELECT chain.*, CASE WHEN ${isIncremental}::boolean THEN anchor.length END AS checked, decode(anchor.head, 'hex') AS checked_hash
      FROM ${StationAuditChain} AS chain LEFT JOIN anchor ON anchor.id = chain.id
      WHERE station_id = ${stationId}
    ),
    seal AS MATERIALIZED (
      SELECT seal.log_id, seal.chain_id, seal.number, seal.chains, number_before, log.id IS NULL AS is_removed,
        log.id IS NOT NULL AND seal.hash IS DISTINCT FROM ${sql.raw(sealHash('seal', 'log'))} AS is_changed,
        CASE WHEN log.id IS NOT NULL AND log.user_id IS DISTINCT FROM seal.user_id
          THEN ARRAY[coalesce('user ' || log.user_id, 'no user'), coalesce('user ' || seal.user_id, 'no user')] END AS users,
        previous_hash IS DISTINCT FROM hash_before AS is_unlinked,
        witness_hash IS NOT NULL AND witness.hash IS DISTINCT FROM witness_hash AS is_without_witness
      FROM chain
      CROSS JOIN LATERAL (
        SELECT *, lag(number, 1, coalesce(chain.checked, 0)) OVER place AS number_before,
          lag(hash, 1, CASE WHEN chain.checked IS NOT NULL THEN chain.checked_hash END) OVER place AS hash_before
        FROM ${StationAuditSeal}
        WHERE chain_id = chain.id AND number > coalesce(chain.checked, -9223372036854775808)
        WINDOW place AS (ORDER BY number)
      ) AS seal
      LEFT JOIN LATERAL (SELECT * FROM ${StationAuditLog} WHERE id = seal.log_id LIMIT 1) AS log ON true
      LEFT JOIN LATERAL (
        SELECT hash FROM ${StationAuditSeal}
        WHERE chain_id = seal.witness_chain_id AND number = seal.witness_number AND chain_id <> seal.chain_id
          AND chain_id IN (SELECT id FROM chain)
        LIMIT 1
      ) AS witness ON true
    ),
    unsealed AS MATERIALIZED (${unsealed}),
    origin AS MATERIALIZED (SELECT rows, digest FROM ${StationAuditOrigin} WHERE station_id = ${stationId}),
    problem (kind, log_id, chain_id, number, found, expected) AS MATERIALIZED (
      SELECT 'removed', log_id, chain_id, number, 'no row', 'the row that was sealed' FROM seal WHERE is_removed
      UNION ALL
      SELECT 'changed', log_id, chain_id, number, 'a row or a seal that does not fit the hash', 'what was written' FROM seal WHERE is_changed
      UNION ALL
      SELECT 'changed', log_id, chain_id, number, users[1], users[2] FROM seal WHERE users IS NOT NULL
      UNION ALL
      SELECT 'chain', log_id, chain_id, number, 'a seal after number ' || number_before, 'a seal after number ' || (number - 1)
      FROM seal WHERE number <> number_before + 1
      UNION ALL
      SELECT 'chain', log_id, chain_id, number, 'a seal that follows another one than the one before it', 'the hash of the seal before it'
      FROM seal WHERE is_unlinked AND number = number_before + 1
      UNION ALL
      SELECT 'chain', NULL, chain.id, chain.length, coalesce('number ' || last.number || ' at its end', 'no seal'), 'number ' || length || ' at its end, with the hash of the head'
      FROM chain
      LEFT JOIN LATERAL (
        SELECT number, hash FROM ${StationAuditSeal} WHERE chain_id = chain.id ORDER BY number DESC LIMIT 1
      ) AS last ON true
      WHERE (last.number, last.hash) IS DISTINCT FROM (length, head_hash)
      UNION ALL
      SELECT 'witness', log_id, chain_id, number, 'no seal of another chain with the hash that it saw', 'the seal that it saw'
      FROM seal WHERE is_without_witness
      UNION ALL
      SELECT 'witness', log_id, chain_id, number, (SELECT count(*) FROM chain) || ' chains', chains || ' chains or more'
      FROM seal WHERE chains > (SELECT count(*) FROM chain)
      UNION ALL
      ${unsealedProblem}
      UNION ALL
      SELECT 'anchor', NULL, anchor.id, anchor.length, CASE WHEN hash IS NULL THEN 'no seal there' ELSE 'another seal there' END, 'the seal that the anchor names'
      FROM anchor
      LEFT JOIN LATERAL (
        SELECT hash FROM ${StationAuditSeal}
        WHERE chain_id = anchor.id AND number = anchor.length AND chain_id IN (SELECT id FROM chain) LIMIT 1
      ) AS anchored ON true
      WHERE encode(hash, 'hex') IS DISTINCT FROM anchor.head
      UNION ALL
      SELECT 'anchor', NULL, NULL, NULL, coalesce(rows || ' rows from before sealing began', 'no record of rows from before sealing began'), 'what the anchor says of them'
      FROM (SELECT ${anchor?.origin?.rows ?? null}::bigint AS anchored_rows, ${anchor?.origin?.digest ?? null}::text AS anchored_digest) AS anchored
      LEFT JOIN origin ON true
      WHERE ${anchor !== undefined}::boolean AND (rows, encode(digest, 'hex')) IS DISTINCT FROM (anchored_rows, anchored_digest)
    )
    SELECT row_security_active('identity.station_audit_logs') AS hidden,
      json_build_object(
        'at', to_char(statement_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
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
      )::text AS report`;
}
