import { eq, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { drizzle as drizzlePostgres } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Customer } from '../../../src/core/index.ts';
import type { PostgresDatabase } from '../../../src/database.ts';
import { StationAccessNotSetUp, StationRowRefused, withStation } from '../../../src/identity/access/index.ts';
import { Station, StationAuditLog, StationUser } from '../../../src/identity/index.ts';
import { eachOfFewMajors, serverOf } from '../../support/databases.ts';
import { newStationUser } from '../../support/identity.ts';
import { openPool } from '../../support/servers.ts';
import { openStationDatabase, type StationDatabase } from '../../support/station-access.ts';
import { startTranslatingProxy, type TranslatingProxy } from '../../support/translating-proxy.ts';

/** A Drizzle database of each driver, and what closes it. */
const drivers = {
  'node-postgres': (url: string) => {
    const client = openPool(url, { max: 2 });
    return { db: drizzle({ client }) as PostgresDatabase, close: () => client.end() };
  },
  'postgres-js': (url: string) => {
    const client = postgres(url, { max: 2, onnotice: () => {} });
    return { db: drizzlePostgres({ client }) as unknown as PostgresDatabase, close: () => client.end() };
  },
};

// `CANONICAL_MODELS_TEST_TRANSLATED=1 vitest run test/identity/access` runs every test of this folder against such a server.
eachOfFewMajors((major) => {
  let database: StationDatabase;
  let proxy: TranslatingProxy;
  let stationId: string;
  let otherId: string;
  let admin: string;
  let support: string;
  beforeAll(async () => {
    database = await openStationDatabase(major);
    proxy = await startTranslatingProxy(serverOf(major));
    const { owner } = database;
    const stations = await owner
      .insert(Station)
      .values(['SPOKEN', 'OTHER'].map((code) => ({ name: code, code, displayName: code })))
      .returning();
    [stationId, otherId] = stations.map(({ id }) => id) as [string, string];
    admin = await newStationUser(owner, stationId, { role: 'admin' });
    support = await newStationUser(owner, stationId, { role: 'customer_support' });
  });
  afterAll(async () => {
    await proxy?.remove();
    await database?.close();
  });

  const through = (url: string) => {
    const translated = new URL(url);
    translated.port = String(proxy.port);
    return translated.href;
  };

  describe.each(Object.entries(drivers))('a server that does not speak English, over %s', (_, open) => {
    let db: PostgresDatabase;
    let close: () => Promise<void>;
    beforeAll(() => {
      ({ db, close } = open(through(database.serviceUrl)));
    });
    afterAll(() => close());

    const refusal = async (userId: string, run: (tx: PostgresDatabase) => Promise<unknown>) => {
      const error: unknown = await withStation(db, { userId, stationId }, run).catch((thrown: unknown) => thrown);
      const { rows } = await database.query(
        `SELECT user_id, resource_type, error_message FROM identity.station_audit_logs
         WHERE station_id = $1 ORDER BY created_at DESC, id LIMIT 1`,
        [stationId],
      );
      return { error, recorded: rows[0] };
    };

    test('says its errors in another language', async () => {
      const error = await db.execute(sql`SELECT 1 / 0`).catch((thrown: { cause?: unknown }) => thrown.cause);
      expect(error).toMatchObject({ code: '22012', message: 'Meldung in einer anderen Sprache' });
    });

    test('a refused row is a StationRowRefused that names the table, and is in the audit trail', async () => {
      const values = { firstName: 'A', lastName: 'B', email: 'a@example.com', phone: '1', stationId: otherId };
      const { error, recorded } = await refusal(admin, (tx) => tx.insert(Customer).values(values));
      expect(error).toBeInstanceOf(StationRowRefused);
      expect(error).toMatchObject({ object: 'public.customers', stationId });
      expect(recorded).toEqual({ user_id: admin, resource_type: 'customers', error_message: 'row-refused' });
    });

    test('the same holds for a row that may be written and not read', async () => {
      const values = { stationId, userId: support, action: 'x', success: true };
      const { error, recorded } = await refusal(support, (tx) => tx.insert(StationAuditLog).values(values).returning());
      expect(error).toBeInstanceOf(StationRowRefused);
      expect(recorded).toEqual({ user_id: support, resource_type: 'row', error_message: 'row-refused' });
    });

    test('a missing privilege of the callback is PostgreSQL’s own error', async () => {
      const error = await withStation(db, { userId: admin, stationId }, (tx) =>
        tx.execute(sql`SELECT * FROM pg_authid`),
      ).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ name: 'DrizzleQueryError', cause: { code: '42501' } });
    });

    test.each([
      ['without a right in schema identity', ''],
      ['that may use schema identity', 'GRANT USAGE ON SCHEMA identity TO'],
    ])('a login role outside of the group, %s, is told its GRANT', async (_name, grant) => {
      const outsider = `outsider_${database.name}`;
      await database.exec(`CREATE ROLE ${outsider} LOGIN PASSWORD 'x'; ${grant && `${grant} ${outsider}`}`);
      const url = new URL(through(database.url));
      [url.username, url.password] = [outsider, 'x'];
      const outside = open(url.href);
      try {
        const error = await withStation(outside.db, { userId: admin, stationId }, (tx) =>
          tx.select().from(StationUser).where(eq(StationUser.userId, admin)),
        ).catch((thrown: unknown) => thrown);
        expect(error).toBeInstanceOf(StationAccessNotSetUp);
        expect(error).toMatchObject({ next: expect.stringContaining('GRANT station_service TO') });
      } finally {
        await outside.close();
        await database.exec(`DROP OWNED BY ${outsider}; DROP ROLE ${outsider}`);
      }
    });
  });
});
