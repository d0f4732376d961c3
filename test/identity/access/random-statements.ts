import fc from 'fast-check';
import { type Context, type Oracle, type Outcome, refused } from './oracle.ts';
import { freshCopy, literal } from './statement-forms.ts';
import {
  idOf,
  isText,
  type Row,
  type ScopedModel,
  scopedModel,
  scopedModels,
  stationCount,
  stationIn,
} from './world.ts';

/**
 * A condition on the rows of any table. Numbers choose among what a table has (its references, what refers to it, its rows), so that
 * every condition fits every table.
 */
type Condition =
  | { readonly kind: 'true' }
  | { readonly kind: 'keys'; readonly rows: readonly number[] }
  | { readonly kind: 'station'; readonly station: number }
  | { readonly kind: 'unset'; readonly link: number }
  | { readonly kind: 'refers'; readonly link: number; readonly row: number }
  | { readonly kind: 'in'; readonly link: number; readonly inner: Condition }
  | { readonly kind: 'exists'; readonly child: number; readonly inner: Condition }
  | { readonly kind: 'least'; readonly inner: Condition }
  | { readonly kind: 'not'; readonly inner: Condition }
  | { readonly kind: 'and' | 'or'; readonly inner: readonly [Condition, Condition] };

/** What a reference, or a station, is set to: a row by its number, one that is not there, or nothing. */
type Setting = { readonly link: number; readonly to: number | 'missing' | 'nothing' };

interface Join {
  readonly kind: 'JOIN' | 'LEFT JOIN';
  /** Among the references of the table, and then what refers to it. */
  readonly by: number;
  readonly on: Condition;
}

/** A statement on any table. */
export type Statement = { readonly table: number; readonly source: number } & (
  | {
      readonly kind: 'select';
      readonly joins: readonly Join[];
      readonly where: Condition;
      readonly limit: number | null;
    }
  | { readonly kind: 'aggregate'; readonly where: Condition }
  | {
      readonly kind: 'set';
      readonly operator: 'UNION' | 'EXCEPT' | 'INTERSECT';
      readonly child: number;
      readonly where: readonly [Condition, Condition];
    }
  | {
      readonly kind: 'update';
      readonly where: Condition;
      readonly from: Join | null;
      readonly settings: readonly Setting[];
      readonly touches: boolean;
      readonly returning: boolean;
    }
  | { readonly kind: 'delete'; readonly where: Condition; readonly using: Join | null; readonly returning: boolean }
  | {
      readonly kind: 'insert';
      readonly row: number;
      readonly settings: readonly Setting[];
      readonly conflict: 'none' | 'nothing' | 'update';
      readonly taken: boolean;
      readonly returning: boolean;
    }
  | { readonly kind: 'insert from'; readonly where: Condition; readonly settings: readonly Setting[] }
);

const number = fc.nat({ max: 9_999 });
const { condition } = fc.letrec<{ condition: Condition }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 2, withCrossShrink: true },
    { weight: 2, arbitrary: fc.constant({ kind: 'true' } as const) },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('keys'), rows: fc.array(number, { minLength: 1, maxLength: 12 }) }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('station'), station: fc.nat({ max: 9 }) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('unset'), link: number }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('refers'), link: number, row: number }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('in'), link: number, inner: tie('condition') }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('exists'), child: number, inner: tie('condition') }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('least'), inner: tie('condition') }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('not'), inner: tie('condition') }) },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constantFrom('and', 'or'), inner: fc.tuple(tie('condition'), tie('condition')) }),
    },
  ) as fc.Arbitrary<Condition>,
}));
const join: fc.Arbitrary<Join> = fc.record({ kind: fc.constantFrom('JOIN', 'LEFT JOIN'), by: number, on: condition });
const settings: fc.Arbitrary<Setting[]> = fc.array(
  fc.record({
    link: number,
    to: fc.oneof({ weight: 4, arbitrary: number }, fc.constantFrom('missing' as const, 'nothing' as const)),
  }),
  { maxLength: 2 },
);
// A statement that writes without looking at the table is held by fewer policies than others.
const perhapsAll = fc.oneof(fc.constant<Condition>({ kind: 'true' }), condition);
const perhapsJoined = fc.option(join, { freq: 2 });
const on = { table: number, source: number };

