import { literal, type Query } from '../database/query.ts';
import { derivedNames } from './derived-names-sql.ts';
import { laterColumnsTable } from './later-columns.ts';

/** The names to look up, with their schemas as in `public.messages`; parts by the table that they belong to. */
export interface WantedNames {
  readonly schemas: readonly string[];
  /** Tables, views, sequences, indexes and types. */
  readonly relations: readonly string[];
  /** With their input types, as `identity.refuse(regclass)`. */
  readonly functions: readonly string[];
  /** The tables of which every column, constraint, trigger, policy, rule, parent and child counts. */
  readonly tables: readonly string[];
}

/** An object that exists. `isOurs`: the role of this session owns it, or is a member of its owner. */
export interface ExistingObject {
  readonly kind: string;
  /** Without its table if it belongs to one. */
  readonly name: string;
  /** The table that it belongs to; of a view the tables that it reads, separated by commas. */
  readonly of: string | null;
  readonly owner: string | null;
  readonly isOurs: boolean | null;
  /** A column's type, a child's columns, whether a table is a partition of its parent, the names of a key's columns in alphabetical order. */
  readonly detail: string | null;
}

const relationName = `n.nspname || '.' || c.relname`;
const owned = (owner: string) => `pg_get_userbyid(${owner})::text AS owner, pg_has_role(${owner}, 'USAGE') AS "isOurs"`;
const part = `NULL::text AS owner, NULL::boolean AS "isOurs"`;
const relationKind = (kind: string) =>
  `CASE ${kind} WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table' WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view'
    WHEN 'S' THEN 'sequence' WHEN 'f' THEN 'foreign table' WHEN 'c' THEN 'composite type' ELSE 'index' END`;

const columnList = (table: string, numbers: string) =>
  `SELECT string_agg(CASE number WHEN 0 THEN 'an expression' ELSE attname::text END, ', ' ORDER BY attname)
   FROM unnest(${numbers}) AS number LEFT JOIN pg_attribute ON attrelid = ${table} AND attnum = number AND number > 0`;

/**
 * Looks up in the catalogs what exists under these names, in one statement. It reads no table, and casts no name: a cast fails for a
 * role that may not use the schema.
 */
export async function existingObjects(query: Query, wanted: WantedNames): Promise<readonly ExistingObject[]> {
  const { rows } = await query(
    `WITH own AS (
       SELECT c.*, ${relationName} AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE ${relationName} = ANY ($4::text[]) AND c.relkind IN ('r', 'p')
     )
     SELECT 'schema' AS kind, nspname::text AS name, NULL::text AS of, ${owned('nspowner')}, NULL::text AS detail
     FROM pg_namespace WHERE nspname = ANY ($1::text[])
     UNION ALL
     SELECT ${relationKind('c.relkind')}, ${relationName},
       CASE WHEN c.relkind IN ('i', 'I') THEN
         (SELECT tn.nspname || '.' || t.relname FROM pg_index JOIN pg_class t ON t.oid = indrelid JOIN pg_namespace tn ON tn.oid = t.relnamespace
          WHERE indexrelid = c.oid)
       WHEN c.relkind = 'v' THEN
         (SELECT string_agg(DISTINCT tn.nspname || '.' || t.relname, ',') FROM pg_rewrite
          JOIN pg_depend ON classid = 'pg_rewrite'::regclass AND objid = pg_rewrite.oid AND refclassid = 'pg_class'::regclass
          JOIN pg_class t ON t.oid = refobjid AND t.oid <> c.oid JOIN pg_namespace tn ON tn.oid = t.relnamespace
          WHERE ev_class = c.oid)
       END, ${owned('c.relowner')}, NULL
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${relationName} = ANY ($2::text[])
     UNION ALL
     SELECT CASE typtype WHEN 'e' THEN 'enum' WHEN 'd' THEN 'domain' ELSE 'type' END, n.nspname || '.' || typname, NULL, ${owned('typowner')}, NULL
     FROM pg_type t JOIN pg_namespace n ON n.oid = typnamespace
     WHERE n.nspname || '.' || typname = ANY ($2::text[]) AND typrelid = 0 AND typtype <> 'p'
       AND NOT EXISTS (SELECT FROM pg_type element WHERE element.typarray = t.oid)
     UNION ALL
     SELECT 'function', n.nspname || '.' || proname || '(' || oidvectortypes(proargtypes) || ')', NULL, ${owned('proowner')}, NULL
     FROM pg_proc JOIN pg_namespace n ON n.oid = pronamespace
     WHERE n.nspname || '.' || proname || '(' || oidvectortypes(proargtypes) || ')' = ANY ($3::text[])
     UNION ALL
     SELECT 'column', attname::text, own.name, ${part}, format_type(atttypid, atttypmod)
     FROM own JOIN pg_attribute ON attrelid = own.oid AND attnum > 0 AND NOT attisdropped
     UNION ALL
     SELECT 'constraint', conname::text, own.name, ${part}, NULL
     FROM own JOIN pg_constraint ON conrelid = own.oid
     UNION ALL
     SELECT 'trigger', tgname::text, own.name, ${part}, NULL FROM own JOIN pg_trigger ON tgrelid = own.oid AND NOT tgisinternal
     UNION ALL
     SELECT 'policy', polname::text, own.name, ${part}, NULL FROM own JOIN pg_policy ON polrelid = own.oid
     UNION ALL
     SELECT 'rule', rulename::text, own.name, ${part}, NULL FROM own JOIN pg_rewrite ON ev_class = own.oid AND ev_enabled IN ('O', 'A')
     UNION ALL
     SELECT 'key', c.relname::text, own.name, ${part}, (${columnList('own.oid', '(indkey::int2[])[0:indnkeyatts - 1]')})
     FROM own JOIN pg_index ON indrelid = own.oid AND indisunique AND indimmediate AND indisvalid AND indpred IS NULL AND indexprs IS NULL
     JOIN pg_class c ON c.oid = indexrelid
     UNION ALL
     SELECT 'partition key', pg_get_partkeydef(own.oid), own.name, ${part}, (${columnList('own.oid', 'partattrs::int2[]')})
     FROM own JOIN pg_partitioned_table ON partrelid = own.oid
     UNION ALL
     SELECT 'child', ${relationName}, own.name, ${owned('c.relowner')},
       (SELECT string_agg(attname, ',') FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped)
     FROM own JOIN pg_inherits ON inhparent = own.oid JOIN pg_class c ON c.oid = inhrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     UNION ALL
     SELECT 'parent', ${relationName}, own.name, ${owned('c.relowner')}, CASE c.relkind WHEN 'p' THEN 'partition' ELSE 'child' END
     FROM own JOIN pg_inherits ON inhrelid = own.oid JOIN pg_class c ON c.oid = inhparent JOIN pg_namespace n ON n.oid = c.relnamespace`,
    [wanted.schemas, wanted.relations, wanted.functions, wanted.tables],
  );
  return rows as unknown as readonly ExistingObject[];
}

