import { type SQL, sql } from 'drizzle-orm';
import { StationTokenFailure } from '../station-token-failure.ts';
import { User } from '../user.ts';

/** After how many failures in a row an address is locked: for one second at first, then twice as long each time, at most 15 minutes. */
const failuresUntilLocked = 5;
const longestLock = 15 * 60;

/**
 * Builds the statement that counts a failure of an address, with a user's token or an unknown one. While the address is locked nothing
 * is counted, so that a lock ends; after a day without failures the count starts again. All times are from the database's clock, which
 * advances within a transaction, too.
 */
export function countFailure(userId: string | null, address: string): SQL {
  const count = sql.raw(
    `(CASE WHEN failure.last_failed_at < clock_timestamp() - interval '1 day' THEN 1 ELSE failure.failures + 1 END)`,
  );
  const seconds = sql`least(${longestLock}::float8, 2 ^ least(${count} - ${failuresUntilLocked}::int, 30))`;
  return sql`INSERT INTO ${StationTokenFailure} AS failure (user_id, address, failures, last_failed_at)
    VALUES ((SELECT id FROM ${User} WHERE id = ${userId}), ${address}, 1, clock_timestamp())
    ON CONFLICT (user_id, address) DO UPDATE SET
      failures = ${count},
      last_failed_at = clock_timestamp(),
      locked_until = CASE WHEN ${count} >= ${failuresUntilLocked}::int THEN clock_timestamp() + make_interval(secs => ${seconds}) END
    WHERE failure.locked_until IS NULL OR failure.locked_until <= clock_timestamp()`;
}

/**
 * Builds the statement that forgets some failures of other addresses that are older than a day, without waiting for locks. It reads only
 * those: unlike the clock, the statement's time does not change while it runs, so the index can be used.
 */
export function forgetOldFailures(address: string): SQL {
  return sql`DELETE FROM ${StationTokenFailure} WHERE id IN (
    SELECT id FROM ${StationTokenFailure}
    WHERE last_failed_at < statement_timestamp() - interval '1 day' AND address <> ${address}
    ORDER BY last_failed_at LIMIT 10 FOR UPDATE SKIP LOCKED
  )`;
}

/** Builds the statement that forgets the failures of a user at an address. */
export function forgetFailures(userId: string, address: string): SQL {
  return sql`DELETE FROM ${StationTokenFailure} WHERE user_id = ${userId} AND address = ${address}`;
}