/** Statements of every kind on every table. */
export const statement: fc.Arbitrary<Statement> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      ...on,
      kind: fc.constant('select' as const),
      joins: fc.array(join, { maxLength: 2 }),
      where: condition,
      limit: fc.option(fc.nat({ max: 5 })),
    }),
  },
  { weight: 1, arbitrary: fc.record({ ...on, kind: fc.constant('aggregate' as const), where: condition }) },
  {
    weight: 1,
    arbitrary: fc.record({
      ...on,
      kind: fc.constant('set' as const),
      operator: fc.constantFrom('UNION' as const, 'EXCEPT' as const, 'INTERSECT' as const),
      child: number,
      where: fc.tuple(condition, condition),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      ...on,
      kind: fc.constant('update' as const),
      where: perhapsAll,
      from: perhapsJoined,
      settings,
      touches: fc.boolean(),
      returning: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      ...on,
      kind: fc.constant('delete' as const),
      where: perhapsAll,
      using: perhapsJoined,
      returning: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      ...on,
      kind: fc.constant('insert' as const),
      row: number,
      settings,
      conflict: fc.constantFrom('none' as const, 'nothing' as const, 'update' as const),
      taken: fc.boolean(),
      returning: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ ...on, kind: fc.constant('insert from' as const), where: condition, settings }) },
);

/** A statement as SQL, with what is to come of it. */
export type Expectation = { readonly sql: string } & (
  | { readonly rows: readonly Row[]; readonly isOrdered: boolean }
  | { readonly model: ScopedModel; readonly outcome: Outcome }
);

/** Where a statement runs. Its numbers are of the station of the context more often than not: elsewhere there is little to see. */
interface Place {
  readonly visible: (model: ScopedModel) => readonly Row[];
  readonly row: (table: string, which: number) => Row;
  readonly station: (which: number) => number;
}

function placeOf(oracle: Oracle, context: Context): Place {
  const home = context.kind === 'station' ? context.station : 0;
  const seen = new Map<string, readonly Row[]>();
  return {
    visible(model) {
      const rows = seen.get(model.name) ?? oracle.visible(context, model);
      seen.set(model.name, rows);
      return rows;
    },
    row(table, which) {
      const { key } = scopedModel(table);
      const rows = oracle.rowsOf(table);
      const near = rows.filter((row) => stationIn(String(row[key])) === home);
      return which % 4 === 0 || near.length === 0 ? pick(rows, which >> 2) : pick(near, which >> 2);
    },
    station: (which) => (which > 2 ? home : which),
  };
}

interface Bound {
  readonly sql: string;
  readonly holds: (row: Row) => boolean;
  /** Whether it looks at columns of the row. */
  readonly reads: boolean;
}

