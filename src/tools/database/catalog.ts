import { canonicalSettingsClause } from './settings.ts';

/** One kind of catalog object, as SQL: expressions over `from`. */
interface CatalogPart {
  /** The kind, as SQL; a quoted text if all are of one kind. */
  readonly kind: string;
  readonly name: string;
  /** The table or view that it belongs to. */
  readonly table?: string;
  /** Arguments for `jsonb_build_object`. NULL for a property that does not apply. */
  readonly properties: string;
  /** The catalog and the object id under which comments on it are kept, and the number of the column. */
  readonly comment: readonly [catalog: string, id: string, column?: string];
  readonly owner?: string;
  /** The privileges on it, and the letter by which `acldefault` knows the default ones. */
  readonly privileges?: readonly [list: string, letter: string];
  /** After `FROM canonical_settings`, with the joins and the condition. */
  readonly from: string;
}

/** What a user can set for a column. A server may keep options of its own there: Debian's 15.20 has `pg_attver` for each column. */
const columnOptions = ['n_distinct', 'n_distinct_inherited'];

/** What a user can set for a table, view or index: the storage parameters of PostgreSQL 15 to 18. */
const storageParameters = [
  // tables
  'autovacuum_[a-z_]+',
  'fillfactor',
  'log_autovacuum_min_duration',
  'parallel_workers',
  'toast_tuple_target',
  'user_catalog_table',
  'vacuum_index_cleanup',
  'vacuum_max_eager_freeze_failure_rate',
  'vacuum_truncate',
  // views
  'check_option',
  'security_barrier',
  'security_invoker',
  // indexes
  'autosummarize',
  'buffering',
  'deduplicate_items',
  'fastupdate',
  'gin_pending_list_limit',
  'pages_per_range',
];

/**
 * An index of a partitioned table without `ONLY`, which PostgreSQL puts there for scripts that attach the partitions' indexes one by one:
 * whether all of them are there is what `valid` says.
 */
const indexDefinition = `CASE c.relkind WHEN 'I'
          THEN replace(pg_get_indexdef(c.oid), format('INDEX %I ON ONLY ', c.relname), format('INDEX %I ON ', c.relname))
          ELSE pg_get_indexdef(c.oid) END`;

/**
 * One statement over all catalogs. Its parameters are two JSON arrays of texts: schemas to leave out, and tables to leave out.
 * It returns one column, `object`: a JSON text of kind, name, table, properties, owner, grants and comment, without those that
 * do not apply.
 *
 * How catalogs render text depends on settings of the session, above all `search_path`. So each part selects from
 * `canonical_settings` first, and calls the functions that render text in its SELECT list only, after the join.
 */
export const catalogStatement: string = `
WITH ${canonicalSettingsClause},
passed_schema AS (SELECT json_array_elements_text($1::json) AS name),
passed_table AS (SELECT json_array_elements_text($2::json) AS name),
-- Materialized, so that names are not quoted before the settings hold.
schema AS MATERIALIZED (
  SELECT n.oid, n.nspname, quote_ident(n.nspname) AS name, n.nspowner, n.nspacl
  FROM canonical_settings CROSS JOIN pg_catalog.pg_namespace n
  WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND n.nspname NOT IN (SELECT name FROM passed_schema)
),
extension_member AS (
  SELECT d.classid, d.objid FROM pg_catalog.pg_depend d WHERE d.deptype = 'e'
),
relation AS (
  SELECT c.*, format('%s.%I', s.name, c.relname) AS name
  FROM pg_catalog.pg_class c
  JOIN schema s ON s.oid = c.relnamespace
  WHERE (${notInExtension('pg_class', 'c.oid')})
    AND format('%s.%I', s.name, c.relname) NOT IN (SELECT name FROM passed_table)
),
owned_sequence AS (
  SELECT d.objid AS sequence, d.refobjid AS relation, d.refobjsubid AS attribute, d.deptype
  FROM pg_catalog.pg_depend d
  WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.refclassid = 'pg_catalog.pg_class'::regclass
    AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0
),
not_null_not_validated AS MATERIALIZED (
  SELECT k.conrelid, k.conkey FROM pg_catalog.pg_constraint k WHERE k.contype = 'n' AND NOT k.convalidated
)
${parts().map(select).join('\nUNION ALL\n')}`;

