import { getColumnTable, is, One } from 'drizzle-orm';
import { getTableConfig, type PgColumn, type PgTable } from 'drizzle-orm/pg-core';
import { qualifiedName } from '../../registry/models.ts';
import { relations } from '../../relations.ts';
import { identifier, qualifiedIdentifier } from '../database/query.ts';

/** A reference from one table to another that only the relations declare: no foreign key stands behind it. */
export interface SoftReference {
  /** As in `CustomerSocialIdentity.customer`. */
  readonly relation: string;
  /** The table whose rows refer, as in `public.customer_social_identities`. */
  readonly table: string;
  /** The columns that refer, in order. */
  readonly columns: readonly string[];
  /** The table that is referred to, as in `public.customers`. */
  readonly targetTable: string;
  readonly targetColumns: readonly string[];
  /** The primary key of the table whose rows refer. */
  readonly primaryKey: readonly string[];
  /** Whether the columns may hold NULL, so that a reference can be taken back without its row. */
  readonly nullable: boolean;
}

/**
 * References that must not be checked: the audit trail outlives stations and users, so that deleting them deletes none of what they
 * did, and no row of it is an orphan. What is missing within the trail is for `verifyAuditTrail` to find. The relations keep these steps.
 */
export const referencesOfAuditTrail: readonly { readonly from: string; readonly to: string }[] = [
  { from: 'identity.station_audit_logs.station_id', to: 'identity.stations.id' },
  { from: 'identity.station_audit_logs.user_id', to: 'identity.users.id' },
  { from: 'identity.station_audit_chains.station_id', to: 'identity.stations.id' },
  { from: 'identity.station_audit_origins.station_id', to: 'identity.stations.id' },
  { from: 'identity.station_audit_seals.chain_id', to: 'identity.station_audit_chains.id' },
];

/** How drizzle-orm keeps the columns of a relation, and a table's relations. */
type RelationColumns = readonly { readonly _: { readonly column: PgColumn } }[];
type TableRelations = Readonly<
  Record<string, { readonly table: PgTable; readonly relations: Readonly<Record<string, unknown>> }>
>;

/**
 * Every reference of the relations that leads to a row by its key and has no foreign key, found by comparing the relations with the
 * models. Only those of the audit trail are left out.
 */
export function softReferences(all: TableRelations = relations as unknown as TableRelations): SoftReference[] {
  const others = new Set(referencesOfAuditTrail.map(({ from, to }) => `${from} → ${to}`));
  for (const { table } of Object.values(all)) {
    for (const foreignKey of getTableConfig(table).foreignKeys) {
      const { columns, foreignColumns } = foreignKey.reference();
      others.add(step(columns, foreignColumns));
    }
  }
  return Object.entries(all).flatMap(([entity, { table, relations: ofTable }]) =>
    Object.entries(ofTable).flatMap(([name, relation]): SoftReference[] => {
      if (!is(relation, One) || relation.through) return [];
      const [from, to] = [columnsOf(relation.sourceColumns), columnsOf(relation.targetColumns)];
      if (others.has(step(from, to)) || others.has(step(to, from))) return [];
      const target = relation.targetTable as PgTable;
      // The other end of a soft reference leads from a key, and not to one.
      if (primaryKeyOf(target).join() !== names(to).join()) return [];
      return [
        {
          relation: `${entity}.${name}`,
          table: qualifiedName(table),
          columns: names(from),
          targetTable: qualifiedName(target),
          targetColumns: names(to),
          primaryKey: primaryKeyOf(table),
          nullable: from.every(({ notNull }) => !notNull),
        },
      ];
    }),
  );
}

/** The query for the rows that refer to no row: their primary keys as text, in a column `id`. */
export function orphanQuery({ table, columns, targetTable, targetColumns, primaryKey }: SoftReference): string {
  const id = primaryKey.map((column) => `child.${identifier(column)}::text`).join(` || ', ' || `);
  return `SELECT ${id} AS id FROM ${qualifiedIdentifier(table)} AS child WHERE ${orphaned(columns, targetTable, targetColumns)}`;
}

/**
 * What would fix orphaned rows: their references are taken back. If a column can't be without a value, the statement has a
 * place for the key of a row that exists, and PostgreSQL refuses it until that is filled in.
 */
export function orphanMendingSql(reference: SoftReference): readonly string[] {
  const { table, columns, targetTable, targetColumns, nullable } = reference;
  const condition = orphaned(columns, targetTable, targetColumns);
  const values = columns.map((column, index) => {
    const value = nullable ? 'NULL' : `'<${targetColumns[index]} of a row in ${targetTable}>'`;
    return `${identifier(column)} = ${value}`;
  });
  return [
    nullable
      ? '-- Keeps the rows and forgets what they referred to.'
      : `-- ${columns.join(', ')} can't be NULL: fill in what the rows shall refer to.`,
    `UPDATE ${qualifiedIdentifier(table)} AS child SET ${values.join(', ')} WHERE ${condition};`,
  ];
}

function orphaned(columns: readonly string[], targetTable: string, targetColumns: readonly string[]): string {
  const refers = columns.map((column) => `child.${identifier(column)} IS NOT NULL`).join(' AND ');
  const meets = columns
    .map((column, index) => `parent.${identifier(targetColumns[index] ?? '')} = child.${identifier(column)}`)
    .join(' AND ');
  return `${refers} AND NOT EXISTS (SELECT FROM ${qualifiedIdentifier(targetTable)} AS parent WHERE ${meets})`;
}

function step(from: readonly PgColumn[], to: readonly PgColumn[]): string {
  const shown = (columns: readonly PgColumn[]) =>
    columns.map((column) => `${qualifiedName(getColumnTable<PgTable>(column))}.${column.name}`).join();
  return `${shown(from)} → ${shown(to)}`;
}

function columnsOf(columns: unknown): PgColumn[] {
  return ((columns ?? []) as RelationColumns).map(({ _ }) => _.column);
}

function names(columns: readonly PgColumn[]): string[] {
  return columns.map(({ name }) => name);
}

function primaryKeyOf(table: PgTable): string[] {
  const { columns, primaryKeys } = getTableConfig(table);
  return names(primaryKeys[0]?.columns ?? columns.filter(({ primary }) => primary));
}