/** Writes a statement out for a context, and works out what it does by the oracle. */
export function expectationOf(oracle: Oracle, context: Context, given: Statement): Expectation {
  const place = placeOf(oracle, context);
  const { visible } = place;
  const model = pick(scopedModels, given.table);
  const { name, key, touched } = model;
  // A statement may name any column.
  const oldNames = model.oldName && model.newColumns.length === 0 ? [model.oldName] : [];
  const sources = [name, name, ...oldNames, `probes.view_${model.table}`];
  const written = pick(sources, given.source);
  const touch = (row: Row): Row => ({ ...row, [touched.column]: touched.value });

  switch (given.kind) {
    case 'select': {
      const where = bind(model, given.where, 'a', place);
      const readable = [...sources, `${name} TABLESAMPLE BERNOULLI (100)`, `probes.rows_of_${model.table}()`];
      const source = pick(readable, given.source).replace(/^(\S+)( TABLESAMPLE.*)?$/, '$1 AS a$2');
      let last = model;
      let tuples = visible(model)
        .filter(where.holds)
        .map((row): (Row | null)[] => [row]);
      const clauses = given.joins.map(({ kind, by, on }, index) => {
        const [left, right] = [`${'abc'[index]}`, `${'abc'[index + 1]}`];
        const way = pick(waysFrom(last), by);
        const extra = bind(way.model, on, right, place);
        const candidates = visible(way.model).filter(extra.holds);
        tuples = tuples.flatMap((tuple) => {
          const row = tuple.at(-1) ?? null;
          const found = row === null ? [] : candidates.filter((other) => way.matches(row, other));
          if (found.length === 0) return kind === 'LEFT JOIN' ? [[...tuple, null]] : [];
          return found.map((other) => [...tuple, other]);
        });
        last = way.model;
        return {
          sql: ` ${kind} ${way.model.name} AS ${right} ON ${way.sql(left, right)} AND ${extra.sql}`,
          model: way.model,
        };
      });
      const models = [model, ...clauses.map((clause) => clause.model)];
      const columns = models.map((each, index) => `${'abc'[index]}.${each.key} AS k${index}`);
      const rows = tuples.map((tuple) =>
        Object.fromEntries(tuple.map((row, index) => [`k${index}`, row?.[models[index]?.key ?? ''] ?? null])),
      );
      const order = columns.map((_, index) => `k${index}`).join(', ');
      const isOrdered = given.limit !== null;
      if (isOrdered) rows.sort((a, b) => compareRows(a, b));
      return {
        sql: `SELECT ${columns} FROM ${source}${clauses.map(({ sql }) => sql).join('')} WHERE ${where.sql}${isOrdered ? ` ORDER BY ${order} LIMIT ${given.limit}` : ''}`,
        rows: isOrdered ? rows.slice(0, given.limit ?? 0) : rows,
        isOrdered,
      };
    }
    case 'aggregate': {
      const where = bind(model, given.where, 'a', place);
      const keys = visible(model)
        .filter(where.holds)
        .map((row) => String(row[key]))
        .sort();
      return {
        sql: `SELECT count(*) AS n, min(${key}::text) AS low, array_agg(${key} ORDER BY ${key}) AS keys FROM ${written} AS a WHERE ${where.sql}`,
        rows: [{ n: keys.length, low: keys[0] ?? null, keys: keys.length > 0 ? keys : null }],
        isOrdered: false,
      };
    }
    case 'set': {
      const [first, second] = given.where;
      const left = bind(model, first, 'a', place);
      const children = waysFrom(model).filter(({ isChild }) => isChild);
      const child = children.length > 0 ? pick(children, given.child) : undefined;
      const other = child?.model ?? model;
      const column = child?.column ?? key;
      const right = bind(other, second, 'b', place);
      const lefts = visible(model)
        .filter(left.holds)
        .map((row) => row[key] ?? null);
      const rights = visible(other)
        .filter(right.holds)
        .map((row) => row[column] ?? null);
      const found =
        given.operator === 'UNION'
          ? [...lefts, ...rights]
          : lefts.filter((value) => rights.includes(value) === (given.operator === 'INTERSECT'));
      return {
        sql: `SELECT ${key}::text AS k FROM ${written} AS a WHERE ${left.sql} ${given.operator} SELECT ${column}::text FROM ${other.name} AS b WHERE ${right.sql}`,
        rows: [...new Set(found)].map((k) => ({ k })),
        isOrdered: false,
      };
    }
    case 'update': {
      const where = bind(model, given.where, 'a', place);
      const from = given.from && bindJoin(model, given.from, place);
      const changes = settingsOf(model, given.settings, place);
      const isTouched = given.touches || Object.keys(changes).length === 0;
      const assignments = [
        ...Object.entries(changes).map(([column, value]) => `${column} = ${literal(value)}`),
        ...(isTouched ? [`${touched.column} = ${touched.sql}`] : []),
      ];
      const change = (row: Row): Row => ({ ...(isTouched ? touch(row) : row), ...changes });
      return {
        sql: `UPDATE ${written} AS a SET ${assignments.join(', ')}${from ? ` FROM ${from.table} AS b` : ''} WHERE ${where.sql}${from ? ` AND ${from.sql}` : ''}${given.returning ? ` RETURNING a.${key}` : ''}`,
        model,
        outcome: oracle.update(context, model, {
          filter: (row) => where.holds(row) && (from?.holds(row) ?? true),
          change,
          reads: where.reads || from !== null || given.returning,
        }),
      };
    }
    case 'delete': {
      const where = bind(model, given.where, 'a', place);
      const using = given.using && bindJoin(model, given.using, place);
      return {
        sql: `DELETE FROM ${written} AS a${using ? ` USING ${using.table} AS b` : ''} WHERE ${where.sql}${using ? ` AND ${using.sql}` : ''}${given.returning ? ` RETURNING a.${key}` : ''}`,
        model,
        outcome: oracle.delete(
          context,
          model,
          (row) => where.holds(row) && (using?.holds(row) ?? true),
          where.reads || using !== null || given.returning,
        ),
      };
    }
    case 'insert': {
      const template = place.row(name, given.row);
      const changes = settingsOf(model, given.settings, place);
      const fresh = { ...freshCopy(model, template, 900), ...changes };
      const row = given.taken && !(key in changes) ? { ...fresh, [key]: template[key] ?? null } : fresh;
      const conflict = {
        none: '',
        nothing: ` ON CONFLICT (${key}) DO NOTHING`,
        update: ` ON CONFLICT (${key}) DO UPDATE SET ${touched.column} = ${touched.sql}`,
      }[given.conflict];
      const outcome =
        given.conflict === 'none'
          ? oracle.insert(context, model, [row], given.returning)
          : oracle.upsert(context, model, row, given.conflict === 'update' ? touch : undefined);
      return {
        sql: `INSERT INTO ${written} (${Object.keys(row)}) VALUES (${Object.values(row).map(literal)})${conflict}${given.returning ? ` RETURNING ${key}` : ''}`,
        model,
        outcome,
      };
    }
    case 'insert from': {
      const where = bind(model, given.where, 'a', place);
      const changes = settingsOf(model, given.settings, place);
      const columns = Object.keys(pick(oracle.rowsOf(name), 0));
      const renamed = new Set([
        key,
        ...model.uniques.flat().filter((column) => model.columns.some((each) => each.name === column && isText(each))),
        ...(name === 'identity.station_users' ? ['user_id'] : []),
      ]);
      const another = (value: Row[string] | undefined) =>
        typeof value === 'string' ? `f${value.slice(1)}` : (value ?? null);
      const copy = (row: Row): Row => ({
        ...row,
        ...Object.fromEntries([...renamed].map((column) => [column, another(row[column])])),
        ...changes,
      });
      const isUuid = (column: string) =>
        model.columns.some((each) => each.name === column && each.getSQLType() === 'uuid');
      const selected = columns.map((column) => {
        if (column in changes) return `${literal(changes[column] ?? null)}${isUuid(column) ? '::uuid' : ''}`;
        if (!renamed.has(column)) return `a.${column}`;
        return `('f' || substr(a.${column}::text, 2))${isUuid(column) ? '::uuid' : ''}`;
      });
      const rows = visible(model).filter(where.holds).map(copy);
      return {
        sql: `INSERT INTO ${written} (${columns}) SELECT ${selected} FROM ${name} AS a WHERE ${where.sql}`,
        model,
        outcome: oracle.isGranted(context, model, 'insert')
          ? oracle.insert(context, model, rows, false)
          : { errors: [refused] },
      };
    }
  }
}