/** An index or constraint of a table that would get a name that another relation has. */
export interface TakenName {
  /** As `public.idx_messages_id` and `public.idx_customer_messages_id`. */
  readonly name: string;
  readonly newName: string;
  /** The kind of the relation that has it, and its table if it is an index. */
  readonly kind: string;
  readonly of: string | null;
}

/**
 * Finds the names that a rename would give to indexes of a table, and that other relations have.
 *
 * @param names.at Where the table stands now: it goes to the schema of `from` before it is renamed.
 */
export async function takenNames(
  query: Query,
  { at, from, to }: { readonly at: string; readonly from: string; readonly to: string },
): Promise<readonly TakenName[]> {
  const [schema = '', oldWord = ''] = from.split('.');
  const [, newWord = ''] = to.split('.');
  const table = `(SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE ${relationName} = ${literal(at)})`;
  const { rows } = await query(
    `SELECT ${literal(at.split('.')[0] ?? '')} || '.' || derived.name AS name, ${literal(schema)} || '.' || derived.new_name AS "newName",
       ${relationKind('c.relkind')} AS kind, tn.nspname || '.' || t.relname AS of
     FROM (${derivedNames(table, { oldWord, newWord })}) AS derived
     JOIN pg_class c ON c.relname = derived.new_name
     JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = ${literal(schema)}
     LEFT JOIN pg_index ON indexrelid = c.oid LEFT JOIN pg_class t ON t.oid = indrelid LEFT JOIN pg_namespace tn ON tn.oid = t.relnamespace
     WHERE derived.relation AND indrelid IS DISTINCT FROM ${table}`,
  );
  return rows as unknown as readonly TakenName[];
}

/** The roles that may read some columns of a table and not all of it: its view would show them nothing. */
export async function readersOfSomeColumns(
  query: Query,
  tables: readonly string[],
): Promise<readonly { readonly table: string; readonly role: string; readonly columns: string }[]> {
  const { rows: found } = await query(
    `SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${relationName} = '${laterColumnsTable}'`,
  );
  // The view leaves out the columns that came after its table was renamed before.
  const isLater =
    found.length === 0
      ? 'false'
      : `EXISTS (SELECT FROM ${laterColumnsTable} WHERE old_name = ${relationName} AND column_name = attname)`;
  const { rows } = await query(
    `SELECT ${relationName} AS table, CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END AS role,
       string_agg(DISTINCT quote_ident(attname), ', ') AS columns
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute ON attrelid = c.oid AND NOT attisdropped
     CROSS JOIN LATERAL aclexplode(attacl)
     WHERE ${relationName} = ANY ($1::text[]) AND privilege_type = 'SELECT' AND NOT ${isLater}
       AND NOT CASE grantee WHEN 0 THEN has_table_privilege('public', c.oid, 'SELECT') ELSE has_table_privilege(grantee, c.oid, 'SELECT') END
     GROUP BY 1, 2 ORDER BY 1, 2`,
    [tables],
  );
  return rows as never;
}

