import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Conflict } from '../../../src/errors.ts';
import { adopt } from '../../../src/tools/adopt/index.ts';
import { baseline } from '../../../src/tools/baseline/baseline.ts';
import { MigrateFailure, migrate } from '../../../src/tools/migrate/migrate.ts';
import { planMigrations, renderScript } from '../../../src/tools/migrate/plan.ts';
import { revert } from '../../../src/tools/revert/revert.ts';
import {
  connectionTo,
  eachMajor,
  eachOfFewMajors,
  openDatabase,
  shareOf,
  type TestDatabase,
  thorough,
  withDatabase,
} from '../../support/databases.ts';
import { hostedCommand } from '../../support/kit.ts';
import { otherMigrations, renameMigrations } from '../../support/migrate.ts';
import { rowVersions } from './database-state.ts';

/** Something that a legacy database may have of its own. */
interface Own {
  readonly what: string;
  readonly sql: string;
  readonly undo: string;
  /** The objects that the obstacles name; none if it stops no migration. */
  readonly objects: readonly string[];
}

const citus = (schema: string, create: string): Own => ({
  what: `tables that Citus has on its workers, as ${schema}.pg_dist_partition says`,
  // No Citus is here: this is the catalog in which it keeps them, with the columns that it has.
  sql: `SET allow_system_table_mods = on; ${create};
    CREATE TABLE ${schema}.pg_dist_partition (logicalrel regclass, partmethod "char", partkey text, colocationid int, repmodel "char");
    INSERT INTO ${schema}.pg_dist_partition VALUES ('public.bookings', 'h', 'x', 1, 's'), ('public.messages', 'n', NULL, 2, 't'),
      ('public.chefs', 'n', NULL, 0, 's');
    RESET allow_system_table_mods`,
  undo: `SET allow_system_table_mods = on; DROP TABLE ${schema}.pg_dist_partition; RESET allow_system_table_mods`,
  objects: ['public.bookings', 'public.messages'],
});

const triggerFunction = `CREATE FUNCTION of_its_own() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'`;

