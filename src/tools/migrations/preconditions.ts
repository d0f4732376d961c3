import type { Query } from '../database/query.ts';
import { Failure } from '../failure.ts';
import { recordTable } from './record.ts';

/**
 * Says what keeps a session from migrating before anything is tried.
 *
 * @param tables The tables that the migrations alter, as `public.messages`; those that are not there are passed over.
 * @throws {Failure} with exit code 2 where the server is a standby, the session is read-only, or its role may not make the record or
 * alter the tables.
 */
export async function assertMayMigrate(query: Query, tables: readonly string[]): Promise<void> {
  const { rows } = await query(
    `SELECT current_user AS role, current_database() AS database,
       pg_is_in_recovery() AS standby, current_setting('transaction_read_only') = 'on' AS read_only,
       CASE WHEN to_regnamespace('drizzle') IS NULL THEN has_database_privilege(current_database(), 'CREATE')
         ELSE has_schema_privilege(to_regnamespace('drizzle'), 'CREATE')
           AND has_schema_privilege(to_regnamespace('drizzle'), 'USAGE') END AS may_create,
       to_regnamespace('drizzle') IS NULL AS without_schema,
       coalesce(has_table_privilege(to_regclass('${recordTable}'), 'SELECT')
         AND has_table_privilege(to_regclass('${recordTable}'), 'INSERT'), true) AS may_record,
       (SELECT array_to_json(array_agg(json_build_array(c.oid::regclass::text, pg_get_userbyid(relowner)) ORDER BY c.oid::regclass::text))
        FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
        WHERE relkind = 'r' AND n.nspname || '.' || relname = ANY ($1::text[])
          AND NOT pg_has_role(relowner, 'USAGE')) AS foreign_tables`,
    [tables],
  );
  const { role, database, standby, read_only: readOnly, foreign_tables: foreign, ...privileges } = rows[0] ?? {};
  if (standby === true || readOnly === true) {
    throw new Failure({
      object: `database ${database}`,
      found: standby === true ? 'a standby, which takes no writes' : 'default_transaction_read_only = on',
      expected: 'a session that may write',
      next:
        standby === true
          ? 'connect to the primary'
          : `connect with ?options=-c%20default_transaction_read_only%3Doff, or ALTER ROLE ${role} SET default_transaction_read_only = off`,
      exitCode: 2,
    });
  }
  if (privileges['may_create'] !== true) {
    const [what, grant] = privileges['without_schema']
      ? [`create a schema in database ${database}`, `CREATE ON DATABASE "${database}"`]
      : ['create a table in schema drizzle', 'CREATE, USAGE ON SCHEMA drizzle'];
    throw new Failure({
      object: `role ${role}`,
      found: `no right to ${what}`,
      expected: 'a role that may make the record of migrations',
      next: `as an administrator: GRANT ${grant} TO "${role}"`,
      exitCode: 2,
    });
  }
  if (privileges['may_record'] !== true) {
    throw new Failure({
      object: `role ${role}`,
      found: `no right to read and write ${recordTable}`,
      expected: 'a role that may keep the record of migrations',
      next: `as its owner: GRANT SELECT, INSERT, DELETE ON ${recordTable} TO "${role}"; GRANT USAGE ON SEQUENCE ${recordTable}_id_seq TO "${role}"`,
      exitCode: 2,
    });
  }
  const others = (foreign ?? []) as [table: string, owner: string][];
  const [first] = others;
  if (first) {
    const owners = [...new Set(others.map(([, owner]) => owner))];
    throw new Failure({
      object: `role ${role}`,
      found: `${others.length} tables of ${owners.join(', ')}, ${first[0]} among them, which it may not alter`,
      expected: 'the owner of the tables, or a member of it: the migrations rename them',
      next: `connect as ${owners.join(' or ')}, or as an administrator: GRANT ${owners.map((owner) => `"${owner}"`).join(', ')} TO "${role}"`,
      exitCode: 2,
    });
  }
}