/**
 * The publications that send the updates of a table and have too few columns to tell its rows by: no replica identity, a filter over
 * other columns, or a list without all of them. `listsColumns`: it has such a list.
 */
export async function publicationsThatRefuseUpdates(
  query: Query,
  table: string,
): Promise<readonly { readonly name: string; readonly listsColumns: boolean }[]> {
  const { rows } = await query(
    `WITH own AS (
       SELECT c.oid, c.relnamespace, CASE c.relreplident
         WHEN 'f' THEN ARRAY(SELECT attnum FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped)
         ELSE (SELECT ARRAY(SELECT unnest(indkey)) FROM pg_index
           WHERE indrelid = c.oid AND CASE c.relreplident WHEN 'd' THEN indisprimary WHEN 'i' THEN indisreplident ELSE false END)
         END AS identity
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${relationName} = $1
     )
     SELECT pubname::text AS name, coalesce(prattrs IS NOT NULL, false) AS "listsColumns"
     FROM own JOIN pg_publication p ON pubupdate
     LEFT JOIN pg_publication_rel ON prpubid = p.oid AND prrelid = own.oid
     WHERE (puballtables OR prrelid IS NOT NULL
         OR EXISTS (SELECT FROM pg_publication_namespace WHERE pnpubid = p.oid AND pnnspid = own.relnamespace))
       AND (own.identity IS NULL
         OR NOT ARRAY(SELECT number[1]::int2 FROM regexp_matches(prqual::text, ':varattno (\\d+)', 'g') AS number) <@ own.identity
         OR (prattrs IS NOT NULL AND NOT own.identity <@ ARRAY(SELECT unnest(prattrs))))
     ORDER BY pubname`,
    [table],
  );
  return rows as never;
}

/** The tables of ours that Citus distributes or copies to its workers, as `public.bookings`. Empty on a database without Citus. */
export async function tablesOnWorkers(query: Query, tables: readonly string[]): Promise<readonly string[]> {
  const { rows: found } = await query(
    `SELECT quote_ident(n.nspname) AS schema FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relname = 'pg_dist_partition' AND n.nspname IN ('pg_catalog', 'citus')`,
  );
  const [catalog] = found;
  if (!catalog) return [];
  // A table that Citus only knows (partmethod n, repmodel s, no colocation) is whole on the coordinator, where its policies hold.
  const { rows } = await query(
    `SELECT ${relationName} AS name FROM ${catalog['schema']}.pg_dist_partition AS distributed
     JOIN pg_class c ON c.oid = distributed.logicalrel::oid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE ${relationName} = ANY ($1::text[])
       AND NOT (distributed.partmethod = 'n' AND distributed.repmodel = 's' AND distributed.colocationid = 0)
     ORDER BY 1`,
    [tables],
  );
  return rows.map(({ name }) => String(name));
}

/** Which of these roles the server has, and whether the role of this session may create them. */
export async function rolesOfServer(
  query: Query,
  names: readonly string[],
): Promise<{ readonly present: readonly string[]; readonly mayCreate: boolean; readonly role: string }> {
  const { rows } = await query(
    `SELECT current_user::text AS role, (SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user) AS may_create,
       (SELECT json_agg(rolname) FROM pg_roles WHERE rolname = ANY ($1::text[])) AS present`,
    [names],
  );
  const { role, may_create: mayCreate, present } = rows[0] ?? {};
  return { present: (present ?? []) as string[], mayCreate: mayCreate === true, role: String(role) };
}

/** An event trigger: its function runs with the statements of a migration, and may refuse them. */
export interface EventTrigger {
  readonly name: string;
  /** As `public.refuse_ddl`. */
  readonly function: string;
  /** As `ddl_command_end`. */
  readonly event: string;
}

/** The event triggers that are switched on. What they would do is not known before they run. */
export async function enabledEventTriggers(query: Query): Promise<readonly EventTrigger[]> {
  const { rows } = await query(
    `SELECT evtname::text AS name, n.nspname || '.' || proname AS function, evtevent::text AS event
     FROM pg_event_trigger JOIN pg_proc p ON p.oid = evtfoid JOIN pg_namespace n ON n.oid = pronamespace
     WHERE evtenabled IN ('O', 'A') AND evtevent <> 'login' ORDER BY evtname`,
  );
  return rows as unknown as readonly EventTrigger[];
}
