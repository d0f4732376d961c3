import type { PgTable } from 'drizzle-orm/pg-core';
import { NotSetUp } from '../../errors.ts';
import type { TableRename } from '../../renames.ts';
import { hasUnnamedPrimaryKey, primaryKeyName } from './identifiers.ts';

const breakpoint = '--> statement-breakpoint\n';
const lockTimeout = `SET LOCAL lock_timeout = '2s';`;

/** The statements of a migration, in order. */
export function statementsOf(sql: string): string[] {
  return sql.split(breakpoint).map((statement) => statement.trim());
}

/** The text of a migration with these statements, as drizzle-kit and its migrator read it. */
function migration(statements: readonly string[]): string {
  return `${statements.join(breakpoint)}\n`;
}

/** How drizzle-kit writes a name with its PostgreSQL schema: `public` is left out. */
function written(name: string): string {
  const [schema = '', relation = ''] = name.split('.');
  return schema === 'public' ? `"${relation}"` : `"${schema}"."${relation}"`;
}

/** An object that a migration drops. Columns are named as in `public.notes.body`. */
export interface Drop {
  readonly kind: string;
  readonly name: string;
}

const identifier = '"((?:[^"]|"")+)"';
const qualified = `(?:${identifier}\\.)?${identifier}`;

/**
 * Every object that a migration drops and whose rows, columns or readers would be lost with it. A view that the same migration
 * creates again is not lost.
 */
export function dropsOf(sql: string): Drop[] {
  const found: Drop[] = [];
  for (const statement of statementsOf(sql)) {
    const relation = new RegExp(
      `^DROP (TABLE|VIEW|MATERIALIZED VIEW|TYPE|SEQUENCE|FUNCTION) (?:IF EXISTS )?${qualified}`,
      'i',
    ).exec(statement);
    if (relation) {
      const [, kind = '', schema = 'public', name] = relation;
      found.push({ kind: kind.toLowerCase(), name: `${schema}.${name}` });
    }
    const column = new RegExp(`^ALTER TABLE ${qualified} DROP COLUMN (?:IF EXISTS )?${identifier}`, 'i').exec(
      statement,
    );
    if (column) {
      const [, schema = 'public', table, name] = column;
      found.push({ kind: 'column', name: `${schema}.${table}.${name}` });
    }
    const unprotected = new RegExp(`^ALTER TABLE ${qualified} DISABLE ROW LEVEL SECURITY`, 'i').exec(statement);
    if (unprotected) {
      const [, schema = 'public', table] = unprotected;
      found.push({ kind: 'row-level security', name: `${schema}.${table}` });
    }
    const schema = new RegExp(`^DROP SCHEMA (?:IF EXISTS )?${identifier}`, 'i').exec(statement);
    if (schema) found.push({ kind: 'schema', name: schema[1] ?? '' });
  }
  return found.filter(({ kind, name }) => kind !== 'view' || !createsView(sql, name));
}

function createsView(sql: string, view: string): boolean {
  return statementsOf(sql).some((statement) => statement.startsWith(`CREATE VIEW ${written(view)} `));
}

/**
 * The defaults of numeric columns as numbers. drizzle-kit quotes them, and PostgreSQL would keep the quotes: a fresh database
 * would then describe itself otherwise than one that was restored from a dump.
 */
export function plainNumericDefaults(sql: string): string {
  return sql.replace(/( numeric(?:\(\d+(?:,\d+)?\))? DEFAULT )'(-?\d+(?:\.\d+)?)'/g, '$1$2');
}

/** A migration of what drizzle-kit knows nothing of. It fails fast on a busy table, as any other. */
export function customMigration(statements: readonly string[]): string {
  return migration([lockTimeout, ...statements]);
}

/**
 * A migration that changes tables which clients use: it fails fast on a busy table, instead of queueing every client behind it,
 * and each compatibility view that it makes answers to whom its table answers.
 *
 * PostgreSQL refuses to change the type of a column that a view reads, so such a view is made anew around the change.
 *
 * @param tableRenames The registry's tables: each has a view under its old name.
 * @param earlier The migrations before it, oldest first: where the views that it has to make anew are defined.
 */
export function completeChange(
  sql: string,
  tableRenames: readonly Pick<TableRename, 'from' | 'to'>[],
  earlier: readonly string[],
): string {
  const statements = statementsOf(sql);
  const before: string[] = [];
  const after: string[] = [];
  for (const { from, to } of tableRenames) {
    const view = written(from);
    const changesType = (statement: string) =>
      statement.startsWith(`ALTER TABLE ${written(to)} ALTER COLUMN `) && statement.includes(' SET DATA TYPE ');
    if (statements.some(changesType) && !createsView(sql, from)) {
      const definition = viewDefinition(earlier, { from, to });
      if (definition) {
        before.push(`DROP VIEW ${view};`);
        after.push(definition);
      }
    }
  }
  const complete = [lockTimeout, ...before, ...statements, ...after];
  return migration([...complete, ...privilegesOfViews(complete, tableRenames)]);
}

/**
 * A migration that gives a table its row-level security: it fails fast on a busy table, and ends with the privileges of those whom
 * the policies restrict.
 *
 * @param grants The statements that grant them.
 */
