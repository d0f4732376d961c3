import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { excerpt, mentionsIn } from '../../../src/tools/usage/blind-spot.ts';
import { functionStatements } from '../../../src/tools/usage/function-body.ts';
import { schemasOf } from '../../../src/tools/usage/name-resolution.ts';
import {
  loadParser,
  type RelationReference,
  relationReferences,
} from '../../../src/tools/usage/relation-references.ts';
import { entriesNamed } from '../../../src/tools/usage/usage.ts';
import { majors, openServerDatabase, type ServerDatabase } from '../../support/databases.ts';
import type { Major } from '../../support/servers.ts';

beforeAll(loadParser);

/** A piece of SQL, with the relations of the database that it names. Names of its own are made from the same few words. */
interface Piece {
  readonly sql: string;
  readonly relations: readonly string[];
}

const words = ['messages', 'threads', 'notes', 'x', 'Odd "name"'] as const;
const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const word = fc.constantFrom(...words);

/** A name as a statement writes it, and the relation that it means where no common table expression hides it. */
const relation = fc
  .tuple(fc.constantFrom(undefined, 'public', 'crm'), word, fc.boolean())
  .map(([schema, name, plain]) => {
    const written = plain && /^[a-z]+$/.test(name) ? name : quoted(name);
    return { sql: schema ? `${schema}.${written}` : written, schema, name };
  });

const joined = (pieces: readonly Piece[], separator: string): Piece => ({
  sql: pieces.map(({ sql }) => sql).join(separator),
  relations: pieces.flatMap(({ relations }) => relations),
});

/** A query at a depth, in whose sight are some common table expressions. All columns are called `a`. */
function query(depth: number, inSight: readonly string[]): fc.Arbitrary<Piece> {
  const named = relation.map(({ sql, schema, name }): Piece => {
    const hidden = schema === undefined && inSight.includes(name);
    return { sql, relations: hidden ? [] : [schema ? `${schema}.${name}` : name] };
  });
  const simple = fc
    .tuple(
      named,
      word,
      fc.constantFrom('', ` WHERE 'FROM messages' <> ''`, ' /* FROM messages */', ' ORDER BY a LIMIT 1'),
    )
    .map(([source, alias, end]): Piece => {
      const as = quoted(alias);
      return { sql: `SELECT ${as}.a FROM ${source.sql} AS ${as}${end}`, relations: source.relations };
    });
  if (depth === 0) return simple;
  const inner = query(depth - 1, inSight);
  return fc.oneof(
    simple,
    fc
      .tuple(inner, word)
      .map(([one, alias]): Piece => ({ ...one, sql: `SELECT a FROM (${one.sql}) AS ${quoted(alias)}` })),
    fc.tuple(inner, inner, fc.constantFrom('UNION', 'EXCEPT ALL', 'INTERSECT')).map(([one, other, operator]) =>
      joined(
        [
          { ...one, sql: `(${one.sql})` },
          { ...other, sql: `(${other.sql})` },
        ],
        ` ${operator} `,
      ),
    ),
    fc.tuple(simple, inner).map(([outer, one]): Piece => {
      const exists = `SELECT a FROM (${outer.sql}) AS notes WHERE EXISTS (${one.sql})`;
      return { sql: exists, relations: [...outer.relations, ...one.relations] };
    }),
    // The body sees the expression; the expression does not see itself.
    word.chain((name) =>
      fc.tuple(query(depth - 1, inSight), query(depth - 1, [...inSight, name])).map(
        ([expression, body]): Piece => ({
          sql: `WITH ${quoted(name)} (a) AS (${expression.sql}) SELECT a FROM (${body.sql}) AS body`,
          relations: [...expression.relations, ...body.relations],
        }),
      ),
    ),
  );
}

