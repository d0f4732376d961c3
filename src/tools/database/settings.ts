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
  lc_monetary: 'C',
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
