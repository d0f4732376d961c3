import { type Context, contextText, type Oracle, type Outcome, refused } from './oracle.ts';
import { type Attempt, attemptAll, type Result, type Session, writeDifference } from './session.ts';
import { idOf, isText, noStation, type Row, type ScopedModel, scopedModel, stationCount, stationIn } from './world.ts';

/** A statement of one form on one table, and what is wrong with its result; undefined if it is right. */
export interface Form extends Attempt {
  readonly name: string;
  wrong(result: Result): string | undefined;
}

/** Every form on every one of some tables. */
export const formsOf = (oracle: Oracle, context: Context, models: readonly ScopedModel[]): Form[] =>
  models.flatMap((model) =>
    [...readForms(oracle, context, model), ...writeForms(oracle, context, model)].map((form) => ({
      ...form,
      name: `${form.name} of ${model.name}`,
    })),
  );

/** What differs from what the oracle expects. Empty where nothing leaks and nothing is missing. */
export async function leaksOf(session: Session, context: Context, forms: readonly Form[]): Promise<string[]> {
  const results = await attemptAll(session, context, forms);
  return forms.flatMap((form, index) => {
    const result = results[index];
    const wrong = result ? form.wrong(result) : 'no result';
    return wrong === undefined ? [] : [`${form.name}, ${contextText(context)}: ${wrong}\n  ${form.sql}`];
  });
}

/** Rows as text, independent of their order and that of their columns. */
const textOf = (rows: readonly Row[]): string =>
  rows
    .map((row) => JSON.stringify(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1))))
    .sort()
    .join('\n');

/** How a result differs from the rows that are expected of a statement that reads; undefined if it does not. */
export function readDifference(
  { rows, isOrdered = false }: { readonly rows: readonly Row[]; readonly isOrdered?: boolean },
  result: Result,
): string | undefined {
  const { error } = result;
  if (error) return `expected ${rows.length} rows, found the error ${error.code} ${error.message}`;
  const text = isOrdered ? (some: readonly Row[]) => some.map((row) => textOf([row])).join('\n') : textOf;
  const [found, wanted] = [text(result.rows ?? []), text(rows)];
  if (found === wanted) return undefined;
  return `expected ${rows.length} rows, found ${result.rows?.length}: ${found.slice(0, 200)} instead of ${wanted.slice(0, 200)}`;
}

/** Reads rows, in any order. */
const reads = (name: string, sql: string, rows: readonly Row[]): Form => ({
  name,
  sql,
  wrong: (result) => readDifference({ rows }, result),
});

function fails(name: string, sql: string, code: string, writes?: string): Form {
  return {
    name,
    sql,
    ...(writes !== undefined && { writes }),
    wrong({ error, rows }) {
      if (error?.code === code) return undefined;
      return `expected the error ${code}, found ${error ? `${error.code} ${error.message}` : JSON.stringify(rows)}`;
    },
  };
}

