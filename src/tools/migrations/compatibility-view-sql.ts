import { parseQualifiedName } from '../../registry/qualified-name.ts';
import type { TableRename } from '../../registry/renames.ts';
import { laterColumnsTable } from './later-columns.ts';

/** The names of a renamed table, as `public.messages` and `public.customer_messages`. */
type Names = Pick<TableRename, 'from' | 'to'>;

/** How drizzle-kit writes a name with its PostgreSQL schema: `public` is omitted. */
export function written(name: string): string {
  const { schema, name: relation } = parseQualifiedName(name);
  return schema === 'public' ? `"${relation}"` : `"${schema}"."${relation}"`;
}

/** A name with its PostgreSQL schema, both in quotes. */
function quoted(name: string): string {
  return name.replace(/^(.*)\.(.*)$/, '"$1"."$2"');
}

/** The name of a view until its table is renamed and it gets the table's old name, as in `public.messages_renaming`. */
export function besideName(from: string): string {
  const { schema, name } = parseQualifiedName(from);
  return `${schema}.${name.slice(0, 63 - besideSuffix.length)}${besideSuffix}`;
}

const besideSuffix = '_renaming';

/**
 * The statements that create a view beside a table that is about to be renamed, with the table's privileges.
 *
 * The view has the columns that the table has at this moment in the database at hand, including ones that no model knows, and in the
 * table's order: a service that uses the old name keeps working. Later columns never enter it. So after `revert` has undone the rename,
 * the columns that were added in between are left out.
 */
export function createViewBeside(from: string): string[] {
  const [table, view] = [quoted(from), quoted(besideName(from))];
  return [
    `DO $$
DECLARE
  later_columns name[];
  view_columns text;
BEGIN
  IF to_regclass('${laterColumnsTable}') IS NOT NULL THEN
    SELECT array_agg(column_name) INTO later_columns FROM ${laterColumnsTable} WHERE old_name = '${from}';
  END IF;
  LOCK TABLE ${table} IN ACCESS SHARE MODE; -- no column comes or goes from here on
  SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) INTO view_columns FROM pg_attribute
  WHERE attrelid = '${table}'::regclass AND attnum > 0 AND NOT attisdropped
    AND attname <> ALL (coalesce(later_columns, '{}'));
  EXECUTE format('CREATE VIEW ${view} WITH (security_invoker = true) AS SELECT %s FROM ${table}', view_columns);
END $$;`,
    samePrivileges(table, view, from),
  ];
}

/** How the first statement of `createViewBeside` begins. */
export const createViewBesidePattern: RegExp = /^DO \$\$\nDECLARE\n {2}later_columns name\[\];/;

/**
 * The statements that drop a view and restore it, to wrap a change that PostgreSQL refuses under a view: a new type of a
 * column that it reads. In between, its definition is kept in a setting of the transaction.
 */
export function aroundView({ from, to }: Names): { readonly before: string; readonly after: readonly string[] } {
  const view = quoted(from);
  const setting = `canonical_models.view_${from.replace('.', '_')}`;
  return {
    before: `DO $$
BEGIN
  PERFORM set_config('${setting}', pg_get_viewdef('${view}'::regclass), true);
  DROP VIEW ${view};
END $$;`,
    after: [
      `DO $$
BEGIN
  EXECUTE 'CREATE VIEW ${view} WITH (security_invoker = true) AS ' || current_setting('${setting}');
END $$;`,
      samePrivileges(quoted(to), view, from),
    ],
  };
}

/** For each compatibility view that the statements create, the statement that gives it the privileges of its table. */
export function privilegesOfViews(statements: readonly string[], tableRenames: readonly Names[]): string[] {
  return tableRenames
    .filter(({ from }) => statements.some((statement) => statement.startsWith(`CREATE VIEW ${written(from)} `)))
    .map(({ from, to }) => samePrivileges(quoted(to), quoted(from), from));
}

/**
 * A statement that gives a view the owner of a table, if the role may, and every privilege granted on the table. It stops at a
 * role that may read some columns only: a security-invoker view reads all its columns, so the role could read none.
 *
 * @param shown The name of the view in messages.
 */
function samePrivileges(table: string, view: string, shown: string): string {
  const isInView = `attname IN (SELECT attname FROM pg_attribute WHERE attrelid = '${view}'::regclass)`;
  return `DO $$
DECLARE
  table_owner name := (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = '${table}'::regclass);
  granted record;
BEGIN
  IF table_owner <> current_user THEN
    BEGIN
      EXECUTE format('ALTER VIEW ${view} OWNER TO %I', table_owner);
    EXCEPTION WHEN insufficient_privilege THEN
      NULL; -- the view stays with the role that migrates; the owner of the table gets its privileges below
    END;
  END IF;
  FOR granted IN
    SELECT DISTINCT CASE grantee WHEN 0 THEN 'public' ELSE pg_get_userbyid(grantee) END AS grantee
    FROM pg_attribute, aclexplode(attacl)
    WHERE attrelid = '${table}'::regclass AND NOT attisdropped AND privilege_type = 'SELECT' AND ${isInView}
  LOOP
    IF NOT has_table_privilege(granted.grantee, '${table}', 'SELECT') THEN
      RAISE EXCEPTION '% may read some columns of ${shown} only, and a view can''t pass that on', granted.grantee
        USING HINT = format('Let %I read the whole table or none of it, then migrate again.', granted.grantee);
    END IF;
  END LOOP;
  FOR granted IN
    SELECT privilege_type || coalesce(' (' || quote_ident(attname) || ')', '') AS privilege,
           CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END AS grantee,
           CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END AS grant_option
    FROM (
      SELECT NULL AS attname, acl.* FROM pg_class, aclexplode(coalesce(relacl, acldefault('r', relowner))) AS acl
      WHERE oid = '${table}'::regclass
      UNION ALL
      SELECT attname, acl.* FROM pg_attribute, aclexplode(attacl) AS acl
      WHERE attrelid = '${table}'::regclass AND NOT attisdropped AND ${isInView}
    ) AS privileges
    WHERE grantee <> (SELECT relowner FROM pg_class WHERE oid = '${view}'::regclass)
  LOOP
    EXECUTE format('GRANT %s ON ${view} TO %s%s', granted.privilege, granted.grantee, granted.grant_option);
  END LOOP;
END $$;`;
}
