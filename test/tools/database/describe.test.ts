import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type DatabaseDescription,
  type DescribedObject,
  type Difference,
  describeDatabase,
  differences,
  differenceText,
} from '../../../src/tools/database/describe.ts';
import {
  eachEngineOfLongRuns,
  eachOfFewMajors,
  engines,
  openDatabase,
  type TestDatabase,
  withDatabase,
} from '../../support/databases.ts';

/** One of each kind of object, with what PostgreSQL versions and session settings are known to write differently. */
const everything = `
  CREATE EXTENSION IF NOT EXISTS plpgsql;
  CREATE TYPE public.size AS ENUM ('small', 'large', 'it''s big');
  CREATE TYPE public.place AS (street varchar(20), "No." int);
  CREATE TYPE public.span AS RANGE (subtype = timestamptz);
  CREATE DOMAIN public.code AS varchar(5) NOT NULL DEFAULT 'a' CHECK (VALUE <> '');
  CREATE SEQUENCE public.counter INCREMENT BY 2 MAXVALUE 1000 CYCLE;
  CREATE TABLE public.parent (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    number serial,
    name text COLLATE "C" NOT NULL DEFAULT 'it''s',
    size public.size DEFAULT 'large',
    place public.place,
    code public.code,
    since timestamptz DEFAULT '2020-01-01 00:00:00+02',
    "time off" interval DEFAULT '1 day 2 hours',
    ratio double precision DEFAULT 0.1,
    bytes bytea DEFAULT '\\x00ff',
    doubled int GENERATED ALWAYS AS (1 + 1) STORED,
    CONSTRAINT name_length CHECK (length(name) BETWEEN 1 AND 50),
    UNIQUE NULLS NOT DISTINCT (name, size)
  ) WITH (fillfactor = 70);
  CREATE UNLOGGED TABLE public.child (
    parent_id int REFERENCES public.parent (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    during public.span, EXCLUDE USING gist (during WITH &&)
  );
  ALTER TABLE public.child ADD CONSTRAINT later CHECK (parent_id > 0) NOT VALID;
  CREATE TABLE public.parted (day date NOT NULL) PARTITION BY RANGE (day);
  CREATE TABLE public.parted_2020 PARTITION OF public.parted FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
  CREATE INDEX by_size ON public.parent (size DESC NULLS LAST, lower(name)) INCLUDE (id) WHERE size IS NOT NULL;
  CREATE STATISTICS public.together ON name, size FROM public.parent;
  CREATE FUNCTION public.touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
  CREATE FUNCTION public.twice(a int, b text DEFAULT 'x') RETURNS TABLE (c int) LANGUAGE sql AS 'SELECT a';
  CREATE AGGREGATE public.total (int) (SFUNC = int4pl, STYPE = int);
  CREATE TRIGGER touching BEFORE UPDATE OF name ON public.parent
    FOR EACH ROW WHEN (OLD.name IS DISTINCT FROM NEW.name) EXECUTE FUNCTION public.touch();
  ALTER TABLE public.parent ENABLE ROW LEVEL SECURITY;
  CREATE POLICY own ON public.parent FOR UPDATE USING (name = CURRENT_USER) WITH CHECK (name <> '');
  CREATE VIEW public.plain WITH (security_invoker = true) AS SELECT * FROM public.parent;
  CREATE VIEW public.few AS SELECT parent.id, name AS "parent.id", 'parent.id' AS text FROM public.parent
    WHERE parent.name <> 'x' AND parent.size = 'large'::public.size ORDER BY parent.id LIMIT 5;
  CREATE VIEW public.joined AS SELECT parent.id, c.parent_id FROM public.parent LEFT JOIN public.child c ON c.parent_id = parent.id;
  CREATE VIEW public.nested AS WITH q AS (SELECT id FROM public.parent)
    SELECT q.id, (SELECT count(*) FROM public.child WHERE child.parent_id = q.id) AS children FROM q;
  CREATE VIEW public.derived AS SELECT d.n FROM (SELECT parent.name AS n FROM public.parent) d WHERE d.n > 'a';
  CREATE VIEW public.united AS SELECT parent.id FROM public.parent UNION ALL SELECT child.parent_id FROM public.child;
  CREATE SCHEMA parent;
  CREATE FUNCTION parent.one() RETURNS int LANGUAGE sql AS 'SELECT 1';
  CREATE VIEW public.shadowed AS SELECT parent.one() AS one, parent.id FROM public.parent;
  CREATE MATERIALIZED VIEW public.kept AS SELECT count(*) AS total FROM public.parent WITH NO DATA;
  CREATE RULE nothing AS ON DELETE TO public.few DO INSTEAD NOTHING;
  COMMENT ON TABLE public.parent IS 'The parents';
  COMMENT ON COLUMN public.parent.name IS 'What it is called';
`;

