import { rmSync } from 'node:fs';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { planText } from '../../../src/cli/migrate-text.ts';
import { baseline } from '../../../src/tools/baseline/baseline.ts';
import { type Connection, connect } from '../../../src/tools/database/connect.ts';
import { type DatabaseDescription, describeDatabase } from '../../../src/tools/database/describe.ts';
import { type StatementLock, wantedLocks } from '../../../src/tools/migrate/locks.ts';
import { MigrateFailure, migrate, statementsOf } from '../../../src/tools/migrate/migrate.ts';
import { ended, type MigratePlan, planMigrations } from '../../../src/tools/migrate/plan.ts';
import { holdersOf } from '../../../src/tools/migrations/blockers.ts';
import { readMigrations } from '../../../src/tools/migrations/migrations-folder.ts';
import { takeTurnStatement } from '../../../src/tools/migrations/patience.ts';
import { appliedMigrations } from '../../../src/tools/migrations/record.ts';
import { revert } from '../../../src/tools/revert/revert.ts';
import { status } from '../../../src/tools/status/status.ts';
import { checksumsOfData } from '../../support/data.ts';
import {
  connectionTo,
  eachEngineOfLongRuns,
  eachOfFewMajors,
  majors,
  openDatabase,
  type ServerDatabase,
  type TestDatabase,
  thorough,
  withConnection,
  withDatabase,
} from '../../support/databases.ts';
import { hostedCommand } from '../../support/kit.ts';
import { migrationsFolderOf, renameMigrations } from '../../support/migrate.ts';
import { recordedState } from './database-state.ts';

const migrations = readMigrations();
const names = migrations.map(({ name }) => name);
const newest = names.at(-1);

/** A connection that keeps what was sent through it. */
function listening({ query, exec, ...rest }: Connection): { connection: Connection; sent: string[] } {
  const sent: string[] = [];
  const connection: Connection = {
    ...rest,
    query: (sql, parameters) => {
      sent.push(sql);
      return query(sql, parameters);
    },
    exec: (sql) => {
      sent.push(sql);
      return exec(sql);
    },
  };
  return { connection, sent };
}

const asked = ({ relation, mode }: StatementLock) => ({ name: relation, mode });

const catalogs = ({ query }: TestDatabase) => describeDatabase(query, { withoutSchemas: [] });

/** Everything but the record, in schema `drizzle`: rows by the names that they have now. */
const rows = async ({ query }: TestDatabase) => checksumsOfData(query);

/** Checks that a plan of a legacy database has each migration, and that each rename locks one table for itself. */
function expectEachStatement(plan: MigratePlan): void {
  expect(plan).toMatchObject({ version: 1, state: 'legacy' });
  expect(plan.migrations.map(({ migration, action }) => [migration, action])).toEqual(
    names.map((name, index) => [name, index === 0 ? 'recorded' : 'applied']),
  );
  const renaming = plan.migrations.filter(({ migration }) => renameMigrations.some(({ name }) => name === migration));
  expect(renaming).toHaveLength(renameMigrations.length);
  for (const { statements } of renaming) {
    const exclusive = statements
      .flatMap(({ locks }) => locks ?? [])
      .filter(({ mode }) => mode === 'AccessExclusiveLock');
    expect(exclusive).toHaveLength(1);
  }
}

eachEngineOfLongRuns((engine) => {
  test('a legacy database is adopted: its baseline is recorded, the rest applied, every row kept', () =>
    withDatabase(engine, 'legacy', async (database) => {
      const before = await rows(database);
      const report = await migrate(connectionTo(database));
      expect(report.state).toBe('legacy');
      expect(report.steps.map(({ action }) => action)).toEqual(
        names.map((_, index) => (index === 0 ? 'recorded' : 'applied')),
      );
      const after = await rows(database);
      const moved = new Map(after.map(({ table, ...content }) => [table, content]));
      const { renames } = await status(connectionTo(database));
      for (const { table, ...content } of before) {
        const now = renames.find(({ from }) => from === table)?.to ?? table;
        expect({ table, ...moved.get(now) }).toEqual({ table, ...content });
      }
      // The same as when each statement is run by itself, as for this template, which has what migrate records, too.
      const template = await withDatabase(engine, 'deployed', async (deployed) => ({
        catalogs: await catalogs(deployed),
        ...(await recordedState(deployed.query)),
      }));
      expect({ catalogs: await catalogs(database), ...(await recordedState(database.query)) }).toEqual(template);
    }));
});

