import type { DescribedObject } from '../../database/describe.ts';
import { indexNameOf, type ObjectDifference, texts } from '../compare.ts';
import { attachmentsSql } from './attachments.ts';
import { columnDefinition } from './columns.ts';
import { definitionOf, ownName } from './names.ts';
import type { Surroundings } from './surroundings.ts';

export function tableSql({ expected, found, properties }: ObjectDifference, surroundings: Surroundings): string[] {
  if (!expected) return [];
  if (!found) return createTableSql(expected, surroundings);
  const table = expected.name;
  return properties.flatMap((property): string[] => {
    const wanted = expected.properties[property];
    switch (property) {
      case 'rowSecurity':
        return [`ALTER TABLE ${table} ${wanted === true ? 'ENABLE' : 'DISABLE'} ROW LEVEL SECURITY;`];
      case 'forceRowSecurity':
        return [`ALTER TABLE ${table} ${wanted === true ? 'FORCE' : 'NO FORCE'} ROW LEVEL SECURITY;`];
      case 'persistence':
        return [
          '-- Rewrites the table under a lock that blocks readers.',
          `ALTER TABLE ${table} SET ${wanted === 'unlogged' ? 'UNLOGGED' : 'LOGGED'};`,
        ];
      case 'inherits': {
        const [before, after] = [texts(found.properties[property]), texts(wanted)];
        return [
          ...before
            .filter((parent) => !after.includes(parent))
            .map((parent) =>
              found.properties['partitionBound'] === undefined
                ? `ALTER TABLE ${table} NO INHERIT ${parent};`
                : `ALTER TABLE ${parent} DETACH PARTITION ${table};`,
            ),
          ...after
            .filter((parent) => !before.includes(parent))
            .map((parent) => `ALTER TABLE ${table} INHERIT ${parent};`),
        ];
      }
      case 'partitionBound':
        return properties.includes('inherits')
          ? []
          : ['-- Detach the partition, then attach it with the bound expected.'];
      default:
        return found.kind === 'view'
          ? [`-- A view has the table's name. Give it another one, then: canonical-models check`]
          : [
              '-- A table can not be made another kind of table: create it again and move the rows, or accept it in canonical-models.json.',
            ];
    }
  });
}

function createTableSql(table: DescribedObject, { expected }: Surroundings): string[] {
  const parts = [...expected.values()].filter((object) => object.table === table.name);
  const columns = texts(table.properties['columns']).flatMap((name) => {
    const column = expected.get(`column ${table.name}.${name}`);
    return column ? [columnDefinition(column)] : [];
  });
  const constraints = parts.filter(({ kind }) => kind === 'constraint');
  const isForeignKey = ({ properties }: DescribedObject) => properties['type'] === 'foreign key';
  const behind = new Set(constraints.map(indexNameOf));
  const inside = constraints
    .filter((constraint) => !isForeignKey(constraint))
    .map((constraint) => `CONSTRAINT ${ownName(constraint)} ${definitionOf(constraint)}`);
  return [
    `CREATE ${table.properties['persistence'] === 'unlogged' ? 'UNLOGGED ' : ''}TABLE ${table.name} (\n  ${[...columns, ...inside].join(',\n  ')}\n);`,
    ...parts
      .filter(({ kind, name }) => kind === 'index' && !behind.has(name))
      .map((index) => `${definitionOf(index)};`),
    ...constraints
      .filter(isForeignKey)
      .map(
        (constraint) => `ALTER TABLE ${table.name} ADD CONSTRAINT ${ownName(constraint)} ${definitionOf(constraint)};`,
      ),
    ...(table.properties['rowSecurity'] === true ? [`ALTER TABLE ${table.name} ENABLE ROW LEVEL SECURITY;`] : []),
    ...(table.properties['forceRowSecurity'] === true ? [`ALTER TABLE ${table.name} FORCE ROW LEVEL SECURITY;`] : []),
    ...attachmentsSql(table, expected),
  ];
}