function parts(): CatalogPart[] {
  return [
    {
      kind: `'schema'`,
      name: 's.name',
      properties: '',
      comment: ['pg_namespace', 's.oid'],
      owner: 's.nspowner',
      privileges: ['s.nspacl', 'n'],
      from: `schema s WHERE (${notInExtension('pg_namespace', 's.oid')})`,
    },
    {
      kind: `'extension'`,
      name: 'quote_ident(e.extname)',
      properties: `'schema', n.nspname, 'version', e.extversion`,
      comment: ['pg_extension', 'e.oid'],
      owner: 'e.extowner',
      from: 'pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace',
    },
    {
      kind: `CASE t.typtype WHEN 'e' THEN 'enum' WHEN 'd' THEN 'domain' ELSE 'range type' END`,
      name: `format('%s.%I', s.name, t.typname)`,
      // typdefault holds the same as typdefaultbin, and is NULL for types without a default.
      properties: `
        'labels', (
          SELECT jsonb_agg(l.enumlabel ORDER BY l.enumsortorder) FROM pg_catalog.pg_enum l WHERE l.enumtypid = t.oid
        ),
        'type', CASE t.typtype WHEN 'd' THEN format_type(t.typbasetype, t.typtypmod) END,
        'notNull', CASE t.typtype WHEN 'd' THEN t.typnotnull END,
        'default', pg_get_expr(t.typdefaultbin, 0),
        'collation', CASE t.typtype WHEN 'd' THEN nullif(t.typcollation, b.typcollation)::regcollation::text END,
        'subtype', format_type(r.rngsubtype, NULL),
        'subtypeOperators', (
          SELECT format('%I.%I', n.nspname, o.opcname) FROM pg_catalog.pg_opclass o
          JOIN pg_catalog.pg_namespace n ON n.oid = o.opcnamespace WHERE o.oid = r.rngsubopc
        )`,
      comment: ['pg_type', 't.oid'],
      owner: 't.typowner',
      privileges: ['t.typacl', 'T'],
      from: `pg_catalog.pg_type t JOIN schema s ON s.oid = t.typnamespace
        LEFT JOIN pg_catalog.pg_type b ON b.oid = t.typbasetype
        LEFT JOIN pg_catalog.pg_range r ON r.rngtypid = t.oid
        WHERE t.typtype IN ('e', 'd', 'r') AND (${notInExtension('pg_type', 't.oid')})`,
    },
    {
      kind: `'composite type'`,
      name: 'c.name',
      properties: `'attributes', ${columnsOf('c', ` || ' ' || format_type(a.atttypid, a.atttypmod)`)}`,
      comment: ['pg_class', 'c.oid'],
      owner: 'c.relowner',
      from: `relation c WHERE c.relkind = 'c'`,
    },
    {
      kind: `'sequence'`,
      name: 'c.name',
      properties: `
        'type', format_type(q.seqtypid, NULL), 'start', q.seqstart::text, 'increment', q.seqincrement::text,
        'minimum', q.seqmin::text, 'maximum', q.seqmax::text, 'cache', q.seqcache::text, 'cycle', q.seqcycle,
        'persistence', ${persistence('c')},
        'column', t.name || '.' || quote_ident(a.attname),
        'identity', o.deptype = 'i'`,
      table: 't.name',
      comment: ['pg_class', 'c.oid'],
      owner: 'c.relowner',
      privileges: ['c.relacl', 's'],
      // A sequence that belongs to a left-out table is left out with it.
      from: `relation c JOIN pg_catalog.pg_sequence q ON q.seqrelid = c.oid
        LEFT JOIN owned_sequence o ON o.sequence = c.oid
        LEFT JOIN relation t ON t.oid = o.relation
        LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum = o.attribute
        WHERE o.relation IS NULL OR t.oid IS NOT NULL`,
    },
    {
      kind: `'table'`,
      name: 'c.name',
      properties: `
        'kind', CASE c.relkind WHEN 'r' THEN 'ordinary' WHEN 'p' THEN 'partitioned' ELSE 'foreign' END,
        'persistence', ${persistence('c')},
        'columns', ${columnsOf('c', '')},
        'rowSecurity', c.relrowsecurity, 'forceRowSecurity', c.relforcerowsecurity,
        'replicaIdentity',
          CASE c.relreplident WHEN 'd' THEN 'default' WHEN 'n' THEN 'nothing' WHEN 'f' THEN 'full' ELSE 'index' END,
        'options', ${options('c.reloptions', storageParameters)},
        'partitionKey', CASE c.relkind WHEN 'p' THEN pg_get_partkeydef(c.oid) END,
        'partitionBound', pg_get_expr(c.relpartbound, c.oid),
        'inherits', (
          SELECT jsonb_agg(i.inhparent::regclass::text ORDER BY i.inhseqno)
          FROM pg_catalog.pg_inherits i WHERE i.inhrelid = c.oid
        )`,
      comment: ['pg_class', 'c.oid'],
      owner: 'c.relowner',
      privileges: ['c.relacl', 'r'],
      from: `relation c WHERE c.relkind IN ('r', 'p', 'f')`,
    },
    {
      kind: `'view'`,
      name: 'c.name',
      properties: `
        'kind', CASE c.relkind WHEN 'v' THEN 'ordinary' ELSE 'materialized' END,
        'definition', pg_get_viewdef(c.oid),
        'columns', ${columnsOf('c', '')},
        'options', ${options('c.reloptions', storageParameters)},
        'populated', CASE c.relkind WHEN 'm' THEN c.relispopulated END`,
      comment: ['pg_class', 'c.oid'],
      owner: 'c.relowner',
      privileges: ['c.relacl', 'r'],
      from: `relation c WHERE c.relkind IN ('v', 'm')`,
    },
    {
      kind: `'column'`,
      name: `format('%s.%I', c.name, a.attname)`,
      table: 'c.name',
      properties: `
        'type', format_type(a.atttypid, a.atttypmod),
        'notNull', a.attnotnull,
        'notNullValidated', (
          SELECT false FROM not_null_not_validated k WHERE k.conrelid = c.oid AND k.conkey = ARRAY[a.attnum]
        ),
        'default', CASE a.attgenerated WHEN '' THEN pg_get_expr(d.adbin, d.adrelid) END,
        'identity', CASE a.attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'by default' END,
        'generated', CASE WHEN a.attgenerated <> '' THEN pg_get_expr(d.adbin, d.adrelid) END,
        'generatedKind', CASE a.attgenerated WHEN 's' THEN 'stored' WHEN 'v' THEN 'virtual' END,
        'collation', nullif(a.attcollation, t.typcollation)::regcollation::text,
        'storage', CASE WHEN a.attstorage <> t.typstorage THEN a.attstorage::text END,
        'compression', nullif(a.attcompression::text, ''),
        'statistics', CASE WHEN a.attstattarget >= 0 THEN a.attstattarget END,
        'options', ${options('a.attoptions', columnOptions)}`,
      comment: ['pg_class', 'c.oid', 'a.attnum'],
      privileges: ['a.attacl', 'c'],
      from: `relation c
        JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
        LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
        WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm')`,
    },
    {
      kind: `'constraint'`,
      name: `format('%s.%I', coalesce(c.name, format('%s.%I', s.name, t.typname)), k.conname)`,
      table: 'c.name',
      properties: `
        'type', CASE k.contype
          WHEN 'p' THEN 'primary key' WHEN 'u' THEN 'unique' WHEN 'f' THEN 'foreign key' WHEN 'c' THEN 'check'
          WHEN 'x' THEN 'exclusion' ELSE 'trigger' END,
        'definition', pg_get_constraintdef(k.oid),
        'validated', k.convalidated, 'deferrable', k.condeferrable, 'deferred', k.condeferred`,
      comment: ['pg_constraint', 'k.oid'],
      // NOT NULL (n) is a constraint from PostgreSQL 18 on, and for domains from 17 on. It is reported as notNull, as before.
      from: `pg_catalog.pg_constraint k
        LEFT JOIN relation c ON c.oid = k.conrelid
        LEFT JOIN pg_catalog.pg_type t ON t.oid = k.contypid
        LEFT JOIN schema s ON s.oid = t.typnamespace
        WHERE k.contype <> 'n' AND (c.oid IS NOT NULL OR s.oid IS NOT NULL)`,
    },
    {
      kind: `'index'`,
      name: 'c.name',
      table: 't.name',
      properties: `
        'definition', CASE WHEN c.reloptions IS NULL THEN ${indexDefinition} ELSE replace(
          ${indexDefinition}, ${withClause('c.reloptions')}, ${withClause(`ARRAY(${known('c.reloptions', storageParameters)})`)}
        ) END,
        'unique', i.indisunique, 'primary', i.indisprimary, 'valid', i.indisvalid, 'ready', i.indisready,
        'clustered', nullif(i.indisclustered, false), 'replicaIdentity', nullif(i.indisreplident, false)`,
      comment: ['pg_class', 'c.oid'],
      from: `relation c JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid JOIN relation t ON t.oid = i.indrelid`,
    },
    {
      kind: `'statistics'`,
      name: `format('%s.%I', s.name, x.stxname)`,
      table: 't.name',
      properties: `'definition', pg_get_statisticsobjdef(x.oid)`,
      comment: ['pg_statistic_ext', 'x.oid'],
      owner: 'x.stxowner',
      from: `pg_catalog.pg_statistic_ext x JOIN schema s ON s.oid = x.stxnamespace JOIN relation t ON t.oid = x.stxrelid`,
    },
    {
      kind: `'trigger'`,
      name: `format('%s.%I', c.name, g.tgname)`,
      table: 'c.name',
      properties: `'definition', pg_get_triggerdef(g.oid), 'enabled', ${enabled('g.tgenabled')}`,
      comment: ['pg_trigger', 'g.oid'],
      from: `relation c JOIN pg_catalog.pg_trigger g ON g.tgrelid = c.oid AND NOT g.tgisinternal`,
    },
    {
      kind: `'policy'`,
      name: `format('%s.%I', c.name, p.polname)`,
      table: 'c.name',
      properties: `
        'permissive', p.polpermissive,
        'command', CASE p.polcmd
          WHEN 'r' THEN 'select' WHEN 'a' THEN 'insert' WHEN 'w' THEN 'update' WHEN 'd' THEN 'delete' ELSE 'all' END,
        'roles', (
          SELECT jsonb_agg(${roleName('member')} ORDER BY ${roleName('member')} COLLATE "C")
          FROM unnest(p.polroles) AS member
        ),
        'using', pg_get_expr(p.polqual, p.polrelid),
        'check', pg_get_expr(p.polwithcheck, p.polrelid)`,
      comment: ['pg_policy', 'p.oid'],
      from: `relation c JOIN pg_catalog.pg_policy p ON p.polrelid = c.oid`,
    },
    {
      kind: `'rule'`,
      name: `format('%s.%I', c.name, w.rulename)`,
      table: 'c.name',
      properties: `'definition', pg_get_ruledef(w.oid), 'enabled', ${enabled('w.ev_enabled')}`,
      comment: ['pg_rewrite', 'w.oid'],
      // _RETURN is the definition of a view.
      from: `relation c JOIN pg_catalog.pg_rewrite w ON w.ev_class = c.oid AND w.rulename <> '_RETURN'`,
    },
    {
      kind: `'function'`,
      name: `format('%s.%I(%s)', s.name, f.proname, pg_get_function_identity_arguments(f.oid))`,
      properties: `
        'kind', CASE f.prokind WHEN 'f' THEN 'function' WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'window' END,
        'result', pg_get_function_result(f.oid),
        'definition', CASE WHEN f.prokind <> 'a' THEN pg_get_functiondef(f.oid) END`,
      comment: ['pg_proc', 'f.oid'],
      owner: 'f.proowner',
      privileges: ['f.proacl', 'f'],
      from: `pg_catalog.pg_proc f JOIN schema s ON s.oid = f.pronamespace WHERE (${notInExtension('pg_proc', 'f.oid')})`,
    },
    {
      kind: `'event trigger'`,
      name: 'quote_ident(v.evtname)',
      properties: `
        'event', v.evtevent, 'function', v.evtfoid::regprocedure::text, 'tags', to_jsonb(v.evttags),
        'enabled', ${enabled('v.evtenabled')}`,
      comment: ['pg_event_trigger', 'v.oid'],
      owner: 'v.evtowner',
      from: `pg_catalog.pg_event_trigger v WHERE (${notInExtension('pg_event_trigger', 'v.oid')})`,
    },
  ];
}