/** Every way to read a table. */
export function readForms(oracle: Oracle, context: Context, model: ScopedModel): Form[] {
  const { name, table, key, links, oldName } = model;
  const visible = oracle.visible(context, model);
  const keys = visible.map((row) => String(row[key]));
  const asRows = (values: readonly string[]): Row[] => values.map((value) => ({ k: value }));
  const all = asRows(keys);
  const tried = samples(oracle, context, model).map((row) => String(row[key]));
  const found = asRows(tried.filter((value) => keys.includes(value)));
  const triedKeys = tried.map((value) => `'${value}'`);
  const sorted = [...keys].sort();
  const locked = visible.filter((row) => oracle.reaches(context, model, row, 'update'));
  const forms = [
    reads('SELECT', `SELECT ${key} AS k FROM ${name}`, all),
    reads('SELECT *', `SELECT ${table}.${key} AS k FROM (SELECT * FROM ${name}) AS ${table}`, all),
    reads('SELECT by key', `SELECT ${key} AS k FROM ${name} WHERE ${key} IN (${triedKeys})`, found),
    reads('SELECT ONLY', `SELECT ${key} AS k FROM ONLY ${name} WHERE true OR ${key} IS NULL`, all),
    reads(
      'aggregates',
      `SELECT count(*) AS n, array_agg(${key} ORDER BY ${key}) AS k, min(${key}::text) AS low, max(${key}::text) AS high FROM ${name}`,
      [{ n: keys.length, k: keys.length > 0 ? sorted : null, low: sorted[0] ?? null, high: sorted.at(-1) ?? null }],
    ),
    reads(
      'GROUP BY',
      `SELECT substr(${key}::text, 10, 4) AS station, count(*) AS n FROM ${name} GROUP BY 1`,
      countsByStation(keys),
    ),
    reads('GROUPING SETS', `SELECT count(*) AS n FROM ${name} GROUP BY GROUPING SETS (())`, [{ n: keys.length }]),
    reads('sub-select', `SELECT k FROM (SELECT ${key} AS k FROM ${name} OFFSET 0) AS inside`, all),
    reads('scalar sub-select', `SELECT (SELECT count(*) FROM ${name}) AS n`, [{ n: keys.length }]),
    reads('IN', `SELECT ${key} AS k FROM ${name} WHERE ${key} IN (SELECT ${key} FROM ${name})`, all),
    reads('ARRAY', `SELECT unnest(ARRAY(SELECT ${key} FROM ${name})) AS k`, all),
    reads('CTE', `WITH found AS MATERIALIZED (SELECT * FROM ${name}) SELECT ${key} AS k FROM found`, all),
    reads(
      'recursive CTE',
      `WITH RECURSIVE found AS (SELECT ${key} AS k FROM ${name} UNION SELECT next.${key} FROM found JOIN ${name} AS next ON next.${key} = found.k) SELECT k FROM found`,
      all,
    ),
    reads(
      'EXISTS',
      `SELECT wanted.k FROM unnest(ARRAY[${triedKeys}]::uuid[]) AS wanted (k) WHERE EXISTS (SELECT FROM ${name} WHERE ${key} = wanted.k)`,
      found,
    ),
    reads('UNION', `SELECT ${key} AS k FROM ${name} UNION SELECT ${key} FROM ${name}`, all),
    reads(
      'UNION ALL and EXCEPT',
      `(SELECT ${key} AS k FROM ${name} UNION ALL SELECT ${key} FROM ${name}) EXCEPT SELECT NULL::uuid`,
      all,
    ),
    reads(
      'window',
      `SELECT ${key} AS k, count(*) OVER () AS n FROM ${name}`,
      keys.map((k) => ({ k, n: keys.length })),
    ),
    reads('DISTINCT', `SELECT DISTINCT ${key} AS k FROM ${name}`, all),
    reads(
      'ORDER BY and LIMIT',
      `SELECT ${key} AS k FROM ${name} ORDER BY ${key} DESC LIMIT 3`,
      asRows(sorted.slice(-3)),
    ),
    reads(
      'LATERAL',
      `SELECT inside.k FROM (VALUES (1)) AS once, LATERAL (SELECT ${key} AS k FROM ${name}) AS inside`,
      all,
    ),
    reads(
      'full join with itself',
      `SELECT coalesce(a.${key}, b.${key}) AS k FROM ${name} AS a FULL JOIN ${name} AS b ON a.${key} = b.${key}`,
      all,
    ),
    reads('TABLESAMPLE BERNOULLI', `SELECT ${key} AS k FROM ${name} TABLESAMPLE BERNOULLI (100)`, all),
    reads('TABLESAMPLE SYSTEM', `SELECT ${key} AS k FROM ${name} TABLESAMPLE SYSTEM (100)`, all),
    reads('view with security_invoker', `SELECT ${key} AS k FROM probes.view_${table}`, all),
    reads('function', `SELECT ${key} AS k FROM probes.rows_of_${table}()`, all),
    reads(
      'query_to_xml',
      `SELECT (xpath('count(//k)', query_to_xml('SELECT ${key} AS k FROM ${name}', false, false, '')))[1]::text::int AS n`,
      [{ n: keys.length }],
    ),
    reads('statistics', `SELECT attname FROM pg_stats WHERE schemaname || '.' || tablename = '${name}'`, []),
    reads(
      'division by zero',
      `SELECT ${key} AS k FROM ${name} WHERE 1 / (CASE WHEN ${key}::text LIKE ANY (ARRAY[${hidden(keys)}]::text[]) THEN 0 ELSE 1 END) = 1`,
      all,
    ),
    reads(
      'cast that fails',
      `SELECT ${key} AS k FROM ${name} WHERE (CASE WHEN ${key}::text LIKE ANY (ARRAY[${hidden(keys)}]::text[]) THEN ${key}::text ELSE '1' END)::int = 1`,
      all,
    ),
    oracle.isGranted(context, model, 'update')
      ? reads(
          'FOR UPDATE',
          `SELECT ${key} AS k FROM ${name} FOR UPDATE`,
          locked.map((row) => ({ k: row[key] ?? null })),
        )
      : fails('FOR UPDATE', `SELECT ${key} AS k FROM ${name} FOR UPDATE`, refused),
  ];
  for (const link of links) {
    const parent = scopedModel(link.table);
    const seen = new Set(oracle.visible(context, parent).map((row) => row[parent.key]));
    const pairs = visible.filter((row) => seen.has(row[link.column] ?? null));
    forms.push(
      reads(
        `join by ${link.column}`,
        `SELECT child.${key} AS k, parent.${parent.key} AS p FROM ${name} AS child JOIN ${parent.name} AS parent ON parent.${link.key} = child.${link.column}`,
        pairs.map((row) => ({ k: row[key] ?? null, p: row[link.column] ?? null })),
      ),
      reads(
        `left join by ${link.column}`,
        `SELECT child.${key} AS k, parent.${parent.key} AS p FROM ${name} AS child LEFT JOIN ${parent.name} AS parent ON parent.${link.key} = child.${link.column}`,
        visible.map((row) => ({
          k: row[key] ?? null,
          p: seen.has(row[link.column] ?? null) ? (row[link.column] ?? null) : null,
        })),
      ),
      reads(
        `parents without by ${link.column}`,
        `SELECT parent.${parent.key} AS k FROM ${parent.name} AS parent WHERE NOT EXISTS (SELECT FROM ${name} AS child WHERE child.${link.column} = parent.${link.key})`,
        [...seen]
          .filter((parentKey) => !visible.some((row) => row[link.column] === parentKey))
          .map((k) => ({ k: k ?? null })),
      ),
    );
  }
  if (oldName) forms.push(reads('old name', `SELECT ${key} AS k FROM ${oldName}`, all));
  return forms;
}

