import type { DatabaseDescription, DescribedObject } from '../database/describe.ts';
import type { Query } from '../database/query.ts';
import type { DeviationOptions, NormalForms } from './deviation.ts';
import { keyOf, ownNameOf, splitCondition, textOf } from './names.ts';
import { pairObjects } from './pairs.ts';
import { placeObjects } from './places.ts';
import { groupByTable } from './table-context.ts';

/** An expression of the catalogs, with what PostgreSQL needs to read it. */
interface Expression {
  readonly key: string;
  readonly sql: string;
  /** The columns that it may name, as in `status character varying(20)`. */
  readonly columns: readonly DescribedObject[];
}

/**
 * Asks PostgreSQL for its own normal form of the defaults, checks and conditions of indexes that read differently here than expected: the expression as its
 * planner simplifies it, over columns of the types that the database has. `status IN ('a', 'b')` on a `text` column and its cast form on
 * a `varchar` column are one then, and so are `'a'` and `'a'::text` as a default.
 *
 * It plans one statement and runs none, without a lock on any table, so it does in a read-only transaction and on a replica. Planning
 * evaluates immutable functions on constants, with the rights of this session: an expression that may call what somebody wrote
 * is left out, and its text is compared instead.
 *
 * @param query One session, inside a transaction.
 * @param found The database that `query` leads to.
 */
export async function readNormalForms(
  query: Query,
  expected: DatabaseDescription,
  found: DatabaseDescription,
  options: DeviationOptions = {},
): Promise<NormalForms> {
  const forms = new Map<string, string>();
  const expressions = listExpressions(expected, found, options);
  const enums = new Set(found.flatMap(({ kind, name }) => (kind === 'enum' ? [name] : [])));
  const readable = expressions.filter(({ sql }) => !callsForeignFunction(sql, enums));
  for (const { key, sql } of expressions) forms.set(key, withOneSpelling(sql));
  const outputs = await plan(query, readable);
  readable.forEach(({ key }, index) => {
    const output = outputs[index];
    if (output !== undefined) forms.set(key, withOneSpelling(output.replaceAll(qualifiers, '')));
  });
  return { find: (object, side) => forms.get(`${side} ${keyOf(object)}`) };
}

function listExpressions(
  expected: DatabaseDescription,
  found: DatabaseDescription,
  options: DeviationOptions,
): Expression[] {
  const pairs = pairObjects(expected, found, options);
  const wanted = placeObjects(expected, found, pairs).map(({ here }) => here);
  const present = new Map(found.map((object) => [keyOf(object), object]));
  const defaults = wanted.flatMap((column): Expression[] => {
    const other = column.kind === 'column' ? present.get(keyOf(column)) : undefined;
    const [before, after] = [textOf(column, 'default'), textOf(other, 'default')];
    if (!other || before === '' || after === '' || before === after) return [];
    const type = textOf(other, 'type');
    return [
      { key: `expected ${keyOf(column)}`, sql: `(${before})::${type}`, columns: [] },
      { key: `found ${keyOf(other)}`, sql: `(${after})::${type}`, columns: [] },
    ];
  });
  const [wantedParts, foundParts] = [groupByTable(wanted), groupByTable(found)];
  const conditions = pairs.tables.flatMap(({ found: table }): Expression[] => {
    const [wantedHere, foundHere] = [wantedParts.get(table) ?? [], foundParts.get(table) ?? []];
    const columns = foundHere.filter(({ kind }) => kind === 'column');
    return [conditionOfCheck, conditionOfIndex].flatMap((conditionOf) => {
      const listed = (objects: readonly DescribedObject[], side: 'expected' | 'found') =>
        objects.flatMap((object): Expression[] => {
          const sql = conditionOf(object);
          return sql === undefined ? [] : [{ key: `${side} ${keyOf(object)}`, sql, columns }];
        });
      const [before, after] = [listed(wantedHere, 'expected'), listed(foundHere, 'found')];
      const differs = (some: readonly Expression[], others: readonly Expression[]) =>
        some.some(({ sql }) => !others.some((other) => other.sql === sql));
      // All of them, as one that reads the same may be meant by one that reads differently.
      return differs(before, after) && differs(after, before) ? [...before, ...after] : [];
    });
  });
  return [...defaults, ...conditions];
}

function conditionOfCheck(object: DescribedObject): string | undefined {
  if (object.kind !== 'constraint' || object.properties['type'] !== 'check') return undefined;
  return textOf(object, 'definition').replace(/^CHECK |(?: NO INHERIT)?(?: NOT VALID)?$/g, '');
}

function conditionOfIndex(object: DescribedObject): string | undefined {
  return object.kind === 'index' ? splitCondition(textOf(object, 'definition')).condition : undefined;
}