function select({ kind, name, table, properties, comment, owner, privileges, from }: CatalogPart): string {
  const [catalog, id, column = '0'] = comment;
  // What obj_description does, which would be a statement of its own for each object.
  const description = `(
      SELECT description FROM pg_catalog.pg_description
      WHERE objoid = ${id} AND classoid = 'pg_catalog.${catalog}'::regclass AND objsubid = ${column}
    )`;
  return `SELECT jsonb_strip_nulls(jsonb_build_object(
    'kind', ${kind},
    'name', ${name},
    'table', ${table ?? 'NULL'},
    'owner', ${owner ? roleName(owner) : 'NULL'},
    'grants', ${privileges ? grants(privileges[0], privileges[1], owner ?? 'c.relowner') : 'NULL'},
    'comment', ${description},
    'properties', jsonb_build_object(${properties})
  ))::text AS object
  FROM canonical_settings CROSS JOIN ${from}`;
}

/**
 * Who may do what, including the owner, as in `service: SELECT`. From PostgreSQL 17 on an owner has MAINTAIN too, which is
 * omitted as implied.
 */
function grants(list: string, letter: string, owner: string): string {
  const grant = `format('%s: %s%s', ${roleName('g.grantee')}, g.privilege_type,
      CASE WHEN g.is_grantable THEN ' with grant option' END)`;
  const granted = `(
      SELECT jsonb_agg(${grant} ORDER BY ${grant} COLLATE "C")
      FROM aclexplode(coalesce(${list}, acldefault('${letter}', ${owner}))) AS g
      WHERE NOT (g.grantee = ${owner} AND g.privilege_type = 'MAINTAIN')
    )`;
  // By default nobody has privileges on a column of its own.
  return letter === 'c' ? `CASE WHEN ${list} IS NOT NULL THEN ${granted} END` : granted;
}

