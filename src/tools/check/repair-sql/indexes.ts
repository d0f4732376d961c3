import type { DescribedObject } from '../../database/describe.ts';
import type { ObjectDifference } from '../compare.ts';
import { concurrently, definitionOf, ownName, withSuffix } from './names.ts';

export function indexSql({ expected, found, properties }: ObjectDifference): string[] {
  const index = (expected ?? found) as DescribedObject;
  const drop = `DROP INDEX CONCURRENTLY ${index.name};`;
  if (!expected) return [drop];
  const fails =
    expected.properties['unique'] === true
      ? [
          '-- Fails where two rows have the same values, and leaves an invalid index then: drop that before the next try.',
        ]
      : [];
  if (!found) return [...fails, `${concurrently(definitionOf(expected))};`];
  if (!properties.includes('definition')) return [...fails, `REINDEX INDEX CONCURRENTLY ${index.name};`];
  const provisional = withSuffix(ownName(index), 'new');
  const schema = index.name.slice(0, index.name.indexOf('.'));
  return [
    ...fails,
    `${concurrently(definitionOf(expected), provisional)};`,
    drop,
    `ALTER INDEX ${schema}.${provisional} RENAME TO ${ownName(index)};`,
  ];
}
