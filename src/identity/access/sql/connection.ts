import { contextSettings, outsideContexts, sessionSettings, signatureSetting } from '../context-settings.ts';
import { forServices } from './functions.ts';
import { isRefusal, sessionNow } from './signed-context.ts';

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

/** Calls it if there are any. With names that no temporary object takes, for functions without a search path of their own. */
const forgetStatementsIfAny = `IF EXISTS (SELECT FROM pg_catalog.pg_prepared_statements AS made WHERE made.from_sql) THEN
    PERFORM identity.forget_statements();
  END IF;`;

/**
 * Between a context and another one in it, nothing goes on that would run SQL of the one in the other: statements that SQL prepared, cursors,
 * and triggers and defaults of temporary tables. A call with the context of the call around it has no other signature, and keeps them.
 */
const clearBetweenContexts: readonly string[] = [
  `CREATE OR REPLACE FUNCTION identity.clear_between_contexts(other_signature text) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  IF pg_catalog.current_setting('${signatureSetting}', true) OPERATOR(pg_catalog.=) other_signature THEN
    RETURN;
  END IF;
  EXECUTE 'CLOSE ALL; DISCARD TEMP';
  ${forgetStatementsIfAny}
END
$$;`,
  ...forServices('clear_between_contexts(text)'),
];

const clearConnection = `EXECUTE 'CLOSE ALL; UNLISTEN *; DISCARD TEMP';
  ${forgetStatementsIfAny}`;

/**
 * Takes the role of a context that an entry let in, and has temporary objects searched after all others: those of an earlier caller would
 * otherwise hide the tables of the service. It answers the `search_path` of before. The role comes last, and no function with the
 * rights of its owner could take it. A function, because its plan is kept: as a statement it took as long as the entry itself.
 *
 * Until it has set the path, an earlier caller's temporary type hides the one of its name, so types are named with their schema, too.
 */
const takeContext: readonly string[] = [
  `CREATE OR REPLACE FUNCTION identity.take_context(entered text, context_role text, is_nested boolean) RETURNS text
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  path_before pg_catalog.text := pg_catalog.current_setting('search_path');
  own pg_catalog.text := pg_catalog.quote_ident(current_user);
  path pg_catalog.text;
BEGIN
  IF ${isRefusal('entered')} THEN
    RETURN path_before;
  END IF;
  IF is_nested THEN
    PERFORM identity.clear_between_contexts(entered::pg_catalog.json OPERATOR(pg_catalog.#>>) '{settings,${contextSettings.indexOf(signatureSetting)}}');
  END IF;
  ${forgetStatementsIfAny}
  IF path_before OPERATOR(pg_catalog.=) '"$user", public' THEN
    -- The default needs no query. The role of the context has another "$user".
    path := pg_catalog.concat(CASE WHEN pg_catalog.to_regnamespace(own) IS NOT NULL THEN pg_catalog.concat(own, ', ') END, 'public, pg_temp');
  ELSE
    path := pg_catalog.concat_ws(', ', (
      SELECT pg_catalog.string_agg(pg_catalog.quote_ident(name), ', ' ORDER BY place)
      FROM pg_catalog.unnest(pg_catalog.current_schemas(false)) WITH ORDINALITY AS searched (name, place)
      WHERE name OPERATOR(pg_catalog.!~) '^pg_temp'
    ), 'pg_temp');
  END IF;
  path := pg_catalog.concat(pg_catalog.set_config('search_path', path, true), pg_catalog.set_config('row_security', 'on', true),
    pg_catalog.set_config('role', context_role, true));
  RETURN path_before;
END
$$;`,
  ...forServices('take_context(text, text, boolean)'),
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
  ...clearBetweenContexts,
  ...takeContext,
  `CREATE OR REPLACE FUNCTION identity.clear_connection() RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  ignored text;
BEGIN
  ${clearConnection}
  ignored := pg_advisory_unlock_all();
END
$$;`,
  ...forServices('clear_connection()'),
  // A setting that is as before is not set: from then on it would no longer follow the configuration of the server.
  `CREATE OR REPLACE FUNCTION identity.restore_session(session_before text, is_local boolean) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  IF ${sessionNow} OPERATOR(pg_catalog.<>) session_before THEN
    PERFORM pg_catalog.set_config(kept.name, kept.value, is_local)
    FROM ROWS FROM (
      pg_catalog.unnest('{${sessionSettings.join(',')}}'::pg_catalog.text[]), pg_catalog.json_array_elements_text(session_before::pg_catalog.json)
    ) AS kept (name, value)
    WHERE pg_catalog.current_setting(kept.name, true) OPERATOR(pg_catalog.<>) kept.value;
  END IF;
END
$$;`,
  ...forServices('restore_session(text, boolean)'),
  // With the rights of the caller, as it sets the role. What the others do is written out here, because each call of one costs.
  `CREATE OR REPLACE FUNCTION identity.leave_context(path_before text, session_before text) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  ignored pg_catalog.text;
BEGIN
  ${clearConnection}
  IF ${sessionNow} OPERATOR(pg_catalog.<>) session_before THEN
    PERFORM identity.restore_session(session_before, false);
  END IF;
  ignored := pg_catalog.concat(pg_catalog.pg_advisory_unlock_all(), ${contextSettings
    .map((name) => `pg_catalog.set_config('${name}', '${outsideContexts[name]}', false)`)
    .join(', ')}, pg_catalog.set_config('search_path', path_before, false));
END
$$;`,
  ...forServices('leave_context(text, text)'),
];