/** Patterns of the keys of stations of which none is visible. */
function hidden(keys: readonly string[]): string[] {
  const seen = new Set(keys.map(stationIn));
  const stations = [...Array.from({ length: stationCount }, (_, station) => station), noStation];
  return stations
    .filter((station) => !seen.has(station))
    .map((station) => `'________-${station.toString(16).padStart(4, '0')}-%'`);
}

function countsByStation(keys: readonly string[]): Row[] {
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key.slice(9, 13), (counts.get(key.slice(9, 13)) ?? 0) + 1);
  return [...counts].map(([station, n]) => ({ station, n }));
}

/** Every way to write to a table. */
export function writeForms(oracle: Oracle, context: Context, model: ScopedModel): Form[] {
  const { name, table, key, links, oldName, newColumns, touched, scope } = model;
  const touch = (row: Row): Row => ({ ...row, [touched.column]: touched.value });
  const everything = () => true;
  // What is expected is told when there is a result: a short run tries a part of the forms in each context.
  const writes = (form: string, sql: string, expected: () => Outcome): Form => ({
    name: form,
    sql,
    writes: name,
    wrong: (result) => writeDifference(model, expected(), result),
  });
  const allTouched = () => oracle.update(context, model, { filter: everything, change: touch, reads: true });
  const allGone = () => oracle.delete(context, model, everything, true);
  const set = `${touched.column} = ${touched.sql}`;
  const inKeys = `${key} IS NOT NULL`;
  const tried = samples(oracle, context, model);
  const forms = [
    writes('UPDATE', `UPDATE ${name} SET ${set}`, () =>
      oracle.update(context, model, { filter: everything, change: touch, reads: false }),
    ),
    writes('UPDATE WHERE', `UPDATE ${name} SET ${set} WHERE ${inKeys}`, allTouched),
    writes('UPDATE RETURNING', `UPDATE ${name} SET ${set} RETURNING ${key}`, allTouched),
    writes(
      'UPDATE FROM',
      `UPDATE ${name} SET ${set} FROM ${name} AS other WHERE other.${key} = ${table}.${key}`,
      allTouched,
    ),
    writes(
      'UPDATE in a CTE',
      `WITH changed AS (UPDATE ${name} SET ${set} RETURNING ${key}) SELECT count(*) FROM changed`,
      allTouched,
    ),
    writes('UPDATE of a view', `UPDATE probes.view_${table} SET ${set}`, () =>
      oracle.update(context, model, { filter: everything, change: touch, reads: false }),
    ),
    writes('DELETE', `DELETE FROM ${name}`, () => oracle.delete(context, model, everything, false)),
    writes('DELETE WHERE', `DELETE FROM ${name} WHERE ${inKeys}`, allGone),
    writes('DELETE RETURNING', `DELETE FROM ${name} RETURNING *`, allGone),
    writes('DELETE USING', `DELETE FROM ${name} USING ${name} AS other WHERE other.${key} = ${table}.${key}`, allGone),
    fails('TRUNCATE', `TRUNCATE ${name} CASCADE`, refused, name),
    fails('DISABLE ROW LEVEL SECURITY', `ALTER TABLE ${name} DISABLE ROW LEVEL SECURITY`, refused, name),
    fails('DROP POLICY', `DROP POLICY everyone_else ON ${name}`, refused, name),
  ];
  if (oldName) {
    forms.push(
      writes('UPDATE of the old name', `UPDATE ${oldName} SET ${set} WHERE ${inKeys}`, allTouched),
      writes('DELETE of the old name', `DELETE FROM ${oldName}`, () =>
        oracle.delete(context, model, everything, false),
      ),
    );
  }

  const merged = () => mergeOutcome(oracle, context, model, tried, 'update', touch);
  const mergedAway = () => mergeOutcome(oracle, context, model, tried, 'delete');
  const source = `MERGE INTO ${name} USING (VALUES ${tried.map((row) => `('${row[key]}'::uuid)`)}) AS wanted (k) ON ${table}.${key} = wanted.k`;
  forms.push(
    writes('MERGE with UPDATE', `${source} WHEN MATCHED THEN UPDATE SET ${set}`, merged),
    writes('MERGE with DELETE', `${source} WHEN MATCHED THEN DELETE`, mergedAway),
  );

  for (const link of links) {
    const parent = scopedModel(link.table);
    const seen = new Set(oracle.visible(context, parent).map((row) => row[parent.key]));
    const isJoined = (row: Row) => seen.has(row[link.column] ?? null);
    const parentIs = `parent.${link.key} = ${table}.${link.column}`;
    forms.push(
      writes(
        `UPDATE FROM by ${link.column}`,
        `UPDATE ${name} SET ${set} FROM ${parent.name} AS parent WHERE ${parentIs}`,
        () => oracle.update(context, model, { filter: isJoined, change: touch, reads: true }),
      ),
      writes(
        `DELETE USING by ${link.column}`,
        `DELETE FROM ${name} USING ${parent.name} AS parent WHERE ${parentIs}`,
        () => oracle.delete(context, model, isJoined, true),
      ),
    );
    const before = links
      .slice(0, links.indexOf(link))
      .filter(({ table: other }) => scope.by !== 'column' || other !== 'identity.stations');
    const isBeside = (row: Row) => before.every(({ column }) => row[column] !== null);
    for (const target of targets(oracle, context, parent)) {
      const change = (row: Row): Row => ({ ...row, [link.column]: target });
      const update = `UPDATE ${name} SET ${link.column} = '${target}'`;
      forms.push(
        writes(`UPDATE of ${link.column} to ${target}`, update, () =>
          oracle.update(context, model, { filter: everything, change, reads: false }),
        ),
      );
      if (before.length > 0) {
        forms.push(
          writes(
            `UPDATE of ${link.column} beside others to ${target}`,
            `${update} WHERE ${before.map(({ column }) => `${column} IS NOT NULL`).join(' AND ')}`,
            () => oracle.update(context, model, { filter: isBeside, change, reads: true }),
          ),
        );
      }
    }
  }
  if (scope.by === 'column' && scope.column === key) {
    const other = idOf(name, stationCount + 1, 0);
    const change = (row: Row): Row => ({ ...row, [key]: other });
    forms.push(
      writes(`UPDATE of ${key} to ${other}`, `UPDATE ${name} SET ${key} = '${other}'`, () =>
        oracle.update(context, model, { filter: everything, change, reads: false }),
      ),
    );
  }

  for (const [index, row] of tried.entries()) {
    const fresh = freshCopy(model, row, 900 + index);
    const [names, values] = [Object.keys(fresh), Object.values(fresh).map(literal)];
    const insert = `INSERT INTO ${name} (${names}) VALUES (${values})`;
    const own = { ...fresh, [key]: row[key] ?? null };
    const conflicting = `INSERT INTO ${name} (${names}) VALUES (${names.map((column) => literal(own[column] ?? null))})`;
    forms.push(
      writes('INSERT', insert, () => oracle.insert(context, model, [fresh], false)),
      writes('INSERT RETURNING', `${insert} RETURNING ${key}`, () => oracle.insert(context, model, [fresh], true)),
      writes('INSERT ON CONFLICT DO NOTHING', `${insert} ON CONFLICT (${key}) DO NOTHING`, () =>
        oracle.upsert(context, model, fresh),
      ),
      writes('conflicting INSERT', conflicting, () => oracle.insert(context, model, [own], false)),
      writes('conflicting INSERT DO NOTHING', `${conflicting} ON CONFLICT (${key}) DO NOTHING`, () =>
        oracle.upsert(context, model, own),
      ),
      writes('conflicting INSERT DO UPDATE', `${conflicting} ON CONFLICT (${key}) DO UPDATE SET ${set}`, () =>
        oracle.upsert(context, model, own, touch),
      ),
    );
    if (oldName) {
      const known = names.filter((column) => !newColumns.includes(column));
      const withoutNew = Object.fromEntries(newColumns.map((column) => [column, null]));
      forms.push(
        writes(
          'INSERT into the old name',
          `INSERT INTO ${oldName} (${known}) VALUES (${known.map((column) => literal(fresh[column] ?? null))})`,
          () => oracle.insert(context, model, [{ ...fresh, ...withoutNew }], false),
        ),
      );
    }
    const selected = oracle.visible(context, model).includes(row) ? [fresh] : [];
    const copied = names.map((column) => (fresh[column] === row[column] ? column : literal(fresh[column] ?? null)));
    forms.push(
      writes(
        'INSERT … SELECT',
        `INSERT INTO ${name} (${names}) SELECT ${copied} FROM ${name} WHERE ${key} = '${row[key]}'`,
        () => oracle.insert(context, model, selected, false),
      ),
    );
    for (const { column, table: parentTable, key: parentKey } of links) {
      const parent = scopedModel(parentTable);
      const referred = oracle.row(parentTable, fresh[column]);
      const isSeen = referred !== undefined && oracle.reaches(context, parent, referred, 'select');
      const given = names.map((each) => (each === column ? `parent.${parentKey}` : literal(fresh[each] ?? null)));
      forms.push(
        writes(
          `INSERT … SELECT by ${column}`,
          `INSERT INTO ${name} (${names}) SELECT ${given} FROM ${parentTable} AS parent WHERE parent.${parentKey} = ${literal(fresh[column] ?? null)}`,
          () => oracle.insert(context, model, isSeen ? [fresh] : [], false),
        ),
      );
    }
    for (const [what, each] of [['fresh', fresh] as const, ['taken', own] as const]) {
      const given = names.map((column) => literal(each[column] ?? null));
      const taken = oracle.row(name, each[key]);
      const isMatched = taken !== undefined && oracle.reaches(context, model, taken, 'select');
      const inserted = isMatched ? [] : [each];
      // Versions of PostgreSQL differ in whether the row has to be readable as well.
      const isPlain =
        JSON.stringify(oracle.insert(context, model, inserted, false)) ===
        JSON.stringify(oracle.insert(context, model, inserted, true));
      if (!isPlain) continue;
      forms.push(
        writes(
          `MERGE with INSERT, ${what}`,
          `MERGE INTO ${name} USING (VALUES (1)) AS once (n) ON ${table}.${key} = '${each[key]}' WHEN NOT MATCHED THEN INSERT (${names}) VALUES (${given})`,
          () => oracle.insert(context, model, inserted, true),
        ),
      );
    }
  }
  return forms;
}

