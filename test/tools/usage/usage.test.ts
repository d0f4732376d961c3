import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { queryOf } from '../../../src/tools/database/query.ts';
import {
  listSharedCounters,
  otherServerSpots,
  rememberUsage,
  type UsageOptions,
  type UsageReport,
  usage,
} from '../../../src/tools/usage/usage.ts';
import { eachOfOldestMajors, majors, withDatabase as withSharedDatabase } from '../../support/databases.ts';
import { hostedCommand } from '../../support/kit.ts';
import type { Major } from '../../support/servers.ts';
import { type MigratedDatabase, type MigratedServer, startMigratedServer } from './migrated-server.ts';

/** What a report says of statements, without what differs from run to run. */
const statementsOf = (report: UsageReport) =>
  report.statements.uses.map(({ name, role, action, calls, topLevel }) => ({ name, role, action, calls, topLevel }));

const ask = ({ query }: MigratedDatabase, options: Partial<UsageOptions> = {}) => usage({ query, days: 0, ...options });

eachOfOldestMajors((major) => {
  /** What no version changes is tested on one. */
  const testOnce = test.runIf(major === majors[0]);
  let migrated: MigratedServer;
  let justMigrated: UsageReport;
  beforeAll(async () => {
    migrated = await startMigratedServer(major);
    // Some tests reset the counters of the whole server.
    const session = new pg.Client({ ...migrated.server, database: 'migrated' });
    await session.connect();
    justMigrated = await usage({ query: queryOf(session), days: 0 }).finally(() => session.end());
  });
  afterAll(() => migrated.remove());
  const withDatabase: MigratedServer['withDatabase'] = (run) => migrated.withDatabase(run);

  /** A role that may log in and use every table of the database. */
  async function serviceRole({ query }: MigratedDatabase, name: string): Promise<string> {
    const role = `${name}_${Math.random().toString(36).slice(2, 8)}`;
    await query(`CREATE ROLE ${role} LOGIN PASSWORD 'secret'`);
    await query(`GRANT USAGE ON SCHEMA public, identity TO ${role}`);
    await query(`GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public, identity TO ${role}`);
    return role;
  }

  test('a freshly migrated database: safe, the migrations do not count as a use', () =>
    withDatabase(async (database) => {
      await rememberUsage(database.query);
      const report = await ask(database);
      expect(report).toMatchObject({
        version: 1,
        verdict: 'safe',
        statements: { period: { since: 'remembered', mayPrecedeRename: false }, uses: [] },
        objects: [],
        unread: [],
      });
      expect(report.names.map(({ state }) => state)).toEqual(Array(7).fill('view'));
    }));

  test('the migrations’ own statements do not count, remembered or not', () => {
    expect(justMigrated.statements.read).toBeGreaterThan(300);
    expect(justMigrated.statements.uses).toEqual([]);
    expect(justMigrated.unread.filter(({ mentions }) => mentions.length > 0)).toEqual([]);
  });

  test('old names through node-postgres, prepared or not, read and written, by role; canonical names do not count', () =>
    withDatabase(async (database) => {
      const role = await serviceRole(database, 'inbox');
      const inbox = await database.session({ user: role, password: 'secret' });
      await inbox.query('SELECT * FROM messages WHERE is_read = $1', [true]);
      const from = await rememberUsage(database.query);
      for (let times = 0; times < 3; times++) {
        await inbox.query({
          name: 'unread',
          text: 'SELECT count(*) FROM messages WHERE is_read = $1',
          values: [false],
        });
      }
      await inbox.query('DELETE FROM public.message_threads WHERE id IS NULL');
      await inbox.query('UPDATE identity.social_accounts SET provider = provider WHERE id IS NULL');
      await inbox.query('SELECT 1 FROM customer_messages, identity.oauth_accounts, business_social_accounts LIMIT 1');
      await inbox.query('PREPARE later AS SELECT 1 FROM social_threads');
      await inbox.query('EXECUTE later');
      await inbox.query('BEGIN; DECLARE them CURSOR FOR SELECT id FROM customer_reviews; FETCH them; COMMIT');
      await inbox.query('EXPLAIN SELECT 1 FROM social_identities');

      const report = await ask(database);
      expect(report.verdict).toBe('not-safe');
      expect(report.statements.period).toMatchObject({ from, since: 'remembered' });
      const by = { role, topLevel: true };
      expect(statementsOf(report)).toEqual(
        expect.arrayContaining([
          { ...by, name: 'public.messages', action: 'read', calls: 3 },
          { ...by, name: 'public.message_threads', action: 'write', calls: 1 },
          { ...by, name: 'identity.social_accounts', action: 'write', calls: 1 },
          { ...by, name: 'public.social_threads', action: 'read', calls: 1 },
          { ...by, name: 'public.customer_reviews', action: 'read', calls: 1 },
          { ...by, name: 'public.social_identities', action: 'read', calls: 1 },
        ]),
      );
      // What ran before the remembered point does not count, and identity.social_accounts is not public.social_accounts.
      expect(statementsOf(report)).toHaveLength(6);
      expect(report.names.find(({ name }) => name === 'public.social_accounts')).toMatchObject({ findings: 0 });
      // From 18 on, calls of both are counted together.
      const other = await ask(database, { entries: ['public.social_accounts'] });
      expect(other.verdict).toBe(major < 18 ? 'safe' : 'cannot-tell');
    }));

  test('calls through another name that count to the same counter: cannot tell', () =>
    withDatabase(async (database) => {
      const { query } = database;
      await query('CREATE SCHEMA crm; CREATE TABLE crm.messages (id uuid)');
      await rememberUsage(query);
      const session = await database.session();
      for (const [other, old] of [
        ['SELECT d0.id FROM customer_messages AS d0', 'SELECT d0.id FROM messages AS d0'],
        [
          'UPDATE customer_messages AS m SET content = content WHERE false',
          'UPDATE messages AS m SET content = content WHERE false',
        ],
        ['SELECT id FROM crm.messages', 'SELECT id FROM messages'],
        ['SELECT messages.id FROM crm.messages AS messages LIMIT 1', 'SELECT id FROM public.messages LIMIT 1'],
      ] as const) {
        await query('SELECT pg_stat_statements_reset()');
        await rememberUsage(query);
        await session.query(other);
        const before = await ask(database);
        for (let times = 0; times < 5; times++) await session.query(old);
        const { verdict, unread, statements } = await ask(database);
        if (major < 18) {
          expect([before.verdict, verdict, unread], old).toEqual(['safe', 'not-safe', []]);
          continue;
        }
        // The server keeps the first text only, so that the report is the same with and without the calls.
        expect([before.verdict, verdict, statements.uses], old).toEqual(['cannot-tell', 'cannot-tell', []]);
        expect(unread, old).toMatchObject([
          {
            mentions: ['public.messages'],
            next: expect.stringMatching(/--watch.*pg_stat_statements_reset\(0, \d+, -?\d+\)/),
          },
        ]);

        // In the reverse case the first call is a use, unless its counter is older than the remembered point.
        await query('SELECT pg_stat_statements_reset()');
        await rememberUsage(query);
        await session.query(old);
        await session.query(other);
        expect((await ask(database)).verdict, old).toBe('not-safe');
        await rememberUsage(query);
        await session.query(other);
        expect((await ask(database)).verdict, old).toBe('cannot-tell');
      }
      // What names the schema or the alias of nothing else is no matter of doubt.
      await query('SELECT pg_stat_statements_reset()');
      await rememberUsage(query);
      await session.query('SELECT id FROM customer_messages');
      await session.query('BEGIN; LOCK TABLE crm.messages; COMMIT');
      expect(await ask(database)).toMatchObject({ verdict: 'safe', unread: [] });
    }));

  test('a counter from before the rename stays uncertain: it is reported, and its reset helps', () =>
    withDatabase(async (database) => {
      const { query } = database;
      const session = await database.session();
      const { rows } = await query(`SELECT pg_get_viewdef('messages'::regclass) AS definition`);
      await query('DROP VIEW messages; ALTER TABLE customer_messages RENAME TO messages');
      await session.query('SELECT id FROM messages');
      await query(
        `ALTER TABLE messages RENAME TO customer_messages; CREATE VIEW messages AS ${rows[0]?.['definition']};
         UPDATE drizzle.canonical_models_migrations SET applied_at = clock_timestamp()`,
      );
      await session.query('SELECT id FROM customer_messages');
      expect((await ask(database)).verdict).toBe('cannot-tell');

      const told = await hostedCommand(['usage', '--remember', '--json', '--url', database.url]);
      const { shared } = JSON.parse(told.stdout) as { shared: { name: string; reset: string }[] };
      await session.query('SELECT id FROM customer_messages');
      const report = await ask(database);
      expect(report.statements.uses).toEqual([]);
      if (major < 18) {
        expect(report.verdict).toBe('cannot-tell');
        expect(shared).toMatchObject([{ name: 'public.messages' }]);
        expect(report.reasons.join()).toContain(`${shared[0]?.reset}; canonical-models usage --remember`);
        await query(shared[0]?.reset ?? '');
        await rememberUsage(query);
        await session.query('SELECT id FROM customer_messages');
      } else expect(shared).toEqual([]); // Here a name is a counter of its own.
      expect(await listSharedCounters(query)).toEqual([]);
      expect((await ask(database)).verdict).toBe('safe');
      await session.query('SELECT id FROM messages');
      expect((await ask(database)).verdict).toBe('not-safe');
    }));

  test('a bare name that means another old name under another search_path: cannot tell', () =>
    withDatabase(async (database) => {
      await rememberUsage(database.query);
      const session = await database.session();
      await session.query('SET search_path = identity');
      await session.query('SELECT id FROM social_accounts');
      const report = await ask(database, { entries: ['identity.social_accounts'] });
      expect(report.verdict).toBe('cannot-tell');
      expect(report.reasons.join()).toContain('mentions identity.social_accounts');
    }));

  test('false friends: other schemas, aliases, columns, functions, strings and common table expressions', () =>
    withDatabase(async (database) => {
      const { query } = database;
      await query('CREATE SCHEMA crm; CREATE TABLE crm.messages (messages text); CREATE TABLE notes (messages text)');
      await query(`CREATE FUNCTION messages(text) RETURNS text LANGUAGE sql AS 'SELECT $1'`);
      const role = await serviceRole(database, 'crm');
      await query(`GRANT USAGE ON SCHEMA crm TO ${role}; GRANT ALL ON crm.messages TO ${role}`);
      await query(`ALTER ROLE ${role} IN DATABASE ${database.name} SET search_path = crm, public`);
      await rememberUsage(query);
      const crm = await database.session({ user: role, password: 'secret' });
      await crm.query('SELECT * FROM messages');
      await crm.query('INSERT INTO messages VALUES ($1)', ['x']);
      const other = await database.session();
      for (const sql of [
        'SELECT * FROM crm.messages',
        'SELECT messages.messages FROM notes AS messages',
        'SELECT messages FROM notes FOR UPDATE',
        'SELECT 1 FROM notes AS messages FOR UPDATE OF messages',
        `SELECT 'messages', messages('FROM messages') -- FROM messages`,
        'WITH messages AS (SELECT 1) SELECT * FROM messages',
        'SELECT 1 AS "messages" FROM customer_messages LIMIT 1',
      ]) {
        await other.query(sql);
      }
      const report = await ask(database);
      expect(statementsOf(report)).toEqual([]);
      // From 18 on, a table of that name in another schema, and an alias of that name, are counted with it.
      expect(report.verdict).toBe(major < 18 ? 'safe' : 'cannot-tell');
      expect(report.blindSpots.map(({ what }) => what).join()).toContain('crm.messages');

      // The same words mean the view where the search_path leads there.
      await other.query('SELECT * FROM messages');
      await other.query('WITH messages AS (SELECT * FROM messages) SELECT * FROM messages');
      await crm.query('SELECT * FROM social_threads');
      expect(statementsOf(await ask(database))).toHaveLength(3);
    }));

  testOnce('a temporary table of that name, or a search_path of the session: cannot tell', () =>
    withDatabase(async (database) => {
      await rememberUsage(database.query);
      const session = await database.session();
      await session.query('CREATE TEMP TABLE messages (id int)');
      await session.query('SELECT * FROM messages');
      const temporary = await ask(database);
      expect(temporary.verdict).toBe('cannot-tell');
      expect(temporary.unread).toMatchObject([
        { where: 'statement', reason: 'it may mean a temporary table', mentions: ['public.messages'] },
      ]);
      // A statement that names the schema means the view, temporary table or not.
      await session.query('SELECT * FROM public.messages');
      expect(await ask(database)).toMatchObject({ verdict: 'not-safe' });
    }),
  );

  testOnce('a role whose own search_path leads nowhere has set another: nobody can tell', () =>
    withDatabase(async (database) => {
      const role = await serviceRole(database, 'wanderer');
      await database.query(`ALTER ROLE ${role} IN DATABASE ${database.name} SET search_path = nowhere`);
      await rememberUsage(database.query);
      const session = await database.session({ user: role, password: 'secret' });
      await session.query(`SELECT set_config('search_path', 'public', false)`);
      await session.query('SELECT * FROM messages');
      const report = await ask(database);
      expect(report.verdict).toBe('cannot-tell');
      expect(report.unread).toMatchObject([{ of: role, mentions: ['public.messages'] }]);
    }),
  );

  testOnce('code blocks are read, and what does not parse is listed', () =>
    withDatabase(async (database) => {
      await rememberUsage(database.query);
      const session = await database.session();
      await session.query(`DO $$ BEGIN PERFORM 1 FROM messages; END $$`);
      expect(statementsOf(await ask(database))).toMatchObject([{ name: 'public.messages', action: 'read', calls: 1 }]);
      await session.query(`DO $$ BEGIN EXECUTE format('SELECT 1 FROM %I', 'social' || '_threads'); END $$`);
      const report = await ask(database);
      expect(statementsOf(report)).toHaveLength(2);
      expect(report.unread).toEqual([]);
      await session.query(`DO $$ BEGIN EXECUTE 'SELECT 1 FROM ' || lower('social_threads'); END $$`);
      expect((await ask(database)).unread).toMatchObject([
        { where: 'statement', reason: 'it puts SQL together when it runs', mentions: ['public.social_threads'] },
      ]);
    }),
  );

  test('objects: views, rules, policies, functions of both kinds, triggers, columns of the row type', () =>
    withDatabase(async (database) => {
      const { query } = database;
      await query('CREATE SCHEMA crm; CREATE TABLE crm.messages (id int)');
      await query(`
        CREATE VIEW open_threads AS SELECT id FROM message_threads;
        CREATE MATERIALIZED VIEW counted AS SELECT count(*) FROM messages;
        CREATE TABLE notes (id int, thread message_threads);
        ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
        CREATE POLICY only_known ON notes USING (EXISTS (SELECT FROM social_identities));
        CREATE RULE also AS ON DELETE TO notes DO ALSO DELETE FROM social_threads WHERE false;
        CREATE FUNCTION atomic() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM customer_reviews; END;
        CREATE FUNCTION takes(message messages) RETURNS int LANGUAGE sql AS 'SELECT 1';
        CREATE FUNCTION plain() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM messages';
        CREATE FUNCTION elsewhere() RETURNS bigint LANGUAGE sql SET search_path = crm AS 'SELECT count(*) FROM messages';
        CREATE FUNCTION speaks() RETURNS text LANGUAGE sql AS $$SELECT 'SELECT * FROM messages'$$;
        CREATE FUNCTION blocks() RETURNS trigger LANGUAGE plpgsql AS $$
          DECLARE seen messages%ROWTYPE;
          BEGIN
            -- social_threads stands in a comment only
            NEW.id := (SELECT count(*) FROM identity.social_accounts);
            EXECUTE format('DELETE FROM %I WHERE false', 'social_accounts');
            RETURN NEW;
          END $$;
        CREATE FUNCTION dynamic(name text) RETURNS void LANGUAGE plpgsql AS $$
          BEGIN EXECUTE 'DELETE FROM ' || name || ' WHERE ''messages'' = ''x'''; END $$;
        CREATE FUNCTION noop() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
        CREATE TRIGGER instead INSTEAD OF INSERT ON customer_reviews FOR EACH ROW EXECUTE FUNCTION noop()`);
      await rememberUsage(query);
      const report = await ask(database);
      expect(report.objects.map(({ name, type, object, evidence }) => [name, type, object, evidence])).toEqual([
        ['identity.social_accounts', 'function', 'public.blocks()', 'text'],
        ['public.customer_reviews', 'trigger', 'instead on public.customer_reviews', 'dependency'],
        ['public.customer_reviews', 'function', 'public.atomic()', 'dependency'],
        ['public.message_threads', 'table column', 'public.notes.thread', 'dependency'],
        ['public.message_threads', 'view', 'public.open_threads', 'dependency'],
        ['public.messages', 'function', 'public.blocks()', 'text'],
        ['public.messages', 'materialized view', 'public.counted', 'dependency'],
        ['public.messages', 'function', 'public.plain()', 'text'],
        ['public.messages', 'function', 'public.takes(public.messages)', 'dependency'],
        ['public.social_accounts', 'function', 'public.blocks()', 'text'],
        ['public.social_identities', 'policy', 'only_known on public.notes', 'dependency'],
        ['public.social_threads', 'rule', 'also on public.notes', 'dependency'],
      ]);
      expect(report.unread).toMatchObject([
        { where: 'function', of: 'public.dynamic(text)', mentions: ['public.messages'] },
      ]);
      expect(report.verdict).toBe('not-safe');
    }));

  test('PostgreSQL refuses to drop what the recorded objects depend on, and nothing else', () =>
    withDatabase(async (database) => {
      await database.query('CREATE VIEW open_threads AS SELECT id FROM message_threads');
      const { objects, names } = await ask(database);
      expect(objects).toHaveLength(1);
      for (const { name, findings } of names) {
        const dropped = database.query(`DROP VIEW ${name}`);
        if (findings === 0) await dropped;
        else await expect(dropped).rejects.toThrow('other objects depend on it');
      }
      expect((await ask(database)).names.filter(({ state }) => state === 'gone')).toHaveLength(6);
    }));

  test('--watch shows who runs what now, by application, role and client', () =>
    withDatabase(async (database) => {
      const role = await serviceRole(database, 'live');
      const live = await database.session({ user: role, password: 'secret', application_name: 'inbox-service' });
      const silent = await database.session({ application_name: 'reporting' });
      const long = await database.session({ application_name: 'long' });
      let running = true;
      const work = (async () => {
        while (running) {
          await live.query("SELECT * FROM messages WHERE content = E'it\\'s private' AND 4711 = 4711 -- 'private'");
          await silent.query('SELECT 1 FROM customer_messages LIMIT 1');
          await long.query(`SELECT '${'x'.repeat(2000)}' FROM customer_messages`);
          await sleep(50);
        }
      })();
      const report = await ask(database, { watch: 2 }).finally(() => {
        running = false;
      });
      await work;
      expect(report.sessions?.uses).toMatchObject([
        { name: 'public.messages', action: 'read', application: 'inbox-service', role, client: '127.0.0.1' },
      ]);
      expect(report.sessions?.uses[0]?.seen).toBeGreaterThan(1);
      expect(JSON.stringify(report)).not.toMatch(/private|4711/);
      // What the server cuts off is listed, although the part that is left mentions no old name.
      // What the server counted for the tests before is none of the sessions'.
      const unread = report.unread.filter(({ where }) => where === 'session');
      expect(unread).toMatchObject([{ reason: 'the server cut it off', mentions: [] }]);
      expect(report.verdict).toBe('not-safe');
    }));

  testOnce('a watch ends early when asked to', () =>
    withDatabase(async (database) => {
      const interruption = new AbortController();
      setTimeout(() => interruption.abort(), 300);
      const report = await ask(database, { watch: 3600, signal: interruption.signal });
      expect(report.sessions?.looks).toBeGreaterThan(0);
      expect(report.sessions?.uses).toEqual([]);
    }),
  );

  test('without a remembered point calls may be from before the rename, where counters do not say when they began', () =>
    withDatabase(async (database) => {
      await database.query('UPDATE drizzle.canonical_models_migrations SET applied_at = clock_timestamp()');
      const session = await database.session();
      await session.query('SELECT * FROM messages');
      const report = await ask(database);
      expect(report.statements.period).toMatchObject({ since: 'statistics', mayPrecedeRename: true });
      // From 17 on, a counter says when it began.
      expect(report.verdict).toBe(major < 17 ? 'cannot-tell' : 'not-safe');
      if (major < 17) expect(report.reasons.join()).toContain('may be older than the rename');

      // What a copy of a database brings with it was remembered of another one.
      await rememberUsage(database.query);
      expect((await ask(database)).statements.period?.since).toBe('remembered');
      await database.query('UPDATE drizzle.canonical_models_usage SET database = 1');
      expect((await ask(database)).statements.period?.since).toBe('statistics');
    }));

  testOnce('a point that is too recent proves nothing yet', () =>
    withDatabase(async (database) => {
      await rememberUsage(database.query);
      const report = await usage({ query: database.query });
      expect(report.verdict).toBe('cannot-tell');
      expect(report.reasons.join()).toContain('the question is about 7 days');
    }),
  );

  test('a role that may not see what others run is told so', () =>
    withDatabase(async (database) => {
      const role = await serviceRole(database, 'curious');
      await rememberUsage(database.query);
      await database.query(
        `GRANT USAGE ON SCHEMA drizzle TO ${role}; GRANT SELECT ON ALL TABLES IN SCHEMA drizzle TO ${role}`,
      );
      const curious = await database.session({ user: role, password: 'secret' });
      const query = queryOf(curious);
      const report = await usage({ query, days: 0 });
      expect(report.verdict).toBe('cannot-tell');
      expect(report.reasons.join('\n')).toMatch(/the texts of \d+ statements of other roles/);
      expect(report.reasons.join('\n')).toContain('GRANT pg_read_all_stats');
      const refused = { object: '--remember', name: 'NotSetUp' };
      await expect(rememberUsage(query)).rejects.toMatchObject({
        ...refused,
        next: expect.stringContaining('pg_read_all_stats'),
      });

      await database.query(`GRANT pg_read_all_stats TO ${role}`);
      await expect(rememberUsage(query)).rejects.toMatchObject({
        ...refused,
        found: expect.stringContaining('permission denied'),
      });
      expect(await usage({ query, days: 0 })).toMatchObject({ verdict: 'safe' });
    }));

  test('counters that were reset or removed are noticed', () =>
    withDatabase(async (database) => {
      const session = await database.session();
      await session.query('SELECT 1 FROM customer_messages LIMIT 1');
      await rememberUsage(database.query);
      await database.query(
        'SELECT pg_stat_statements_reset(0, 0, queryid) FROM pg_stat_statements WHERE query LIKE $1',
        ['%FROM customer_messages LIMIT%'],
      );
      const partly = await ask(database);
      expect(partly.verdict).toBe('cannot-tell');
      expect(partly.reasons.join()).toMatch(
        /the calls of \d+ statements that were remembered and whose counters are gone/,
      );

      await database.query('SELECT pg_stat_statements_reset()');
      await session.query('SELECT * FROM messages');
      const wholly = await ask(database);
      expect(wholly.statements.period?.since).toBe('statistics');
      expect(wholly.blindSpots.map(({ what }) => what).join()).toContain('the statistics were reset or lost then');
      expect(statementsOf(wholly)).toMatchObject([{ name: 'public.messages', calls: 1 }]);
    }));

  testOnce('the settings under which statements are not counted are named', () =>
    withDatabase(async (database) => {
      await database.query(`ALTER DATABASE ${database.name} SET pg_stat_statements.track = 'none'`);
      await rememberUsage(database.query);
      const report = await ask(database);
      expect(report.verdict).toBe('cannot-tell');
      expect(report.reasons.join()).toContain('pg_stat_statements.track = none');
    }),
  );

  testOnce('without the extension it names the statement that installs it', () =>
    withDatabase(async (database) => {
      await database.query('DROP EXTENSION pg_stat_statements');
      const report = await ask(database);
      expect(report.verdict).toBe('cannot-tell');
      expect(report.statements.period).toBeUndefined();
      expect(report.reasons.join()).toContain('CREATE EXTENSION pg_stat_statements');
      await expect(rememberUsage(database.query)).rejects.toMatchObject({
        name: 'NotSetUp',
        next: 'CREATE EXTENSION pg_stat_statements',
      });
    }),
  );

  testOnce('an extension in a schema of its own is found there', () =>
    withDatabase(async (database) => {
      await database.query('CREATE SCHEMA "Extensions"; ALTER EXTENSION pg_stat_statements SET SCHEMA "Extensions"');
      await rememberUsage(database.query);
      expect(await ask(database)).toMatchObject({ verdict: 'safe' });
    }),
  );
});

