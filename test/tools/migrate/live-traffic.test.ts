import { rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import { connect } from '../../../src/tools/database/connect.ts';
import { migrate } from '../../../src/tools/migrate/migrate.ts';
import { revert } from '../../../src/tools/revert/revert.ts';
import { eachMajor, majors, type ServerDatabase, withDatabase } from '../../support/databases.ts';
import { baselineMigration, migrationsFolderOf, otherMigrations, renameMigrations } from '../../support/migrate.ts';
import type { Major } from '../../support/servers.ts';
import { Traffic } from './traffic.ts';

const deep = process.env['CANONICAL_MODELS_DEEP'] === '1';
const lockTimeout = deep ? 2000 : 500;
const rounds = deep ? 12 : 2;
/** What the clients get done from the start of the first migration to the end of the last, at least. */
const statementsDue = deep ? 200_000 : 2_000;

eachMajor((major) => {
  test.runIf(deep || major === majors.at(-1))(
    'while all migrations are applied, 32 busy connections see no failed statement, lose no row, and wait no longer than one lock timeout',
    { timeout: deep ? 900_000 : 120_000 },
    () => withDatabase(major, 'legacy', migrateUnderTraffic),
  );
});

async function migrateUnderTraffic({ url, query }: ServerDatabase): Promise<void> {
  const renamesFolder = migrationsFolderOf([baselineMigration, ...renameMigrations].map(({ name }) => name));
  const traffic = await Traffic.start(url);
  const connection = await connect(url);
  try {
    expect(traffic.connections).toBe(32);
    // Connections are open and statements prepared before the longest wait without a migration is taken.
    await traffic.more(statementsDue / 20);
    traffic.lap();
    await traffic.more(statementsDue / 5);
    const { longest: quiet } = traffic.lap();
    const before = traffic.statements;

    const options = { lockTimeout, maxWait: 60_000, observe: () => connect(url) };
    for (let round = 1; round <= rounds; round++) {
      const report = await migrate(connection, round === 1 ? { ...options, folder: renamesFolder } : options);
      // After the way back only the renames are left to do.
      const due = round === 1 ? [baselineMigration, ...renameMigrations] : renameMigrations;
      expect(report).toMatchObject({ interrupted: false, steps: due.map(({ name }) => ({ migration: name })) });
      if (round === 1) {
        // Several tables at once need a moment in which no transaction has one of them and waits for another.
        traffic.pace(250);
        const others = await migrate(connection, options);
        expect(others.steps.map(({ migration }) => migration)).toEqual(otherMigrations.map(({ name }) => name));
        traffic.pace(0);
      }
      // Both kinds of clients go on beside each other, each by its own names.
      await traffic.more(statementsDue / rounds);
      if (round === rounds) break;
      await traffic.pause();
      await revert(connection, { to: 'baseline' });
      traffic.resume();
      await traffic.more(statementsDue / rounds / 4);
    }

    const { longest, longestWithoutLock } = traffic.lap();
    await traffic.pause();
    expect(traffic.failures).toEqual([]);
    expect(traffic.statements - before).toBeGreaterThanOrEqual(statementsDue);
    expect(traffic.statementsThroughNewNames).toBeGreaterThan(statementsDue / 4);
    expect(traffic.spanning.threadFirst).toBeGreaterThan(statementsDue / 40);
    expect(traffic.spanning.messageFirst).toBeGreaterThan(statementsDue / 40);
    const { expected, ...wrong } = await traffic.reckon(query);
    expect(wrong).toEqual({ lost: [], doubled: [], unexpected: [] });
    expect(expected).toBeGreaterThan(statementsDue / 8);
    // On a busy machine a statement takes as long as one that waits for no lock.
    expect(longest).toBeLessThanOrEqual(Math.max(quiet, longestWithoutLock) + lockTimeout);
  } finally {
    await traffic.stop();
    await connection.close();
    rmSync(renamesFolder, { recursive: true });
  }
}

test('the same traffic detects deadlocks, a lost row, a duplicate row and a row that nobody wrote', async () => {
  await withDatabase(majors.at(-1) as Major, 'legacy', async ({ url, query, exec }) => {
    const traffic = await Traffic.start(url);
    try {
      await traffic.more(deep ? 2000 : 1000);
      expect(traffic.failures).toEqual([]);
      // Two renamed tables in one transaction, the second one when clients have got as far as waiting for the first.
      await exec(`BEGIN; LOCK message_threads; SELECT pg_sleep(0.2); LOCK messages; COMMIT`).catch(() =>
        exec('ROLLBACK'),
      );
      await traffic.pause();
      expect(traffic.failures.map(({ code }) => code)).toContain('40P01');
      expect(new Set(traffic.failures.map(({ code }) => code))).toEqual(new Set(['40P01']));
      expect(await traffic.reckon(query)).toMatchObject({ lost: [], doubled: [], unexpected: [] });

      const newest = `SELECT id FROM messages WHERE content LIKE 'traffic %' ORDER BY created_at DESC, id`;
      const { rows } = await query(`SELECT content FROM messages WHERE id IN (${newest} LIMIT 2) ORDER BY content`);
      const [lost, doubled] = rows.map(({ content }) => String(content));
      await query('DELETE FROM messages WHERE content = $1', [lost]);
      await query(
        `INSERT INTO messages (thread_id, sender_type, content) SELECT thread_id, sender_type, content FROM messages WHERE content = $1`,
        [doubled],
      );
      await query(`INSERT INTO customer_reviews (rating, review_text) VALUES (1, 'traffic of nobody')`);
      expect(await traffic.reckon(query)).toMatchObject({
        lost: [lost],
        doubled: [doubled],
        unexpected: expect.arrayContaining([doubled, 'traffic of nobody']),
      });
    } finally {
      await traffic.stop();
    }
  });
});
