import { describe, expect, test } from 'vitest';
import { connect } from '../../../src/tools/database/connect.ts';
import { migrate } from '../../../src/tools/migrate/migrate.ts';
import { planMigrations } from '../../../src/tools/migrate/plan.ts';
import { readMigrations } from '../../../src/tools/migrations/migrations-folder.ts';
import { revert } from '../../../src/tools/revert/revert.ts';
import { status } from '../../../src/tools/status/status.ts';
import { type Content, majors, serverOf, withConnection } from '../../support/databases.ts';
import { canonicalModels } from '../../support/kit.ts';
import { renameMigrations } from '../../support/migrate.ts';
import { createDatabase, type Major } from '../../support/servers.ts';
import { type DatabaseState, databaseStateAt, firstRow, withSession } from './database-state.ts';
import { installedPgBouncer, startPgBouncer } from './pgbouncer.ts';

const deep = process.env['CANONICAL_MODELS_DEEP'] === '1';
const program = installedPgBouncer();
const names = readMigrations().map(({ name }) => name);
const without = 'pgbouncer is not installed: neither in PATH nor in /usr/sbin (Debian: apt-get install pgbouncer)';

/** A database, and the way to it through the pooler. */
interface Pooled {
  readonly direct: string;
  readonly pooled: string;
}

async function withPooler(
  major: Major,
  poolSize: number,
  content: Content,
  run: (database: Pooled) => Promise<void>,
): Promise<void> {
  const { url, drop } = await createDatabase(serverOf(major), content === 'legacy' ? { template: 'legacy' } : {});
  try {
    const pooler = await startPgBouncer(program as string, serverOf(major), poolSize);
    try {
      const pooled = new URL(url);
      pooled.port = String(pooler.port);
      await run({ direct: url, pooled: pooled.href });
    } finally {
      await pooler.remove();
    }
  } finally {
    await drop();
  }
}

/** The states of a database without a pooler: after `migrate`, and then after `revert`. They are the same on every server. */
interface Alone {
  readonly migrated: DatabaseState;
  readonly reverted: DatabaseState;
}

const alones = new Map<Content, Promise<Alone>>();
function alone(major: Major, content: Content): Promise<Alone> {
  const known = alones.get(content) ?? migrateAndRevertAlone(major, content);
  alones.set(content, known);
  return known;
}

async function migrateAndRevertAlone(major: Major, content: Content): Promise<Alone> {
  const { url, drop } = await createDatabase(serverOf(major), content === 'legacy' ? { template: 'legacy' } : {});
  try {
    return await withConnection(url, async (connection) => {
      await migrate(connection);
      const migrated = await databaseStateAt(url);
      await revert(connection, { to: 'baseline' });
      return { migrated, reverted: await databaseStateAt(url) };
    });
  } finally {
    await drop();
  }
}

const pools = [1, 4].flatMap((poolSize, index) =>
  (deep ? majors : [majors[index % majors.length] as Major]).map((major) => ({ poolSize, major })),
);

describe.each(pools)('PgBouncer in transaction mode, a pool of $poolSize, PostgreSQL $major', ({ poolSize, major }) => {
  test.runIf(deep || poolSize === 1)('migrate with its check, status and revert', async ({ skip }) => {
    if (!program) skip(without);
    await withPooler(major, poolSize, 'legacy', async ({ direct, pooled }) => {
      const run = async (...parameters: string[]) => {
        const result = await canonicalModels([...parameters, '--json'], { DATABASE_URL: pooled });
        expect(result, result.stderr).toMatchObject({ exitCode: 0 });
        return JSON.parse(result.stdout);
      };
      expect(await run('migrate')).toMatchObject({
        state: 'legacy',
        last: names.at(-1),
        check: { status: 'agrees' },
      });
      expect(await databaseStateAt(direct)).toEqual((await alone(major, 'legacy')).migrated);
      // A command asks over a connection as the library does.
      const { migrations } = deep ? await run('status') : await withConnection(pooled, status);
      expect(migrations.map(({ state }: { state: string }) => state)).toEqual([
        'recorded',
        ...names.slice(1).map(() => 'applied'),
      ]);
      if (deep) expect(await run('check')).toMatchObject({ status: 'agrees' });
      expect(await run('revert', '--to', 'baseline')).toMatchObject({ last: names[0], interrupted: false });
      expect(await databaseStateAt(direct)).toEqual((await alone(major, 'legacy')).reverted);
      await withConnection(pooled, async (connection) => {
        // The locks are found out without the server.
        expect(await planMigrations(connection, { locks: deep })).toMatchObject({ state: 'partly-migrated' });
        expect((await status(connection)).migrations.filter(({ state }) => state === 'pending')).toHaveLength(
          renameMigrations.length,
        );
      });
    });
  });

  test.for(deep ? (['empty', 'legacy'] as const) : (['legacy'] as const))(
    'eight deploys at once, on a database that is %s',
    async (content, { skip }) => {
      if (!program) skip(without);
      await withPooler(major, poolSize, content, async ({ direct, pooled }) => {
        const reports = await Promise.all(
          Array.from({ length: 8 }, () =>
            withConnection(pooled, (connection) => migrate(connection, { observe: () => connect(pooled) })),
          ),
        );
        expect(reports.flatMap(({ steps }) => steps.map(({ migration }) => migration)).sort()).toEqual(names);
        for (const report of reports) expect(report).toMatchObject({ last: names.at(-1), interrupted: false });
        expect(await databaseStateAt(direct)).toEqual((await alone(major, content)).migrated);
      });
    },
  );

  // With sessions to choose from, in the short form.
  if (!deep && poolSize === 1) return;
  test('a table in use: it gives way, retries, and leaves no setting behind', async ({ skip }) => {
    if (!program) skip(without);
    await withPooler(major, poolSize, 'legacy', async ({ direct, pooled }) => {
      await withSession(direct, async (holder) => {
        await holder.query('BEGIN');
        await holder.query('LOCK TABLE identity.social_accounts IN ACCESS SHARE MODE');
        let waits = 0;
        const report = await withConnection(pooled, (connection) =>
          migrate(connection, {
            lockTimeout: 100,
            onWait: () => {
              waits += 1;
              if (waits === 2) void holder.query('COMMIT');
            },
          }),
        );
        expect(waits).toBeGreaterThanOrEqual(2);
        expect(report).toMatchObject({ last: names.at(-1), interrupted: false });
      });
      // Every session of the pool is handed on as it was.
      await withSession(pooled, async ({ query }) => {
        const settings = `SELECT current_setting('lock_timeout') AS lock, current_setting('search_path') AS path,
          current_setting('idle_in_transaction_session_timeout') AS idle`;
        expect(await firstRow(query, settings)).toEqual({ lock: '0', path: '"$user", public', idle: '0' });
      });
    });
  });
});
