import expectedFile from '../../../drizzle/expected/baseline.json' with { type: 'json' };
import { baselineKnowledge } from '../../../src/tools/baseline/baseline.ts';
import type { DatabaseDescription, DescribedObject } from '../../../src/tools/database/describe.ts';
import type { DeviationKind } from '../../../src/tools/deviations/kinds.ts';

export const expected = expectedFile.objects as unknown as DatabaseDescription;

/** What somebody has run on a legacy database, with what is to be listed. */
export interface RandomDeviation {
  readonly sql: string;
  /** As `kind object`. */
  readonly listed: readonly string[];
}

/** What a way to deviate may choose from. */
interface Choice {
  /** Takes one of these, the same one for the same case, whose table or enum no other deviation of the case has. */
  take<T extends DescribedObject>(objects: readonly T[]): T;
  /** A number that no other deviation has. */
  readonly number: number;
}

type Way = (choice: Choice) => RandomDeviation;

const tables = expected.filter(({ kind }) => kind === 'table');
const columns = expected.filter(({ kind }) => kind === 'column');
const constraints = expected.filter(({ kind }) => kind === 'constraint');
const enums = expected.filter(({ kind }) => kind === 'enum');
const text = (object: DescribedObject, property: string) => String(object.properties[property] ?? '');
const own = ({ name }: DescribedObject) => name.slice(name.lastIndexOf('.') + 1);
const ofType = (type: string) => constraints.filter(({ properties }) => properties['type'] === type);
const foreignKeys = ofType('foreign key');
const backing = new Set(
  constraints.map(({ name, table = '' }) => `${table.slice(0, table.indexOf('.'))}.${name.slice(table.length + 1)}`),
);
/** Unique constraints that no foreign key rests on. */
const uniqueKeys = ofType('unique').filter(
  ({ table, properties }) =>
    !foreignKeys.some((key) =>
      text(key, 'definition').includes(`REFERENCES ${table}${String(properties['definition']).replace('UNIQUE ', '')}`),
    ),
);
const indexes = expected.filter(({ kind, name }) => kind === 'index' && !backing.has(name));
const definitionsOf = (table: string) =>
  expected
    .filter((object) => object.table === table && 'definition' in object.properties)
    .map((o) => text(o, 'definition'));
/** Tables that no foreign key of another table leads to. One of the retired reviews leads to threads. */
const unreferenced = tables.filter(
  ({ name }) =>
    name !== 'public.social_threads' &&
    !foreignKeys.some((key) => key.table !== name && text(key, 'definition').includes(`REFERENCES ${name}(`)),
);
/** Columns that no index and no constraint names. */
const free = columns.filter(
  (column) =>
    column.name !== `${column.table}.id` &&
    !definitionsOf(column.table ?? '').some((definition) => new RegExp(`\\b${own(column)}\\b`).test(definition)),
);
const isEnum = (column: DescribedObject) => text(column, 'type').startsWith('public.');
const plain = free.filter((column) => !isEnum(column));
const texts = plain.filter((column) => /^(character varying\(\d+\)|text)$/.test(text(column, 'type')));
const varchars = plain.filter((column) => /^character varying\(\d+\)$/.test(text(column, 'type')));
const sizeOf = (column: DescribedObject) => Number(/\d+/.exec(text(column, 'type'))?.[0]);
const nullable = (column: DescribedObject) => column.properties['notNull'] !== true;
const hasDefault = (column: DescribedObject) => column.properties['default'] !== undefined;
const withDefault = (value: string) => columns.filter((column) => text(column, 'default') === value);
const comparable = plain.filter((column) =>
  /^(uuid|text|character varying.*|integer|boolean|date|timestamp.*)$/.test(text(column, 'type')),
);
/** Labels of an enum that are no column's default. */
const looseLabels = (type: DescribedObject) =>
  (type.properties['labels'] as string[]).filter(
    (label) => !columns.some((column) => text(column, 'default') === `'${label}'::${type.name}`),
  );
