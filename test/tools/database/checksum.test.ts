import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { NotFound, NotSetUp } from '../../../src/errors.ts';
import { checksumTables, listTables, type TableChecksum } from '../../../src/tools/database/checksum.ts';
import {
  eachOfFewEngines,
  eachOfFewMajors,
  engines,
  openDatabase,
  type TestDatabase,
  withDatabase,
} from '../../support/databases.ts';

test('the legacy rows have the same checksums on every engine', { timeout: 180_000 }, async () => {
  const checksums: TableChecksum[][] = [];
  for (const engine of engines) {
    await withDatabase(engine, 'legacy', async ({ query }) => {
      checksums.push(await checksumTables(query, await listTables(query)));
    });
  }
  const [first = [], ...others] = checksums;
  for (const other of others) expect(other).toEqual(first);
  expect(first).toHaveLength(44);
  expect(first.map(({ table }) => table)).toEqual([...first.map(({ table }) => table)].sort());
  expect(first.find(({ table }) => table === 'public.messages')?.rows).toBe(420);
  for (const { checksum } of first) expect(checksum).toMatch(/^[0-9a-f]{32}$/);
  expect(new Set(first.map(({ checksum }) => checksum)).size).toBe(44);
});

eachOfFewEngines((engine) => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await openDatabase(engine, 'legacy');
  });

  afterAll(() => database.close());

  async function checksumOf(table: string): Promise<Omit<TableChecksum, 'table'>> {
    const [result] = await checksumTables(database.query, [table]);
    if (!result) throw new Error('no checksum');
    return { rows: result.rows, checksum: result.checksum };
  }

  /** Checksums of a table before and after some statements, which are then taken back. */
  async function checksumsAround(statements: string, table = 'public.messages', tableAfter = table) {
    await database.exec('BEGIN');
    try {
      const before = await checksumOf(table);
      await database.exec(statements);
      return [before, await checksumOf(tableAfter)] as const;
    } finally {
      await database.exec('ROLLBACK');
    }
  }

  test('a rename of the table changes nothing', async () => {
    const [before, after] = await checksumsAround(
      'ALTER TABLE public.messages RENAME TO customer_messages',
      'public.messages',
      'public.customer_messages',
    );
    expect(after).toEqual(before);
  });

  test('a view under the old name has the checksum of the table', async () => {
    const [before, after] = await checksumsAround(`
      ALTER TABLE public.messages RENAME TO customer_messages;
      CREATE VIEW public.messages AS SELECT * FROM public.customer_messages`);
    expect(after).toEqual(before);
  });

  test('the order of the rows, and their physical place, change nothing', async () => {
    const [before, after] = await checksumsAround(`
      CREATE TEMPORARY TABLE kept AS SELECT * FROM public.messages;
      DELETE FROM public.messages;
      INSERT INTO public.messages SELECT * FROM kept ORDER BY content DESC, id;
      UPDATE public.messages SET content = content WHERE is_read`);
    expect(after).toEqual(before);
  });

  test('a column that was dropped does not count', async () => {
    const [before, after] = await checksumsAround(
      'ALTER TABLE public.messages ADD note text; ALTER TABLE public.messages DROP note',
    );
    expect(after).toEqual(before);
  });

  test('the settings of the session change nothing, and are left alone', async () => {
    const values = `CREATE TABLE public.settings_matter AS
      SELECT '2020-01-01 12:00:00.123456+00'::timestamptz AS t, '1 day 02:00'::interval AS i, '\\x00ff'::bytea AS b,
        0.1::float8 + 0.2 AS f, '2020-02-03'::date AS d, 12.5::numeric::money AS m`;
    await database.exec(`BEGIN; ${values}`);
    const before = await checksumOf('public.settings_matter');
    await database.exec(`
      SET TimeZone = 'Asia/Kathmandu'; SET DateStyle = 'SQL, DMY'; SET IntervalStyle = 'iso_8601'; SET bytea_output = 'escape';
      SET extra_float_digits = -15; SET search_path = identity`);
    const settings = 'SELECT name, setting FROM pg_settings ORDER BY name';
    const { rows: settingsBefore } = await database.query(settings);
    const after = await checksumOf('public.settings_matter');
    const { rows: settingsAfter } = await database.query(settings);
    await database.exec('ROLLBACK');
    expect(after).toEqual(before);
    expect(settingsAfter).toEqual(settingsBefore);
  });

  const one = '(SELECT min(id::text)::uuid FROM public.messages)';
  test.for([
    ['one character', `UPDATE public.messages SET content = content || '.' WHERE id = ${one}`],
    ['a space at the end', `UPDATE public.messages SET content = content || ' ' WHERE id = ${one}`],
    ['upper case', `UPDATE public.messages SET content = upper(content) WHERE id = ${one}`],
    [
      'values swapped between columns',
      `UPDATE public.messages SET sender_type = left(content, 50), content = sender_type WHERE id = ${one}`,
    ],
    [
      'values swapped between rows',
      `UPDATE public.messages m SET content = other.content FROM public.messages other
        WHERE other.id <> m.id AND m.id IN (${one}, (SELECT max(id::text)::uuid FROM public.messages))
          AND other.id IN (${one}, (SELECT max(id::text)::uuid FROM public.messages))`,
    ],
    [
      'a microsecond',
      `UPDATE public.messages SET created_at = created_at + interval '1 microsecond' WHERE id = ${one}`,
    ],
    ['one boolean', `UPDATE public.messages SET is_read = NOT is_read WHERE id = ${one}`],
    [
      'a key in JSON',
      `UPDATE public.messages SET message_metadata = message_metadata || '{"k": null}' WHERE id = ${one}`,
    ],
    [
      'an empty text for NULL',
      `UPDATE public.messages SET sender_id = '' WHERE id = (
      SELECT id FROM public.messages WHERE sender_id IS NULL LIMIT 1)`,
    ],
    ['a row less', `DELETE FROM public.messages WHERE id = ${one}`],
  ])('it notices %s', async ([_change, statements]) => {
    const [before, after] = await checksumsAround(statements ?? '');
    expect(after.checksum).not.toBe(before.checksum);
  });

  /** Rows, as SQL, that look alike in one way or another and are not the same. */
  const distinct: [what: string, column: string, ...values: string[]][] = [
    ['NULL, empty and the word', 'text', 'NULL', `''`, `'NULL'`, `'null'`, `' '`],
    [
      'quotes, commas and parentheses',
      'text',
      `'a,b'`,
      `'"a,b"'`,
      `'a",b'`,
      `'(a,b)'`,
      `'a\\,b'`,
      `'a\\\\,b'`,
      `'a""b'`,
      `'a"b'`,
    ],
    ['Unicode that looks the same', 'text', `U&'\\00E9'`, `U&'e\\0301'`, `'e'`],
    ['bytes', 'bytea', `'\\x'`, `'\\x00'`, `'\\x0000'`, `'\\x5c78'`, 'NULL'],
    ['scale', 'numeric', '1', '1.0', '1.00', `'NaN'`, '-1'],
    ['the last digit of a float', 'float8', '0.1', '0.1::float8 + 1e-17', '0.3', '0.1::float8 + 0.2', `'-0'`, '0'],
    [
      'microseconds',
      'timestamptz',
      `'2020-01-01 00:00:00.000001Z'`,
      `'2020-01-01 00:00:00.000002Z'`,
      `'2020-01-01 00:00:00Z'`,
      `'infinity'`,
    ],
    ['times of local midnight', 'timestamptz', `'2020-01-01 00:00:00+01'`, `'2020-01-01 00:00:00+02'`],
    [
      'arrays',
      'text[]',
      `'{}'`,
      `'{NULL}'`,
      `'{"NULL"}'`,
      `'{""}'`,
      `'{a,b}'`,
      `'{"a,b"}'`,
      `'{{a},{b}}'`,
      `'[0:1]={a,b}'`,
      'NULL',
    ],
    ['JSON', 'jsonb', `'null'`, 'NULL', `'"null"'`, `'{}'`, `'[]'`, `'1'`, `'1.0'`, `'"1"'`, `'{"a":null}'`],
    ['JSON as written', 'json', `'{"a":1}'`, `'{"a": 1}'`, `'{"a":1,"a":1}'`],
    ['intervals that last the same', 'interval', `'1 day'`, `'24 hours'`, `'1 month'`, `'30 days'`],
  ];

  test.for(distinct)('it tells apart %s', async ([_what, type, ...values]) => {
    await database.exec(`BEGIN; CREATE TABLE public.one_value (before text, value ${type}, after text)`);
    const checksums: string[] = [];
    for (const value of values) {
      await database.exec(`TRUNCATE public.one_value; INSERT INTO public.one_value VALUES ('a', ${value}, 'b')`);
      checksums.push((await checksumOf('public.one_value')).checksum);
    }
    await database.exec('ROLLBACK');
    expect(new Set(checksums).size).toBe(values.length);
  });

  test('duplicate rows count twice', async () => {
    await database.exec('BEGIN; CREATE TABLE public.twice (value text)');
    const checksums: string[] = [];
    for (const values of [
      `('a'), ('a'), ('b')`,
      `('a'), ('b'), ('b')`,
      `('a'), ('b')`,
      `('c'), ('c')`,
      `('d'), ('d')`,
    ]) {
      await database.exec(`TRUNCATE public.twice; INSERT INTO public.twice VALUES ${values}`);
      checksums.push((await checksumOf('public.twice')).checksum);
    }
    await database.exec('ROLLBACK');
    expect(new Set(checksums).size).toBe(5);
  });

  test('an empty table has no rows and a checksum of zeros', async () => {
    const [, after] = await checksumsAround('DELETE FROM public.messages');
    expect(after).toEqual({ rows: 0, checksum: '0'.repeat(32) });
  });

  test('the failure names a table that does not exist', async () => {
    const failing = checksumTables(database.query, ['public.messages', 'public.nothing']);
    await expect(failing).rejects.toSatisfy((error) => error instanceof NotFound && error.object === 'public.nothing');
  });

  test('a column that was added counts once it has a value', async () => {
    await database.exec('BEGIN');
    try {
      await database.exec(
        `CREATE TABLE grown (id int, note text); INSERT INTO grown VALUES (1, 'a,'), (2, NULL), (3, ',)')`,
      );
      const before = await checksumOf('public.grown');
      await database.exec('ALTER TABLE grown ADD COLUMN later text');
      expect(await checksumOf('public.grown')).toEqual(before);
      await database.exec('ALTER TABLE grown ADD COLUMN defaulted boolean DEFAULT false');
      expect(await checksumOf('public.grown')).not.toEqual(before);
      await database.exec(`ALTER TABLE grown DROP COLUMN defaulted; UPDATE grown SET later = '' WHERE id = 2`);
      expect(await checksumOf('public.grown')).not.toEqual(before);
    } finally {
      await database.exec('ROLLBACK');
    }
  });

  test('a name is never taken for SQL', async () => {
    const failing = checksumTables(database.query, ['public.messages; DROP TABLE public.messages']);
    await expect(failing).rejects.toThrow();
    expect((await checksumOf('public.messages')).rows).toBe(420);
  });

  test('any table is listed under a name that leads to it', { timeout: 120_000 }, async () => {
    const name = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
      .filter((text) => !text.includes('\0') && Buffer.byteLength(text) < 60);
    const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
    await fc.assert(
      fc.asyncProperty(name, name, name, async (schema, table, column) => {
        await database.exec('BEGIN');
        try {
          const before = await listTables(database.query);
          await database.exec(`CREATE SCHEMA ${quoted(`s${schema}`)};
            CREATE TABLE ${quoted(`s${schema}`)}.${quoted(table)} (${quoted(column)} int);
            INSERT INTO ${quoted(`s${schema}`)}.${quoted(table)} VALUES (1)`);
          const added = (await listTables(database.query)).filter((listed) => !before.includes(listed));
          expect(await checksumTables(database.query, added)).toMatchObject([{ table: added[0], rows: 1 }]);
        } finally {
          await database.exec('ROLLBACK');
        }
      }),
      {
        numRuns: 30,
        examples: [
          ['.', '"', 'row_of'],
          ['x', 'row_of', 'row_of'],
          ['x', 'canonical_settings', 'digest'],
        ],
      },
    );
  });

  test('only ordinary tables of our own are listed', async () => {
    await database.exec(`BEGIN; CREATE SCHEMA drizzle; CREATE TABLE drizzle.record (id int);
      CREATE VIEW public.some AS SELECT 1; CREATE TEMPORARY TABLE passing (id int)`);
    const tables = await listTables(database.query);
    await database.exec('ROLLBACK');
    expect(tables).toEqual(await listTables(database.query));
  });
});

