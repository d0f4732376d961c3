import type { ServerDatabase } from './databases.ts';

/** What an operator may set on a database or a role, each with a value that is unlike the default. */
export const oddSettings: readonly (readonly [name: string, value: string])[] = [
  // How names and values are written.
  ['search_path', 'nowhere, identity'],
  ['quote_all_identifiers', 'on'],
  ['TimeZone', 'Asia/Kathmandu'],
  ['DateStyle', 'SQL, DMY'],
  ['IntervalStyle', 'sql_standard'],
  ['bytea_output', 'escape'],
  ['extra_float_digits', '-15'],
  ['xmlbinary', 'hex'],
  // How statements are read.
  ['standard_conforming_strings', 'off'],
  ['backslash_quote', 'off'],
  ['array_nulls', 'off'],
  ['transform_null_equals', 'on'],
  ['xmloption', 'document'],
  ['check_function_bodies', 'off'],
  ['client_encoding', 'LATIN1'],
  ['plpgsql.variable_conflict', 'use_column'],
  ['plpgsql.extra_errors', 'all'],
  // What ends or refuses statements.
  ['statement_timeout', '59s'],
  ['lock_timeout', '58s'],
  ['idle_in_transaction_session_timeout', '57s'],
  ['row_security', 'off'],
  ['default_transaction_isolation', 'serializable'],
  ['default_transaction_deferrable', 'on'],
];

/** Those that only later versions have. */
export const laterOddSettings: readonly (readonly [name: string, value: string, major: number])[] = [
  ['transaction_timeout', '56s', 17],
  ['restrict_nonsystem_relation_kind', 'view', 17],
];

/** The settings that a version has. */
export function oddSettingsOf(major: number): readonly (readonly [name: string, value: string])[] {
  return [
    ...oddSettings,
    ...laterOddSettings.flatMap(([name, value, since]) => (major >= since ? [[name, value] as const] : [])),
  ];
}

/** Sets one on the database, or on a role in this database. It holds for sessions that begin later. */
export async function setOdd(
  { exec, name: database }: Pick<ServerDatabase, 'exec' | 'name'>,
  [name, value]: readonly [string, string],
  role?: string,
): Promise<void> {
  const target = role === undefined ? `DATABASE ${database}` : `ROLE ${role} IN DATABASE ${database}`;
  // A search_path is a list of names.
  await exec(`ALTER ${target} SET ${name} = ${name === 'search_path' ? value : `'${value}'`}`);
}