const obstacles: readonly Own[] = [
  {
    what: 'a table under a name that a rename gives',
    sql: 'CREATE TABLE identity.oauth_accounts (id integer)',
    undo: 'DROP TABLE identity.oauth_accounts',
    objects: ['identity.oauth_accounts'],
  },
  {
    what: 'a type, which a table of that name brings along, too',
    sql: `CREATE TYPE public.customer_messages AS ENUM ('one')`,
    undo: 'DROP TYPE public.customer_messages',
    objects: ['public.customer_messages'],
  },
  {
    what: 'a view under the name that a view has for a moment',
    sql: 'CREATE VIEW messages_renaming AS SELECT 1 AS one',
    undo: 'DROP VIEW messages_renaming',
    objects: ['public.messages_renaming'],
  },
  {
    what: 'an index elsewhere under the name that an index gets',
    sql: 'CREATE INDEX idx_customer_messages_thread_id ON chefs (email)',
    undo: 'DROP INDEX idx_customer_messages_thread_id',
    objects: ['public.idx_customer_messages_thread_id'],
  },
  {
    what: 'a table and an index under names of new ones',
    sql: `CREATE TABLE identity.station_audit_seals (id integer);
      CREATE INDEX uq_station_token_failures_subject ON identity.stations (id)`,
    undo: 'DROP TABLE identity.station_audit_seals; DROP INDEX identity.uq_station_token_failures_subject',
    objects: ['identity.station_audit_seals', 'identity.uq_station_token_failures_subject'],
  },
  {
    what: 'functions under names of new ones, whether those replace or not',
    sql: `CREATE FUNCTION identity.refuse(relation regclass) RETURNS integer LANGUAGE sql AS 'SELECT 1';
      CREATE FUNCTION identity.seal_station_audit_logs() RETURNS integer LANGUAGE sql AS 'SELECT 1';
      CREATE FUNCTION identity.refuse(relation text) RETURNS integer LANGUAGE sql AS 'SELECT 1'`,
    undo: `DROP FUNCTION identity.refuse(regclass), identity.refuse(text), identity.seal_station_audit_logs()`,
    objects: ['identity.refuse(regclass)', 'identity.seal_station_audit_logs()'],
  },
  {
    what: 'a column that a migration adds',
    sql: 'ALTER TABLE identity.station_access_tokens ADD COLUMN replaced_by integer',
    undo: 'ALTER TABLE identity.station_access_tokens DROP COLUMN replaced_by',
    objects: ['identity.station_access_tokens: column replaced_by'],
  },
  {
    what: 'a trigger and a policy that migrations add',
    sql: `${triggerFunction};
      CREATE TRIGGER station_users_audit AFTER INSERT ON identity.station_users FOR EACH ROW EXECUTE FUNCTION of_its_own();
      CREATE POLICY station_select ON messages USING (true)`,
    undo: 'DROP FUNCTION of_its_own() CASCADE; DROP POLICY station_select ON messages',
    objects: ['identity.station_users: trigger station_users_audit', 'public.messages: policy station_select'],
  },
  {
    what: 'a rule on a table whose rows a migration writes',
    sql: 'CREATE RULE of_its_own AS ON INSERT TO identity.permissions DO ALSO NOTHING',
    undo: 'DROP RULE of_its_own ON identity.permissions',
    objects: ['identity.permissions: rule of_its_own'],
  },
  {
    what: 'a publication for which PostgreSQL refuses to update a table whose rows a migration updates',
    sql: 'CREATE PUBLICATION high_scores FOR TABLE leads WHERE (score > 3)',
    undo: 'DROP PUBLICATION high_scores',
    objects: ['public.leads'],
  },
  {
    what: 'a child with a column that a migration adds to its parent',
    sql: 'CREATE TABLE old_tokens (replaced_by integer) INHERITS (identity.station_access_tokens)',
    undo: 'DROP TABLE old_tokens',
    objects: ['public.old_tokens: column replaced_by'],
  },
  {
    what: 'keys that foreign keys of new tables lead to, and by which rows are added once',
    sql: `ALTER TABLE customer_review_blog_posts DROP CONSTRAINT customer_review_blog_posts_pkey CASCADE;
      ALTER TABLE identity.permissions DROP CONSTRAINT uq_permissions_resource_action`,
    undo: `ALTER TABLE customer_review_blog_posts ADD CONSTRAINT customer_review_blog_posts_pkey PRIMARY KEY (id);
      ALTER TABLE review_approval_log ADD CONSTRAINT review_approval_log_review_id_fkey FOREIGN KEY (review_id)
        REFERENCES customer_review_blog_posts (id) ON DELETE CASCADE;
      ALTER TABLE identity.permissions ADD CONSTRAINT uq_permissions_resource_action UNIQUE (resource, action)`,
    objects: ['identity.permissions: key (resource, action)', 'public.customer_review_blog_posts: key (id)'],
  },
  {
    what: 'a table that is partitioned by other columns than a key that a migration adds',
    sql: `ALTER TABLE discount_coupons RENAME TO coupons_before;
      CREATE TABLE discount_coupons (LIKE coupons_before INCLUDING ALL EXCLUDING INDEXES) PARTITION BY HASH (id);
      ALTER TABLE discount_coupons ADD PRIMARY KEY (id)`,
    undo: 'DROP TABLE discount_coupons; ALTER TABLE coupons_before RENAME TO discount_coupons',
    objects: ['public.discount_coupons: key (review_id)'],
  },
  {
    what: 'a table whose partitions allow no key of its own for a foreign key to lead to',
    sql: `ALTER TABLE bookings RENAME TO bookings_before; CREATE TABLE bookings (LIKE bookings_before) PARTITION BY HASH (id, customer_id);
      ALTER TABLE bookings ADD PRIMARY KEY (id, customer_id)`,
    undo: 'DROP TABLE bookings; ALTER TABLE bookings_before RENAME TO bookings',
    objects: ['public.bookings: key (id)'],
  },
  {
    what: 'a table that is a partition of another one, to which no column can be added',
    sql: `CREATE TABLE every_escalation (LIKE escalations INCLUDING DEFAULTS) PARTITION BY HASH (id);
      ALTER TABLE every_escalation ATTACH PARTITION escalations FOR VALUES WITH (MODULUS 1, REMAINDER 0)`,
    undo: 'ALTER TABLE every_escalation DETACH PARTITION escalations; DROP TABLE every_escalation',
    objects: ['public.escalations'],
  },
  {
    what: 'a table that was renamed by hand',
    sql: 'ALTER TABLE social_threads RENAME TO lead_social_threads',
    undo: 'ALTER TABLE lead_social_threads RENAME TO social_threads',
    objects: ['public.social_threads'],
  },
  {
    what: 'a role that may read some columns of a table',
    sql: 'GRANT SELECT (id, content) ON messages TO pg_monitor',
    undo: 'REVOKE SELECT (id, content) ON messages FROM pg_monitor',
    objects: ['public.messages'],
  },
  citus('citus', 'CREATE SCHEMA IF NOT EXISTS citus'),
  citus('pg_catalog', 'SELECT 1'),
];

