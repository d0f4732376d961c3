import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { expect, test } from 'vitest';
import { connect } from '../../../src/tools/database/connect.ts';
import { migrate } from '../../../src/tools/migrate/migrate.ts';
import type { Wait } from '../../../src/tools/migrations/patience.ts';
import { eachOfFewMajors, withDatabase } from '../../support/databases.ts';

eachOfFewMajors((major) => {
  test('several tables are taken between the transactions of clients, and none of them waits until PostgreSQL looks for a deadlock', () =>
    withDatabase(major, 'legacy', async ({ url }) => {
      const waits: Wait[] = [];
      let released = false;
      const busy = async (table: string) => {
        const client = new pg.Client({ connectionString: url, application_name: 'billing' });
        await client.connect();
        // Writes what it holds, and reads what the migration takes: a transaction that waits for a table until PostgreSQL looks for a
        // deadlock, which is after a second, fails.
        await client.query(`SET lock_timeout = '900ms'`);
        await client.query('BEGIN');
        let statements = 0;
        const loop = (async () => {
          while (!released) {
            await client.query(`UPDATE ${table} SET updated_at = updated_at`);
            await client.query('SELECT count(*) FROM identity.station_audit_logs');
            statements++;
            await sleep(10);
          }
          await client.query('COMMIT');
        })().finally(() => client.end());
        return async () => {
          await loop;
          return statements;
        };
      };
      const connection = await connect(url);
      const clients = [await busy('identity.users'), await busy('identity.stations')];
      try {
        const report = await migrate(connection, {
          maxWait: 60_000,
          observe: () => connect(url),
          onWait: (wait) => {
            waits.push(wait);
            released ||= waits.length === 3;
          },
        });
        const [step, ...others] = report.steps.filter(({ tries }) => tries > 1);
        expect(step).toMatchObject({
          migration: expect.stringMatching(/_station_access_tables$/),
          tries: 4,
        });
        expect(others).toEqual([]);
        for (const stop of clients) expect(await stop()).toBeGreaterThan(10);
      } finally {
        released = true;
        await Promise.allSettled(clients.map((stop) => stop()));
        await connection.close();
      }
    }));
});
