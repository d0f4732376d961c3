import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Customer } from '../../../src/core/index.ts';
import { withStation } from '../../../src/identity/access/index.ts';
import { issueStationToken } from '../../../src/identity/tokens/index.ts';
import { check } from '../../../src/tools/check/index.ts';
import { eachOfFewMajors } from '../../support/databases.ts';
import { openStationDatabase, type StationDatabase } from '../../support/station-access.ts';
import { rowsOf } from './drivers.ts';

// DROP OWNED BY drops each policy that is for that role alone, and asks for nothing but the rights of the role, which every context has.

const stationId = 'aaaaaaaa-0000-4000-8000-0000000000ba';
const userId = 'bbbbbbbb-0000-4000-8000-0000000000ba';
const groups = ['station_service', 'station_service_assigned', 'station_service_every'];

eachOfFewMajors((major) => {
  let database: StationDatabase;
  let outside: string;
  beforeEach(async () => {
    database = await openStationDatabase(major);
    outside = `outside_${database.name}`;
    await database.exec(`CREATE ROLE ${outside}; GRANT SELECT ON customers TO ${outside};
      INSERT INTO identity.stations (id, name, code, display_name) VALUES ('${stationId}', 'S', 'DROPPED', 'S');
      INSERT INTO identity.users (id, email, status) VALUES ('${userId}', 'dropped@example.com', 'active');
      INSERT INTO identity.station_users (user_id, station_id, role) VALUES ('${userId}', '${stationId}', 'customer_support');
      INSERT INTO customers (station_id, first_name, last_name, email, phone) VALUES ('${stationId}', 'f', 'l', 'e', '1')`);
  });
  afterEach(async () => {
    await database.exec(`DROP OWNED BY ${outside}; DROP ROLE ${outside}`);
    await database.close();
  });

  /** How many customers a role sees. */
  const countBy = async (role: string) => {
    await database.exec(`SET ROLE ${role}`);
    const { rows } = await database.query('SELECT count(*)::int AS n FROM customers');
    await database.exec('RESET ROLE');
    return rows[0]?.['n'];
  };

  test.each(['a user', 'a token without permissions'])(
    'a context of %s that drops policies reaches nothing by it',
    async (who) => {
      const service = drizzle({ client: database.service({ max: 1 }) });
      const { token } = await issueStationToken(database.owner, {
        stationId,
        userId,
        issuerId: userId,
        permissions: [],
      });
      const context = who === 'a user' ? { userId, stationId } : { token, stationId };
      const before = await countBy(outside);
      expect(before).toBeGreaterThan(0);
      for (const group of groups) {
        await withStation(service, context, async (tx) => {
          await tx.execute(sql.raw(`SET ROLE ${group}`));
          await tx.execute(sql.raw(`DROP OWNED BY ${group}`));
          expect(await tx.$count(Customer)).toBe(0);
        });
      }
      for (const group of groups) {
        await service.transaction(async (tx) => {
          await tx.execute(sql.raw(`SET LOCAL ROLE ${group}`));
          expect(await tx.$count(Customer), group).toBe(0);
        });
      }
      expect(await service.$count(Customer)).toBe(0);
      expect(await withStation(service, context, (tx) => tx.$count(Customer))).toBe(0);
      // Roles outside of the groups have what they had, and check says what is missing.
      expect(await countBy(outside)).toBe(before);
      const { differs } = await check(database, { drizzleKit: false });
      expect(differs.filter(({ kind }) => kind === 'policy').length).toBeGreaterThan(200);
    },
  );

  test('a view of a group shows a role beside the groups no row without policies', async () => {
    await database.exec(`GRANT pg_monitor TO ${database.serviceRole}`);
    const service = drizzle({ client: database.service({ max: 1 }) });
    const seen = await withStation(service, { userId, stationId }, async (tx) => {
      await tx.execute(sql`DROP OWNED BY station_service`);
      await tx.execute(sql`CREATE TEMPORARY VIEW seen AS SELECT * FROM public.customers`);
      await tx.execute(sql`GRANT ALL ON pg_temp.seen TO pg_monitor`);
      await tx.execute(sql`SET LOCAL ROLE pg_monitor`);
      const rows = rowsOf(await tx.execute(sql`SELECT * FROM pg_temp.seen`));
      await tx.execute(sql`SET LOCAL ROLE station_service`);
      return rows;
    });
    expect(seen).toEqual([]);
  });
});