const harmless: readonly Own[] = [
  ['an index more', 'CREATE INDEX of_its_own ON messages (content)', 'DROP INDEX of_its_own'],
  [
    'an index of another name',
    'ALTER INDEX idx_messages_created_at RENAME TO by_time',
    'ALTER INDEX by_time RENAME TO idx_messages_created_at',
  ],
  ['a column more', 'ALTER TABLE messages ADD COLUMN own text', 'ALTER TABLE messages DROP COLUMN own'],
  [
    'a constraint more',
    'ALTER TABLE messages ADD CONSTRAINT messages_own CHECK (id IS NOT NULL)',
    'ALTER TABLE messages DROP CONSTRAINT messages_own',
  ],
  ['a child', 'CREATE TABLE old_messages () INHERITS (messages)', 'DROP TABLE old_messages'],
  [
    'a rule on a table that is renamed',
    'CREATE RULE own AS ON DELETE TO messages DO ALSO NOTHING',
    'DROP RULE own ON messages',
  ],
  [
    'foreign keys of another name, and one less, which a migration drops',
    `ALTER TABLE identity.station_audit_logs RENAME CONSTRAINT station_audit_logs_user_id_fkey TO of_its_own;
      ALTER TABLE identity.station_audit_logs DROP CONSTRAINT station_audit_logs_station_id_fkey`,
    '',
  ],
  ['a publication', 'CREATE PUBLICATION own_messages FOR TABLE messages', 'DROP PUBLICATION own_messages'],
  [
    'writing some columns',
    'GRANT UPDATE (content) ON messages TO pg_monitor',
    'REVOKE UPDATE (content) ON messages FROM pg_monitor',
  ],
].map(([what = '', sql = '', undo = '']) => ({ what, sql, undo, objects: [] }));

/** Has `migrate`, `planMigrations` and its script refuse, and checks that each names all objects and that nothing changed. */
async function expectRefused(database: TestDatabase, objects: readonly string[]): Promise<void> {
  const { query } = database;
  const connection = connectionTo(database);
  const before = await rowVersions(query);
  const failure = await migrate(connection).catch((error: unknown) => error);
  if (!(failure instanceof MigrateFailure)) throw new Error('it was not refused', { cause: failure });
  expect(failure.cause).toBeInstanceOf(Conflict);
  expect(failure.report).toMatchObject({ steps: [], interrupted: false });
  const told = failure.report.obstacles.map(({ object }) => object);
  expect([...told].sort()).toEqual([...objects].sort());
  for (const { object, found, next } of failure.report.obstacles) {
    for (const text of [object, found, next]) expect(failure.message).toContain(text);
    expect(next).not.toMatch(/INSERT INTO/);
  }
  const plan = await planMigrations(connection, { locks: false });
  expect(plan.obstacles).toEqual(failure.report.obstacles);
  expect(() => renderScript(plan)).toThrow(Conflict);
  expect(await rowVersions(query)).toEqual(before);
}

