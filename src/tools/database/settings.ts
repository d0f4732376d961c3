import type { Query } from './query.ts';

/** How PostgreSQL renders names and values as text, set so that the same thing always reads the same. */
const canonicalSettings: Readonly<Record<string, string>> = {
  search_path: '',
  quote_all_identifiers: 'off',
  TimeZone: 'UTC',
  DateStyle: 'ISO, YMD',
  IntervalStyle: 'postgres',
  bytea_output: 'hex',
  extra_float_digits: '1',
  xmlbinary: 'base64',
  lc_monetary: 'C',
};

/** How PostgreSQL reads our statements: as it does by default. */
const parserSettings: Readonly<Record<string, string>> = {
  standard_conforming_strings: 'on',
  array_nulls: 'on',
  transform_null_equals: 'off',
  xmloption: 'content',
  'plpgsql.variable_conflict': 'error',
  'plpgsql.extra_errors': 'none',
};

/**
 * What ends or refuses our statements. Limits that an operator sets on a database or a role are meant for the statements of services. What
 * reads or changes a whole database takes longer, and a run that a limit ends would end there every time. So for the tools no limits
 * hold but their own, above all that on waiting for locks; a command can be interrupted. What runs inside services, such as
 * `withStation`, stays within the limits that are set.
 */
const limits: Readonly<Record<string, string>> = {
  statement_timeout: '0',
  lock_timeout: '0',
  idle_in_transaction_session_timeout: '0',
  transaction_timeout: '0',
  exit_on_error: 'off',
  // `off` refuses statements on tables whose policies apply to the role.
  row_security: 'on',
  restrict_nonsystem_relation_kind: '',
};

const names = Object.keys(canonicalSettings);

/**
 * A part of a `WITH` clause that applies the canonical settings to the rest of its statement. Select from
 * `canonical_settings` first, beside the tables, and put everything that depends on a setting into the SELECT list.
 */
export const canonicalSettingsClause: string = `canonical_settings AS MATERIALIZED (
  SELECT ${names.map((name) => `set_config('${name}', '${canonicalSettings[name]}', true)`).join(',\n    ')}
)`;

/**
 * Calls `run`, whose statements use `canonicalSettingsClause`, and leaves the session as it was: outside a transaction the
 * settings end with each statement, inside one they are set back.
 */
export async function withCanonicalSettings<T>(query: Query, run: () => Promise<T>): Promise<T> {
  const current = names.map((name, index) => `current_setting('${name}') AS s${index}`);
  const { rows } = await query(`SELECT ${current.join(', ')}`);
  const result = await run();
  const previous = names.map((name, index) => `set_config('${name}', $${index + 1}::text, true)`);
  await query(
    `SELECT ${previous.join(', ')}`,
    names.map((_, index) => rows[0]?.[`s${index}`]),
  );
  return result;
}

/**
 * The statement, right after `BEGIN`, by which the transaction does the same on every database, whatever is set there for the database or
 * the role. It holds for the transaction only, so that a pooler hands no setting to the next client. It returns one row.
 *
 * @param options.searchPath Default: empty, so that every name is written with its schema. `'session'`: as it is.
 */
export function settleStatement({ searchPath = '' }: { readonly searchPath?: string } = {}): string {
  const { search_path: _, ...others } = canonicalSettings;
  const wanted = Object.entries({
    ...(searchPath !== 'session' && { search_path: searchPath }),
    ...others,
    ...parserSettings,
    ...limits,
  });
  // No version has all of them. Those of PL/pgSQL are not listed until it is loaded, and only a superuser may set them.
  return `SELECT count(set_config(wanted.name, wanted.value, true)) AS settled FROM (VALUES ${wanted
    .map(([name, value]) => `('${name}', '${value}')`)
    .join(', ')}) AS wanted (name, value)
    WHERE CASE WHEN wanted.name LIKE 'plpgsql.%' THEN has_parameter_privilege(wanted.name, 'SET')
      ELSE EXISTS (SELECT FROM pg_catalog.pg_settings AS known WHERE known.name = wanted.name) END`;
}
