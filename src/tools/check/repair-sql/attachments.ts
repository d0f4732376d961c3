import type { DescribedObject } from '../../database/describe.ts';
import { type ObjectDifference, texts } from '../compare.ts';
import { definitionOf, ownName, withSemicolon } from './names.ts';
import type { Surroundings } from './surroundings.ts';

/** The triggers, policies and rules that belong to a table or view that is created again. */
export function attachmentsSql({ name }: DescribedObject, expected: Surroundings['expected']): string[] {
  return [...expected.values()]
    .filter(({ table }) => table === name)
    .flatMap((object) => {
      const missing: ObjectDifference = { expected: object, properties: [] };
      if (object.kind === 'trigger') return triggerSql(missing);
      if (object.kind === 'policy') return policySql(missing);
      return object.kind === 'rule' ? ruleSql(missing) : [];
    });
}

export function triggerSql({ expected, found, properties }: ObjectDifference): string[] {
  const trigger = (expected ?? found) as DescribedObject;
  const [table, name] = [trigger.table ?? '', ownName(trigger)];
  const drop = `DROP TRIGGER ${name} ON ${table};`;
  if (!expected) return [drop];
  const enabled = String(expected.properties['enabled']);
  const how = { yes: 'ENABLE', no: 'DISABLE', 'on replica': 'ENABLE REPLICA' }[enabled] ?? 'ENABLE ALWAYS';
  const set = `ALTER TABLE ${table} ${how} TRIGGER ${name};`;
  const create = [`${definitionOf(expected)};`, ...(enabled === 'yes' ? [] : [set])];
  if (!found) return create;
  return properties.includes('definition') ? ['BEGIN;', drop, ...create, 'COMMIT;'] : [set];
}

export function policySql({ expected, found }: ObjectDifference): string[] {
  const policy = (expected ?? found) as DescribedObject;
  const drop = `DROP POLICY ${ownName(policy)} ON ${policy.table};`;
  if (!expected) return [drop];
  const { permissive, command, roles, using, check } = expected.properties;
  const create = [
    `CREATE POLICY ${ownName(policy)} ON ${policy.table} AS ${permissive === true ? 'PERMISSIVE' : 'RESTRICTIVE'}`,
    `FOR ${String(command).toUpperCase()} TO ${texts(roles).join(', ')}`,
    ...(using === undefined ? [] : [`USING (${using})`]),
    ...(check === undefined ? [] : [`WITH CHECK (${check})`]),
  ].join(' ');
  return found ? ['BEGIN;', drop, `${create};`, 'COMMIT;'] : [`${create};`];
}

export function ruleSql({ expected, found, properties }: ObjectDifference): string[] {
  const rule = (expected ?? found) as DescribedObject;
  const drop = `DROP RULE ${ownName(rule)} ON ${rule.table};`;
  if (!expected) return [drop];
  const enabled = String(expected.properties['enabled']);
  const how = { yes: 'ENABLE', no: 'DISABLE', 'on replica': 'ENABLE REPLICA' }[enabled] ?? 'ENABLE ALWAYS';
  const set = `ALTER TABLE ${rule.table} ${how} RULE ${ownName(rule)};`;
  const create = [withSemicolon(definitionOf(expected)), ...(enabled === 'yes' ? [] : [set])];
  if (!found) return create;
  return properties.includes('definition') ? ['BEGIN;', drop, ...create, 'COMMIT;'] : [set];
}
