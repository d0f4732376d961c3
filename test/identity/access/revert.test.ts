import { sql } from 'drizzle-orm';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { expect, test } from 'vitest';
import { withStation } from '../../../src/identity/access/index.ts';
import { check } from '../../../src/tools/check/check.ts';
import { migrate } from '../../../src/tools/migrate/migrate.ts';
import { revert } from '../../../src/tools/revert/revert.ts';
import { connectionTo, eachOfFewMajors, withDatabase } from '../../support/databases.ts';

const userId = 'bbbbbbbb-0000-4000-8000-000000000001';
const messages = `FROM %s AS message JOIN %t AS thread ON thread.id = message.thread_id`;
const named = (text: string, canonical: boolean) =>
  text
    .replace('%s', canonical ? 'customer_messages' : 'messages')
    .replace('%t', canonical ? 'customer_message_threads' : 'message_threads');

eachOfFewMajors((major) => {
  test('reverted tables keep each station’s rows to it, and so do tables that are migrated forward again', () =>
    withDatabase(major, 'legacy', async (database) => {
      const connection = connectionTo(database);
      await migrate(connection);
      const { rows } = await database.query(
        `SELECT thread.station_id AS id, count(*)::int AS n ${named(messages, true)} WHERE thread.station_id IS NOT NULL
         GROUP BY 1 ORDER BY 2 DESC LIMIT 1`,
      );
      const { id: stationId, n } = rows[0] as { id: string; n: number };
      const role = `service_${database.name}`;
      await database.exec(`
        INSERT INTO identity.users (id, email, status) VALUES ('${userId}', 'somebody@example.com', 'active');
        INSERT INTO identity.station_users (user_id, station_id, role) VALUES ('${userId}', '${stationId}', 'station_admin');
        CREATE ROLE ${role} LOGIN PASSWORD 'x' IN ROLE station_service`);
      const url = new URL(database.url);
      url.username = role;
      url.password = 'x';
      const client = new pg.Client(url.href);
      await client.connect();
      const service = drizzle({ client });
      const seen = async (canonical: boolean) => {
        const count = async (db: Pick<NodePgDatabase, 'execute'>, from: string) => {
          const answer = await db.execute(sql.raw(`SELECT count(*)::int AS n ${from}`));
          return (answer as unknown as { rows: { n: number }[] }).rows[0]?.n;
        };
        const [table] = named('%s', canonical).split(' ');
        return [
          await count(service, `FROM ${table}`),
          await withStation(service, { userId, stationId }, (tx) => count(tx, `FROM ${table}`)),
          await withStation(service, { userId, stationId }, (tx) => count(tx, named(messages, canonical))),
        ];
      };
      try {
        expect(await seen(true)).toEqual([0, n, n]);
        await revert(connection, { to: 'baseline' });
        expect(await seen(false)).toEqual([0, n, n]);
        await migrate(connection);
        expect(await seen(true)).toEqual([0, n, n]);
        expect(await seen(false)).toEqual([0, n, n]);
        expect(await check(connection, { drizzleKit: false })).toMatchObject({ differs: [] });
      } finally {
        await client.end();
        await database.exec(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
      }
    }));
});
