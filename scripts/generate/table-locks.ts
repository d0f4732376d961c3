/** A lock on a table, in the words of LOCK TABLE. */
export interface TableLock {
  /** As in `"public"."bookings"`. */
  readonly table: string;
  /** As in `ACCESS EXCLUSIVE`. */
  readonly mode: string;
}

const limitWait = `PERFORM set_config(
          'lock_timeout', greatest(1, ceil(extract(epoch FROM give_up - clock_timestamp()) * 1000))::text, true);`;

const beginBriefly = `      give_up := clock_timestamp() + current_setting('deadlock_timeout')::interval / 4;
      ${limitWait}
`;

/**
 * The statement that takes all locks of a migration before it changes anything; none if it locks one table only, for which its own
 * statements wait.
 *
 * It waits for the first table as long as the lock timeout says, and holds nothing then. For the others it waits while it holds those
 * before: for a quarter, in all, of the time after which PostgreSQL looks for a deadlock. So where it and a client wait for each other,
 * it is the one that gives up: it lets go of everything, and tries again from the table that it did not get, which is the order that
 * clients keep who take these tables one after the other. NOWAIT would need a moment in which nobody uses any of them, which
 * a busy database never has.
 *
 * @param first What the migration changes before that, so that readers need not wait for it. Then it waits for the first table as for the
 * others, and lets go of the changed rows, too, when it gives up: clients can wait for one of them, and hold what it waits for.
 */
export function takeLocks(locks: readonly TableLock[], first: readonly string[] = []): string[] {
  if (locks.length < 2) return [...first];
  const wanted = locks
    .map(({ table, mode }) => `${table} IN ${mode} MODE`)
    .sort()
    .map((lock) => `    '${lock.replaceAll("'", "''")}'`)
    .join(',\n');
  return [
    `-- Takes every lock of this migration first, and gives way to clients that wait for it.
DO $$
DECLARE
  wanted text[] := ARRAY[
${wanted}
  ];
  wanted_lock text;
  taken integer;
  give_up timestamptz;
BEGIN
  FOR attempt IN 1..8 LOOP
    taken := 0;
    give_up := NULL;
    BEGIN
${first.length > 0 ? `${first.join('\n')}\n${beginBriefly}` : ''}      FOREACH wanted_lock IN ARRAY wanted LOOP
        EXECUTE 'LOCK TABLE ' || wanted_lock;
        taken := taken + 1;
        IF give_up IS NULL THEN
          give_up := clock_timestamp() + current_setting('deadlock_timeout')::interval / 4;
        END IF;
        ${limitWait}
      END LOOP;
      EXIT;
    EXCEPTION WHEN lock_not_available THEN
      -- Locks, rows and the setting are as they were before.
      IF ${first.length > 0 ? '' : 'taken = 0 OR '}attempt = 8 THEN RAISE; END IF;
      wanted := wanted[taken + 1] || wanted[:taken] || wanted[taken + 2:];
    END;
  END LOOP;
END $$;`,
  ];
}