function roleName(id: string): string {
  return `CASE ${id} WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(${id})) END`;
}

function columnsOf(relation: string, suffix: string): string {
  return `(
      SELECT jsonb_agg(quote_ident(a.attname)${suffix} ORDER BY a.attnum) FROM pg_catalog.pg_attribute a
      WHERE a.attrelid = ${relation}.oid AND a.attnum > 0 AND NOT a.attisdropped
    )`;
}

function persistence(relation: string): string {
  return `CASE ${relation}.relpersistence WHEN 'p' THEN 'permanent' WHEN 'u' THEN 'unlogged' ELSE 'temporary' END`;
}

function options(list: string, names: readonly string[]): string {
  return `CASE WHEN ${list} IS NOT NULL THEN
      (SELECT jsonb_agg(option ORDER BY option COLLATE "C") FROM (${known(list, names)}) AS known) END`;
}

/** The options of a list with one of these names, in their order. */
function known(list: string, names: readonly string[]): string {
  return `SELECT option FROM unnest(${list}) WITH ORDINALITY AS each (option, number)
    WHERE option ~ '^(${names.join('|')})=' ORDER BY number`;
}

/** A list of options as `pg_get_indexdef` writes it. */
function withClause(list: string): string {
  const value = `substr(option, strpos(option, '=') + 1)`;
  return `coalesce((
      SELECT ' WITH (' || string_agg(
        quote_ident(split_part(option, '=', 1)) || '=' ||
          CASE WHEN quote_ident(${value}) = ${value} THEN ${value} ELSE quote_literal(${value}) END,
        ', ' ORDER BY number
      ) || ')' FROM unnest(${list}) WITH ORDINALITY AS each (option, number)
    ), '')`;
}

function enabled(letter: string): string {
  return `CASE ${letter} WHEN 'O' THEN 'yes' WHEN 'D' THEN 'no' WHEN 'R' THEN 'on replica' ELSE 'always' END`;
}

function notInExtension(catalog: string, id: string): string {
  return `NOT EXISTS (
    SELECT FROM extension_member m WHERE m.classid = 'pg_catalog.${catalog}'::regclass AND m.objid = ${id}
  )`;
}
