import { NotSetUp } from '../../errors.ts';
import { parseQualifiedName } from '../../registry/qualified-name.ts';
import { identifier, type Query } from '../database/query.ts';
import { laterColumnsTable } from './later-columns.ts';
import type { Obstacle } from './obstacle.ts';
import { recordTable } from './record.ts';
import { record } from './record-name.ts';
import { runsTable } from './runs.ts';

/**
 * Lists the rights that the role of a session lacks to migrate: to create the record, to alter the tables, to create in their schemas.
 *
 * @param tables The tables that the migrations alter, as `public.messages`; missing ones are ignored.
 * @param options.undo Whether rows of the record will be deleted, too.
 * @throws {NotSetUp} if the server is a standby, or the session is read-only.
 */
export async function missingRights(
  query: Query,
  tables: readonly string[],
  { undo = false }: { readonly undo?: boolean } = {},
): Promise<readonly Obstacle[]> {
  const schemas = [...new Set(tables.map((table) => parseQualifiedName(table).schema))];
  // Reads the catalogs, since to_regclass fails for a role that may not use the schema.
  const { rows } = await query(
    `WITH own AS (
       SELECT (SELECT oid FROM pg_namespace WHERE nspname = '${record.schema}') AS schema,
         (SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname || '.' || relname = '${recordTable}') AS record,
         (SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname || '.' || relname = '${runsTable}') AS runs,
         (SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname || '.' || relname = '${laterColumnsTable}') AS later
     )
     SELECT current_user AS role, current_database() AS database,
       pg_is_in_recovery() AS standby, current_setting('transaction_read_only') = 'on' AS read_only,
       CASE WHEN schema IS NULL THEN has_database_privilege(current_database(), 'CREATE')
         ELSE has_schema_privilege(schema, 'CREATE') AND has_schema_privilege(schema, 'USAGE') END AS may_create,
       schema IS NULL AS without_schema,
       coalesce(has_table_privilege(record, 'SELECT') AND has_table_privilege(record, 'INSERT'), true)
         AND (NOT $3::boolean OR coalesce(has_table_privilege(record, 'DELETE'), true))
         AND coalesce(has_table_privilege(runs, 'INSERT'), true)
         AND (NOT $3::boolean OR coalesce(has_table_privilege(later, 'INSERT') AND has_table_privilege(later, 'DELETE'), true))
         AND NOT EXISTS (
           SELECT FROM pg_depend JOIN pg_class s ON s.oid = objid
           WHERE classid = 'pg_class'::regclass AND refobjid = record AND deptype = 'a'
             -- CASE, because the planner may check the privilege before it looks at the kind.
             AND CASE s.relkind WHEN 'S' THEN NOT has_sequence_privilege(s.oid, 'USAGE') ELSE false END
         ) AS may_record,
       runs IS NOT NULL AS with_runs, later IS NOT NULL AS with_later_columns,
       (SELECT array_to_json(array_agg(nspname ORDER BY nspname)) FROM pg_namespace
        WHERE nspname = ANY ($2::text[]) AND NOT (has_schema_privilege(oid, 'CREATE') AND has_schema_privilege(oid, 'USAGE'))) AS closed_schemas,
       (SELECT array_to_json(array_agg(json_build_array(n.nspname || '.' || relname, pg_get_userbyid(relowner)) ORDER BY n.nspname || '.' || relname))
        FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
        WHERE relkind IN ('r', 'p') AND n.nspname || '.' || relname = ANY ($1::text[])
          AND NOT pg_has_role(relowner, 'USAGE')) AS foreign_tables
     FROM own`,
    [tables, schemas, undo],
  );
  const {
    role,
    database,
    standby,
    read_only: readOnly,
    foreign_tables: foreign,
    closed_schemas: closed,
    ...privileges
  } = rows[0] ?? {};
  if (standby === true || readOnly === true) {
    throw new NotSetUp({
      object: `database ${database}`,
      found: standby === true ? 'a standby, which takes no writes' : 'default_transaction_read_only = on',
      expected: 'a session that may write',
      next:
        standby === true
          ? 'connect to the primary'
          : `connect with ?options=-c%20default_transaction_read_only%3Doff, or ALTER ROLE ${identifier(String(role))} SET default_transaction_read_only = off`,
    });
  }
  const missing: Obstacle[] = [];
  const lacks = (found: string, expected: string, next: string) =>
    missing.push({ kind: 'rights', migration: null, object: `role ${role}`, found, expected, next });
  if (privileges['may_create'] !== true) {
    const [what, grant] = privileges['without_schema']
      ? [`create a schema in database ${database}`, `CREATE ON DATABASE ${identifier(String(database))}`]
      : [`create a table in schema ${record.schema}`, `CREATE, USAGE ON SCHEMA ${record.schema}`];
    lacks(
      `no right to ${what}`,
      'a role that may create the record of migrations',
      `as an administrator: GRANT ${grant} TO ${identifier(String(role))}`,
    );
  }
  if (privileges['may_record'] !== true) {
    lacks(
      `no right to read and write ${recordTable}${undo ? ', and to delete from it' : ''}`,
      'a role that may keep the record of migrations',
      `as its owner: ${[
        `SELECT, INSERT, DELETE ON ${recordTable}`,
        ...(privileges['with_runs'] ? [`SELECT, INSERT ON ${runsTable}`] : []),
        ...(undo && privileges['with_later_columns'] ? [`SELECT, INSERT, DELETE ON ${laterColumnsTable}`] : []),
        `USAGE ON SEQUENCE ${recordTable}_id_seq`,
      ]
        .map((privilege) => `GRANT ${privilege} TO ${identifier(String(role))}`)
        .join('; ')}`,
    );
  }
  const others = (foreign ?? []) as [table: string, owner: string][];
  const [first] = others;
  if (first) {
    const owners = [...new Set(others.map(([, owner]) => owner))];
    lacks(
      `${others.length} tables of ${owners.join(', ')}, ${first[0]} among them, which it may not alter`,
      'the owner of the tables, or a member of it: the migrations rename them',
      `connect as ${owners.join(' or ')}, or as an administrator: GRANT ${owners.map(identifier).join(', ')} TO ${identifier(String(role))}`,
    );
  }
  const [schema] = (closed ?? []) as string[];
  if (schema !== undefined) {
    const all = (closed as string[]).map(identifier).join(', ');
    lacks(
      `no right to create in schema ${schema}`,
      'a role that may give tables new names there, and leave views under the old ones',
      `as an administrator: GRANT CREATE, USAGE ON SCHEMA ${all} TO ${identifier(String(role))}`,
    );
  }
  return missing;
}