describe('a server with room for a hundred statements', () => {
  let migrated: MigratedServer;
  beforeAll(async () => {
    migrated = await startMigratedServer(majors[0] as Major, { 'pg_stat_statements.max': 100 });
  });
  afterAll(() => migrated.remove());

  test('on the command line: remember, then not safe, as text and as JSON', () =>
    migrated.withDatabase(async (database) => {
      const remembered = await hostedCommand(['usage', '--remember', '--url', database.url]);
      expect(remembered).toMatchObject({ exitCode: 0, stderr: '' });
      const session = await database.session();
      await session.query('SELECT * FROM messages');
      const [text, json] = await Promise.all([
        hostedCommand(['usage', '--days', '0', '--url', database.url]),
        hostedCommand(['usage', '--days', '0', '--json', '--url', database.url]),
      ]);
      expect(text).toMatchObject({ exitCode: 1, stderr: '' });
      expect(text.stdout).toContain('Not safe to contract: old names are in use.');
      expect(text.stdout).not.toContain('\u001B');
      expect(text.stdout + json.stdout).not.toContain(migrated.server.password);
      expect(JSON.parse(json.stdout)).toMatchObject({
        version: 1,
        verdict: 'not-safe',
        statements: { uses: [{ calls: 1 }] },
      });
    }));

  test('statements that the server dropped are noticed', () =>
    migrated.withDatabase(async (database) => {
      await rememberUsage(database.query);
      const session = await database.session();
      for (let width = 1; width <= 150; width++) await session.query(`SELECT ${Array(width).fill('1').join(', ')}`);
      const report = await ask(database);
      expect(report.verdict).toBe('cannot-tell');
      expect(report.reasons.join()).toContain('pg_stat_statements.max');
    }));

  test('statistics that were lost in a crash are noticed', () =>
    migrated.withDatabase(async (database) => {
      await rememberUsage(database.query);
      await database.query('CHECKPOINT');
      await migrated.server.kill();
      await migrated.server.start();
      const session = await database.session();
      await session.query('SELECT * FROM messages');
      const report = await usage({ query: queryOf(session), days: 0 });
      expect(report.blindSpots.map(({ what }) => what).join()).toContain('the statistics were reset or lost then');
      expect(statementsOf(report)).toMatchObject([{ name: 'public.messages', calls: 1 }]);
    }));
});