/** MERGE writes to those of its rows that it sees, and fails if it may not write to one of them. */
function mergeOutcome(
  oracle: Oracle,
  context: Context,
  model: ScopedModel,
  rows: readonly Row[],
  command: 'update' | 'delete',
  change: (row: Row) => Row = (row) => row,
): Outcome {
  const seen = rows.filter((row) => oracle.reaches(context, model, row, 'select'));
  const isRefused =
    !oracle.isGranted(context, model, command) || seen.some((row) => !oracle.reaches(context, model, row, command));
  if (isRefused) return { errors: [refused] };
  return command === 'update'
    ? oracle.update(context, model, { filter: (row) => seen.includes(row), change, reads: true })
    : oracle.delete(context, model, (row) => seen.includes(row), true);
}

/** Keys of a table to refer to: of the station, of another one, of none, and one that does not exist. */
function targets(oracle: Oracle, context: Context, model: ScopedModel): string[] {
  const rows = oracle.rowsOf(model.name);
  const home = context.kind === 'station' ? context.station : 0;
  const at = (station: number) => rows.findLast((row) => stationIn(String(row[model.key])) === station);
  const found = [at(home), at((home + 1) % stationCount), at(noStation)].flatMap((row) =>
    row ? [String(row[model.key])] : [],
  );
  return [...found, idOf(model.name, 50, 1)];
}