function pick<T>(from: readonly T[], which: number): T {
  return from[which % from.length] as T;
}

/** A way to go from the rows of a table to those of another. */
interface Way {
  readonly model: ScopedModel;
  readonly isChild: boolean;
  /** The column of the reference. */
  readonly column: string;
  readonly sql: (left: string, right: string) => string;
  readonly matches: (row: Row, other: Row) => boolean;
}

const ways = new Map<ScopedModel, readonly Way[]>();

/** The references of a table, and what refers to it. */
function waysFrom(model: ScopedModel): readonly Way[] {
  const known = ways.get(model);
  if (known) return known;
  const isSet = (value: Row[string] | undefined) => value !== null && value !== undefined;
  const up = model.links.map(({ column, table, key }): Way => {
    const parent = scopedModel(table);
    return {
      model: parent,
      isChild: false,
      column,
      sql: (left, right) => `${right}.${key} = ${left}.${column}`,
      matches: (row, other) => isSet(row[column]) && other[parent.key] === row[column],
    };
  });
  const down = scopedModels.flatMap((child) =>
    child.links
      .filter(({ table }) => table === model.name)
      .map(
        ({ column, key }): Way => ({
          model: child,
          isChild: true,
          column,
          sql: (left, right) => `${right}.${column} = ${left}.${key}`,
          matches: (row, other) => isSet(other[column]) && other[column] === row[model.key],
        }),
      ),
  );
  ways.set(model, [...up, ...down]);
  return [...up, ...down];
}

function bindJoin(model: ScopedModel, { by, on }: Join, place: Place) {
  const way = pick(waysFrom(model), by);
  const extra = bind(way.model, on, 'b', place);
  const others = place.visible(way.model).filter(extra.holds);
  return {
    table: way.model.name,
    sql: `${way.sql('a', 'b')} AND ${extra.sql}`,
    holds: (row: Row) => others.some((other) => way.matches(row, other)),
  };
}

