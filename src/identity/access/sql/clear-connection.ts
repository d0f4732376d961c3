import { forServices } from './functions.ts';

/**
 * Ends what the session would otherwise keep after a context: cursors WITH HOLD, LISTEN, advisory locks and temporary objects. All of it
 * works in a transaction and behind PgBouncer, other than DISCARD ALL, and leaves named statements alone. Whose they are nobody can tell, so
 * what a service made on the connection before goes, too.
 */
export const clearConnection: readonly string[] = [
  `CREATE OR REPLACE FUNCTION identity.clear_connection() RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  EXECUTE 'CLOSE ALL';
  EXECUTE 'UNLISTEN *';
  PERFORM pg_advisory_unlock_all();
  EXECUTE 'DISCARD TEMP';
END
$$;`,
  ...forServices('clear_connection()'),
];