eachEngineOfLongRuns((engine) => {
  test('an empty database gets everything, and a second run finds nothing to do', () =>
    withDatabase(engine, 'empty', async (database) => {
      const connection = connectionTo(database);
      const report = await migrate(connection);
      expect(report).toMatchObject({ version: 1, state: 'empty', last: newest, interrupted: false });
      expect(report.steps.map(({ migration, action, tries }) => ({ migration, action, tries }))).toEqual(
        names.map((migration) => ({ migration, action: 'applied', tries: 1 })),
      );
      expect((await appliedMigrations(database.query))?.map(({ name, hash }) => ({ name, hash }))).toEqual(
        migrations.map(({ name, hash }) => ({ name, hash })),
      );
      expect(await migrate(connection)).toEqual({ ...report, state: 'up-to-date', steps: [] });
    }));

  test('a partly migrated database gets the rest', () =>
    withDatabase(engine, 'legacy', async (database) => {
      const connection = connectionTo(database);
      await baseline(database.query);
      const stop = new AbortController();
      const first = await migrate(connection, {
        signal: stop.signal,
        onStep: ({ number }) => number === 4 && stop.abort(),
      });
      expect(first).toMatchObject({ state: 'partly-migrated', interrupted: true, last: names[2] });
      const second = await migrate(connection);
      expect(second).toMatchObject({ state: 'partly-migrated', interrupted: false, last: newest });
      expect([...first.steps, ...second.steps].map(({ migration }) => migration)).toEqual(names.slice(1));
    }));

  test('any other database is left as it is', () =>
    withDatabase(engine, 'legacy', async (database) => {
      await database.exec('ALTER TABLE messages RENAME TO letters');
      const before = await describeDatabase(database.query, { withoutSchemas: [] });
      await expect(migrate(connectionTo(database))).rejects.toMatchObject({
        cause: { name: 'Conflict' },
        found: expect.stringContaining('differences from the legacy tables'),
      });
      expect(await describeDatabase(database.query, { withoutSchemas: [] })).toEqual(before);
    }));

  test('the session’s settings stay as they were, its search_path does not matter, and a table is locked in one message, up to its COMMIT', () =>
    withDatabase(engine, 'legacy', async (database) => {
      await database.exec(`CREATE SCHEMA elsewhere; CREATE TABLE elsewhere.messages (id integer);
        SET search_path = elsewhere, public; SET lock_timeout = '7s'; SET statement_timeout = '9s'`);
      const { connection, sent } = listening(connectionTo(database));
      await migrate(connection);
      const { rows } = await database.query(
        `SELECT current_setting('search_path') AS path, current_setting('lock_timeout') AS lock,
           current_setting('statement_timeout') AS statement, to_regclass('elsewhere.messages') IS NOT NULL AS stayed`,
      );
      expect(rows).toEqual([{ path: 'elsewhere, public', lock: '7s', statement: '9s', stayed: true }]);

      const locking = sent.filter((message) => /ALTER TABLE/.test(message));
      const renaming = locking.filter((message) => /ALTER TABLE \S+ RENAME TO /.test(message));
      expect(renaming).toHaveLength(renameMigrations.length);
      for (const message of locking) expect(message).toMatch(/COMMIT\n;\n$/);
      const inTurn = sent.filter((message) => message.includes(takeTurnStatement));
      expect(inTurn).toHaveLength(migrations.length);
    }));

  test('a failure reports what was applied before it, and no other error is taken for an interruption', () =>
    withDatabase(engine, 'empty', async (database) => {
      const connection = connectionTo(database);
      const interruption = new AbortController();
      const { signal } = interruption;
      const defect = new TypeError('a defect');
      const defective = migrate(connection, {
        signal,
        onStep: () => {
          interruption.abort();
          throw defect;
        },
      });
      await expect(defective).rejects.toBe(defect);
      expect(await migrate(connection, { signal })).toMatchObject({
        state: null,
        steps: [],
        last: null,
        interrupted: true,
      });

      const failing: Connection = {
        ...connection,
        exec: (sql) => connection.exec(sql.includes(names[2] as string) ? `SELECT 1 / 0; ${sql}` : sql),
      };
      const failure = await migrate(failing).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(MigrateFailure);
      expect(failure).toMatchObject({
        cause: { name: 'NotSetUp' },
        object: names[2],
        found: expect.stringContaining('division by zero'),
        report: { version: 1, state: 'empty', last: names[1], interrupted: false },
      });
      const { steps } = (failure as MigrateFailure).report;
      expect(steps.map(({ migration }) => migration)).toEqual(names.slice(0, 2));
    }));

  if (thorough) {
    test('the plan names each statement and its locks, and changes nothing', () =>
      withDatabase(engine, 'legacy', async (database) => {
        const before = await describeDatabase(database.query, { withoutSchemas: [] });
        const plan = await planMigrations(connectionTo(database));
        expect(await describeDatabase(database.query, { withoutSchemas: [] })).toEqual(before);
        expect(plan.deploys).toEqual([]);
        expectEachStatement(plan);
      }));
  }
});

