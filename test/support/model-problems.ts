import { getColumnTable, getTableColumns, getTableUniqueName, is, One, Relation } from 'drizzle-orm';
import { getTableConfig, isPgEnum, type PgColumn, PgEnumColumn, PgTable } from 'drizzle-orm/pg-core';

/** What each domain exports. */
export type Faces = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** A soft reference: columns that lead to another table without a foreign key. */
export interface SoftReference {
  /** As in `public.business_social_accounts.connected_by`. */
  readonly from: string;
  /** As in `identity.users.id`. */
  readonly to: string;
}

/** The models, and everything that they have to agree with. */
export interface ModelSet {
  readonly faces: Faces;
  /** What the package's own face exports: everything of every domain. */
  readonly all: Readonly<Record<string, unknown>>;
  /** The relations, by entity. */
  readonly relations: Readonly<Record<string, unknown>>;
  /** The tables of the database by their canonical names, as `schema.name`. */
  readonly tables: readonly string[];
  /** The enums of the database: labels in order, by `schema.name`. */
  readonly enums: Readonly<Record<string, readonly string[]>>;
  /** Tables that need no model. */
  readonly retired: readonly string[];
  readonly softReferences: readonly SoftReference[];
}

interface Model {
  /** As in `core#Booking`. */
  readonly name: string;
  readonly entity: string;
  readonly table: PgTable;
  /** As in `public.bookings`. */
  readonly tableName: string;
}

/** One step from columns to columns, as `public.bookings.customer_id → public.customers.id`. */
const step = (from: readonly PgColumn[], to: readonly PgColumn[]) => `${columnNames(from)} → ${columnNames(to)}`;
const columnName = (column: PgColumn) => `${tableNameOf(getColumnTable<PgTable>(column))}.${column.name}`;
const columnNames = (columns: readonly PgColumn[]) => columns.map(columnName).join(', ');

function tableNameOf(table: PgTable): string {
  const name = getTableUniqueName(table);
  return name.includes('.') ? name : `public.${name}`;
}

/** Values that occur more than once, each once. */
const repeated = (values: readonly string[]) => [
  ...new Set(values.filter((value, index) => values.indexOf(value) < index)),
];

/**
 * Lists where the models do not agree with each other, with the relations or with the database: one line per problem, which
 * names the model, table, index, constraint, enum or relation. Empty if there are none.
 */
export function modelProblems(set: ModelSet): string[] {
  const models = Object.entries(set.faces).flatMap(([domain, face]) =>
    Object.entries(face).flatMap(([entity, table]): Model[] =>
      is(table, PgTable) ? [{ name: `${domain}#${entity}`, entity, table, tableName: tableNameOf(table) }] : [],
    ),
  );
  return [
    ...faceProblems(set),
    ...tableProblems(set, models),
    ...models.flatMap((model) => constraintProblems(model, models)),
    ...nameProblems(models),
    ...enumProblems(set, models),
    ...relationProblems(set, models),
  ];
}

const configs = new WeakMap<PgTable, ReturnType<typeof getTableConfig>>();

/** A table's configuration. It takes most of the time to read, and tests ask for that of the same tables again and again. */
function configOf(table: PgTable): ReturnType<typeof getTableConfig> {
  const known = configs.get(table) ?? getTableConfig(table);
  configs.set(table, known);
  return known;
}

function faceProblems({ faces, all }: ModelSet): string[] {
  const inDomains = Object.entries(faces).flatMap(([domain, face]) =>
    Object.entries(face).map(([name, value]) => ({ domain, name, value })),
  );
  return [
    ...repeated(inDomains.map(({ name }) => name)).map((name) => `${name} is exported by two domains`),
    ...inDomains
      .filter(({ name, value }) => all[name] !== value)
      .map(({ domain, name }) => `${domain}#${name} is not what the package exports as ${name}`),
    ...Object.keys(all)
      .filter((name) => !inDomains.some((exported) => exported.name === name))
      .map((name) => `${name} is exported by the package and by no domain`),
  ];
}

function tableProblems({ tables, retired }: ModelSet, models: readonly Model[]): string[] {
  const modelled = models.map(({ tableName }) => tableName);
  const of = (table: string) => models.filter(({ tableName }) => tableName === table).map(({ name }) => name);
  return [
    ...repeated(modelled).map((table) => `${table} has more than one model: ${of(table).join(', ')}`),
    ...tables
      .filter((table) => !modelled.includes(table) && !retired.includes(table))
      .map((table) => `${table} has no model and is not retired`),
    ...retired
      .filter((table) => modelled.includes(table))
      .map((table) => `${table} is retired and has a model: ${of(table).join(', ')}`),
    ...retired.filter((table) => !tables.includes(table)).map((table) => `${table} is retired and is not a table`),
  ];
}