test('what replicas read is in the statistics of each, so the verdict is open', () => {
  const alone = { standby: false, standbys: 0, allStats: true, role: 'deploy' };
  expect(otherServerSpots(alone)).toEqual([]);
  expect(otherServerSpots({ ...alone, standbys: 2 })).toMatchObject([
    { what: expect.stringContaining('2 replicas'), decisive: true },
  ]);
  expect(otherServerSpots({ ...alone, allStats: false, role: 'odd"role' })).toMatchObject([
    { next: expect.stringContaining('GRANT pg_read_all_stats TO "odd""role"'), decisive: true },
  ]);
});

test('a database without the tables: cannot tell, as it is another one', () =>
  withSharedDatabase(majors[0] as Major, 'empty', async ({ query }) => {
    await query('CREATE EXTENSION pg_stat_statements');
    const report = await usage({ query, days: 0 });
    expect(report.verdict).toBe('cannot-tell');
    expect(report.names.map(({ state }) => state)).toEqual(Array(7).fill('missing'));
    expect(report.reasons.join()).toContain('tables that are not in this database: identity.oauth_accounts');
  }));

test('a database that is not renamed yet, without statistics: not safe, and the rename is named', () =>
  withSharedDatabase(majors[0] as Major, 'legacy', async ({ query }) => {
    const report = await usage({ query });
    expect(report.verdict).toBe('not-safe');
    expect(report.reasons).toContain(
      'public.messages is the table itself: the rename has not run here; canonical-models migrate runs it',
    );
    // Foreign keys, indexes and sequences of the table itself do not count as uses.
    expect(report.objects).toEqual([]);
    expect(report.blindSpots.map(({ what }) => what).join()).toContain('pg_stat_statements');
  }));