describe('two tables', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await openDatabase(engines[0] ?? 'pglite', 'empty');
    await database.exec('CREATE TABLE one (a text, b text, c text[]); CREATE TABLE other (a text, b text, c text[])');
  });

  afterAll(() => database.close());

  test('have the same checksum exactly if they have the same rows, each equally often', {
    timeout: 120_000,
  }, async () => {
    const text = fc.oneof(
      fc.constantFrom('', 'NULL', ',', '"', '""', '\\', '(', ')', ',,', '","', '{', '}', "'"),
      fc.string({ unit: 'grapheme', maxLength: 4 }).filter((value) => !value.includes('\0')),
    );
    const row = fc.record({
      a: fc.option(text),
      b: fc.option(text),
      c: fc.option(fc.array(fc.option(text), { maxLength: 3 })),
    });
    type Row = { a: string | null; b: string | null; c: (string | null)[] | null };
    const rows = fc.array(row, { maxLength: 6 });
    const pairs = fc.oneof(
      fc.tuple(rows, rows),
      rows.chain((some) => fc.tuple(fc.constant(some), fc.shuffledSubarray(some, { minLength: some.length }))),
      rows.chain((some) => fc.tuple(fc.constant(some), fc.constant(some.map(({ a, b, c }) => ({ a: b, b: a, c }))))),
    );
    const fill = (table: string, values: readonly Row[]) =>
      database.query(`INSERT INTO ${table} SELECT * FROM json_populate_recordset(NULL::${table}, $1::json)`, [
        JSON.stringify(values),
      ]);
    const canonical = (values: readonly Row[]) =>
      JSON.stringify(values.map(({ a, b, c }) => JSON.stringify([a, b, c])).sort());
    await fc.assert(
      fc.asyncProperty(pairs, async ([some, others]) => {
        await database.exec('TRUNCATE one, other');
        await fill('one', some);
        await fill('other', others);
        const [one, other] = await checksumTables(database.query, ['public.one', 'public.other']);
        expect(one?.checksum === other?.checksum).toBe(canonical(some) === canonical(others));
        expect(one?.rows).toBe(some.length);
      }),
      { numRuns: 150 },
    );
  });
});

