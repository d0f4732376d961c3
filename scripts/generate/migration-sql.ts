import type { PgTable } from 'drizzle-orm/pg-core';
import { Conflict, NotSetUp } from '../../src/errors.ts';
import { unqualifiedName } from '../../src/registry/qualified-name.ts';
import type { TableRename } from '../../src/registry/renames.ts';
import {
  aroundView,
  besideName,
  createViewBeside,
  privilegesOfViews,
  written,
} from '../../src/tools/migrations/compatibility-view-sql.ts';
import { renameDerivedNames } from '../../src/tools/migrations/derived-names-sql.ts';
import { dropForeignKeysByDefinition, type ForeignKey } from './drop-foreign-keys.ts';
import { namesOfTable } from './hints.ts';
import { identifierWithTableName } from './identifiers.ts';
import type { MigratedViews } from './migrated-views.ts';
import { type TableLock, takeLocks } from './table-locks.ts';

const breakpoint = '--> statement-breakpoint\n';
const lockTimeout = `SET LOCAL lock_timeout = '2s';`;

/** The statements of a migration, in order. */
export function statementsOf(sql: string): string[] {
  return sql.split(breakpoint).map((statement) => statement.trim());
}

/** The text of a migration with these statements, as drizzle-kit and its migrator read it. */
export function migration(statements: readonly string[]): string {
  return `${statements.join(breakpoint)}\n`;
}

/** An object that a migration drops. Columns are named as in `public.notes.body`. */
export interface Drop {
  readonly kind: string;
  readonly name: string;
}

const identifier = '"((?:[^"]|"")+)"';
const qualified = `(?:${identifier}\\.)?${identifier}`;

/**
 * Lists every object that a migration drops and whose rows, columns or readers would be lost with it. A view that the same migration
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
 * Writes the defaults of numeric columns as numbers. drizzle-kit quotes them, and PostgreSQL would keep the quotes: a fresh database
 * would then differ from one that was restored from a dump.
 */
export function plainNumericDefaults(sql: string): string {
  return sql.replace(/( numeric(?:\(\d+(?:,\d+)?\))? DEFAULT )'(-?\d+(?:\.\d+)?)'/g, '$1$2');
}

/** A migration that adds labels to enums. It fails fast on a busy table, like any other. */
export function enumLabelMigration(statements: readonly string[]): string {
  return migration([lockTimeout, ...statements]);
}

/**
 * A migration that changes tables which clients use: it fails fast on a busy table, instead of queueing every client behind it,
 * and each compatibility view that it creates gets the privileges of its table.
 *
 * A new column does not affect the view under the old name. PostgreSQL refuses to change the type of a column that a view reads, so such
 * a view is dropped for the change and restored afterwards.
 *
 * @param tableRenames The registry's tables: each has a view under its old name.
 * @param views The views that earlier migrations leave behind, with their columns.
 * @param foreignKeys The foreign keys that earlier migrations created, as `createdForeignKeys` has them.
 */
export function completeChange(
  sql: string,
  tableRenames: readonly Pick<TableRename, 'from' | 'to'>[],
  views: MigratedViews['present'],
  foreignKeys: ReadonlyMap<string, ForeignKey> = new Map(),
): string {
  const statements = dropForeignKeysByDefinition(statementsOf(sql), foreignKeys);
  const around = tableRenames
    .filter(({ from, to }) =>
      views
        .get(from)
        ?.some((column) =>
          statements.some((statement) =>
            statement.startsWith(`ALTER TABLE ${written(to)} ALTER COLUMN "${column}" SET DATA TYPE `),
          ),
        ),
    )
    .map(aroundView);
  return migration([
    lockTimeout,
    ...around.map(({ before }) => before),
    ...statements,
    ...around.flatMap(({ after }) => after),
    ...privilegesOfViews(statements, tableRenames),
  ]);
}

/** What a migration of one domain holds, in this order. */
export interface DomainParts {
  /** What runs before the locks are taken. */
  readonly first: readonly string[];
  readonly objects: readonly string[];
  /** The policies, as drizzle-kit writes them, and the privileges of the roles that they restrict. */
  readonly policies: readonly string[];
  readonly grants: readonly string[];
}