describe('--src', () => {
  const folder = mkdtempSync(join(tmpdir(), 'canonical-models-usage-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('old imports are listed as the codemod lists them', () =>
    withSharedDatabase(majors[0] as Major, 'empty', async ({ query }) => {
      mkdirSync(join(folder, 'src'));
      writeFileSync(join(folder, 'src/a.ts'), "import { SocialAccount } from 'canonical-models/models/social';\n");
      writeFileSync(join(folder, 'src/b.ts'), "import { Booking } from 'canonical-models/core';\n");
      const report = await usage({ query, src: [join(folder, 'src')] });
      expect(report.verdict).toBe('not-safe');
      expect(report.imports).toMatchObject({
        imports: [
          {
            line: 1,
            from: 'canonical-models/models/social#SocialAccount',
            to: 'canonical-models/lead#BusinessSocialAccount',
          },
        ],
      });
      rmSync(join(folder, 'src/a.ts'));
      expect((await usage({ query, src: [join(folder, 'src')] })).imports?.imports).toEqual([]);
      writeFileSync(join(folder, 'src/c.ts'), Buffer.from("\uFEFFimport 'canonical-models/models/social';", 'utf16le'));
      const utf16 = await usage({ query, src: [join(folder, 'src')] });
      expect(utf16).toMatchObject({ verdict: 'not-safe', imports: { notRead: [] } });
      expect(utf16.imports?.imports).toMatchObject([
        { file: expect.stringMatching(/src\/c\.ts$/), line: 1, column: 9, why: 'the file is in UTF-16' },
      ]);
      rmSync(join(folder, 'src/c.ts'));
      // Nobody can read this one from its beginning, not even root.
      if (existsSync('/proc/self/mem')) {
        const unread = await usage({ query, src: [join(folder, 'src'), '/proc/self/mem'] });
        expect(unread.imports?.notRead).toMatchObject([
          { file: expect.stringMatching(/\/proc\/\d+\/mem$/), reason: 'unreadable' },
        ]);
        expect(unread.reasons.join()).toMatch(/in 1 file that could not be read: \S*\/mem/);
      }
      mkdirSync(join(folder, 'empty'));
      const nothing = await usage({ query, src: [join(folder, 'empty')] });
      expect(nothing.reasons.join()).toContain('no source file was read');
      await expect(usage({ query, src: [join(folder, 'nowhere')] })).rejects.toMatchObject({ name: 'InvalidInput' });
    }));
});

test.each([
  ['an entry that is none', ['--entry', 'messages'], 'give --entry public.messages'],
  ['a number that is none', ['--days', 'many'], 'expected a number'],
  ['no URL', [], 'no DATABASE_URL'],
])('wrong usage, %s: exit 2', async (_, parameters, message) => {
  const result = await hostedCommand(['usage', ...parameters]);
  expect(result).toMatchObject({ exitCode: 2, stdout: '' });
  expect(result.stderr).toContain(message);
});