export function completePolicies(sql: string, grants: readonly string[]): string {
  return migration([lockTimeout, ...statementsOf(sql), ...grants]);
}

/** The newest definition of a compatibility view: made under its name, or beside its table before that was renamed. */
function viewDefinition(
  earlier: readonly string[],
  { from, to }: Pick<TableRename, 'from' | 'to'>,
): string | undefined {
  const [made, madeBeside] = [from, besideName(from)].map((name) => `CREATE VIEW ${written(name)} `);
  return earlier
    .flatMap(statementsOf)
    .findLast((statement) => statement.startsWith(made as string) || statement.startsWith(madeBeside as string))
    ?.replace(madeBeside as string, made as string)
    .replace(` from ${written(from)});`, ` from ${written(to)});`);
}

/** The name of a view until its table is renamed and it gets the table's old name, as in `public.messages_renaming`. */
function besideName(from: string): string {
  const [schema = '', name = ''] = from.split('.');
  return `${schema}.${name.slice(0, 63 - besideSuffix.length)}${besideSuffix}`;
}

const besideSuffix = '_renaming';

/**
 * A migration that renames one table, with what drizzle-kit leaves out: the limit of the wait, the new name of a primary key that
 * the model does not name, and for each view that it makes the owner and the privileges of the table, without which only the
 * role that migrates could use the old name.
 *
 * The table is locked for as short as can be: the view is made beside it, under a name of its own, and the indexes are renamed before
 * the table is; then table and view change their names.
 *
 * @throws {NotSetUp} if the migration does not begin with the rename.
 */
export function completeRename(
  sql: string,
  { from, to }: Pick<TableRename, 'from' | 'to'>,
  table: PgTable,
  tableRenames: readonly Pick<TableRename, 'from' | 'to'>[],
): string {
  const [oldName = '', newName = ''] = [from, to].map((name) => name.split('.')[1]);
  const rename = `ALTER TABLE ${written(from)} RENAME TO "${newName}";`;
  // Policies follow a table that is renamed, those of other tables that name it among them: they change in the words of drizzle-kit alone.
  const statements = statementsOf(sql).filter((statement) => !statement.startsWith('ALTER POLICY '));
  const [first = ''] = statements;
  if (!statements.includes(rename)) {
    throw new NotSetUp({
      object: `${from} → ${to}`,
      found: first,
      expected: rename,
      next: 'check that the installed drizzle-kit is the pinned version: npm ci',
    });
  }
  const sameSchema = from.replace(/[^.]+$/, '');
  const primaryKey = hasUnnamedPrimaryKey(table)
    ? [`ALTER INDEX ${written(`${sameSchema}${primaryKeyName(oldName)}`)} RENAME TO "${primaryKeyName(newName)}";`]
    : [];
  const indexes = statements.filter((statement) => /^ALTER INDEX .* RENAME TO "[^"]+";$/.test(statement));
  const source = ` from ${written(to)});`;
  const view = statements.find(
    (statement) => statement.startsWith(`CREATE VIEW ${written(from)} `) && statement.endsWith(source),
  );
  const beside = besideName(from);
  const made = view
    ?.replace(`CREATE VIEW ${written(from)} `, `CREATE VIEW ${written(beside)} `)
    .replace(source, ` from ${written(from)});`);
  const drops = statements.filter((statement) => statement.startsWith('DROP VIEW '));
  const rest = statements.filter((statement) => ![rename, view, ...indexes, ...drops].includes(statement));
  const complete = [
    ...(made ? [made, samePrivileges(quoted(from), quoted(beside), from)] : []),
    ...primaryKey,
    ...indexes,
    ...drops,
    rename,
    ...(made ? [`ALTER VIEW ${written(beside)} RENAME TO "${oldName}";`] : []),
    ...rest,
  ];
  return migration([lockTimeout, ...complete, ...privilegesOfViews(rest, tableRenames)]);
}

/** For each compatibility view that the statements make, the statement that opens it to whom its table is open. */
function privilegesOfViews(
  statements: readonly string[],
  tableRenames: readonly Pick<TableRename, 'from' | 'to'>[],
): string[] {
  return tableRenames
    .filter(({ from }) => statements.some((statement) => statement.startsWith(`CREATE VIEW ${written(from)} `)))
    .map(({ from, to }) => samePrivileges(quoted(to), quoted(from), from));
}

/** A name with its PostgreSQL schema, both in quotes. */
function quoted(name: string): string {
  return name.replace(/^(.*)\.(.*)$/, '"$1"."$2"');
}

/**
 * A statement that gives a view the owner of a table, where the role may, and every privilege granted on the table. It stops at a
 * role that may read some columns only: a view with the rights of whoever asks reads all its columns, so the role could read none.
 *
 * @param shown The name of the view for messages.
 */
function samePrivileges(table: string, view: string, shown: string): string {
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
    WHERE attrelid = '${table}'::regclass AND NOT attisdropped AND privilege_type = 'SELECT'
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
      WHERE attrelid = '${table}'::regclass AND NOT attisdropped
    ) AS privileges
    WHERE grantee <> (SELECT relowner FROM pg_class WHERE oid = '${view}'::regclass)
  LOOP
    EXECUTE format('GRANT %s ON ${view} TO %s%s', granted.privilege, granted.grantee, granted.grant_option);
  END LOOP;
END $$;`;
}
