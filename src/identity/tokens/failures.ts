import { getColumns, type SQL, sql } from 'drizzle-orm';
import { type NewStationAuditLog, StationAuditLog } from '../station-audit-log.ts';
import { StationTokenFailure } from '../station-token-failure.ts';
import { secondsAWindow } from '../token-failure-window.ts';

const aWindow = sql.raw(`interval '${secondsAWindow} seconds'`);

/** Not a parameter, so that the statement can stand in a function. */
const none = sql`NULL`;

/** What refused tokens are counted by: an address; or a station, with a token or with every unknown one. */
type Counted =
  | { readonly address: string | SQL }
  | { readonly stationId: string | SQL /** `null` for unknown tokens. */; readonly tokenId: string | SQL | null };

/**
 * Builds the statement that counts a refusal. All times are from the database's clock, which advances within a transaction, too. It
 * returns `failures`: how many there are in the window.
 *
 * @param after What the same statement counts first. PostgreSQL runs the parts of a statement in any order unless one reads the other.
 */
export function countFailure(counted: Counted, after?: SQL): SQL {
  const { address, stationId, tokenId } = { address: none, stationId: none, tokenId: none, ...counted };
  const isOver = sql`failure.began_at <= clock_timestamp() - ${aWindow}`;
  return sql`INSERT INTO ${StationTokenFailure} AS failure (address, station_id, token_id, failures, began_at)
    SELECT ${address}::varchar, ${stationId}::uuid, ${tokenId}::uuid, 1, clock_timestamp() ${after && sql`FROM ${after}`}
    ON CONFLICT (address, station_id, token_id) DO UPDATE SET
      failures = CASE WHEN ${isOver} THEN 1 ELSE failure.failures + 1 END,
      began_at = CASE WHEN ${isOver} THEN clock_timestamp() ELSE failure.began_at END
    RETURNING failures`;
}

/**
 * Builds the statement that forgets some counts of past windows, without waiting for locks. Others may wait for those that it takes, so
 * it comes last: in `WITH`, if nothing reads from it, PostgreSQL runs it after the main statement. It reads only those counts: unlike the
 * clock, the statement's time does not change while it runs, so the index can be used.
 *
 * @param counting What the same statement counts: a row cannot be deleted and counted at once.
 */
export function forgetOldFailures(counting: {
  readonly address: string | SQL;
  readonly stationId: string | SQL | null;
  readonly tokenId: string | SQL | null;
}): SQL {
  const { address, stationId, tokenId } = counting;
  return sql`DELETE FROM ${StationTokenFailure} WHERE id IN (
    SELECT id FROM ${StationTokenFailure}
    WHERE began_at < statement_timestamp() - ${aWindow} AND address IS DISTINCT FROM ${address}::varchar
      AND NOT coalesce(station_id = ${stationId}::uuid AND token_id IS NOT DISTINCT FROM ${tokenId}::uuid, false)
    ORDER BY began_at LIMIT 10 FOR UPDATE SKIP LOCKED
  )`;
}

/** Whether the refusal with this count gets an event in the trail, as SQL. */
export const isInTrail = (failures: string): string =>
  `(${failures} <= 10 OR rtrim(${failures}::text, '0') IN ('1', '2', '5'))`;

/**
 * Builds the statement that counts a refusal, and writes its event to the trail with the count: each of the first 10 in a window, then
 * the 20th, 50th, 100th, 200th, 500th, 1,000th and so on. However many tokens are tried, the trail stays short, and its last row is at
 * most two and a half times behind.
 *
 * @param after As for `countFailure`.
 */
export function countInTrail(row: NewStationAuditLog, tokenId: string | null, after: SQL): SQL {
  const columns = Object.entries(getColumns(StationAuditLog)).filter(([property]) => property in row);
  const values = Object.fromEntries(
    columns.map(([property, { name }]) => [name, row[property as keyof NewStationAuditLog]]),
  );
  const names = columns.map(([, { name }]) => sql.identifier(name));
  const selected = columns.map(([, { name }]) =>
    name === 'details'
      ? sql`event.details || jsonb_build_object('failures', counted.failures)`
      : sql`event.${sql.identifier(name)}`,
  );
  return sql`counted AS (${countFailure({ stationId: row.stationId, tokenId }, after)})
    INSERT INTO ${StationAuditLog} (${sql.join(names, sql`, `)})
    SELECT ${sql.join(selected, sql`, `)}
    FROM counted, jsonb_populate_record(NULL::${StationAuditLog}, ${JSON.stringify(values)}::text::jsonb) AS event
    WHERE ${sql.raw(isInTrail('counted.failures'))}`;
}