/** A statement: a query, or one that writes to a relation, which a common table expression never hides. */
const statement: fc.Arbitrary<Piece> = fc.oneof(
  query(3, []),
  fc
    .tuple(
      relation,
      word.chain((name) => fc.tuple(fc.constant(name), query(1, []), query(2, [name]))),
      fc.integer({ min: 0, max: 3 }),
    )
    .map(([target, [name, expression, source], form]): Piece => {
      const clause = `WITH ${quoted(name)} (a) AS (${expression.sql})`;
      const sql = [
        `${clause} INSERT INTO ${target.sql} (a) SELECT a FROM (${source.sql}) AS source`,
        `${clause} UPDATE ${target.sql} AS target SET a = 1 WHERE EXISTS (${source.sql})`,
        `${clause} DELETE FROM ${target.sql} AS target WHERE EXISTS (${source.sql}) RETURNING a`,
        `EXPLAIN ${clause} DELETE FROM ${target.sql} AS target USING (${source.sql}) AS other`,
      ][form] as string;
      const written = target.schema ? `${target.schema}.${target.name}` : target.name;
      return { sql, relations: [written, ...expression.relations, ...source.relations] };
    }),
);

const namesOf = (relations: readonly RelationReference[]) =>
  relations.map(({ schema, name }) => (schema ? `${schema}.${name}` : name));
const sorted = (names: readonly string[]) => [...new Set(names)].sort();
const runs = { numRuns: process.env['CANONICAL_MODELS_DEEP'] ? 5000 : 300 };

test('in generated statements, exactly the named relations are found', () => {
  fc.assert(
    fc.property(statement, ({ sql, relations }) => {
      expect(sorted(namesOf(relationReferences(sql).relations)), sql).toEqual(sorted(relations));
    }),
    runs,
  );
});

describe('a server as judge', () => {
  test('a generated statement requires exactly the relations that were found', async () => {
    const database: ServerDatabase = await openServerDatabase(majors.at(-1) as Major, 'empty');
    try {
      await database.exec('CREATE SCHEMA crm');
      const all = words.flatMap((name) => [`public.${quoted(name)}`, `crm.${quoted(name)}`]);
      for (const table of all) await database.exec(`CREATE TABLE ${table} (a int)`);
      await fc.assert(
        fc.asyncProperty(statement, async ({ sql }) => {
          const found = new Set(
            relationReferences(sql).relations.map(({ schema, name }) => `${schema ?? 'public'}.${quoted(name)}`),
          );
          // Without the other tables it runs; without any one of its own it does not.
          const run = async (without: readonly string[]): Promise<string> => {
            await database.exec('BEGIN');
            try {
              for (const table of without) await database.exec(`DROP TABLE ${table}`);
              await database.query(sql);
              return 'ran';
            } catch (error) {
              return (error as { code: string }).code;
            } finally {
              await database.exec('ROLLBACK');
            }
          };
          expect(await run(all.filter((table) => !found.has(table))), sql).toBe('ran');
          const [first] = found;
          if (first) expect(await run([first]), sql).toBe('42P01');
        }),
        { numRuns: process.env['CANONICAL_MODELS_DEEP'] ? 1000 : 60 },
      );
    } finally {
      await database.close();
    }
  });
});

