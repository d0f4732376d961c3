import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { drizzle } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { NoStationAccess, recordStationDenial, withStation } from '../../../src/identity/access/index.ts';
import { planMigrations } from '../../../src/tools/migrate/plan.ts';
import { usage } from '../../../src/tools/usage/usage.ts';
import { eachOfFewMajors, majors, thorough, withConnection, withDatabase } from '../../support/databases.ts';
import { hostedCommand } from '../../support/kit.ts';
import { legacySql } from '../../support/legacy.ts';
import { asSuperuser, type Major, openPool, superuserUrl } from '../../support/servers.ts';
import { type Standby, startStandby } from '../../support/standbys.ts';
import { type MigratedServer, startMigratedServer } from './migrated-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'canonical-models-point-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a point in a file counts like one in the database, nothing is written there, and another file is refused', () =>
  withDatabase(majors.at(-1) as Major, 'migrated', async ({ url, query }) => {
    await query('CREATE EXTENSION pg_stat_statements');
    await query('SELECT count(*) FROM public.messages');
    const point = join(folder, 'point.json');
    await expect(usage({ query, point })).rejects.toMatchObject({
      name: 'InvalidInput',
      next: `canonical-models usage --remember --point ${point}`,
    });

    expect((await hostedCommand(['usage', '--url', url, '--remember', '--point', point])).exitCode).toBe(0);
    expect((await query(`SELECT to_regclass('drizzle.canonical_models_usage') AS table`)).rows).toEqual([
      { table: null },
    ]);
    expect(readFileSync(point, 'utf8')).not.toContain('SELECT');
    const before = await usage({ query, point });
    expect(before.statements).toMatchObject({ period: { since: 'remembered' }, uses: [] });
    await query('SELECT count(*) FROM public.messages');
    expect((await usage({ query, point })).statements.uses).toMatchObject([{ name: 'public.messages', calls: 1 }]);

    for (const text of ['', '{}', readFileSync(point, 'utf8').replace(/"database": "/, '"database": "other_')]) {
      writeFileSync(join(folder, 'other.json'), text);
      await expect(usage({ query, point: join(folder, 'other.json') })).rejects.toMatchObject({ name: 'InvalidInput' });
    }
    await expect(usage({ query, point: folder })).rejects.toMatchObject({ name: 'InvalidInput' });
  }));

if (thorough) {
  eachOfFewMajors((major) => {
    let primary: MigratedServer;
    let standby: Standby;
    const nobody = '00000000-0000-4000-8000-000000000001';
    beforeAll(async () => {
      primary = await startMigratedServer(major);
      await asSuperuser(primary.server, (client) => client.query('CREATE DATABASE legacy TEMPLATE template0'));
      await asSuperuser(primary.server, (client) => client.query(legacySql()), 'legacy');
      standby = await startStandby(primary.server, ["max_standby_streaming_delay = '1s'", 'hot_standby_feedback = on']);
    });
    afterAll(async () => {
      await standby?.remove();
      await primary?.remove();
    });

    /** Waits until the standby has everything. */
    async function caughtUp(): Promise<void> {
      const lsn = await asSuperuser(
        primary.server,
        async (client) => (await client.query('SELECT pg_current_wal_insert_lsn() AS lsn')).rows[0].lsn,
      );
      await expect
        .poll(() =>
          asSuperuser(standby, async (client) => {
            const { rows } = await client.query('SELECT pg_last_wal_replay_lsn() >= $1::pg_lsn AS here', [lsn]);
            return rows[0].here;
          }),
        )
        .toBe(true);
    }

    test('usage ends with safe on a replica, with a point in a file, and with not safe once an old name is read there', async () => {
      const url = superuserUrl(standby, 'migrated');
      const refused = await hostedCommand(['usage', '--url', url, '--remember']);
      expect(refused.exitCode).toBe(2);
      expect(refused.stderr).toContain('--remember --point <file>');
      const point = join(folder, `replica-${major}.json`);
      expect((await hostedCommand(['usage', '--url', url, '--remember', '--point', point])).exitCode).toBe(0);

      const read = async (sql: string) => {
        const client = new pg.Client({ connectionString: url, application_name: 'reports' });
        await client.connect();
        await client.query(sql);
        await client.end();
      };
      await read('SELECT count(*) FROM public.customer_messages');
      const safe = await hostedCommand(['usage', '--url', url, '--point', point, '--days', '0', '--json']);
      expect(JSON.parse(safe.stdout)).toMatchObject({
        verdict: 'safe',
        statements: { period: { since: 'remembered' } },
      });
      expect(safe.exitCode).toBe(0);
      expect(safe.stdout).toContain('what runs on the primary and on other replicas');
      await read('SELECT count(*) FROM public.messages');
      const used = await hostedCommand(['usage', '--url', url, '--point', point, '--days', '0', '--json']);
      expect(used.exitCode).toBe(1);
      expect(JSON.parse(used.stdout).statements.uses).toMatchObject([{ name: 'public.messages', calls: 1 }]);
      // The primary names the replica and leaves the answer open.
      const { outside, verdict } = await withConnection(superuserUrl(primary.server, 'migrated'), ({ query }) =>
        usage({ query, days: 0 }),
      );
      expect({ verdict, replicas: outside.replicas.length }).toEqual({ verdict: 'cannot-tell', replicas: 1 });
    });

    test('withStation on a replica denies with what the primary then records', async () => {
      const station = '10000000-0000-4000-8000-000000000001';
      const [user, member] = ['20000000-0000-4000-8000-000000000001', '20000000-0000-4000-8000-000000000002'];
      await asSuperuser(
        primary.server,
        (client) =>
          client.query(`INSERT INTO identity.stations (id, name, code, display_name) VALUES ('${station}', 'A', 'A', 'A');
            INSERT INTO identity.users (id, email, status) VALUES ('${user}', 'u@example.com', 'active'), ('${member}', 'm@example.com', 'active');
            INSERT INTO identity.station_users (user_id, station_id, role) VALUES ('${member}', '${station}', 'station_admin');
            CREATE ROLE service LOGIN PASSWORD 'service' IN ROLE station_service`),
        'migrated',
      );
      await caughtUp();
      const as = { user: 'service', password: 'service' };
      const replica = openPool(superuserUrl({ ...standby, ...as }, 'migrated'));
      const main = openPool(superuserUrl({ ...primary.server, ...as }, 'migrated'));
      try {
        const db = drizzle({ client: replica });
        expect(await withStation(db, { userId: member, stationId: station }, async (_, { role }) => role)).toBe(
          'station_admin',
        );
        const context = { userId: user, stationId: station, ipAddress: '10.1.2.3', userAgent: 'test' };
        const error = await withStation(db, context, async () => 'reached').catch((thrown) => thrown);
        expect(error).toBeInstanceOf(NoStationAccess);
        expect(error).toMatchObject({
          code: 'not-assigned',
          unrecorded: { ...context, reason: 'not-assigned', sessionId: null },
        });
        expect(await recordStationDenial(drizzle({ client: main }), error)).toBe(true);
        const { rows } = await asSuperuser(
          primary.server,
          (client) =>
            client.query(
              `SELECT user_id, action, success, error_message, ip_address, details FROM identity.station_audit_logs WHERE action = 'access.denied'`,
            ),
          'migrated',
        );
        expect(rows).toEqual([
          {
            user_id: user,
            action: 'access.denied',
            success: false,
            error_message: 'not-assigned',
            ip_address: '10.1.2.3',
            details: { userId: user, deniedAt: expect.stringMatching(/^20\d\d-/) },
          },
        ]);
        const unknown = await withStation(db, { ...context, stationId: nobody }, async () => 'reached').catch(
          (thrown) => thrown,
        );
        expect(unknown).toMatchObject({ code: 'not-assigned' });
        expect(await recordStationDenial(drizzle({ client: main }), unknown)).toBe(true);
      } finally {
        await Promise.all([replica.end(), main.end()]);
      }
    });

    test('a long statement on a replica ends after max_standby_streaming_delay, whatever hot_standby_feedback, and others on the table wait until then', async () => {
      await caughtUp();
      const { outside } = await withConnection(superuserUrl(primary.server, 'legacy'), (connection) =>
        planMigrations(connection, { locks: false }),
      );
      expect(outside.replicas).toEqual([{ application: 'walreceiver', address: '127.0.0.1' }]);
      const url = superuserUrl(standby, 'legacy');
      const [report, reader] = [new pg.Client(url), new pg.Client(url)];
      await Promise.all([report.connect(), reader.connect()]);
      const ends: string[] = [];
      const long = report.query('SELECT count(*), pg_sleep(40) FROM messages').then(
        () => ends.push('report done'),
        (error) => ends.push(`report ${error.code}`),
      );
      await expect
        .poll(() =>
          asSuperuser(
            standby,
            async (client) =>
              (await client.query(`SELECT count(*)::int AS n FROM pg_stat_activity WHERE wait_event = 'PgSleep'`))
                .rows[0].n,
          ),
        )
        .toBe(1);
      const run = await hostedCommand([
        'migrate',
        '--url',
        superuserUrl(primary.server, 'legacy'),
        '--no-check',
        '--lock-timeout',
        '1s',
      ]);
      expect(run.exitCode).toBe(0);
      expect(run.stderr).toContain('Note: replica walreceiver at 127.0.0.1: --lock-timeout protects nobody there');
      // The replica has reached the rename of the table, and waits for the report with its lock.
      const isWaiting = `SELECT EXISTS (SELECT FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND NOT granted)
        OR to_regclass('public.customer_messages') IS NOT NULL AS waits`;
      await expect
        .poll(() => asSuperuser(standby, async (client) => (await client.query(isWaiting)).rows[0].waits, 'legacy'), {
          interval: 10,
        })
        .toBe(true);
      await reader.query('SELECT count(*) FROM messages').then(() => ends.push('reader done'));
      await long;
      // A statement that a replica cancels may be repeated: isRetryable says so.
      expect(ends).toEqual(['report 40001', 'reader done']);
      await Promise.all([report.end(), reader.end()]);
    });
  });
}