/** Rows to copy: each way to belong to the station of the context, and a row of another station and of none. */
function samples(oracle: Oracle, context: Context, model: ScopedModel): Row[] {
  const rows = oracle.rowsOf(model.name);
  const home = context.kind === 'station' ? context.station : 0;
  const at = (station: number) => rows.filter((row) => stationIn(String(row[model.key])) === station);
  return [...at(home).slice(0, 6), ...at((home + 1) % stationCount).slice(0, 1), ...at(noStation).slice(0, 1)];
}

/** A row like another one, under a key of its own, with nothing that has to be unique in common. */
export function freshCopy({ name, key, uniques, links, columns }: ScopedModel, row: Row, number: number): Row {
  const station = stationIn(String(row[key]));
  const keyLink = links.find(({ column }) => column === key);
  const texts = columns.filter(isText).map((column) => column.name);
  const fresh = uniques
    .flat()
    .filter((column) => texts.includes(column))
    .map((column) => [column, `fresh ${number}`]);
  // If the key is a reference, the second row of a station that it could point to is left free.
  const own = keyLink ? idOf(keyLink.table, station, 1) : idOf(name, station, number);
  const user = name === 'identity.station_users' ? { user_id: idOf('identity.users', 0, number) } : {};
  return { ...row, ...(Object.fromEntries(fresh) as Row), ...user, [key]: own };
}

/** A value as SQL. */
export function literal(value: Row[string]): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return String(value);
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return `'${text.replaceAll("'", "''")}'`;
}