test.each([
  ['COPY messages FROM STDIN', [{ name: 'messages', action: 'write' }]],
  ['COPY (SELECT a FROM messages) TO STDOUT', [{ name: 'messages', action: 'read' }]],
  [
    'TRUNCATE crm.messages, notes',
    [
      { schema: 'crm', name: 'messages', action: 'write' },
      { name: 'notes', action: 'write' },
    ],
  ],
  ['LOCK TABLE messages IN SHARE MODE', [{ name: 'messages', action: 'lock' }]],
  [
    'MERGE INTO messages USING notes ON true WHEN MATCHED THEN DELETE',
    [
      { name: 'messages', action: 'write' },
      { name: 'notes', action: 'read' },
    ],
  ],
  ['PREPARE later AS SELECT a FROM messages', [{ name: 'messages', action: 'read' }]],
  ['DECLARE c CURSOR FOR SELECT a FROM messages', [{ name: 'messages', action: 'read' }]],
  ['CREATE INDEX ON messages (a)', [{ name: 'messages', action: 'definition' }]],
  ['GRANT SELECT ON messages TO someone', [{ name: 'messages', action: 'definition' }]],
  ['SELECT a FROM notes AS n FOR UPDATE OF n', [{ name: 'notes', action: 'read', alias: 'n' }]],
  ['CREATE VIEW messages AS SELECT a FROM notes', [{ name: 'notes', action: 'read' }]],
  ['CREATE TABLE messages (a int)', []],
  ['DROP VIEW messages', []],
  ["SELECT 'messages', messages(a), notes.messages FROM notes", [{ name: 'notes', action: 'read' }]],
  ['WITH RECURSIVE a AS (SELECT a FROM messages), messages AS (SELECT 1) SELECT 1', []],
  ['WITH a AS (SELECT a FROM messages), messages AS (SELECT 1) SELECT 1', [{ name: 'messages', action: 'read' }]],
  ['SELECT a FROM "Messages"', [{ name: 'Messages', action: 'read' }]],
  ['SELECT a FROM MESSAGES WHERE a = $1 AND b IN ($2 /*, ... */)', [{ name: 'messages', action: 'read' }]],
] as const)('%s', (sql, relations) => {
  expect(relationReferences(sql).relations).toEqual(relations);
});

test('a name of a type or a regclass constant is a use', () => {
  const names = namesOf(relationReferences(`SELECT NULL::messages, 'crm.notes'::regclass`).relations);
  expect(names).toEqual(expect.arrayContaining(['messages', 'crm.notes']));
});

test('text that is not SQL is an error, with the parser’s message', () => {
  expect(() => relationReferences('SELECT a FROM messages WHERE')).toThrow('syntax error');
  expect(
    mentionsIn(
      'SELECT a FROM "messages" WHERE',
      entriesNamed(undefined).map((entry) => ({ entry })),
    ),
  ).toEqual(['public.messages']);
  expect(
    mentionsIn(
      'SELECT a FROM message WHERE',
      entriesNamed(undefined).map((entry) => ({ entry })),
    ),
  ).toEqual([]);
});

test.each([
  ['"$user", public', ['$user', 'public']],
  ['public', ['public']],
  ['""', []],
  ['', []],
  ['"My Schema", crm,PUBLIC', ['My Schema', 'crm', 'public']],
  ['"a""b, c"', ['a"b, c']],
])('the search_path %s', (path, schemas) => {
  expect(schemasOf(path)).toEqual(schemas);
});

test('an excerpt shows no constant', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ minLength: 3, maxLength: 20 }).filter((text) => !text.includes('$')),
        // Of what begins and ends strings, names and comments.
        fc.string({ unit: fc.constantFrom(...`'\\"E -/*a`), minLength: 3, maxLength: 20 }),
      ),
      (secret) => {
        const shown = excerpt(`SELECT a FROM messages WHERE a = '${`<<${secret}>>`.replaceAll("'", "''")}' AND b = 1`);
        // If only the server's settings tell where a text ends, everything to the end is left out.
        expect(shown).toMatch(/^SELECT a FROM messages WHERE a = '…'( AND b = …)?$/);
      },
    ),
    { numRuns: process.env['CANONICAL_MODELS_DEEP'] ? 100_000 : 1000 },
  );
});

test.each([
  ["SELECT 1 FROM messages -- it's secret", 'SELECT … FROM messages'],
  ["SELECT E'it\\'s secret' FROM messages", "SELECT '…' FROM messages"],
  ['SELECT 4711 FROM messages /* secret */ WHERE a = $1', 'SELECT … FROM messages WHERE a = $1'],
  ["SELECT 1 FROM messages WHERE a = 'cut off", "SELECT … FROM messages WHERE a = '…'"],
])('of %s it shows %s', (sql, shown) => {
  expect(excerpt(sql)).toBe(shown);
});

