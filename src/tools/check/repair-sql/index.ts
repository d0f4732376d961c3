import type { DescribedObject } from '../../database/describe.ts';
import type { ObjectDifference } from '../compare.ts';
import { policySql, ruleSql, triggerSql } from './attachments.ts';
import { columnSql } from './columns.ts';
import { constraintSql } from './constraints.ts';
import { enumSql } from './enums.ts';
import { functionSql, sequenceSql } from './functions.ts';
import { indexSql } from './indexes.ts';
import { ownName } from './names.ts';
import { isOfPartitionedTable, partitionedSql } from './partitioned.ts';
import type { Surroundings } from './surroundings.ts';
import { tableSql } from './tables.ts';
import { viewSql } from './views.ts';

export { conversion } from './columns.ts';
export { addLabelsSql } from './enums.ts';
export { isOfPartitionedTable } from './partitioned.ts';
export type { Surroundings } from './surroundings.ts';
export { createViewSql } from './views.ts';

/**
 * What makes a found object the expected one: a statement or a comment each, to be run in order and outside of a transaction, as
 * the owner of the tables. Indexes are built and dropped concurrently, checks and foreign keys are validated apart, so that
 * clients go on. Where that can't be, or where values are lost, a comment says so.
 */
export function repairSql(difference: ObjectDifference, surroundings: Surroundings): string[] {
  // A name may hold a line break: what follows it would be a statement.
  return statementsFor(difference, surroundings).map((line) =>
    line.startsWith('--') ? line.replace(/\s+/g, ' ') : line,
  );
}

function statementsFor(difference: ObjectDifference, surroundings: Surroundings): string[] {
  const { expected, found, properties } = difference;
  const object = (expected ?? found) as DescribedObject;
  if (properties.includes('name') && expected && found) return renameSql(expected, found);
  if (isOfPartitionedTable(object, surroundings)) return partitionedSql(difference);
  switch (object.kind) {
    case 'schema':
      return [`CREATE SCHEMA ${object.name};`];
    case 'enum':
      return enumSql(difference, surroundings);
    case 'table':
      return tableSql(difference, surroundings);
    case 'column':
      return columnSql(difference, surroundings);
    case 'constraint':
      return constraintSql(difference, surroundings);
    case 'index':
      return indexSql(difference);
    case 'view':
      return viewSql(difference, surroundings);
    case 'trigger':
      return triggerSql(difference);
    case 'policy':
      return policySql(difference);
    case 'rule':
      return ruleSql(difference);
    case 'function':
      return functionSql(difference);
    case 'sequence':
      return sequenceSql(difference);
    default:
      return [
        `-- No statement is written for this kind of object (${object.kind}): ${expected ? 'make' : 'drop'} it by hand, or let a migration do it.`,
      ];
  }
}

/** Turns the triggers that enforce a foreign key on again. */
export function enforcingSql(table: string): string[] {
  return [
    '-- As a superuser. Rows that came meanwhile were not checked: look for orphans afterwards.',
    `ALTER TABLE ${table} ENABLE TRIGGER ALL;`,
  ];
}

function renameSql(expected: DescribedObject, found: DescribedObject): string[] {
  return expected.kind === 'index'
    ? [`ALTER INDEX ${found.name} RENAME TO ${ownName(expected)};`]
    : [`ALTER TABLE ${expected.table} RENAME CONSTRAINT ${ownName(found)} TO ${ownName(expected)};`];
}