eachOfFewMajors((major) => {
  // One plan for all of them, by the command: to find out its locks takes seconds.
  describe('the plan of a legacy database', () => {
    let database: ServerDatabase;
    let plan: MigratePlan;
    /** The catalogs before and after it was made. */
    const catalogsAround: DatabaseDescription[] = [];
    /** How many sessions held what each migration wants when it was made, by the tables that its statements alter. */
    const held = new Map<string, number>();

    beforeAll(async () => {
      database = await openDatabase(major, 'legacy');
      const catalogsNow = () => describeDatabase(database.query, { withoutSchemas: [] });
      const [billing, deploy] = ['billing', 'the other deploy'].map(
        (name) => new pg.Client({ connectionString: database.url, application_name: name }),
      ) as [pg.Client, pg.Client];
      await Promise.all([billing.connect(), deploy.connect()]);
      try {
        await billing.query('BEGIN');
        await billing.query(`SELECT count(*) FROM messages WHERE content = 'a secret'`);
        await deploy.query(`BEGIN; SELECT pg_advisory_xact_lock(hashtext('drizzle.canonical_models_migrations'))`);
        catalogsAround.push(await catalogsNow());
        const dry = await hostedCommand(['migrate', '--url', database.url, '--dry-run', '--json']);
        expect(dry).toMatchObject({ exitCode: 0, stderr: '' });
        expect(dry.stdout).not.toContain(new URL(database.url).password);
        plan = JSON.parse(dry.stdout) as MigratePlan;
        catalogsAround.push(await catalogsNow());
        for (const { migration, statements } of plan.migrations) {
          // Without PGlite, the tables that a statement alters stand in for its locks.
          const altered = statements.flatMap(({ sql }) => wantedLocks({ sql, locks: null }));
          held.set(migration, (await holdersOf(database.query, altered.map(asked))).length);
        }
      } finally {
        await Promise.all([billing.end(), deploy.end()]);
      }
    });
    afterAll(() => database.close());

    test('names each statement and its locks, and changes nothing', () => {
      expect(catalogsAround[1]).toEqual(catalogsAround[0]);
      expectEachStatement(plan);
    });

    test('is printed for people: off a terminal each statement is there whole, with its locks', () => {
      const undisturbed = plan.migrations.map((migration) => ({ ...migration, inTheWay: [] }));
      const text = planText({ ...plan, migrations: undisturbed, deploys: [] }, ended);
      expect(text).toContain('-- AccessExclusiveLock on public.messages\n');
      expect(text).toContain(`legacy; ${names.length} to do. Nothing was changed.`);
      const statements = migrations.slice(1).flatMap(statementsOf);
      expect(statements.some((statement) => statement.length > 1000)).toBe(true);
      let at = 0;
      for (const statement of statements) {
        at = text.indexOf(statement.replace(/;\s*$/, ''), at);
        expect(at, statement).toBeGreaterThanOrEqual(0);
      }
      expect(text).not.toContain('…');
    });

    test('names the current blockers', () => {
      for (const { migration, inTheWay } of plan.migrations) {
        expect({ migration, unknown: held.get(migration) }).toEqual({ migration, unknown: inTheWay.length });
        expect({ migration, applications: inTheWay.map(({ application }) => application) }).toEqual({
          migration,
          applications: migration.endsWith('_2_customer_messages') ? ['billing'] : [],
        });
        for (const { query } of inTheWay) expect(query).toBe("SELECT count(*) FROM messages WHERE content = '…'");
      }
    });

    test('names the deploy at work', () => {
      expect(plan.deploys.map(({ application }) => application)).toEqual(['the other deploy']);
    });

    test('has the locks that the server takes', async () => {
      for (const { migration, statements } of plan.migrations.slice(1)) {
        const { rows: relations } = await database.query(
          `SELECT c.oid::int AS oid, n.nspname || '.' || relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace`,
        );
        const nameOf = new Map(relations.map(({ oid, name }) => [oid, name]));
        const held = new Set<string>();
        await database.exec('BEGIN');
        for (const { sql, locks } of statements) {
          await database.exec(sql);
          const { rows: all } = await database.query(
            `SELECT relation::int AS oid, mode FROM pg_locks JOIN pg_class c ON c.oid = relation
             WHERE pid = pg_backend_pid() AND locktype = 'relation' AND relnamespace IN ('public'::regnamespace, 'identity'::regnamespace)`,
          );
          const fresh = all
            .filter(({ oid }) => nameOf.has(oid))
            .map(({ oid, mode }) => `${nameOf.get(oid)} ${mode}`)
            .filter((lock) => !held.has(lock));
          for (const lock of fresh) held.add(lock);
          // Here are rows, and for those that are written PostgreSQL looks up what they refer to. The plan is made without rows.
          const writes = /^(INSERT|UPDATE) /m.test(sql);
          const isLookup = (lock: string) => writes && lock.endsWith(' RowShareLock');
          expect({
            migration,
            sql,
            locks: (locks ?? [])
              .map(({ relation, mode }) => `${relation} ${mode}`)
              .filter((lock) => !isLookup(lock))
              .sort(),
          }).toEqual({
            migration,
            sql,
            locks: fresh.filter((lock) => !isLookup(lock)).sort(),
          });
        }
        await database.exec('COMMIT');
      }
    });
  });

  test('a role without the right to create schemas can migrate if the schema drizzle exists', () =>
    withDatabase(major, 'legacy', async (database) => {
      const role = `deploy_${database.name}`;
      await database.exec(`CREATE ROLE ${role}; CREATE SCHEMA drizzle AUTHORIZATION ${role};
        GRANT CREATE, USAGE ON SCHEMA public, identity TO ${role};
        DO $$ DECLARE t regclass; BEGIN
          FOR t IN SELECT oid FROM pg_class WHERE relkind = 'r' AND relnamespace::regnamespace::text IN ('public', 'identity')
          LOOP EXECUTE format('ALTER TABLE %s OWNER TO ${role}', t); END LOOP;
        END $$;
        SET ROLE ${role}`);
      try {
        expect(await migrate(connectionTo(database))).toMatchObject({ state: 'legacy', last: newest });
      } finally {
        await database.exec(
          `RESET ROLE; REASSIGN OWNED BY ${role} TO CURRENT_USER; DROP OWNED BY ${role}; DROP ROLE ${role}`,
        );
      }
    }));

  test('after a revert, a migrate that is blocked names the migration at which it stopped, and no later one that stays', () =>
    withDatabase(major, 'deployed', async (database) => {
      await revert(connectionTo(database), { to: 'baseline' });
      const [first, second] = renameMigrations.map(({ name }) => name);
      const holder = new pg.Client({ connectionString: database.url, application_name: 'billing' });
      await holder.connect();
      try {
        await holder.query('BEGIN; SELECT count(*) FROM public.social_accounts');
        const blocked = ['migrate', '--url', database.url, '--lock-timeout', '100ms', '--max-wait', '400ms'];
        const text = await hostedCommand(blocked);
        expect(text).toMatchObject({
          exitCode: 1,
          stderr: expect.stringContaining(`${second}: found its table in use`),
        });
        expect(text.stdout).toContain(`is stopped before ${second}.\n`);
        expect(text.stdout + text.stderr).not.toContain(newest);
        expect(JSON.parse((await hostedCommand([...blocked, '--json'])).stdout)).toMatchObject({
          steps: [],
          stoppedAt: second,
          last: newest,
          error: { code: 'conflict', object: second },
        });
      } finally {
        await holder.end();
      }
      expect(await migrate(connectionTo(database))).toMatchObject({ stoppedAt: null, last: newest });
      expect(first).not.toBe(second);
    }));

  test('if another deploy did a part meanwhile, the report names the migration at which this one stopped', () =>
    withDatabase(major, 'legacy', async (database) => {
      const connection = connectionTo(database);
      const three = migrationsFolderOf(names.slice(0, 3));
      const [, , , fourth = ''] = names;
      let isOthersTurn = true;
      const late: Connection = {
        ...connection,
        query: async (sql, parameters) => {
          if (isOthersTurn && sql.includes('pg_advisory_xact_lock')) {
            isOthersTurn = false;
            await withConnection(database.url, (other) => migrate(other, { folder: three }));
          }
          return connection.query(sql, parameters);
        },
        exec: (sql) => connection.exec(sql.includes(fourth) ? `CREATE TABLE bookings (); ${sql}` : sql),
      };
      const said: string[] = [];
      try {
        const failure = migrate(late, { onStep: ({ migration, number }) => said.push(`${number} ${migration}`) });
        await expect(failure).rejects.toMatchObject({
          object: fourth,
          next: expect.stringContaining(fourth),
          report: { steps: [], last: names[2], stoppedAt: fourth },
        });
        expect(said).toEqual([`1 ${names[0]}`, `4 ${fourth}`]);
      } finally {
        rmSync(three, { recursive: true, force: true });
      }
    }));

  test('a run that waits for its turn in vain names the run that has it', () =>
    withDatabase(major, 'legacy', async (database) => {
      const other = new pg.Client({ connectionString: database.url, application_name: 'the other deploy' });
      await other.connect();
      try {
        await other.query(`BEGIN; SELECT pg_advisory_xact_lock(hashtext('drizzle.canonical_models_migrations'))`);
        const waits: string[] = [];
        const outcome = migrate(connectionTo(database), {
          lockTimeout: 600,
          maxWait: 1000,
          observe: () => connect(database.url),
          onWait: ({ for: phase }) => waits.push(phase),
        });
        await expect(outcome).rejects.toMatchObject({
          cause: { name: 'Conflict' },
          object: names[0],
          found: expect.stringMatching(
            /another deploy at work for \d+ s, by process \d+ \(the other deploy, role postgres/,
          ),
        });
        expect(waits).toContain('turn');
      } finally {
        await other.end();
      }
    }));
});

describe('the command', () => {
  const major = majors.at(-1) ?? 18;

  test('migrates, checks, reports it in JSON, and prints its plan', () =>
    withDatabase(major, 'legacy', async ({ url }) => {
      const result = await hostedCommand(['migrate', '--url', url, '--json']);
      expect(result.exitCode, result.stderr).toBe(0);
      expect(result.stderr).toContain(`${names.length} of ${names.length}: ${newest}\n`);
      const report = JSON.parse(result.stdout);
      expect(report).toMatchObject({ version: 1, state: 'legacy', last: newest, check: { status: 'agrees' } });
      expect(report.steps).toHaveLength(names.length);

      const again = await hostedCommand(['migrate', '--no-check'], { DATABASE_URL: url });
      expect(again).toMatchObject({ exitCode: 0, stderr: '', stdout: expect.stringContaining('was up-to-date') });
      const dry = await hostedCommand(['migrate', '--url', url, '--dry-run']);
      expect(dry).toMatchObject({ exitCode: 0, stderr: '', stdout: expect.stringContaining('Nothing was changed.') });
      expect(dry.stdout + again.stdout).not.toContain(new URL(url).password);
    }));

  test('exits with 1 if the migrated database differs from the models', () =>
    withDatabase(major, 'deployed', async ({ url, exec }) => {
      await exec('DROP INDEX idx_bookings_status');
      const { exitCode, stdout } = await hostedCommand(['migrate', '--url', url]);
      expect(exitCode).toBe(1);
      expect(stdout).toContain('idx_bookings_status');
    }));

  test.each([
    ['--lock-timeout', '0'],
    ['--lock-timeout', 'soon'],
    ['--max-wait', '5 minutes'],
    ['--folder', '/nowhere'],
  ])('refuses %s %s', (option, value) =>
    withDatabase(major, 'empty', async ({ url }) => {
      const result = await hostedCommand(['migrate', '--url', url, option, value]);
      expect(result).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringContaining(value) });
    }),
  );
});