/**
 * A migration of what one domain has besides its tables: objects that drizzle-kit does not manage, and row-level security. It fails fast
 * on a busy table.
 */
export function domainMigration({ first, objects, policies, grants }: DomainParts): string {
  return migration([lockTimeout, ...first, ...objects, ...policies, ...grants]);
}

/**
 * The same migration, which takes its locks before it changes anything.
 *
 * @param after How many of its statements come before that, besides the limit of the wait.
 */
export function withLocks(sql: string, locks: readonly TableLock[], after = 0): string {
  const statements = statementsOf(sql);
  const [limit = '', ...others] = statements;
  return migration([limit, ...takeLocks(locks, others.slice(0, after)), ...others.slice(after)]);
}

/** The statements of objects, with their name above the first, by which `writtenObjects` finds them. */
export function namedObjects(name: string, [first = '', ...others]: readonly string[]): string[] {
  return [`-- ${name}\n${first}`, ...others];
}

/** As many statements of a migration as `objects` has, from where the objects with this name begin; undefined if it has none. */
export function writtenObjects(sql: string, name: string, { length }: readonly string[]): string[] | undefined {
  const statements = statementsOf(sql);
  const begin = statements.findIndex((statement) => statement.startsWith(`-- ${name}\n`));
  return begin < 0 ? undefined : statements.slice(begin, begin + length);
}

/**
 * A migration that renames one table, with what drizzle-kit leaves out: the limit of the wait, and the view under the old name as the
 * database needs it: with the columns, the owner and the privileges that the table has there. The indexes and constraints that get a new
 * name are looked up there, too: drizzle-kit's statements would stop at one that is missing or has another name.
 *
 * The table is locked as briefly as possible: the view is created beside it, under a temporary name; then table and view change their
 * names. Views under still older names follow the table automatically, as policies do: drizzle-kit's statements change only their text.
 *
 * @throws {NotSetUp} if the migration does not begin with the rename.
 * @throws {Conflict} if the model has an index or a constraint that carries the old name of its table.
 */
export function completeRename(sql: string, { from, to }: Pick<TableRename, 'from' | 'to'>, table: PgTable): string {
  const [oldName, newName] = [unqualifiedName(from), unqualifiedName(to)];
  const rename = `ALTER TABLE ${written(from)} RENAME TO "${newName}";`;
  const statements = statementsOf(sql);
  const [first = ''] = statements;
  if (!statements.includes(rename)) {
    throw new NotSetUp({
      object: `${from} → ${to}`,
      found: first,
      expected: rename,
      next: 'check that the installed drizzle-kit is the pinned version: npm ci',
    });
  }
  assertNamesFollow(from, to, table);
  const hasView = statements.some((statement) => statement.startsWith(`CREATE VIEW ${written(from)} `));
  const isOnlyWords = (statement: string) =>
    /^(ALTER POLICY|DROP VIEW|CREATE VIEW|ALTER INDEX .* RENAME TO|ALTER TABLE .* RENAME CONSTRAINT) /.test(statement);
  const rest = statements.filter((statement) => statement !== rename && !isOnlyWords(statement));
  return migration([
    lockTimeout,
    ...(hasView ? createViewBeside(from) : []),
    rename,
    ...(hasView ? [`ALTER VIEW ${written(besideName(from))} RENAME TO "${oldName}";`] : []),
    renameDerivedNames(to, { oldWord: oldName, newWord: newName }),
    ...rest,
  ]);
}

/**
 * The database renames whatever carries the old name of its table, as the names in the model have to.
 *
 * @throws {Conflict} if the model has a name that would not follow.
 */
function assertNamesFollow(from: string, to: string, table: PgTable): void {
  const [oldName, newName] = [unqualifiedName(from), unqualifiedName(to)];
  const left = namesOfTable(table).find(({ name }) => identifierWithTableName(name, oldName, newName) !== name);
  if (!left) return;
  throw new Conflict({
    object: `${to}: ${left.kind} ${left.name}`,
    found: `a name that carries ${oldName}, the old name of its table`,
    expected: identifierWithTableName(left.name, oldName, newName),
    next: 'give it that name in the model: the migration renames whatever is named after its table',
  });
}