const full = { owners: true, grants: true, comments: true } as const;

/** One of each kind of object whose extension PostgreSQL records: how to make it, and where the catalogs have it. */
const objectsOfExtensions: Readonly<Record<string, { make: string; catalog: string; id: string }>> = {
  schema: { make: 'CREATE SCHEMA cron', catalog: 'pg_namespace', id: `'cron'::regnamespace` },
  enum: { make: `CREATE TYPE public.mood AS ENUM ('good')`, catalog: 'pg_type', id: `'public.mood'::regtype` },
  sequence: { make: 'CREATE SEQUENCE public.ticks', catalog: 'pg_class', id: `'public.ticks'::regclass` },
  table: {
    make: 'CREATE TABLE public.jobs (id int CHECK (id > 0))',
    catalog: 'pg_class',
    id: `'public.jobs'::regclass`,
  },
  view: { make: 'CREATE VIEW public.jobs AS SELECT 1 AS id', catalog: 'pg_class', id: `'public.jobs'::regclass` },
  function: {
    make: `CREATE FUNCTION public.tick() RETURNS int LANGUAGE sql AS 'SELECT 1'`,
    catalog: 'pg_proc',
    id: `'public.tick()'::regprocedure`,
  },
  'event trigger': {
    make: `CREATE FUNCTION pg_temp.seen() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
      CREATE EVENT TRIGGER of_vendor ON ddl_command_start EXECUTE FUNCTION pg_temp.seen()`,
    catalog: 'pg_event_trigger',
    id: `(SELECT oid FROM pg_event_trigger WHERE evtname = 'of_vendor')`,
  },
};

describe('the same schema', () => {
  test.for(['legacy', 'everything'] as const)(
    'is described alike on every engine: %s',
    { timeout: 180_000 },
    async (schema) => {
      const descriptions: DatabaseDescription[] = [];
      for (const engine of engines) {
        await withDatabase(engine, schema === 'legacy' ? 'legacy' : 'empty', async ({ exec, query }) => {
          if (schema === 'everything') await exec(everything);
          descriptions.push(await describeDatabase(query, full));
        });
      }
      const [first = [], ...others] = descriptions;
      for (const other of others) expect(differences(first, other).map(differenceText)).toEqual([]);
      for (const other of others) expect(JSON.stringify(other)).toBe(JSON.stringify(first));
      expect(JSON.parse(JSON.stringify(first))).toEqual(first);
    },
  );
});

