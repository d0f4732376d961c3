import { type SQL, sql } from 'drizzle-orm';
import { StationTokenFailure } from '../station-token-failure.ts';
import { User } from '../user.ts';

/** From how many failures in a row on an address is locked, for one second at first, twice as long each time, at most 15 minutes. */
const failuresUntilLocked = 5;
const longestLock = 15 * 60;

/**
 * A statement that counts a failure of an address, with a user or with a token that nobody has. While the address is locked nothing
 * is counted, so that a lock ends; a day without failures and it begins anew. All time is the database's clock, which goes on within a
 * transaction, too.
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
 * A statement that forgets some of the failures of other addresses that are older than a day, without waiting for anybody. It reads those
 * alone: the time of a statement, unlike that of the clock, stays the same while it runs, so that the index answers.
 */
export function forgetOldFailures(address: string): SQL {
  return sql`DELETE FROM ${StationTokenFailure} WHERE id IN (
    SELECT id FROM ${StationTokenFailure}
    WHERE last_failed_at < statement_timestamp() - interval '1 day' AND address <> ${address}
    ORDER BY last_failed_at LIMIT 10 FOR UPDATE SKIP LOCKED
  )`;
}

/** A statement that forgets the failures of a user at an address. */
export function forgetFailures(userId: string, address: string): SQL {
  return sql`DELETE FROM ${StationTokenFailure} WHERE user_id = ${userId} AND address = ${address}`;
}
