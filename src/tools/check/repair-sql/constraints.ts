import type { DescribedObject } from '../../database/describe.ts';
import { indexNameOf, type ObjectDifference } from '../compare.ts';
import { concurrently, definitionOf, ownName, withSuffix } from './names.ts';
import type { Surroundings } from './surroundings.ts';

export function constraintSql({ expected, found, properties }: ObjectDifference, surroundings: Surroundings): string[] {
  const constraint = (expected ?? found) as DescribedObject;
  const [table, name] = [constraint.table ?? '', ownName(constraint)];
  const drop = `DROP CONSTRAINT ${name}`;
  if (!expected) {
    const index = surroundings.expected.get(`index ${indexNameOf(constraint)}`);
    return [
      ...foreignKeysOn(constraint, surroundings),
      `ALTER TABLE ${table} ${drop};`,
      ...(index ? [`${concurrently(definitionOf(index))};`] : []),
    ];
  }

  const isChecked = ['check', 'foreign key'].includes(String(expected.properties['type']));
  if (isChecked) {
    const validate = `ALTER TABLE ${table} VALIDATE CONSTRAINT ${name};`;
    const fails =
      expected.properties['type'] === 'check'
        ? '-- Fails where a row breaks the check: correct the row first.'
        : '-- Fails where a row refers to no row: correct the row first.';
    if (found && definitionOf(found) === `${definitionOf(expected)} NOT VALID`) return [fails, validate];
    const add = `ADD CONSTRAINT ${name} ${definitionOf(expected)} NOT VALID`;
    return [fails, `ALTER TABLE ${table} ${found ? `${drop}, ` : ''}${add};`, validate];
  }

  const index = surroundings.expected.get(`index ${indexNameOf(expected)}`);
  if (expected.properties['type'] === 'exclusion' || !index) {
    return [
      '-- Locks out writers while it is built.',
      `ALTER TABLE ${table} ${found ? `${drop}, ` : ''}ADD CONSTRAINT ${name} ${definitionOf(expected)};`,
    ];
  }
  const type = expected.properties['type'] === 'primary key' ? 'PRIMARY KEY' : 'UNIQUE';
  const deferral = / (?:DEFERRABLE|NOT DEFERRABLE).*$/.exec(definitionOf(expected))?.[0] ?? '';
  const using = (by: string) => `ADD CONSTRAINT ${name} ${type} USING INDEX ${by}${deferral}`;
  const fails =
    '-- Fails where two rows have the same values, and leaves an invalid index then: drop that before the next try.';
  const there = surroundings.found.get(`index ${index.name}`);
  if (!found) {
    if (there && definitionOf(there) === definitionOf(index) && there.properties['valid'] === true) {
      return [`ALTER TABLE ${table} ${using(name)};`];
    }
    return [
      fails,
      ...(there ? [`DROP INDEX CONCURRENTLY ${there.name};`] : []),
      `${concurrently(definitionOf(index))};`,
      `ALTER TABLE ${table} ${using(name)};`,
    ];
  }
  const provisional = withSuffix(name, 'new');
  return [
    ...foreignKeysOn(found, surroundings),
    ...(properties.includes('definition') ? [fails] : []),
    `${concurrently(definitionOf(index), provisional)};`,
    `ALTER TABLE ${table} ${drop}, ${using(provisional)};`,
  ];
}

/** What to know before a key is dropped that foreign keys lead to: PostgreSQL refuses as long as they are there. */
function foreignKeysOn(key: DescribedObject, { found }: Surroundings): string[] {
  if (!['primary key', 'unique'].includes(String(key.properties['type']))) return [];
  const columns = /\(([^)]*)\)/.exec(definitionOf(key))?.[1];
  const referring = [...found.values()].filter(
    ({ kind, properties }) =>
      kind === 'constraint' && String(properties['definition']).includes(` REFERENCES ${key.table}(${columns})`),
  );
  return referring.length === 0
    ? []
    : [
        '-- Foreign keys lead to it. Drop them first, and run canonical-models check again afterwards for their SQL:',
        ...referring.map((foreignKey) => `-- ALTER TABLE ${foreignKey.table} DROP CONSTRAINT ${ownName(foreignKey)};`),
      ];
}