eachOfFewMajors((major) => {
  test('rows hidden by a policy are an error, not a checksum of the others', async () => {
    await withDatabase(major, 'legacy', async ({ exec, query, name }) => {
      await exec(`
        CREATE ROLE "reader ${name}"; GRANT SELECT ON public.messages TO "reader ${name}";
        ALTER TABLE public.messages ENABLE ROW LEVEL SECURITY;
        CREATE POLICY read_only ON public.messages USING (is_read);
        SET ROLE "reader ${name}"`);
      await expect(checksumTables(query, ['public.messages'])).rejects.toSatisfy(
        (error) => error instanceof NotSetUp && error.object === 'public.messages',
      );
      await exec(`RESET ROLE; DROP OWNED BY "reader ${name}"; DROP ROLE "reader ${name}"`);
    });
  });

  test('many rows cost the database no more memory than few', { timeout: 120_000 }, async () => {
    await withDatabase(major, 'empty', async ({ exec, query }) => {
      await exec(`SET work_mem = '64kB';
        CREATE UNLOGGED TABLE many AS SELECT n, repeat(n::text, 20) AS text FROM generate_series(1, 200000) AS n`);
      const written = `SELECT temp_bytes::text AS bytes FROM pg_stat_database WHERE datname = current_database()`;
      await query('SELECT pg_stat_force_next_flush()');
      const { rows: before } = await query(written);
      expect(await checksumTables(query, ['public.many'])).toMatchObject([{ rows: 200_000 }]);
      await query('SELECT pg_stat_force_next_flush()');
      expect((await query(written)).rows).toEqual(before);
    });
  });
});