eachEngineOfLongRuns((engine) => {
  let database: TestDatabase;
  let legacy: DatabaseDescription;

  beforeAll(async () => {
    database = await openDatabase(engine, 'legacy');
    legacy = await describeDatabase(database.query);
  });

  afterAll(() => database.close());

  /** What the description tells to differ after some statements, which are then taken back. */
  function differencesAfter(statements: string, options = {}): Promise<Difference[]> {
    return takenBack(async () => {
      const before = await describeDatabase(database.query, options);
      await database.exec(statements);
      return differences(before, await describeDatabase(database.query, options));
    });
  }

  /** Does something in a transaction that is rolled back, whatever comes of it. */
  async function takenBack<T>(run: () => Promise<T>): Promise<T> {
    await database.exec('BEGIN');
    try {
      return await run();
    } finally {
      await database.exec('ROLLBACK');
    }
  }

  test('everything that the legacy schema creates is in it', () => {
    const count = (kind: string) => legacy.filter((object) => object.kind === kind).length;
    expect(count('table')).toBe(44);
    expect(count('enum')).toBe(31);
    expect(legacy.filter(({ kind, properties }) => kind === 'index' && !properties['unique'])).toHaveLength(124);
    expect(legacy).toContainEqual({
      kind: 'column',
      name: 'public.messages.content',
      table: 'public.messages',
      properties: { type: 'text', notNull: true },
    });
    expect(legacy).toContainEqual(
      expect.objectContaining({
        name: 'public.messages.messages_thread_id_fkey',
        properties: expect.objectContaining({
          definition: 'FOREIGN KEY (thread_id) REFERENCES public.message_threads(id)',
        }),
      }),
    );
  });

  test('the settings of the session change nothing in it, and it changes none of them', async () => {
    await takenBack(async () => {
      await database.exec(everything);
      const before = await describeDatabase(database.query, full);
      await database.exec(`
        SET search_path = identity, public; SET TimeZone = 'America/New_York'; SET DateStyle = 'German, DMY';
        SET IntervalStyle = 'sql_standard'; SET bytea_output = 'escape'; SET extra_float_digits = -10;
        SET quote_all_identifiers = on`);
      const settings = 'SELECT name, setting FROM pg_settings ORDER BY name';
      const { rows: settingsBefore } = await database.query(settings);
      expect(await describeDatabase(database.query, full)).toEqual(before);
      expect((await database.query(settings)).rows).toEqual(settingsBefore);
    });
  });

  test('outside a transaction the settings stay as well', async () => {
    await database.exec(`SET search_path = identity; SET TimeZone = 'Asia/Tokyo'`);
    await describeDatabase(database.query);
    const { rows } = await database.query(
      `SELECT current_setting('search_path') AS path, current_setting('TimeZone') AS zone`,
    );
    await database.exec('RESET search_path; RESET TimeZone');
    expect(rows).toEqual([{ path: 'identity', zone: 'Asia/Tokyo' }]);
  });

  test('nothing is written', async () => {
    await takenBack(async () => {
      await database.exec('SET TRANSACTION READ ONLY');
      expect(await describeDatabase(database.query)).toEqual(legacy);
    });
  });

  const messages = { table: 'public.messages' };
  const changes: [change: string, statements: string, expected: Partial<Difference>[]][] = [
    [
      'a dropped index',
      'DROP INDEX public.idx_messages_thread_id',
      [
        {
          ...messages,
          kind: 'index',
          object: 'public.idx_messages_thread_id',
          expected: 'CREATE INDEX idx_messages_thread_id ON public.messages USING btree (thread_id)',
          found: null,
        },
      ],
    ],
    [
      'a changed default',
      `ALTER TABLE public.messages ALTER is_read SET DEFAULT true`,
      [
        {
          ...messages,
          kind: 'column',
          object: 'public.messages.is_read',
          property: 'default',
          expected: 'false',
          found: 'true',
        },
      ],
    ],
    [
      'a dropped default',
      `ALTER TABLE public.messages ALTER is_read DROP DEFAULT`,
      [
        {
          ...messages,
          kind: 'column',
          object: 'public.messages.is_read',
          property: 'default',
          expected: 'false',
          found: null,
        },
      ],
    ],
    [
      'a longer text',
      'ALTER TABLE public.messages ALTER sender_type TYPE varchar(51)',
      [
        {
          ...messages,
          kind: 'column',
          object: 'public.messages.sender_type',
          property: 'type',
          expected: 'character varying(50)',
          found: 'character varying(51)',
        },
      ],
    ],
    [
      'NULL added',
      'ALTER TABLE public.messages ALTER content DROP NOT NULL',
      [
        {
          ...messages,
          kind: 'column',
          object: 'public.messages.content',
          property: 'notNull',
          expected: 'true',
          found: 'false',
        },
      ],
    ],
    [
      'a new column',
      'ALTER TABLE public.messages ADD note text',
      [{ ...messages, kind: 'column', object: 'public.messages.note', expected: null, found: 'text' }],
    ],
    [
      'a column dropped and made again at the end',
      'ALTER TABLE public.messages DROP sender_id; ALTER TABLE public.messages ADD sender_id varchar(255)',
      [{ kind: 'table', object: 'public.messages', property: 'columns' }],
    ],
    [
      'one more label of an enum',
      `ALTER TYPE public.ai_channel ADD VALUE 'fax' AFTER 'web'`,
      [
        {
          kind: 'enum',
          object: 'public.ai_channel',
          property: 'labels',
          expected: 'web, sms, voice, instagram, facebook, email',
          found: 'web, fax, sms, voice, instagram, facebook, email',
        },
      ],
    ],
    [
      'a dropped foreign key',
      'ALTER TABLE public.messages DROP CONSTRAINT messages_thread_id_fkey',
      [{ ...messages, kind: 'constraint', object: 'public.messages.messages_thread_id_fkey', found: null }],
    ],
    [
      'a foreign key that does something else on delete',
      `ALTER TABLE public.messages DROP CONSTRAINT messages_thread_id_fkey, ADD CONSTRAINT messages_thread_id_fkey
        FOREIGN KEY (thread_id) REFERENCES public.message_threads (id) ON DELETE CASCADE`,
      [
        {
          ...messages,
          object: 'public.messages.messages_thread_id_fkey',
          property: 'definition',
          expected: 'FOREIGN KEY (thread_id) REFERENCES public.message_threads(id)',
          found: 'FOREIGN KEY (thread_id) REFERENCES public.message_threads(id) ON DELETE CASCADE',
        },
      ],
    ],
    [
      'a constraint that is not validated',
      `ALTER TABLE public.messages ADD CONSTRAINT filled CHECK (content <> '') NOT VALID`,
      [{ ...messages, kind: 'constraint', object: 'public.messages.filled', expected: null }],
    ],
    [
      'a missing table: one difference',
      'DROP TABLE public.messages',
      [{ kind: 'table', object: 'public.messages', found: null }],
    ],
    [
      'a renamed table: its name on both sides, and what has its name elsewhere',
      'ALTER TABLE public.message_threads RENAME TO threads',
      [
        { object: 'public.messages.messages_thread_id_fkey', property: 'definition' },
        { kind: 'table', object: 'public.message_threads', found: null },
        { kind: 'table', object: 'public.threads', expected: null },
      ],
    ],
    [
      'a renamed table with a view under its old name',
      'ALTER TABLE public.chefs RENAME TO cooks; CREATE VIEW public.chefs AS SELECT * FROM public.cooks',
      [
        { object: 'public.bookings.bookings_chef_id_fkey', property: 'definition' },
        { kind: 'table', object: 'public.chefs', found: null },
        { kind: 'table', object: 'public.cooks', expected: null },
        { kind: 'view', object: 'public.chefs', expected: null },
      ],
    ],
    [
      'row security',
      'ALTER TABLE public.messages ENABLE ROW LEVEL SECURITY',
      [{ kind: 'table', object: 'public.messages', property: 'rowSecurity', expected: 'false', found: 'true' }],
    ],
    [
      'a storage option',
      'ALTER TABLE public.messages SET (fillfactor = 80)',
      [{ kind: 'table', object: 'public.messages', property: 'options', expected: null, found: 'fillfactor=80' }],
    ],
    [
      'a trigger that is switched off',
      `CREATE FUNCTION public.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
        CREATE TRIGGER t BEFORE INSERT ON public.messages FOR EACH ROW EXECUTE FUNCTION public.f();
        ALTER TABLE public.messages DISABLE TRIGGER t`,
      [
        { kind: 'function', object: 'public.f()', expected: null },
        { ...messages, kind: 'trigger', object: 'public.messages.t', expected: null },
      ],
    ],
    [
      'a policy',
      `CREATE POLICY p ON public.messages FOR SELECT USING (content <> 'x')`,
      [{ ...messages, kind: 'policy', object: 'public.messages.p', expected: null }],
    ],
    [
      'a sequence with its column',
      'ALTER TABLE public.messages ADD number int GENERATED BY DEFAULT AS IDENTITY',
      [
        { ...messages, kind: 'column', object: 'public.messages.number' },
        { ...messages, kind: 'sequence', object: 'public.messages_number_seq' },
      ],
    ],
    ['a schema', 'CREATE SCHEMA other', [{ kind: 'schema', object: 'other', expected: null, found: 'a schema' }]],
    [
      'the schema of migration records: nothing',
      'CREATE SCHEMA drizzle; CREATE TABLE drizzle.d (id serial PRIMARY KEY)',
      [],
    ],
    ['a temporary table: nothing', 'CREATE TEMPORARY TABLE messages (id int)', []],
    ['rows: nothing', `UPDATE public.messages SET content = 'changed'`, []],
    ['an index made again: nothing', 'REINDEX TABLE public.messages', []],
  ];

  test.for(changes)('%s', async ([_change, statements, expected]) => {
    expect(await differencesAfter(statements)).toEqual(
      expected.map((difference) => expect.objectContaining(difference)),
    );
  });

  test('owners, privileges and comments are included on request', async () => {
    const statements = `
      CREATE ROLE reader; GRANT SELECT ON public.messages TO reader WITH GRANT OPTION; GRANT UPDATE (content) ON public.messages TO PUBLIC;
      COMMENT ON TABLE public.messages IS 'Said by customers'; ALTER TABLE public.chefs OWNER TO reader`;
    expect(await differencesAfter(statements)).toEqual([]);
    const told = await differencesAfter(statements, full);
    expect(told.map(differenceText)).toEqual([
      'column public.messages.content: grants is PUBLIC: UPDATE, expected none',
      expect.stringMatching(/^table public.chefs: grants is reader: DELETE, .*, expected postgres: DELETE, /),
      'table public.chefs: owner is reader, expected postgres',
      'table public.messages: comment is Said by customers, expected none',
      expect.stringMatching(
        /^table public.messages: grants is .*, reader: SELECT with grant option, expected postgres: DELETE, /,
      ),
    ]);
  });

  test('a left-out table leaves no more traces than a dropped one', async () => {
    await takenBack(async () => {
      await database.exec(`
        ALTER TABLE public.reviews ADD number serial;
        CREATE FUNCTION public.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
        CREATE TRIGGER t BEFORE INSERT ON public.reviews FOR EACH ROW EXECUTE FUNCTION public.f();
        CREATE POLICY p ON public.reviews;
        CREATE RULE r AS ON DELETE TO public.reviews DO INSTEAD NOTHING;
        CREATE STATISTICS public.s ON rating, status FROM public.reviews`);
      const passedOver = await describeDatabase(database.query, { withoutTables: ['public.reviews'] });
      expect((await describeDatabase(database.query)).length).toBeGreaterThan(passedOver.length + 15);
      await database.exec('DROP TABLE public.reviews');
      expect(passedOver).toEqual(await describeDatabase(database.query));
    });
  });

  test('schemas are left out on request', async () => {
    await takenBack(async () => {
      await database.exec('CREATE SCHEMA drizzle; CREATE TABLE drizzle.record (id int)');
      const all = await describeDatabase(database.query, { withoutSchemas: [] });
      const some = await describeDatabase(database.query, { withoutSchemas: ['drizzle', 'identity'] });
      expect(all.map(({ name }) => name)).toContain('drizzle.record');
      expect(some.filter(({ name }) => /^(identity|drizzle)/.test(name))).toEqual([]);
    });
  });

  test.for([
    [
      'column',
      `UPDATE pg_attribute SET attoptions = '{pg_attver=26594416}' WHERE attrelid = 'public.messages'::regclass`,
    ],
    ['table', `UPDATE pg_class SET reloptions = '{vendor.tier=cold}' WHERE oid = 'public.messages'::regclass`],
    ['index', `UPDATE pg_class SET reloptions = '{vendor_build=fast}' WHERE oid = 'public.messages_pkey'::regclass`],
  ])('options that a server or a distribution keeps are not a difference: %s', async ([, statement]) => {
    expect(await differencesAfter(statement as string)).toEqual([]);
  });

  test('options that a user can set are differences beside those of a distribution', async () => {
    await takenBack(async () => {
      await database.exec(
        `CREATE INDEX seen ON public.messages (content) WHERE content <> ' WITH (fillfactor=''50'')'`,
      );
      const before = await describeDatabase(database.query);
      await database.exec(`
        ALTER INDEX public.seen SET (fillfactor = 50, deduplicate_items = off);
        UPDATE pg_class SET reloptions = '{vendor_build=fast}'::text[] || reloptions WHERE oid = 'public.seen'::regclass;
        ALTER TABLE public.messages ALTER content SET (n_distinct = 5);
        UPDATE pg_attribute SET attoptions = attoptions || '{pg_attver=1}'::text[]
          WHERE attrelid = 'public.messages'::regclass AND attname = 'content'`);
      const found = differences(before, await describeDatabase(database.query));
      expect(found.map(({ object, property }) => `${object} ${property}`)).toEqual([
        'public.messages.content options',
        'public.seen definition',
      ]);
      expect(found[0]).toMatchObject({ expected: null, found: 'n_distinct=5' });
      expect(found[1]?.expected).not.toContain(') WITH (');
      expect(found[1]?.found).toContain(") WITH (fillfactor='50', deduplicate_items=off) WHERE");
    });
  });

  test.for(Object.entries(objectsOfExtensions))(
    'an object of an extension is not a difference: %s',
    async ([, { make, catalog, id }]) => {
      const own = `
        INSERT INTO pg_depend (classid, objid, objsubid, refclassid, refobjid, refobjsubid, deptype)
        SELECT '${catalog}'::regclass, ${id}, 0, 'pg_extension'::regclass, oid, 0, 'e'
        FROM pg_extension WHERE extname = 'plpgsql'`;
      expect(await differencesAfter(make)).not.toEqual([]);
      expect(await differencesAfter(`${make}; ${own}`)).toEqual([]);
    },
  );

  test('a security label is not a difference', async () => {
    const label = `
      INSERT INTO pg_seclabel (objoid, classoid, objsubid, provider, label)
      VALUES ('public.messages'::regclass, 'pg_class'::regclass, 0, 'vendor', 'masked')`;
    expect(await differencesAfter(label, full)).toEqual([]);
  });

  test('names of any kind are written as in SQL', async () => {
    await takenBack(async () => {
      await database.exec('CREATE SCHEMA "Odd.Schema"; CREATE TABLE "Odd.Schema"."Odd ""table""" ("Odd.column" int)');
      const names = (await describeDatabase(database.query)).map(({ name }) => name);
      expect(names).toContain('"Odd.Schema"."Odd ""table"""."Odd.column"');
    });
  });
});