const withLooseLabels = enums.filter((type) => looseLabels(type).length >= 2);
const checksOfNumbers = ofType('check').filter((check) => /[<>]=? \d/.test(text(check, 'definition')));
const isGuarded = ({ name }: DescribedObject) => baselineKnowledge.guarded?.has(name) === true;

/** A deviation of one column, or of whatever else: one statement on its table, one thing listed. */
function alter(
  objects: readonly DescribedObject[],
  kind: DeviationKind,
  action: (object: DescribedObject, number: number) => string,
): Way {
  return ({ take, number }) => {
    const object = take(objects);
    return {
      sql: `ALTER TABLE ${object.table ?? object.name} ${action(object, number)}`,
      listed: [`${kind} ${object.name}`],
    };
  };
}

/** A deviation of a table that adds something of its own. */
function add(
  kind: DeviationKind,
  sql: (table: string, number: number) => string,
  object: (table: string, number: number) => string,
  of: readonly DescribedObject[] = tables,
): Way {
  return ({ take, number }) => {
    const { name } = take(of);
    return { sql: sql(name, number), listed: [`${kind} ${object(name, number)}`] };
  };
}

const schemaOf = (table: string) => table.slice(0, table.indexOf('.'));
const trigger = (table: string, number: number, rights: string) =>
  `CREATE FUNCTION public.f${number}() RETURNS trigger LANGUAGE plpgsql ${rights} AS 'BEGIN RETURN NEW; END';
   CREATE TRIGGER t${number} BEFORE INSERT ON ${table} FOR EACH ROW EXECUTE FUNCTION public.f${number}()`;
const replaced = (constraint: DescribedObject, definition: string, name = own(constraint)) =>
  `DROP CONSTRAINT ${own(constraint)}, ADD CONSTRAINT ${name} ${definition}`;