/** The relations that a function in PL/pgSQL names, and the `EXECUTE` expressions that are known only at run time. */
function relationsOfBody(body: string, head = 'f() RETURNS trigger') {
  const definition = `CREATE FUNCTION ${head} LANGUAGE plpgsql AS $body$${body}$body$`;
  const { statements, types, dynamic } = functionStatements({ definition, language: 'plpgsql', body });
  const relations = statements.flatMap((sql) => relationReferences(sql).relations);
  return { names: sorted(namesOf([...types, ...relations])).filter((name) => name.includes('messages')), dynamic };
}

test.each([
  'BEGIN PERFORM 1 FROM messages; END',
  'DECLARE m messages%ROWTYPE; BEGIN END',
  'DECLARE m messages.id%TYPE; BEGIN END',
  'DECLARE m CONSTANT messages := NULL; BEGIN END',
  'DECLARE n int := (SELECT count(*) FROM messages); BEGIN END',
  'DECLARE c CURSOR FOR SELECT 1 FROM messages; BEGIN END',
  'DECLARE c refcursor; BEGIN OPEN c FOR SELECT 1 FROM messages; END',
  "DECLARE c refcursor; BEGIN OPEN c FOR EXECUTE 'SELECT 1 FROM messages'; END",
  'DECLARE r record; BEGIN FOR r IN SELECT 1 FROM messages LOOP END LOOP; END',
  "DECLARE r record; BEGIN FOR r IN EXECUTE 'SELECT 1 FROM messages' LOOP END LOOP; END",
  'BEGIN FOR i IN 1..(SELECT count(*) FROM messages) LOOP END LOOP; END',
  'BEGIN NEW.n := (SELECT count(*) FROM messages); RETURN NEW; END',
  "DECLARE t text[]; BEGIN t[(SELECT count(*) FROM messages)] = 'é'; END",
  'BEGIN IF EXISTS (SELECT FROM messages) THEN RETURN NULL; END IF; END',
  'BEGIN BEGIN NULL; EXCEPTION WHEN others THEN DELETE FROM messages; END; END',
  "BEGIN RAISE NOTICE '%', (SELECT count(*) FROM messages); END",
  "BEGIN EXECUTE 'DELETE FROM messages WHERE id = ' || quote_literal(TG_NAME); END",
  "BEGIN EXECUTE format('DELETE FROM %I WHERE id = %L', 'messages', TG_NAME); END",
  "BEGIN EXECUTE 'TRUNCATE ' || quote_ident('messages'); END",
])('%s', (body) => {
  expect(relationsOfBody(body)).toEqual({ names: ['messages'], dynamic: [] });
});

test.each([
  ['BEGIN RETURN NEW; -- FROM messages\nEND', 0],
  ["BEGIN RAISE NOTICE 'DELETE FROM messages'; END", 0],
  ['DECLARE messages int := 1; BEGIN messages := messages + 1; END', 0],
  ["BEGIN EXECUTE 'DELETE FROM ' || TG_TABLE_NAME; END", 1],
  ["BEGIN EXECUTE format('DELETE FROM %I', TG_TABLE_NAME); END", 1],
])('%s: no relation, and %i known only at run time', (body, untold) => {
  const { names, dynamic } = relationsOfBody(body);
  expect(names).toEqual([]);
  expect(dynamic).toHaveLength(untold);
});

test('a function that returns rows, and one in another language', () => {
  expect(relationsOfBody('BEGIN RETURN QUERY SELECT 1 FROM messages; END', 'f() RETURNS SETOF int').names).toEqual([
    'messages',
  ]);
  const code = { definition: '', language: 'plpython3u', body: 'plpy.execute("SELECT * FROM messages")' };
  expect(() => functionStatements(code)).toThrow('it is written in plpython3u');
});
