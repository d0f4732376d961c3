import type { DescribedObject } from '../../database/describe.ts';
import type { ObjectDifference } from '../compare.ts';
import { definitionOf, ownName } from './names.ts';
import type { Surroundings } from './surroundings.ts';

/** Whether an index, a key or a foreign key belongs to a partitioned table, which PostgreSQL does not let have it step by step. */
export function isOfPartitionedTable(
  { kind, table, properties }: DescribedObject,
  { found }: Pick<Surroundings, 'found'>,
): boolean {
  if (kind !== 'index' && (kind !== 'constraint' || properties['type'] === 'check')) return false;
  return found.get(`table ${table}`)?.properties['kind'] === 'partitioned';
}

/** The statements for an index, a key or a foreign key of a partitioned table: at once, for all partitions. */
export function partitionedSql({ expected, found, properties }: ObjectDifference): string[] {
  const object = (expected ?? found) as DescribedObject;
  const note = `-- ${object.table} is partitioned: its writers wait until this is done for all partitions.`;
  if (object.kind === 'index') {
    if (expected && found && !properties.includes('definition')) {
      return [
        `-- Build the index on each partition that lacks it, then ALTER INDEX ${object.name} ATTACH PARTITION it.`,
      ];
    }
    return [
      note,
      ...(found ? [`DROP INDEX ${object.name};`] : []),
      ...(expected ? [`${definitionOf(expected)};`] : []),
    ];
  }
  const name = ownName(object);
  if (expected && found && properties.every((property) => property === 'validated')) {
    return [note, `ALTER TABLE ${object.table} VALIDATE CONSTRAINT ${name};`];
  }
  const changes = [
    ...(found ? [`DROP CONSTRAINT ${name}`] : []),
    ...(expected ? [`ADD CONSTRAINT ${name} ${definitionOf(expected)}`] : []),
  ];
  return [note, `ALTER TABLE ${object.table} ${changes.join(', ')};`];
}