/** Every way in which a database is made to deviate, with what has to be listed then. */
export const ways: Readonly<Record<string, Way>> = {
  'a column at the end': ({ take }) => {
    const column = take(plain.filter((each) => nullable(each) && !hasDefault(each)));
    const order = tables.find(({ name }) => name === column.table)?.properties['columns'] as string[];
    const isLast = order.at(-1) === own(column);
    return {
      sql: `ALTER TABLE ${column.table} DROP COLUMN ${own(column)};
        ALTER TABLE ${column.table} ADD COLUMN ${own(column)} ${text(column, 'type')}`,
      listed: isLast ? [] : [`column-order ${column.table}`],
    };
  },
  'a nullable column': add(
    'extra-column',
    (table, n) => `ALTER TABLE ${table} ADD COLUMN x${n} integer`,
    (table, n) => `${table}.x${n}`,
  ),
  'a column with a default': add(
    'extra-column',
    (table, n) => `ALTER TABLE ${table} ADD COLUMN x${n} serial NOT NULL`,
    (table, n) => `${table}.x${n}`,
  ),
  'a required column': add(
    'extra-required-column',
    (table, n) =>
      `ALTER TABLE ${table} ADD COLUMN x${n} text NOT NULL DEFAULT ''; ALTER TABLE ${table} ALTER x${n} DROP DEFAULT`,
    (table, n) => `${table}.x${n}`,
  ),
  'an index': ({ take, number }) => {
    const column = take(comparable);
    return {
      sql: `CREATE INDEX x${number} ON ${column.table} (${own(column)})`,
      listed: [`extra-index ${schemaOf(column.table ?? '')}.x${number}`],
    };
  },
  'a unique index': ({ take, number }) => {
    const column = take(comparable.filter(({ table }) => columns.some(({ name }) => name === `${table}.id`)));
    return {
      sql: `CREATE UNIQUE INDEX x${number} ON ${column.table} (id, ${own(column)})`,
      listed: [`extra-unique-index ${schemaOf(column.table ?? '')}.x${number}`],
    };
  },
  'a check of its own': ({ take, number }) => {
    const column = take(columns);
    return {
      sql: `ALTER TABLE ${column.table} ADD CONSTRAINT x${number} CHECK (${own(column)} IS NULL OR ${own(column)} IS NOT NULL)`,
      listed: [`extra-constraint ${column.table}.x${number}`],
    };
  },
  'a unique constraint of its own': ({ take, number }) => {
    const column = take(comparable.filter(({ table }) => columns.some(({ name }) => name === `${table}.id`)));
    return {
      sql: `ALTER TABLE ${column.table} ADD CONSTRAINT x${number} UNIQUE (id, ${own(column)})`,
      listed: [`extra-constraint ${column.table}.x${number}`],
    };
  },
  'a foreign key of its own': ({ take, number }) => {
    const { table } = take(ofType('primary key').filter((key) => text(key, 'definition') === 'PRIMARY KEY (id)'));
    return {
      sql: `ALTER TABLE ${table} ADD CONSTRAINT x${number} FOREIGN KEY (id) REFERENCES ${table} (id)`,
      listed: [`extra-constraint ${table}.x${number}`],
    };
  },
  'a trigger': add(
    'extra-trigger',
    (table, n) => trigger(table, n, ''),
    (table, n) => `${table}.t${n}`,
  ),
  'a trigger with rights of its own, on a guarded table': add(
    'definer-trigger',
    (table, n) => trigger(table, n, 'SECURITY DEFINER'),
    (table, n) => `${table}.t${n}`,
    tables.filter(isGuarded),
  ),
  'a trigger with rights of its own, on another table': add(
    'extra-trigger',
    (table, n) => trigger(table, n, 'SECURITY DEFINER'),
    (table, n) => `${table}.t${n}`,
    tables.filter((table) => !isGuarded(table)),
  ),
  'a policy': add(
    'foreign-policy',
    (table, n) => `CREATE POLICY x${n} ON ${table} USING (true)`,
    (table, n) => `${table}.x${n}`,
  ),
  'row-level security': alter(tables, 'row-security', (_, n) => `${n % 2 ? 'ENABLE' : 'FORCE'} ROW LEVEL SECURITY`),
  'a rule': add(
    'foreign-rule',
    (table, n) => `CREATE RULE x${n} AS ON DELETE TO ${table} DO ALSO NOTHING`,
    (table, n) => `${table}.x${n}`,
  ),
  'extended statistics': ({ take, number }) => {
    const { name, properties } = take(tables);
    const [first, second] = (properties['columns'] as string[]).filter((column) =>
      comparable.concat(columns.filter((each) => own(each) === 'id')).some((each) => each.name === `${name}.${column}`),
    );
    return second === undefined
      ? { sql: 'SELECT 1', listed: [] }
      : {
          sql: `CREATE STATISTICS public.x${number} ON ${first}, ${second} FROM ${name}`,
          listed: [`extra-statistics public.x${number}`],
        };
  },
  'a comment on a table': ({ take }) => {
    const { name } = take(tables);
    return { sql: `COMMENT ON TABLE ${name} IS 'ours'`, listed: [`comment ${name}`] };
  },
  'a comment on a column': ({ take }) => {
    const { name } = take(columns);
    return { sql: `COMMENT ON COLUMN ${name} IS 'ours'`, listed: [`comment ${name}`] };
  },
  'a comment on a constraint': ({ take }) => {
    const constraint = take(constraints);
    return {
      sql: `COMMENT ON CONSTRAINT ${own(constraint)} ON ${constraint.table} IS 'ours'`,
      listed: [`comment ${constraint.name}`],
    };
  },
  'storage of a table': alter(tables, 'storage', (_, n) => (n % 2 ? 'SET (fillfactor = 70)' : 'REPLICA IDENTITY FULL')),
  'storage of a column': alter(columns, 'storage', (column) => `ALTER ${own(column)} SET STATISTICS 500`),
  'storage of an index': ({ take }) => {
    const { name } = take(indexes);
    return { sql: `ALTER INDEX ${name} SET (fillfactor = 80)`, listed: [`storage ${name}`] };
  },
  'a wider column': alter(
    varchars,
    'wider-type',
    (column, n) => `ALTER ${own(column)} TYPE ${[`varchar(${sizeOf(column) + 1})`, 'varchar', 'text'][n % 3]}`,
  ),
  'a narrower column': alter(
    varchars,
    'narrower-type',
    (column) =>
      `ALTER ${own(column)} TYPE varchar(${sizeOf(column) - 1}) USING left(${own(column)}, ${sizeOf(column) - 1})`,
  ),
  'a timestamp of another precision': alter(
    plain.filter((column) => text(column, 'type') === 'timestamp with time zone'),
    'timestamp-precision',
    (column) => `ALTER ${own(column)} TYPE timestamptz(3)`,
  ),
  'a bigint': alter(
    plain.filter((column) => text(column, 'type') === 'integer'),
    'other-type',
    (column) => `ALTER ${own(column)} TYPE bigint`,
  ),
  'another collation': alter(
    texts,
    'other-collation',
    (column) => `ALTER ${own(column)} TYPE ${text(column, 'type')} COLLATE "C"`,
  ),
  'an identity': alter(
    plain.filter((column) => text(column, 'type') === 'integer' && !nullable(column) && !hasDefault(column)),
    'other-generation',
    (column) => `ALTER ${own(column)} ADD GENERATED BY DEFAULT AS IDENTITY`,
  ),
  'a key of another type': ({ take }) => {
    const { name } = take(
      unreferenced.filter(
        (table) =>
          columns.some((column) => column.name === `${table.name}.id` && text(column, 'type') === 'uuid') &&
          !foreignKeys.some((key) => text(key, 'definition').includes(`REFERENCES ${table.name}(`)),
      ),
    );
    return {
      sql: `ALTER TABLE ${name} ALTER id DROP DEFAULT, ALTER id TYPE text USING id::text`,
      listed: [`other-key-type ${name}`],
    };
  },
  'a default missing': alter(
    columns.filter(hasDefault),
    'missing-default',
    (column) => `ALTER ${own(column)} DROP DEFAULT`,
  ),
  'a default too many': alter(
    texts.filter((column) => !hasDefault(column)),
    'extra-default',
    (column) => `ALTER ${own(column)} SET DEFAULT ''`,
  ),
  'another default': alter(
    withDefault('false').concat(withDefault('0')),
    'other-default',
    (column) => `ALTER ${own(column)} SET DEFAULT ${text(column, 'default') === '0' ? '7' : 'true'}`,
  ),
  'a default in another spelling': alter(
    withDefault('false').concat(withDefault('0'), withDefault('now()')),
    'other-default-spelling',
    (column) =>
      `ALTER ${own(column)} SET DEFAULT ${{ '0': '3 - 3', false: '1 > 2', 'now()': 'CURRENT_TIMESTAMP' }[text(column, 'default')]}`,
  ),
  'NULL allowed': alter(
    plain.filter((column) => !nullable(column)),
    'missing-not-null',
    (column) => `ALTER ${own(column)} DROP NOT NULL`,
  ),
  'NULL not allowed': ({ take }) => {
    const column = take(texts.filter(nullable));
    return {
      sql: `UPDATE ${column.table} SET ${own(column)} = coalesce(${own(column)}, '');
        ALTER TABLE ${column.table} ALTER ${own(column)} SET NOT NULL`,
      listed: [`extra-not-null ${column.name}`],
    };
  },
  'a column missing': alter(
    plain.filter((column) => nullable(column) || hasDefault(column)),
    'missing-column',
    (column) => `DROP COLUMN ${own(column)}`,
  ),
  'a required column missing': alter(
    plain.filter((column) => !nullable(column) && !hasDefault(column)),
    'missing-required-column',
    (column) => `DROP COLUMN ${own(column)}`,
  ),
  'an index missing': ({ take }) => {
    const { name } = take(indexes);
    return { sql: `DROP INDEX ${name}`, listed: [`missing-index ${name}`] };
  },
  'an index under another name': ({ take, number }) => {
    const { name } = take(indexes);
    return { sql: `ALTER INDEX ${name} RENAME TO x${number}`, listed: [`other-index-name ${name}`] };
  },
  'another index': ({ take }) => {
    const index = take(indexes);
    const column = columns.find(({ table }) => table === index.table);
    return {
      sql: `DROP INDEX ${index.name}; CREATE INDEX ${own(index)} ON ${index.table} (${column && own(column)}, ${column && own(column)})`,
      listed: [`other-index ${index.name}`],
    };
  },
  'an invalid index': ({ take }) => {
    const { name } = take(indexes);
    return {
      sql: `SET LOCAL allow_system_table_mods = on;
        UPDATE pg_catalog.pg_index SET indisvalid = false WHERE indexrelid = '${name}'::regclass`,
      listed: [`invalid-index ${name}`],
    };
  },
  'a constraint under another name': alter(
    constraints,
    'other-constraint-name',
    (constraint, n) => `RENAME CONSTRAINT ${own(constraint)} TO x${n}`,
  ),
  'a key missing': alter(uniqueKeys, 'missing-key', (key) => `DROP CONSTRAINT ${own(key)}`),
  'another key': alter(uniqueKeys, 'other-key', (key) => replaced(key, text(key, 'definition').replace(')', ', id)'))),
  'a check missing': alter(ofType('check'), 'missing-check', (check) => `DROP CONSTRAINT ${own(check)}`),
  'another check': alter(ofType('check'), 'other-check', (check) => replaced(check, 'CHECK (true)')),
  'a check in another spelling': alter(checksOfNumbers, 'other-check-spelling', (check) =>
    replaced(check, text(check, 'definition').replace(/([<>]=?) (\d+)/, '$1 ($2 + 0)')),
  ),
  'a foreign key missing': alter(foreignKeys, 'missing-foreign-key', (key) => `DROP CONSTRAINT ${own(key)}`),
  'another foreign key': alter(foreignKeys, 'other-foreign-key', (key) =>
    replaced(key, text(key, 'definition').replace(/\)( ON DELETE|$)/, ') ON UPDATE CASCADE$1')),
  ),
  'a foreign key that is not validated': alter(foreignKeys, 'not-validated', (key) =>
    replaced(key, `${text(key, 'definition')} NOT VALID`),
  ),
  'a table missing': ({ take }) => {
    const { name } = take(unreferenced);
    return { sql: `DROP TABLE ${name}`, listed: [`missing-table ${name}`] };
  },
  'a table in another schema': ({ take, number }) => {
    const { name } = take(tables);
    return {
      sql: `CREATE SCHEMA s${number}; ALTER TABLE ${name} SET SCHEMA s${number}`,
      listed: [`other-place ${name}`],
    };
  },
  'two tables for one name': ({ take, number }) => {
    const { name } = take(unreferenced);
    const table = name.slice(name.indexOf('.') + 1);
    return {
      sql: `CREATE SCHEMA s${number}; CREATE SCHEMA r${number}; ALTER TABLE ${name} SET SCHEMA s${number};
        CREATE TABLE r${number}.${table} (LIKE s${number}.${table})`,
      listed: [`meeting-tables ${name}`],
    };
  },
  'a view in place of a table': ({ take, number }) => {
    const { name } = take(unreferenced);
    return {
      sql: `ALTER TABLE ${name} RENAME TO x${number}; CREATE VIEW ${name} AS SELECT * FROM ${schemaOf(name)}.x${number}`,
      listed: [`other-table-kind ${name}`],
    };
  },
  'a table that inherits': ({ take, number }) => {
    const { name } = take(tables);
    return {
      sql: `CREATE TABLE public.x${number} (); ALTER TABLE ${name} INHERIT public.x${number}`,
      listed: [`other-table-kind ${name}`],
    };
  },
  'an unlogged table': alter(unreferenced, 'other-table-kind', () => 'SET UNLOGGED'),
  'an extra label': ({ take, number }) => {
    const { name } = take(enums);
    return { sql: `ALTER TYPE ${name} ADD VALUE 'x${number}'`, listed: [`extra-label ${name}`] };
  },
  'a label under another name': ({ take, number }) => {
    const type = take(withLooseLabels);
    return {
      sql: `ALTER TYPE ${type.name} RENAME VALUE '${looseLabels(type)[0]}' TO 'x${number}'`,
      listed: [`extra-label ${type.name}`, `missing-label ${type.name}`],
    };
  },
  'labels in another case': ({ take }) => {
    const type = take(enums);
    const labels = type.properties['labels'] as string[];
    return {
      sql: labels
        .map((label) => `ALTER TYPE ${type.name} RENAME VALUE '${label}' TO '${label.toUpperCase()}'`)
        .join('; '),
      listed: [`label-case ${type.name}`],
    };
  },
  'labels in another order': ({ take, number }) => {
    const type = take(withLooseLabels);
    const [first, second] = looseLabels(type);
    const rename = (from: string, to: string) => `ALTER TYPE ${type.name} RENAME VALUE '${from}' TO '${to}'`;
    return {
      sql: [
        rename(String(first), `x${number}`),
        rename(String(second), String(first)),
        rename(`x${number}`, String(second)),
      ].join('; '),
      listed: [`label-order ${type.name}`],
    };
  },
  'an enum elsewhere': ({ take, number }) => {
    const { name } = take(enums);
    return {
      sql: `CREATE SCHEMA s${number}; ALTER TYPE ${name} SET SCHEMA s${number}`,
      listed: [`other-enum-place ${name}`],
    };
  },
  'an enum that is a text': ({ take }) => {
    const column = take(
      free.filter(
        (each) => isEnum(each) && columns.filter((other) => text(other, 'type') === text(each, 'type')).length === 1,
      ),
    );
    const type = text(column, 'type');
    return {
      sql: `ALTER TABLE ${column.table} ALTER ${own(column)} DROP DEFAULT, ALTER ${own(column)} TYPE text USING ${own(column)}::text;
        DROP TYPE ${type}`,
      listed: [
        `missing-enum ${type}`,
        `other-type ${column.name}`,
        ...(hasDefault(column) ? [`missing-default ${column.name}`] : []),
      ],
    };
  },
};

