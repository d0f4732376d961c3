import { contextSettings, outsideContexts } from '../context-settings.ts';
import { forServices } from './functions.ts';

/**
 * Forgets the statements that SQL prepared, which neither the end of a transaction nor a rollback does. Under the name of a statement that
 * a driver keeps, one would be run in the context of the next caller. What drivers prepared themselves stays.
 */
const forgetStatements: readonly string[] = [
  `CREATE OR REPLACE FUNCTION identity.forget_statements() RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  made record;
BEGIN
  FOR made IN SELECT name FROM pg_prepared_statements WHERE from_sql LOOP
    EXECUTE format('DEALLOCATE "%s"', replace(made.name, '"', '""'));
  END LOOP;
END
$$;`,
  ...forServices('forget_statements()'),
];

/**
 * Takes the role of a context that an entry let in, and has temporary objects searched after all others: those of an earlier caller would
 * otherwise hide the tables of the service. It answers the `search_path` of before. The role comes last, and no function with the
 * rights of its owner could take it. A function, because its plan is kept: as a statement it took as long as the entry itself.
 *
 * Until it has set the path, an earlier caller's temporary type hides the one of its name, so types are named with their schema, too.
 */
const takeContext: readonly string[] = [
  `CREATE OR REPLACE FUNCTION identity.take_context(entered text, context_role text) RETURNS text
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  path_before pg_catalog.text := pg_catalog.current_setting('search_path');
BEGIN
  IF (entered::pg_catalog.json OPERATOR(pg_catalog.->>) 'refusal') IS NULL THEN
    PERFORM identity.forget_statements(), pg_catalog.set_config('search_path', pg_catalog.concat_ws(', ', (
        SELECT pg_catalog.string_agg(pg_catalog.quote_ident(name), ', ' ORDER BY place)
        FROM pg_catalog.unnest(pg_catalog.current_schemas(false)) WITH ORDINALITY AS searched (name, place)
        WHERE name OPERATOR(pg_catalog.!~) '^pg_temp'
      ), 'pg_temp'), true),
      pg_catalog.set_config('row_security', 'on', true), pg_catalog.set_config('role', context_role, true);
  END IF;
  RETURN path_before;
END
$$;`,
  ...forServices('take_context(text, text)'),
];

/**
 * How `withStation` and its kind take a context and leave it.
 *
 * `clear_connection` ends what the session would otherwise keep after a context: cursors WITH HOLD, LISTEN, advisory locks, temporary
 * objects and statements that SQL prepared. All of it works in a transaction and behind PgBouncer, other than DISCARD ALL, and leaves the
 * named statements of drivers alone. Whose they are nobody can tell, so what a service made on the connection before goes, too.
 */
export const connectionFunctions: readonly string[] = [
  ...forgetStatements,
  ...takeContext,
  `CREATE OR REPLACE FUNCTION identity.clear_connection() RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  EXECUTE 'CLOSE ALL';
  EXECUTE 'UNLISTEN *';
  PERFORM pg_advisory_unlock_all(), identity.forget_statements();
  EXECUTE 'DISCARD TEMP';
END
$$;`,
  ...forServices('clear_connection()'),
  // A setting that is as before is not set: from then on it would no longer follow the configuration of the server.
  `CREATE OR REPLACE FUNCTION identity.restore_session(session_before json, is_local boolean) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  PERFORM pg_catalog.set_config(kept.key, kept.value, is_local) FROM pg_catalog.json_each_text(session_before) AS kept
  WHERE pg_catalog.current_setting(kept.key, true) OPERATOR(pg_catalog.<>) kept.value;
END
$$;`,
  ...forServices('restore_session(json, boolean)'),
  // With the rights of the caller, as it sets the role.
  `CREATE OR REPLACE FUNCTION identity.leave_context(path_before text, session_before json) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  PERFORM identity.clear_connection(), identity.restore_session(session_before, false), ${contextSettings
    .map((name) => `pg_catalog.set_config('${name}', '${outsideContexts[name]}', false)`)
    .join(', ')}, pg_catalog.set_config('search_path', path_before, false);
END
$$;`,
  ...forServices('leave_context(text, json)'),
];
