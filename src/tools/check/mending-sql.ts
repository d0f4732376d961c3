import type { TableRename } from '../../registry/renames.ts';
import type { DescribedObject } from '../database/describe.ts';
import { literal } from '../database/query.ts';
import { indexNameOf, lackingPrivileges, type ObjectDifference, privilegesOf, texts } from './compare.ts';

/** What the statements that mend an object have to know of the others. */
export interface Surroundings {
  /** What should be, by kind and name. */
  readonly expected: ReadonlyMap<string, DescribedObject>;
  /** What is, by kind and name. */
  readonly found: ReadonlyMap<string, DescribedObject>;
  readonly renames: readonly TableRename[];
}

/**
 * What makes a found object the expected one: a statement or a comment each, to be run in order and outside of a transaction, as
 * the owner of the tables. Indexes are built and dropped concurrently, checks and foreign keys are validated apart, so that
 * clients go on. Where that can't be, or where values are lost, a comment says so.
 */
export function mendingSql(difference: ObjectDifference, surroundings: Surroundings): string[] {
  const { expected, found, properties } = difference;
  const object = (expected ?? found) as DescribedObject;
  if (properties.includes('name') && expected && found) return renameSql(expected, found);
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

function enumSql({ expected, found }: ObjectDifference, surroundings: Surroundings): string[] {
  if (!expected) return [];
  const labels = texts(expected.properties['labels']);
  const create = `CREATE TYPE ${expected.name} AS ENUM (${labels.map(literal).join(', ')});`;
  if (!found) return [create];

  const present = texts(found.properties['labels']);
  const isSubsequence = present.join('\n') === labels.filter((label) => present.includes(label)).join('\n');
  if (isSubsequence) {
    // From the end on, so that the label to stand before is there already.
    const missing = labels.filter((label) => !present.includes(label)).reverse();
    return missing.map((label) => {
      const next = labels[labels.indexOf(label) + 1];
      return `ALTER TYPE ${expected.name} ADD VALUE ${literal(label)}${next === undefined ? '' : ` BEFORE ${literal(next)}`};`;
    });
  }

  const extra = present.filter((label) => !labels.includes(label));
  const old = withSuffix(expected.name.slice(expected.name.indexOf('.') + 1), 'old');
  const schema = expected.name.slice(0, expected.name.indexOf('.'));
  const columns = [...surroundings.found.values()].filter(
    ({ kind, table, properties }) =>
      kind === 'column' &&
      surroundings.found.has(`table ${table}`) &&
      String(properties['type']).replace(/(\[\])+$/, '') === expected.name,
  );
  const tables = [...new Set(columns.map(({ table }) => table ?? ''))];
  const inTheWay = dependents(tables, surroundings, expected.name);
  return [
    `-- PostgreSQL can't take a label from an enum, nor move one: the type is made anew, and ${tables.join(', ') || 'no table'} rewritten`,
    '-- under a lock that lets nobody read. Do it in a quiet moment.',
    ...(extra.length > 0
      ? [`-- Fails as a whole where rows hold ${extra.map(literal).join(' or ')}: give them another label first.`]
      : []),
    'BEGIN;',
    ...inTheWay.drop,
    `ALTER TYPE ${expected.name} RENAME TO ${old};`,
    create,
    ...tables.map((table) => {
      const changes = columns
        .filter((column) => column.table === table)
        .flatMap((column) => {
          const name = ownName(column);
          const type = String(column.properties['type']);
          const array = /(\[\])+$/.exec(type)?.[0] ?? '';
          const value =
            surroundings.expected.get(`column ${column.name}`)?.properties['default'] ?? column.properties['default'];
          const usesType = value !== undefined;
          return [
            ...(usesType ? [`ALTER COLUMN ${name} DROP DEFAULT`] : []),
            `ALTER COLUMN ${name} TYPE ${type} USING ${name}::text${array}::${type}`,
            ...(usesType ? [`ALTER COLUMN ${name} SET DEFAULT ${String(value)}`] : []),
          ];
        });
      return `ALTER TABLE ${table} ${changes.join(', ')};`;
    }),
    `DROP TYPE ${schema}.${old};`,
    ...inTheWay.create,
    'COMMIT;',
  ];
}

function tableSql({ expected, found, properties }: ObjectDifference, surroundings: Surroundings): string[] {
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
          '-- Rewrites the table under a lock that lets nobody read.',
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
          : ['-- A table can not be made another kind of table: make it anew and move the rows.'];
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

/** The triggers, policies and rules that belong to a table or view which is made anew. */
function attachmentsSql({ name }: DescribedObject, expected: Surroundings['expected']): string[] {
  return [...expected.values()]
    .filter(({ table }) => table === name)
    .flatMap((object) => {
      const missing: ObjectDifference = { expected: object, properties: [] };
      if (object.kind === 'trigger') return triggerSql(missing);
      if (object.kind === 'policy') return policySql(missing);
      return object.kind === 'rule' ? ruleSql(missing) : [];
    });
}

function columnDefinition(
  { name, table, properties }: DescribedObject,
  notNull = properties['notNull'] === true,
): string {
  const { type, collation, generated, generatedKind, identity } = properties;
  return [
    name.slice((table ?? '').length + 1),
    type,
    ...(collation === undefined ? [] : [`COLLATE ${collation}`]),
    ...(properties['default'] === undefined ? [] : [`DEFAULT ${properties['default']}`]),
    ...(generated === undefined ? [] : [`GENERATED ALWAYS AS (${generated}) ${String(generatedKind).toUpperCase()}`]),
    ...(identity === undefined ? [] : [`GENERATED ${String(identity).toUpperCase()} AS IDENTITY`]),
    ...(notNull ? ['NOT NULL'] : []),
  ].join(' ');
}

function columnSql({ expected, found, properties }: ObjectDifference, surroundings: Surroundings): string[] {
  const column = (expected ?? found) as DescribedObject;
  const [table, name] = [column.table ?? '', ownName(column)];
  if (!expected) {
    const view = viewThatReads(column, surroundings);
    const drop = `ALTER TABLE ${table} DROP COLUMN ${name};`;
    return [
      '-- Drops the values of the column for good. To keep them, copy them first, or add the column to the model.',
      ...(view
        ? [
            `-- The view ${view.name} reads it: services that use the old name lose it, too.`,
            'BEGIN;',
            `DROP VIEW ${view.name};`,
            drop,
            ...createViewSql(view, surroundings),
            'COMMIT;',
          ]
        : [drop]),
    ];
  }
  if (!found) return addColumnSql(expected, surroundings);
  if (surroundings.found.has(`view ${table}`)) {
    return properties.map(() => {
      const value = expected.properties['default'];
      return `ALTER VIEW ${table} ALTER COLUMN ${name} ${value === undefined ? 'DROP DEFAULT' : `SET DEFAULT ${value}`};`;
    });
  }

  const alter = `ALTER TABLE ${table}`;
  return properties.flatMap((property): string[] => {
    const wanted = expected.properties[property];
    switch (property) {
      case 'type':
      case 'collation':
        return typeSql(expected, found, surroundings);
      case 'default':
        return [`${alter} ALTER COLUMN ${name} ${wanted === undefined ? 'DROP DEFAULT' : `SET DEFAULT ${wanted}`};`];
      case 'notNull':
        return wanted === true ? notNullSql(expected) : [`${alter} ALTER COLUMN ${name} DROP NOT NULL;`];
      case 'notNullValidated':
        return [
          `-- Fails where rows hold NULL: give them a value first.`,
          `${alter} ALTER COLUMN ${name} SET NOT NULL;`,
        ];
      case 'identity':
        if (wanted === undefined) return [`${alter} ALTER COLUMN ${name} DROP IDENTITY;`];
        return [
          found.properties['identity'] === undefined
            ? `${alter} ALTER COLUMN ${name} ADD GENERATED ${String(wanted).toUpperCase()} AS IDENTITY;`
            : `${alter} ALTER COLUMN ${name} SET GENERATED ${String(wanted).toUpperCase()};`,
        ];
      case 'generated':
      case 'generatedKind':
        if (wanted === undefined && found.properties['generatedKind'] === 'stored') {
          return [`${alter} ALTER COLUMN ${name} DROP EXPRESSION;`];
        }
        return [
          '-- Its values come from an expression: the column is made anew, at the end of its table.',
          'BEGIN;',
          `${alter} DROP COLUMN ${name};`,
          `${alter} ADD COLUMN ${columnDefinition(expected)};`,
          'COMMIT;',
        ];
      default:
        return [];
    }
  });
}

/** The view under an old name that has a column of its table which no model has: the table had it when it was renamed. */
function viewThatReads(
  column: DescribedObject,
  { expected, found, renames }: Surroundings,
): DescribedObject | undefined {
  return renames
    .filter(({ to }) => to === column.table)
    .filter(({ from }) => found.has(`view ${from}`) && found.has(`column ${from}.${ownName(column)}`))
    .map(({ from }) => expected.get(`view ${from}`))
    .find((view) => view !== undefined);
}

function addColumnSql(column: DescribedObject, surroundings: Surroundings): string[] {
  const { table = '', properties } = column;
  const name = ownName(column);
  const isNew = ({ kind, name: other, table: of, properties: its }: DescribedObject) =>
    kind === 'column' &&
    of === table &&
    its['type'] === properties['type'] &&
    !surroundings.expected.has(`column ${other}`);
  const sameType = [...surroundings.found.values()].find(isNew);
  const hint = sameType
    ? [
        `-- Where ${sameType.name} is this column under another name, keep its values: run this instead of all that concerns the two.`,
        `-- ALTER TABLE ${table} RENAME COLUMN ${ownName(sameType)} TO ${name};`,
      ]
    : [];
  const needsValues =
    properties['notNull'] === true &&
    ['default', 'generated', 'identity'].every((from) => properties[from] === undefined);
  if (!needsValues) return [...hint, `ALTER TABLE ${table} ADD COLUMN ${columnDefinition(column)};`];
  return [
    ...hint,
    `ALTER TABLE ${table} ADD COLUMN ${columnDefinition(column, false)};`,
    `-- The rows that are there need a value before the next statements: UPDATE ${table} SET ${name} = …;`,
    ...notNullSql(column).slice(1),
  ];
}

/** NOT NULL by way of a check, which is validated while clients write. SET NOT NULL then needs no look at the rows. */
function notNullSql(column: DescribedObject): string[] {
  const [table, name] = [column.table ?? '', ownName(column)];
  const check = withSuffix(name, 'not_null');
  return [
    '-- Fails where rows hold NULL: give them a value first.',
    `ALTER TABLE ${table} ADD CONSTRAINT ${check} CHECK (${name} IS NOT NULL) NOT VALID;`,
    `ALTER TABLE ${table} VALIDATE CONSTRAINT ${check};`,
    `ALTER TABLE ${table} ALTER COLUMN ${name} SET NOT NULL;`,
    `ALTER TABLE ${table} DROP CONSTRAINT ${check};`,
  ];
}

function typeSql(expected: DescribedObject, found: DescribedObject, surroundings: Surroundings): string[] {
  const [table, name] = [expected.table ?? '', ownName(expected)];
  const { type, collation } = expected.properties;
  const value = expected.properties['default'];
  const hasDefault = value !== undefined || found.properties['default'] !== undefined;
  const inTheWay = dependents([table], surroundings);
  return [
    '-- May rewrite the table under a lock that lets nobody read, and fails where a value does not fit.',
    'BEGIN;',
    ...inTheWay.drop,
    `ALTER TABLE ${table} ${[
      ...(hasDefault ? [`ALTER COLUMN ${name} DROP DEFAULT`] : []),
      `ALTER COLUMN ${name} TYPE ${type}${collation === undefined ? '' : ` COLLATE ${collation}`} USING ${name}::${type}`,
      ...(value === undefined ? [] : [`ALTER COLUMN ${name} SET DEFAULT ${value}`]),
    ].join(', ')};`,
    ...inTheWay.create,
    'COMMIT;',
  ];
}

/**
 * What stands in the way of another type for columns of these tables, as statements that drop it and make it again: the views of
 * ours on the tables, and, where a type is named, the indexes and checks whose conditions name it.
 */
function dependents(
  tables: readonly string[],
  surroundings: Surroundings,
  type?: string,
): { readonly drop: string[]; readonly create: string[] } {
  const views = [...surroundings.expected.values()].filter(
    ({ kind, name, properties }) =>
      kind === 'view' &&
      surroundings.found.has(`view ${name}`) &&
      tables.some((table) => names(String(properties['definition']), table)),
  );
  const parts =
    type === undefined
      ? []
      : [...surroundings.found.values()].filter(
          ({ kind, table, properties }) =>
            (kind === 'index' || kind === 'constraint') &&
            tables.includes(table ?? '') &&
            names(String(properties['definition']), type),
        );
  const partsThatStay = parts.filter(({ kind, name }) => surroundings.expected.has(`${kind} ${name}`));
  return {
    drop: [
      ...views.map(
        ({ name }) =>
          `DROP ${surroundings.found.get(`view ${name}`)?.properties['kind'] === 'materialized' ? 'MATERIALIZED ' : ''}VIEW ${name};`,
      ),
      ...parts.map((part) =>
        part.kind === 'index'
          ? `DROP INDEX ${part.name};`
          : `ALTER TABLE ${part.table} DROP CONSTRAINT ${ownName(part)};`,
      ),
    ],
    create: [
      ...partsThatStay.map((part) =>
        part.kind === 'index'
          ? `${definitionOf(part)};`
          : `ALTER TABLE ${part.table} ADD CONSTRAINT ${ownName(part)} ${definitionOf(part)};`,
      ),
      ...views.flatMap((view) => createViewSql(view, surroundings)),
    ],
  };
}

function constraintSql({ expected, found, properties }: ObjectDifference, surroundings: Surroundings): string[] {
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

function indexSql({ expected, found, properties }: ObjectDifference): string[] {
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

function viewSql({ expected, found, properties }: ObjectDifference, surroundings: Surroundings): string[] {
  if (!expected) return [];
  if (!found) return createViewSql(expected, surroundings);
  if (found.kind === 'table') {
    const other = withSuffix(ownName(expected), 'table');
    return [
      '-- A table has taken the old name. Its rows are not in the table that the view shows: move them, then drop it.',
      `ALTER TABLE ${found.name} RENAME TO ${other};`,
      ...createViewSql(expected, surroundings),
    ];
  }
  if (properties.includes('definition') || properties.includes('kind')) {
    const materialized = found.properties['kind'] === 'materialized' ? 'MATERIALIZED ' : '';
    return [
      'BEGIN;',
      `DROP ${materialized}VIEW ${expected.name};`,
      ...createViewSql(expected, surroundings),
      'COMMIT;',
    ];
  }
  const wanted = texts(expected.properties['options']);
  const optionName = (option: string) => option.slice(0, option.indexOf('='));
  const needless = texts(found.properties['options'])
    .map(optionName)
    .filter((name) => !wanted.map(optionName).includes(name));
  return [
    ...(properties.includes('options') && wanted.length > 0
      ? [`ALTER VIEW ${expected.name} SET (${wanted.map(withSpaces).join(', ')});`]
      : []),
    ...(needless.length > 0 ? [`ALTER VIEW ${expected.name} RESET (${needless.join(', ')});`] : []),
    ...lackingPrivileges(found, surroundings.found, surroundings.renames).map((privilege) =>
      grantSql(expected.name, privilege),
    ),
  ];
}

/** The view, with the owner and the privileges of the table that it stands for; without a rename, with those that it had. */
function createViewSql(view: DescribedObject, { expected, found, renames }: Surroundings): string[] {
  const options = texts(view.properties['options']).map(withSpaces).join(', ');
  const materialized = view.properties['kind'] === 'materialized' ? 'MATERIALIZED ' : '';
  const table = renames.find(({ from }) => from === view.name)?.to;
  const [kind, source] = table === undefined ? (['view', view.name] as const) : (['table', table] as const);
  const owner = found.get(`${kind} ${source}`)?.properties['owner'];
  const isOfOwner = (privilege: string) => privilege.startsWith(`${owner}: `);
  return [
    `CREATE ${materialized}VIEW ${view.name}${options === '' ? '' : ` WITH (${options})`} AS ${definitionOf(view).trim().replace(/;$/, '')};`,
    ...(owner === undefined ? [] : [`ALTER ${materialized}VIEW ${view.name} OWNER TO ${owner};`]),
    ...privilegesOf(source, kind, found, texts(view.properties['columns']))
      .filter((privilege) => !isOfOwner(privilege))
      .map((privilege) => grantSql(view.name, privilege)),
    ...attachmentsSql(view, expected),
  ];
}

/** @param privilege As in `service: SELECT`, or `service: UPDATE (notes) with grant option`. */
function grantSql(relation: string, privilege: string): string {
  const [, grantee, what, option] = /^(.*): (\S+(?: \(.*\))?)( with grant option)?$/.exec(privilege) ?? [];
  return `GRANT ${what} ON ${relation} TO ${grantee}${option ? ' WITH GRANT OPTION' : ''};`;
}

function triggerSql({ expected, found, properties }: ObjectDifference): string[] {
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

function policySql({ expected, found }: ObjectDifference): string[] {
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

function ruleSql({ expected, found, properties }: ObjectDifference): string[] {
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

function functionSql({ expected, found, properties }: ObjectDifference): string[] {
  if (!expected) return [];
  const { kind } = expected.properties;
  if (kind === 'aggregate') return ['-- An aggregate has no definition to repeat: make it by hand.'];
  const create = withSemicolon(definitionOf(expected));
  const mustGo = found && (properties.includes('result') || properties.includes('kind'));
  const what = found?.properties['kind'] === 'procedure' ? 'PROCEDURE' : 'FUNCTION';
  return mustGo ? ['BEGIN;', `DROP ${what} ${expected.name};`, create, 'COMMIT;'] : [create];
}

function sequenceSql({ expected, found }: ObjectDifference): string[] {
  const sequence = (expected ?? found) as DescribedObject;
  if (!expected) return [`DROP SEQUENCE ${sequence.name};`];
  const { type, start, increment, minimum, maximum, cache, cycle, column } = expected.properties;
  const owner = column === undefined ? 'NONE' : column;
  return [
    `${found ? 'ALTER' : 'CREATE'} SEQUENCE ${expected.name} AS ${type} INCREMENT BY ${increment} MINVALUE ${minimum} MAXVALUE ${maximum} START WITH ${start} CACHE ${cache} ${cycle === true ? 'CYCLE' : 'NO CYCLE'} OWNED BY ${owner};`,
  ];
}

/** The object's own name, without those of its schema and table. */
function ownName({ kind, name, table }: DescribedObject): string {
  const within = kind === 'index' || kind === 'view' || kind === 'table' ? undefined : table;
  if (within !== undefined) return name.slice(within.length + 1);
  const schema = /^("(?:[^"]|"")+"|[^".]+)\./.exec(name)?.[0] ?? '';
  return name.slice(schema.length);
}

function definitionOf({ properties }: DescribedObject): string {
  return String(properties['definition']);
}

/** The definition of an index, to be built while clients write; under another name where one is given. */
function concurrently(definition: string, name?: string): string {
  return definition.replace(
    /^CREATE (UNIQUE )?INDEX ("(?:[^"]|"")+"|\S+) ON /,
    (_, unique: string | undefined, own: string) => `CREATE ${unique ?? ''}INDEX CONCURRENTLY ${name ?? own} ON `,
  );
}

/** A name of at most 63 bytes that is made of another one. */
function withSuffix(name: string, suffix: string): string {
  const plain = name.startsWith('"') ? name.slice(1, -1) : name;
  const long = `${plain.slice(0, 62 - suffix.length)}_${suffix}`;
  return name.startsWith('"') ? `"${long}"` : long;
}

function withSpaces(option: string): string {
  return option.replace('=', ' = ');
}

function withSemicolon(statement: string): string {
  return `${statement.trim().replace(/;$/, '')};`;
}

/** Whether a definition names a table or type, as in `public.customer_messages`. */
function names(definition: string, object: string): boolean {
  const escaped = object.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  return new RegExp(`(?<![\\w".])${escaped}(?![\\w".])`).test(definition);
}