function constraintProblems({ name: model, table }: Model, models: readonly Model[]): string[] {
  const { columns, foreignKeys, indexes, primaryKeys, uniqueConstraints } = configOf(table);
  const own = (column: PgColumn) =>
    getColumnTable<PgTable>(column) === table && columns.some(({ name }) => name === column.name);
  const problems: string[] = [];
  if (!columns.some(({ primary }) => primary) && primaryKeys.length === 0) problems.push('has no primary key');

  for (const foreignKey of foreignKeys) {
    const { columns: from, foreignColumns: to, foreignTable } = foreignKey.reference();
    const name = `foreign key ${foreignKey.getName()}`;
    if (!foreignKey.isNameExplicit()) problems.push(`${name} has no name of its own`);
    if (!from.every(own)) problems.push(`${name} starts at a column that the table does not have`);
    const target = models.find((other) => other.table === foreignTable);
    if (!target) {
      problems.push(`${name} leads to ${tableNameOf(foreignTable)}, which has no model`);
      continue;
    }
    if (!isUnique(foreignTable, to)) problems.push(`${name} leads to ${columnNames(to)}, which is not unique`);
    const types = (of: readonly PgColumn[]) => of.map((column) => column.getSQLType()).join(', ');
    if (types(from) !== types(to)) problems.push(`${name} leads from ${types(from)} to ${types(to)}`);
  }
  for (const { config } of indexes) {
    if (!config.name) problems.push('has an index without a name of its own');
    for (const column of config.columns) {
      if ('name' in column && !columns.some(({ name }) => name === column.name)) {
        problems.push(`index ${config.name} has the column ${column.name}, which the table does not have`);
      }
    }
  }
  for (const unique of uniqueConstraints) {
    if (!unique.isNameExplicit) problems.push(`unique constraint ${unique.getName()} has no name of its own`);
    if (!unique.columns.every(own))
      problems.push(`unique constraint ${unique.getName()} has a column of another table`);
  }
  for (const column of columns) {
    if (column.isUnique && !column.uniqueName) {
      problems.push(`the unique constraint of ${column.name} has no name of its own`);
    }
  }
  for (const primaryKey of primaryKeys) {
    if (!primaryKey.columns.every(own)) problems.push('its primary key has a column of another table');
  }
  return problems.map((problem) => `${model}: ${problem}`);
}

/** Whether no two rows have the same values in these columns: they are the primary key, or unique. */
function isUnique(table: PgTable, columns: readonly PgColumn[]): boolean {
  const { columns: all, primaryKeys, uniqueConstraints, indexes } = configOf(table);
  const names = (of: readonly { readonly name: string }[]) =>
    of
      .map(({ name }) => name)
      .sort()
      .join();
  const keys = [
    ...all.filter(({ primary, isUnique }) => primary || isUnique).map((column) => [column]),
    ...primaryKeys.map((key) => key.columns),
    ...uniqueConstraints.map((unique) => unique.columns),
    ...indexes
      .filter(({ config }) => config.unique && !config.where)
      .map(({ config }) => config.columns as readonly { readonly name: string }[]),
  ];
  return keys.some((key) => names(key) === names(columns));
}

/** PostgreSQL keeps indexes, primary keys and unique constraints by name in a schema, other constraints by name in a table. */
function nameProblems(models: readonly Model[]): string[] {
  const inSchema = models.flatMap(({ table, tableName }) => {
    const { columns, indexes, uniqueConstraints, primaryKeys } = configOf(table);
    const [schema] = tableName.split('.');
    return [
      ...indexes.map(({ config }) => config.name),
      ...uniqueConstraints.map((unique) => unique.getName()),
      ...primaryKeys.map((key) => (key.isNameExplicit ? key.getName() : undefined)),
      ...columns.map((column) => (column.isUnique ? column.uniqueName : undefined)),
    ].flatMap((name) => (name ? [`${schema}.${name}`] : []));
  });
  const inTable = models.flatMap(({ table, tableName }) => {
    const { checks, foreignKeys, uniqueConstraints } = configOf(table);
    return [
      ...checks.map(({ name }) => name),
      ...foreignKeys.map((foreignKey) => foreignKey.getName()),
      ...uniqueConstraints.map((unique) => unique.getName()),
    ].map((name) => `${tableName}.${name}`);
  });
  return [
    ...repeated(inSchema).map((name) => `${name} is the name of two indexes or constraints`),
    ...repeated(inTable).map((name) => `${name} is the name of two constraints`),
  ];
}

