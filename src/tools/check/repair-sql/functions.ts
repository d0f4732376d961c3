import type { DescribedObject } from '../../database/describe.ts';
import type { ObjectDifference } from '../compare.ts';
import { definitionOf, withSemicolon } from './names.ts';

export function functionSql({ expected, found, properties }: ObjectDifference): string[] {
  if (!expected) return [];
  const { kind } = expected.properties;
  if (kind === 'aggregate') return ['-- An aggregate has no definition to repeat: make it by hand.'];
  const create = withSemicolon(definitionOf(expected));
  const mustGo = found && (properties.includes('result') || properties.includes('kind'));
  const what = found?.properties['kind'] === 'procedure' ? 'PROCEDURE' : 'FUNCTION';
  return mustGo ? ['BEGIN;', `DROP ${what} ${expected.name};`, create, 'COMMIT;'] : [create];
}

export function sequenceSql({ expected, found }: ObjectDifference): string[] {
  const sequence = (expected ?? found) as DescribedObject;
  if (!expected) return [`DROP SEQUENCE ${sequence.name};`];
  const { type, start, increment, minimum, maximum, cache, cycle, column } = expected.properties;
  const owner = column === undefined ? 'NONE' : column;
  return [
    `${found ? 'ALTER' : 'CREATE'} SEQUENCE ${expected.name} AS ${type} INCREMENT BY ${increment} MINVALUE ${minimum} MAXVALUE ${maximum} START WITH ${start} CACHE ${cache} ${cycle === true ? 'CYCLE' : 'NO CYCLE'} OWNED BY ${owner};`,
  ];
}
