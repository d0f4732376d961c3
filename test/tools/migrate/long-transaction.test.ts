import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { baseline } from '../../../src/tools/baseline/baseline.ts';
import { connect } from '../../../src/tools/database/connect.ts';
import { type Query, queryOf } from '../../../src/tools/database/query.ts';
import {
  MigrateFailure,
  type MigrateOptions,
  type MigrateReport,
  migrate,
} from '../../../src/tools/migrate/migrate.ts';
import { blockersOf, holdersOf } from '../../../src/tools/migrations/blockers.ts';
import type { Wait } from '../../../src/tools/migrations/patience.ts';
import { eachOfFewMajors, majors, withDatabase } from '../../support/databases.ts';
import { canonicalModels } from '../../support/kit.ts';
import { legacySql } from '../../support/legacy.ts';
import { migrationsAfterBaseline, renameMigrations } from '../../support/migrate.ts';
import { asSuperuser, createDatabase, type Major, startServer } from '../../support/servers.ts';
import { rowVersions } from './database-state.ts';

const deep = process.env['CANONICAL_MODELS_DEEP'] === '1';
/** How long the transaction holds its table, and how long a try of the migration may wait for it, in milliseconds. */
const hold = deep ? 20_000 : 3000;
const lockTimeout = deep ? 2000 : 300;
/** What a busy machine may add to a wait: far less than the hold. */
const slack = deep ? 1000 : 700;

/** A session that keeps a transaction open on a table, and what it last said holds a secret. */
async function holdTable(url: string, table: string): Promise<{ readonly pid: number; end(): Promise<void> }> {
  const client = new pg.Client({ connectionString: url, application_name: 'billing' });
  await client.connect();
  let ended: Promise<void> | undefined;
  await client.query('BEGIN');
  await client.query(`UPDATE ${table} SET created_at = created_at WHERE 'hunter2' <> $$hunter2$$`);
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  await client.query(
    `SELECT 1 FROM ${table} WHERE id::text = 'C:\\' OR id::text = 'hunter2' /* it's over */ OR id::text = 'hunter2'`,
  );
  return {
    pid: rows[0]?.pid ?? 0,
    async end() {
      ended ??= client.query('COMMIT').then(() => client.end());
      await ended;
    },
  };
}

/** Clients that each read and write a row of `messages` again and again. */
class Others {
  readonly failures: unknown[] = [];
  statements = 0;
  #longest = 0;
  #stopped = false;
  readonly #loops: Promise<void>[];

  constructor(url: string) {
    this.#loops = Array.from({ length: 4 }, (_, index) => this.#loop(url, index));
  }

  /** The longest that a statement took since the last call, in milliseconds. */
  lap(): number {
    const longest = this.#longest;
    this.#longest = 0;
    return longest;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#loops);
  }

  async #loop(url: string, index: number): Promise<void> {
    const client = new pg.Client(url);
    await client.connect();
    const { rows } = await client.query('SELECT id FROM messages ORDER BY id OFFSET $1 LIMIT 1', [index]);
    while (!this.#stopped) {
      for (const statement of [
        'SELECT content FROM messages WHERE id = $1',
        'UPDATE messages SET is_read = NOT is_read WHERE id = $1',
      ]) {
        const began = performance.now();
        await client.query({ name: statement.slice(0, 6), text: statement, values: [rows[0]?.id] }).then(
          () => this.statements++,
          (error: unknown) => this.failures.push(error),
        );
        this.#longest = Math.max(this.#longest, performance.now() - began);
      }
      await sleep(2);
    }
    await client.end();
  }
}

async function migrateOnce(url: string, options: MigrateOptions): Promise<MigrateReport> {
  const connection = await connect(url);
  return migrate(connection, { observe: () => connect(url), ...options }).finally(() => connection.close());
}