function enumProblems({ faces, enums }: ModelSet, models: readonly Model[]): string[] {
  const exported = Object.entries(faces).flatMap(([domain, face]) =>
    Object.entries(face).flatMap(([name, value]) =>
      isPgEnum(value)
        ? [{ name: `${domain}#${name}`, pgEnum: value, enumName: `${value.schema ?? 'public'}.${value.enumName}` }]
        : [],
    ),
  );
  const named = exported.map(({ enumName }) => enumName);
  return [
    ...repeated(named).map((name) => `enum ${name} is exported more than once`),
    ...Object.keys(enums)
      .filter((name) => !named.includes(name))
      .map((name) => `enum ${name} is not exported`),
    ...exported.flatMap(({ name, enumName, pgEnum }) => {
      const labels = enums[enumName];
      return labels && labels.join() !== pgEnum.enumValues.join()
        ? [`${name}: found the labels ${pgEnum.enumValues.join(', ')}; the database has ${labels.join(', ')}`]
        : [];
    }),
    ...models.flatMap(({ name, table }) =>
      Object.values(getTableColumns(table)).flatMap((column) =>
        is(column, PgEnumColumn) && !exported.some(({ pgEnum }) => pgEnum === column.enum)
          ? [`${name}: column ${column.name} has the enum ${column.enum.enumName}, which no domain exports`]
          : [],
      ),
    ),
  ];
}

/** How drizzle-orm keeps a table of the relations. */
interface TableRelations {
  readonly table: PgTable;
  readonly relations: Readonly<Record<string, unknown>>;
}

type BuilderColumns = readonly { readonly _: { readonly column: PgColumn } }[];
const columnsOf = (columns: unknown) => ((columns ?? []) as BuilderColumns).map(({ _ }) => _.column);

function relationProblems({ relations, softReferences }: ModelSet, models: readonly Model[]): string[] {
  const entries = Object.entries(relations) as [string, TableRelations][];
  const problems = [
    ...models
      .filter(({ entity, table }) => !entries.some(([name, entry]) => name === entity && entry.table === table))
      .map(({ name, entity }) => `${name}: relations know another table as ${entity}, or none`),
    ...entries
      .filter(([entity]) => !models.some((model) => model.entity === entity))
      .map(([entity]) => `relations of ${entity}: no model has that name`),
  ];

  // A foreign key or a soft reference is a step that a relation may take, one way or the other.
  const keys = new Map<string, { readonly from: readonly PgColumn[]; readonly to: readonly PgColumn[] }>();
  for (const { table } of models) {
    for (const foreignKey of configOf(table).foreignKeys) {
      const { columns: from, foreignColumns: to } = foreignKey.reference();
      keys.set(step(from, to), { from, to });
    }
  }
  const allColumns = models.flatMap(({ table }) => configOf(table).columns);
  for (const { from, to } of softReferences) {
    const [source, target] = [from, to].map((name) => allColumns.find((column) => columnName(column) === name));
    if (source && target) keys.set(step([source], [target]), { from: [source], to: [target] });
    else problems.push(`soft reference ${from} → ${to}: no model has that column`);
  }
  const isSoft = (from: readonly PgColumn[]) => softReferences.some((soft) => soft.from === columnNames(from));

  const taken = new Set<string>();
  for (const [entity, { relations: ofTable }] of entries) {
    for (const [name, relation] of Object.entries(ofTable)) {
      if (!is(relation, Relation)) continue;
      const problem = (text: string) => problems.push(`relation ${entity}.${name} ${text}`);
      const [from, to] = [columnsOf(relation.sourceColumns), columnsOf(relation.targetColumns)];
      if (!models.some(({ table }) => table === relation.targetTable)) {
        problem(`leads to ${tableNameOf(relation.targetTable as PgTable)}, which has no model`);
      }
      for (const column of [...from, ...to]) {
        if (!allColumns.includes(column)) problem(`has the column ${columnName(column)}, which no model has`);
      }
      if (relation.through) {
        const [near, far] = [columnsOf(relation.through.source), columnsOf(relation.through.target)];
        if (!keys.has(step(near, from)) || !keys.has(step(far, to)))
          problem('leads through columns without foreign keys');
        continue;
      }
      const forward = keys.get(step(from, to));
      const backward = keys.get(step(to, from));
      if (forward) {
        taken.add(step(from, to));
        const nullable = from.some(({ notNull }) => !notNull) || isSoft(from);
        if (!is(relation, One)) problem('leads along a foreign key to many rows');
        else if (relation.optional !== nullable) problem(`is ${nullable ? 'not ' : ''}optional`);
      } else if (backward) {
        taken.add(`back along ${step(to, from)}`);
        const one = to[0] !== undefined && isUnique(getColumnTable<PgTable>(to[0]), to);
        if (is(relation, One) !== one)
          problem(`leads back to ${one ? 'many rows, and there is at most one' : 'one row, and there may be many'}`);
      } else {
        problem(`leads from ${columnNames(from)} to ${columnNames(to)}, and no foreign key does`);
      }
    }
  }
  for (const key of keys.keys()) {
    if (!taken.has(key)) problems.push(`${key} has no relation`);
    if (!taken.has(`back along ${key}`)) problems.push(`${key} has no relation back`);
  }
  return problems;
}
