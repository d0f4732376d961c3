import { getTableConfig, type PgTable } from 'drizzle-orm/pg-core';
import { parseQualifiedName, unqualifiedName } from '../../src/registry/qualified-name.ts';
import type { TableRename } from '../../src/registry/renames.ts';
import { identifierWithTableName } from './identifiers.ts';

/** A kind of object, named after a table, whose rename drizzle-kit takes as a hint. */
type NamedKind = 'unique' | 'foreign key' | 'index' | 'check' | 'primary_key';

/** A hint for drizzle-kit: an object was renamed, or is new. Entities are `[schema, table, name]` or shorter. */
export type Hint =
  | { readonly type: 'rename'; readonly kind: string; readonly from: readonly string[]; readonly to: readonly string[] }
  | { readonly type: 'create'; readonly kind: string; readonly entity: readonly string[] };

/** The names of everything that a table declares and PostgreSQL keeps by name: indexes, constraints. */
export function namesOfTable(table: PgTable): { readonly kind: NamedKind; readonly name: string }[] {
  const { columns, uniqueConstraints, foreignKeys, indexes, checks, primaryKeys } = getTableConfig(table);
  const named = (kind: NamedKind, names: readonly (string | undefined)[]) =>
    names.flatMap((name) => (name ? [{ kind, name }] : []));
  return [
    ...named(
      'unique',
      columns.map((column) => (column.isUnique ? column.uniqueName : undefined)),
    ),
    ...named(
      'unique',
      uniqueConstraints.map((constraint) => constraint.getName()),
    ),
    ...named(
      'foreign key',
      foreignKeys.map((foreignKey) => foreignKey.getName()),
    ),
    ...named(
      'index',
      indexes.map((index) => index.config.name),
    ),
    ...named(
      'check',
      checks.map((check) => check.name),
    ),
    ...named(
      'primary_key',
      primaryKeys.map((primaryKey) => (primaryKey.isNameExplicit ? primaryKey.getName() : undefined)),
    ),
  ];
}

/**
 * The hints that drizzle-kit needs to write a rename of the table, and of every index and constraint that carries its old
 * name, instead of asking.
 */
export function hintsForRename(entry: Pick<TableRename, 'from' | 'to'>, table: PgTable): Hint[] {
  const { schema, name: oldName } = parseQualifiedName(entry.from);
  const newName = unqualifiedName(entry.to);
  return [
    { type: 'rename', kind: 'table', from: [schema, oldName], to: [schema, newName] },
    ...namesOfTable(table).flatMap(({ kind, name }) => {
      const before = identifierWithTableName(name, newName, oldName);
      if (before === name) return [];
      return [{ type: 'rename' as const, kind, from: [schema, newName, before], to: [schema, newName, name] }];
    }),
  ];
}