eachOfFewMajors((major) => {
  test('objects of an extension are left out', async () => {
    await withDatabase(major, 'empty', async ({ exec, query }) => {
      const before = await describeDatabase(query);
      await exec('CREATE EXTENSION pg_stat_statements');
      expect(differences(before, await describeDatabase(query))).toMatchObject([
        { kind: 'extension', object: 'pg_stat_statements', expected: null },
      ]);
    });
  });

  test('a role without any rights can use it as well', async () => {
    await withDatabase(major, 'legacy', async ({ exec, query, name }) => {
      const before = await describeDatabase(query, full);
      await exec(`CREATE ROLE "powerless ${name}"; SET ROLE "powerless ${name}"`);
      const after = await describeDatabase(query, full);
      await exec(`RESET ROLE; DROP ROLE "powerless ${name}"`);
      expect(after).toEqual(before);
    });
  });
});

describe('differences', () => {
  const objects = fc.uniqueArray(
    fc.record({
      kind: fc.constantFrom('table', 'index', 'column'),
      name: fc.constantFrom('a', 'b', 'c'),
      properties: fc.dictionary(fc.constantFrom('type', 'definition', 'options'), fc.constantFrom('x', 'y', true, 1)),
    }),
    { selector: ({ kind, name }) => `${kind} ${name}` },
  ) as fc.Arbitrary<DescribedObject[]>;

  const sorted = (description: DatabaseDescription) =>
    description
      .map((object) => JSON.stringify([object.kind, object.name, Object.entries(object.properties).sort()]))
      .sort();

  test('are empty exactly if descriptions are the same', () => {
    fc.assert(
      fc.property(objects, objects, (before, after) => {
        const same = JSON.stringify(sorted(before)) === JSON.stringify(sorted(after));
        expect(differences(before, after).length === 0).toBe(same);
        expect(differences(before, before)).toEqual([]);
      }),
    );
  });

  test('are the same the other way round, with expected and found swapped', () => {
    fc.assert(
      fc.property(objects, objects, (before, after) => {
        const swapped = differences(after, before).map(({ expected, found, ...difference }) => ({
          ...difference,
          expected: found,
          found: expected,
        }));
        expect(swapped).toEqual(differences(before, after));
      }),
    );
  });

  test('read as sentences', () => {
    const column = (type: string): DescribedObject => ({
      kind: 'column',
      name: 'public.a.b',
      table: 'public.a',
      properties: { type },
    });
    const texts = (before: DescribedObject[], after: DescribedObject[]) =>
      differences(before, after).map(differenceText);
    expect(texts([column('text')], [column('integer')])).toEqual(['column public.a.b: type is integer, expected text']);
    expect(texts([column('text')], [])).toEqual(['column public.a.b is missing: text']);
    expect(texts([], [column('text')])).toEqual(['column public.a.b is not expected: text']);
  });
});