/** A condition on a table, with every part of it either true or false. */
function bind(model: ScopedModel, given: Condition, alias: string, place: Place): Bound {
  const { name, key, links } = model;
  const always: Bound = { sql: 'true', holds: () => true, reads: false };
  const link = 'link' in given && links.length > 0 ? pick(links, given.link) : undefined;
  const reads = true;
  switch (given.kind) {
    case 'true':
      return always;
    case 'keys': {
      const keys = new Set(given.rows.map((row) => String(place.row(name, row)[key])));
      const list = [...keys].map((each) => `'${each}'`);
      return { sql: `${alias}.${key} IN (${list})`, holds: (row) => keys.has(String(row[key])), reads };
    }
    case 'station': {
      const wanted = place.station(given.station);
      const station = wanted.toString(16).padStart(4, '0');
      return {
        sql: `${alias}.${key}::text LIKE '________-${station}-%'`,
        holds: (row) => stationIn(String(row[key])) === wanted,
        reads,
      };
    }
    case 'unset':
      if (!link) return always;
      return {
        sql: `${alias}.${link.column} IS NULL`,
        holds: (row) => row[link.column] === null || row[link.column] === undefined,
        reads,
      };
    case 'refers': {
      if (!link) return always;
      const target = String(place.row(link.table, given.row)[scopedModel(link.table).key]);
      return {
        sql: `(${alias}.${link.column} = '${target}') IS TRUE`,
        holds: (row) => row[link.column] === target,
        reads,
      };
    }
    case 'in': {
      if (!link) return always;
      const parent = scopedModel(link.table);
      const inner = bind(parent, given.inner, `${alias}p`, place);
      const keys = new Set(
        place
          .visible(parent)
          .filter(inner.holds)
          .map((row) => row[parent.key]),
      );
      return {
        sql: `(${alias}.${link.column} IN (SELECT ${alias}p.${link.key} FROM ${parent.name} AS ${alias}p WHERE ${inner.sql})) IS TRUE`,
        holds: (row) => keys.has(row[link.column] ?? ''),
        reads,
      };
    }
    case 'exists': {
      const children = waysFrom(model).filter(({ isChild }) => isChild);
      if (children.length === 0) return always;
      const child = pick(children, given.child);
      const inner = bind(child.model, given.inner, `${alias}c`, place);
      const referred = new Set(
        place
          .visible(child.model)
          .filter(inner.holds)
          .map((row) => row[child.column]),
      );
      return {
        sql: `EXISTS (SELECT FROM ${child.model.name} AS ${alias}c WHERE ${child.sql(alias, `${alias}c`)} AND ${inner.sql})`,
        holds: (row) => referred.has(row[key] ?? ''),
        reads,
      };
    }
    case 'least': {
      const inner = bind(model, given.inner, `${alias}m`, place);
      const [least] = place
        .visible(model)
        .filter(inner.holds)
        .map((row) => String(row[key]))
        .sort();
      return {
        sql: `(${alias}.${key}::text = (SELECT min(${alias}m.${key}::text) FROM ${name} AS ${alias}m WHERE ${inner.sql})) IS TRUE`,
        holds: (row) => row[key] === least,
        reads,
      };
    }
    case 'not': {
      const inner = bind(model, given.inner, alias, place);
      return { sql: `NOT (${inner.sql})`, holds: (row) => !inner.holds(row), reads: inner.reads };
    }
    case 'and':
    case 'or': {
      const [left, right] = given.inner.map((each) => bind(model, each, alias, place)) as [Bound, Bound];
      const isAnd = given.kind === 'and';
      return {
        sql: `(${left.sql} ${isAnd ? 'AND' : 'OR'} ${right.sql})`,
        holds: (row) => (isAnd ? left.holds(row) && right.holds(row) : left.holds(row) || right.holds(row)),
        reads: left.reads || right.reads,
      };
    }
  }
}

/** What columns are set to. Where a column cannot be null, nothing becomes a row that is not there. */
function settingsOf(model: ScopedModel, given: readonly Setting[], { row }: Place): Row {
  if (model.links.length === 0) return {};
  return Object.fromEntries(
    given.map(({ link, to }): [string, Row[string]] => {
      const { column, table } = pick(model.links, link);
      const isRequired = model.columns.some((each) => each.name === column && each.notNull);
      if (typeof to === 'number') {
        return [column, String(row(table, to)[scopedModel(table).key])];
      }
      return [column, to === 'missing' || isRequired ? idOf(table, stationCount + 10, 1) : null];
    }),
  );
}

function compareRows(a: Row, b: Row): number {
  for (const column of Object.keys(a)) {
    const [left, right] = [a[column], b[column]];
    if (left === right) continue;
    if (left === null) return 1;
    if (right === null) return -1;
    return String(left) < String(right) ? -1 : 1;
  }
  return 0;
}