eachOfFewMajors((major) => {
  test.runIf(deep || major === majors.at(-1))(
    `a table is held for ${hold / 1000} s: others wait no longer than one lock timeout, then the migration goes through`,
    { timeout: 180_000 },
    () =>
      withDatabase(major, 'legacy', async ({ url }) => {
        const others = new Others(url);
        const waits: Wait[] = [];
        const holder = await holdTable(url, 'messages');
        let isOver = false;
        try {
          const released = sleep(hold).then(async () => {
            // On a busy machine the first tries come late.
            while (waits.length < 2 && !isOver) await sleep(50);
            await holder.end();
          });
          await sleep(500);
          others.lap();
          await sleep(500);
          const quiet = others.lap();
          const before = others.statements;
          const report = await migrateOnce(url, { lockTimeout, maxWait: 120_000, onWait: (wait) => waits.push(wait) });
          await released;
          const longest = others.lap();

          expect(report.last).toBe(migrationsAfterBaseline.at(-1)?.name);
          const [step] = report.steps.filter(({ tries }) => tries > 1);
          expect(step?.migration).toMatch(/_customer_messages$/);
          expect(step?.tries).toBe(waits.length + 1);
          expect(waits.length).toBeGreaterThan(1);
          for (const { blockers } of waits) expect(blockers.map(({ pid }) => pid)).toEqual([holder.pid]);
          expect(others.failures).toEqual([]);
          // They did wait for it, and between its tries they all went on.
          expect(longest).toBeGreaterThan(lockTimeout / 2);
          expect(longest).toBeLessThanOrEqual(lockTimeout + quiet + slack);
          expect(others.statements - before).toBeGreaterThan(4 * waits.length);
        } finally {
          isOver = true;
          await holder.end();
          await others.stop();
        }
      }),
  );

  test(`a table is held for good: the command ends at --max-wait, names who holds it, and has changed nothing`, () =>
    withDatabase(major, 'legacy', async ({ url, query }) => {
      await baseline(query);
      const before = await rowVersions(query);
      const holder = await holdTable(url, 'identity.social_accounts');
      try {
        const { exitCode, stdout, stderr } = await canonicalModels([
          ...['migrate', '--url', url, '--lock-timeout', '150ms', '--max-wait', '1s', '--json'],
        ]);
        expect(exitCode).toBe(1);
        expect(JSON.parse(stdout)).toMatchObject({
          version: 1,
          state: null,
          steps: [],
          check: null,
        });
        const found = stderr.slice(stderr.indexOf(`${renameMigrations[0]?.name}: found`));
        expect(found).toMatch(
          new RegExp(
            `^\\S+_oauth_accounts: found its table in use for [12] s, by process ${holder.pid} \\(billing, role postgres, idle in transaction, open for \\d+ s\\): SELECT`,
          ),
        );
        expect(found).toContain(`Next: end that transaction`);
        expect(stderr).toContain(`in the way: process ${holder.pid} (billing`);
        expect(stderr).not.toContain('hunter2');
        expect(stderr).not.toContain(new URL(url).password);
      } finally {
        await holder.end();
      }
      expect(await rowVersions(query)).toEqual(before);
      expect((await migrateOnce(url, {})).last).toBe(migrationsAfterBaseline.at(-1)?.name);
    }));
});

describe.each(deep ? majors : ([majors.at(-1)] as Major[]))('PostgreSQL %i', (major) => {
  test('a prepared transaction is reported by its name, and no other one', () =>
    withServer(major, async (url, query) => {
      await baseline(query);
      const before = await rowVersions(query);
      for (const [table, name] of [
        ['customers', 'of the customers'],
        ['identity.social_accounts', 'payout 17'],
      ]) {
        await query('BEGIN');
        await query(`UPDATE ${table} SET created_at = created_at`);
        await query(`PREPARE TRANSACTION '${name}'`);
      }
      const holders = await holdersOf(query, [{ name: 'identity.social_accounts', mode: 'AccessExclusiveLock' }]);
      expect(holders).toMatchObject([{ pid: null, application: 'payout 17' }]);
      const failure = await migrateOnce(url, { lockTimeout: 300, maxWait: 600 }).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(MigrateFailure);
      expect(failure).toMatchObject({ object: renameMigrations[0]?.name, cause: { name: 'Conflict' } });
      expect((failure as MigrateFailure).found).toMatch(
        /^its table in use for \d+ s, by prepared transaction payout 17 \(role postgres, prepared transaction, open for \d+ s\)$/,
      );
      expect((failure as MigrateFailure).next).toContain(`ROLLBACK PREPARED 'payout 17'`);
      await query(`ROLLBACK PREPARED 'payout 17'`);
      await query(`ROLLBACK PREPARED 'of the customers'`);
      expect(await rowVersions(query)).toEqual(before);
      expect((await migrateOnce(url, {})).last).toBe(migrationsAfterBaseline.at(-1)?.name);
    }));
});

test('the last statement of a blocking session is shown without its literals and comments', async () => {
  const shown = async (statement: string) => {
    const [blocker] = await blockersOf(async () => ({ rows: [{ pid: 1, query: statement }] }), 2);
    return blocker?.query;
  };
  for (const [statement, without] of [
    [`SELECT 'hunter2', note FROM a1`, `SELECT '…', note FROM a1`],
    [`SELECT 'it''s hunter2', $1, $2`, `SELECT '…', $1, $2`],
    [`SELECT E'it\\'s hunter2', "o'brien", 'hunter2'`, `SELECT '…', "o'brien", '…'`],
    [`SELECT 'C:\\', token = 'hunter2'`, `SELECT '…'`],
    [`SELECT '$$', 'hunter2', $a$ $$ hunter2 $a$, $$hunter2$$`, `SELECT '…', '…', $$…$$, $$…$$`],
    [`SELECT /* it's */ 'hunter2' -- it's\n, 'hunter2'`, `SELECT '…' , '…'`],
    [`SELECT /* a /* b */ it's */ 'hunter2'`, `SELECT`],
    [`SELECT date'2026-11-23', 4111111111111111, .5e10, -1 FROM t2`, `SELECT date'…', …, …, -… FROM t2`],
    [`SELECT 'cut off hunter2`, `SELECT '…'`],
    [`SELECT $x$ cut off hunter2`, `SELECT $$…$$`],
  ] as const) {
    expect(await shown(statement)).toBe(without);
  }
});

/** A legacy database on a server of its own that takes prepared transactions. */
async function withServer(major: Major, run: (url: string, query: Query) => Promise<void>): Promise<void> {
  const server = await startServer({ major, settings: { max_prepared_transactions: 4 } });
  try {
    const database = await createDatabase(server);
    await asSuperuser(
      server,
      async (client) => {
        await client.query(legacySql());
        await run(database.url, queryOf(client));
      },
      database.name,
    );
  } finally {
    await server.remove();
  }
}