/** Up to five ways, each with a number from which it takes what it makes deviate. */
export type Case = readonly { readonly way: string; readonly pick: number }[];

/**
 * The deviations of a case.
 *
 * @param options.apart Whether each has a table, or an enum with all the tables of its columns, to itself. What is listed holds only then.
 */
export function buildDeviations(cases: Case, { apart = true }: { readonly apart?: boolean } = {}): RandomDeviation[] {
  const taken = new Set<string>();
  return cases.flatMap(({ way, pick }, index) => {
    const claims = (object: DescribedObject) => {
      if (object.kind === 'enum') {
        return [
          object.name,
          ...columns.filter((column) => text(column, 'type') === object.name).map(({ table = '' }) => table),
        ];
      }
      const table = object.table ?? object.name;
      return object.kind === 'column' && isEnum(object) ? [table, text(object, 'type')] : [table];
    };
    const choice: Choice = {
      number: index + pick * 5,
      take(objects) {
        const open = objects.filter((object) => !(apart && claims(object).some((claim) => taken.has(claim))));
        const object = open[pick % open.length];
        if (!object) throw new NothingLeft();
        for (const claim of claims(object)) taken.add(claim);
        return object;
      },
    };
    try {
      return [(ways[way] as Way)(choice)];
    } catch (error) {
      if (error instanceof NothingLeft) return [];
      throw error;
    }
  });
}

class NothingLeft extends Error {}