/**
 * Whether planning the expression may call what somebody wrote: a function, an operator or the function of a cast. With an empty
 * search_path PostgreSQL writes everything that is not its own with a schema.
 */
function callsForeignFunction(sql: string, enums: ReadonlySet<string>): boolean {
  const outsideOfTexts = sql
    .replace(/'(?:[^']|'')*'/g, "''")
    // A label of an enum is read by PostgreSQL's own function.
    .replace(/''::((?:\w+|"(?:[^"]|"")+")\.(?:\w+|"(?:[^"]|"")+"))/g, (label, type) =>
      enums.has(type) ? "''" : label,
    );
  return /(?:\.|::)(?:\w+|"(?:[^"]|"")+")\.|\.(?:\w+|"(?:[^"]|"")+")\s*\(|\bOPERATOR\(/.test(outsideOfTexts);
}

/** Stands for the table whose columns an expression names. The planner numbers it from the second one on. */
const alias = 'canonical_models_row';
const qualifiers: RegExp = /\bcanonical_models_row(?:_\d+)?\./g;

/** What the planner makes of expressions, in their order; `undefined` for one that it can't read, as where a column is missing. */
async function plan(query: Query, expressions: readonly Expression[]): Promise<readonly (string | undefined)[]> {
  const outputs = await planAtOnce(query, expressions);
  if (outputs) return outputs;
  const each: (string | undefined)[] = [];
  for (const expression of expressions) each.push((await planAtOnce(query, [expression]))?.[0]);
  return each;
}

/** @returns undefined if PostgreSQL can't read one of them. */
async function planAtOnce(
  query: Query,
  expressions: readonly Expression[],
): Promise<readonly (string | undefined)[] | undefined> {
  if (expressions.length === 0) return [];
  // OFFSET 0 keeps the planner from putting the NULLs in place of the columns.
  const subqueries = expressions.map(({ sql, columns }) => {
    const named = columns.filter((column) => sql.includes(ownNameOf(column)));
    const list = named.map((column) => `NULL::${textOf(column, 'type')} AS ${ownNameOf(column)}`).join(', ');
    return `(SELECT ${sql} FROM (SELECT ${list} OFFSET 0) AS ${alias})`;
  });
  await query('SAVEPOINT canonical_models_normal_forms');
  try {
    const { rows } = await query(`EXPLAIN (VERBOSE, COSTS OFF, FORMAT JSON) SELECT ${subqueries.join(',\n')}`);
    const answer = Object.values(rows[0] ?? {})[0];
    const [root] = (typeof answer === 'string' ? JSON.parse(answer) : answer) as [{ Plan: PlanNode }];
    return expressions.map((_, index) => outputOf(root.Plan, index + 1));
  } catch {
    return undefined;
  } finally {
    await query('ROLLBACK TO SAVEPOINT canonical_models_normal_forms');
    await query('RELEASE SAVEPOINT canonical_models_normal_forms');
  }
}

interface PlanNode {
  readonly 'Subplan Name'?: string;
  readonly Output?: readonly string[];
  readonly Plans?: readonly PlanNode[];
}

function outputOf({ Plans = [] }: PlanNode, number: number): string | undefined {
  return Plans.find((node) => new RegExp(`^InitPlan ${number}\\b`).test(node['Subplan Name'] ?? ''))?.Output?.[0];
}

/** One spelling for what is another tree for PostgreSQL and the same value for everybody. */
function withOneSpelling(sql: string): string {
  return withSortedTerms(sql)
    .replace(/\b(?:CURRENT_TIMESTAMP|transaction_timestamp\(\))(?!\()/g, 'now()')
    .replace(/(?:(?:\w+|"(?:[^"]|"")+")\.)?uuid_generate_v4\(\)/g, 'gen_random_uuid()')
    .replace(/= ANY \('\{([\w,-]*)\}'::/g, (_, list: string) => `= ANY ('{${list.split(',').sort().join(',')}}'::`);
}

/** The terms of a conjunction in one order, as in `((a > 1) AND (b IS NULL))`. */
function withSortedTerms(sql: string): string {
  const inside = /^\((.*)\)$/s.exec(sql)?.[1];
  if (inside === undefined) return sql;
  const terms: string[] = [''];
  let depth = 0;
  for (const [token] of inside.matchAll(/'(?:[^']|'')*'|"(?:[^"]|"")*"| AND |./gs)) {
    if (token === '(') depth += 1;
    else if (token === ')') depth -= 1;
    // The parentheses at the ends are not a pair.
    if (depth < 0) return sql;
    if (token === ' AND ' && depth === 0) terms.push('');
    else terms[terms.length - 1] += token;
  }
  return `(${terms.sort().join(' AND ')})`;
}