eachMajor((major) => {
  describe('before anything is applied, migrate tells', () => {
    test('each kind of thing that would stop it half-way, with what to do', async () => {
      const database = await openDatabase(major, 'legacy');
      try {
        expect(await baseline(database.query)).toMatchObject({ status: 'recorded' });
        for (const { what, sql, undo, objects } of shareOf(obstacles, major)) {
          await database.exec(sql).catch((error: unknown) => {
            throw new Error(what, { cause: error });
          });
          await expectRefused(database, objects);
          await database.exec(undo);
        }
        const done = await migrate(connectionTo(database));
        expect(done).toMatchObject({ stoppedAt: null, obstacles: [] });
        expect(done.steps).toHaveLength(renameMigrations.length + otherMigrations.length);
      } finally {
        await database.close();
      }
    });
  });
});

eachOfFewMajors((major) => {
  test('where a foreign identity.oauth_accounts is, baseline, the plan and migrate say so, and no advice takes it for ours', () =>
    withDatabase(major, 'legacy', async (database) => {
      const { query, exec, url } = database;
      await exec(
        `CREATE TABLE identity.oauth_accounts (token text); INSERT INTO identity.oauth_accounts VALUES ('of others')`,
      );
      const { rows: ours } = await query('SELECT count(*)::int AS n FROM identity.social_accounts');
      const object = 'identity.oauth_accounts';
      const obstacles = [{ kind: 'name', object }];
      const migrated = await hostedCommand(['migrate', '--json'], { DATABASE_URL: url });
      expect(migrated.exitCode).toBe(1);
      expect(JSON.parse(migrated.stdout)).toMatchObject({ steps: [], obstacles, error: { code: 'conflict', object } });
      expect(migrated.stdout).not.toContain('put it back');
      const script = await hostedCommand(['migrate', '--dry-run', '--sql'], { DATABASE_URL: url });
      expect(script).toMatchObject({ exitCode: 1, stdout: '' });
      expect(await planMigrations(connectionTo(database), { locks: false })).toMatchObject({
        state: 'legacy',
        obstacles,
      });
      expect(await baseline(query)).toMatchObject({ status: 'obstructed', obstacles });
      const told = await hostedCommand(['baseline'], { DATABASE_URL: url });
      expect(told.exitCode).toBe(1);
      const [, statement = ''] =
        /give it another name: (ALTER TABLE [^;]+);/.exec(told.stdout.replace(/\s+/g, ' ')) ?? [];
      expect(statement).not.toBe('');

      await exec(statement);
      expect(await migrate(connectionTo(database))).toMatchObject({ state: 'legacy', stoppedAt: null });
      expect((await query('SELECT token FROM identity.oauth_accounts_before')).rows).toEqual([{ token: 'of others' }]);
      for (const name of ['oauth_accounts', 'social_accounts']) {
        expect((await query(`SELECT count(*)::int AS n FROM identity.${name}`)).rows).toEqual(ours);
      }
    }));

  test('in a database that differs, baseline and adopt tell what else is in the way, where the tables stand now', () =>
    withDatabase(major, 'legacy', async (database) => {
      const { query, exec, url } = database;
      await exec(`CREATE SCHEMA "Core"; ALTER TABLE messages SET SCHEMA "Core"; DROP INDEX idx_bookings_status;
        ALTER TABLE social_threads RENAME TO lead_social_threads;
        GRANT SELECT (id, content) ON "Core".messages TO pg_monitor;
        CREATE TABLE identity.oauth_accounts (token text);
        CREATE INDEX idx_customer_messages_thread_id ON chefs (email);
        ALTER TABLE identity.station_access_tokens ADD COLUMN replaced_by integer`);
      const before = await rowVersions(query);
      const objects = [
        'Core.messages',
        'identity.oauth_accounts',
        'identity.station_access_tokens: column replaced_by',
        'public.idx_customer_messages_thread_id',
      ];
      const report = await baseline(query);
      expect(report).toMatchObject({ status: 'differs' });
      expect('obstacles' in report && report.obstacles.map(({ object }) => object).sort()).toEqual(objects);
      const told = await hostedCommand(['baseline'], { DATABASE_URL: url });
      expect(told.exitCode).toBe(1);
      for (const object of objects) expect(told.stdout).toContain(`- ${object}: found `);
      const { status, decide } = await adopt(connectionTo(database));
      expect(status).toBe('undecided');
      expect(decide.map(({ object }) => object)).toEqual(expect.arrayContaining(objects));
      expect(await rowVersions(query)).toEqual(before);
    }));

  test('a child that another role owns is told before: what changes in its parent changes in it', () =>
    withDatabase(major, 'legacy', async (database) => {
      const { query, exec } = database;
      const owner = `owner_of_${database.name}`;
      await exec(`CREATE ROLE ${owner}; GRANT CREATE ON DATABASE ${database.name} TO ${owner};
        GRANT CREATE, USAGE ON SCHEMA public, identity TO ${owner};
        DO $$ DECLARE t regclass; BEGIN
          FOR t IN SELECT oid FROM pg_class WHERE relkind = 'r' AND relnamespace IN ('public'::regnamespace, 'identity'::regnamespace)
          LOOP EXECUTE format('ALTER TABLE %s OWNER TO ${owner}', t); END LOOP;
        END $$;
        CREATE TABLE kept_leads () INHERITS (leads); CREATE TABLE kept_messages () INHERITS (messages)`);
      try {
        await exec(`SET ROLE ${owner}`);
        const told = await baseline(query);
        expect(told.status).toBe('obstructed');
        expect('obstacles' in told && told.obstacles.map(({ kind, object }) => `${kind} ${object}`).sort()).toEqual([
          'rights public.kept_leads',
          'rights public.kept_messages',
        ]);
        await exec(
          `RESET ROLE; ALTER TABLE kept_leads OWNER TO ${owner}; ALTER TABLE kept_messages NO INHERIT messages; SET ROLE ${owner}`,
        );
        expect(await baseline(query)).toMatchObject({ status: 'recorded' });
        expect(await migrate(connectionTo(database))).toMatchObject({ stoppedAt: null });
      } finally {
        await exec(
          `RESET ROLE; REASSIGN OWNED BY ${owner} TO CURRENT_USER; DROP OWNED BY ${owner}; DROP ROLE ${owner}`,
        );
      }
    }));

  test('nor does revert say that its row of the record was lost', () =>
    withDatabase(major, 'legacy', async (database) => {
      await baseline(database.query);
      await database.exec('CREATE TABLE identity.oauth_accounts (token text)');
      await expect(revert(connectionTo(database), { to: 'baseline' })).rejects.toMatchObject({
        cause: { name: 'Conflict' },
        object: 'identity.oauth_accounts',
        next: expect.not.stringContaining('INSERT'),
      });
    }));

  test('of any things that a database has of its own, migrate tells all that stop it, or ends', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.subarray([...obstacles, ...harmless], { maxLength: 6 }).chain((some) =>
          // Every third one has nothing that stops it.
          fc
            .integer({ min: 0, max: 2 })
            .map((one) => (one === 0 ? some.filter(({ objects }) => objects.length === 0) : some)),
        ),
        (own) =>
          withDatabase(major, 'legacy', async (database) => {
            await baseline(database.query);
            for (const { sql } of own) await database.exec(sql);
            const objects = [...new Set(own.flatMap((each) => each.objects))];
            if (objects.length > 0) await expectTold(database, objects);
            else expect(await migrate(connectionTo(database))).toMatchObject({ stoppedAt: null, obstacles: [] });
          }),
      ),
      { numRuns: thorough ? 100 : 4 },
    );
  }, 600_000);
});

/** Has `migrate` refuse, and checks that it names all objects, each at least once, and that nothing changed. */
async function expectTold(database: TestDatabase, objects: readonly string[]): Promise<void> {
  const before = await rowVersions(database.query);
  const failure = await migrate(connectionTo(database)).catch((error: unknown) => error);
  if (!(failure instanceof MigrateFailure)) throw new Error('it was not refused', { cause: failure });
  expect(failure.report.steps).toEqual([]);
  expect([...new Set(failure.report.obstacles.map(({ object }) => object))].sort()).toEqual([...objects].sort());
  expect(await rowVersions(database.query)).toEqual(before);
}
