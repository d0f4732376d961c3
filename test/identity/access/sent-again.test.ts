import { sql } from 'drizzle-orm';
import type { PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Customer } from '../../../src/core/index.ts';
import type { PostgresDatabase } from '../../../src/database.ts';
import { withStation } from '../../../src/identity/access/index.ts';
import { eachOfFewMajors } from '../../support/databases.ts';
import { openStationDatabase, type StationDatabase } from '../../support/station-access.ts';
import { A, B, inB, names, twoStations, withPostgresJs } from './two-stations.ts';

// postgres-js sends a statement again if the server does not know its name any more, behind all that it has sent since. If that were the
// end of the context, the statement would run outside of it: as anybody, or in the context around.

const victim = 'bbbbbbbb-0000-4000-8000-00000000010b';
const attacker = 'bbbbbbbb-0000-4000-8000-00000000010c';
const own = { userId: attacker, stationId: A };
const isInside = `coalesce(current_setting('canonical_models.signature', true), '') <> ''`;
/** Reads a station as somebody else, where no context is. */
const entersOutside = `CASE WHEN ${isInside} THEN 'inside' ELSE
  concat(left(identity.enter_station('${victim}', '${B}', NULL, NULL, NULL, ''), 19),
    query_to_xml('SELECT string_agg(first_name, '''') AS names FROM customers', true, true, '')) END`;

eachOfFewMajors((major) => {
  let database: StationDatabase;
  beforeAll(async () => {
    database = await openStationDatabase(major);
    await database.exec(twoStations);
    await database.exec(`
      INSERT INTO identity.users (id, email, status) VALUES ('${victim}', 'victim@example.com', 'active'), ('${attacker}', 'attacker@example.com', 'active');
      INSERT INTO identity.station_users (user_id, station_id, role) VALUES ('${victim}', '${B}', 'admin'), ('${attacker}', '${A}', 'station_admin')`);
  });
  afterAll(() => database.close());

  type Ask = (tx: PostgresDatabase) => Promise<unknown>;
  /** A query of the service with an injected expression, which postgres-js keeps under a name. */
  const asking =
    (injected: string): Ask =>
    (tx) =>
      (tx as PostgresJsDatabase)
        .select({ found: sql.raw(injected) })
        .from(sql.raw('(SELECT) AS one'))
        .prepare('kept')
        .execute();
  /** Has the driver keep the statement, and the server forget it, as SQL or a deploy that changes a type can. */
  const forgotten = (db: PostgresJsDatabase, ask: Ask) =>
    withStation(db, own, async (tx) => {
      await ask(tx);
      await tx.execute(sql.raw('DEALLOCATE ALL'));
    });
  /** A call in which other work of the service fails while the statement is under way. */
  const failing = (ask: Ask, found: unknown[]) => async (tx: PostgresDatabase) => {
    const asked = ask(tx).then(
      (rows) => found.push(rows),
      (error: Error) => found.push((error.cause as { code?: string } | undefined)?.code ?? error.name),
    );
    await Promise.all([asked, Promise.reject(new Error('not valid'))]);
  };

  test('a statement beside a failure does not run as another user at another station', () =>
    withPostgresJs(database, {}, async (db) => {
      const ask = asking(entersOutside);
      await forgotten(db, ask);
      const found: unknown[] = [];
      await expect(withStation(db, own, failing(ask, found))).rejects.toThrow('not valid');
      expect(await withStation(db, inB, names)).toBe('BBB');
      // In its transaction, which has failed by then, it is not run again.
      expect(found).toEqual(['26000']);
    }));

  test('nor does it write there, when a denial is recorded after the failure', () =>
    withPostgresJs(database, {}, async (db) => {
      const plant: Ask = (tx) =>
        (tx as PostgresJsDatabase)
          .insert(Customer)
          .values({
            firstName: sql.raw(
              `CASE WHEN ${isInside} THEN 'in' ELSE left(identity.enter_station('${victim}', '${B}', NULL, NULL, NULL, ''), 9) END`,
            ),
            stationId: sql.raw(`(CASE WHEN ${isInside} THEN '${A}' ELSE '${B}' END)::uuid`),
            lastName: 'planted',
            email: 'e',
            phone: '1',
          })
          .prepare('kept_change')
          .execute();
      await forgotten(db, plant);
      const call = withStation(db, own, async (tx) => {
        await tx.transaction((inner) => inner.update(Customer).set({ stationId: B })).catch(() => {});
        await failing(plant, [])(tx);
      });
      await expect(call).rejects.toThrow('not valid');
      const { rows } = await database.query(`SELECT station_id FROM customers WHERE last_name = 'planted'`);
      expect(rows.filter(({ station_id }) => station_id === B)).toEqual([]);
      await database.query(`DELETE FROM customers WHERE last_name = 'planted'`);
    }));

  test('nor in the context around a nested one', () =>
    withPostgresJs(database, {}, async (db) => {
      const ask = asking(`(SELECT string_agg(first_name, '') AS names FROM customers)`);
      const change: Ask = (tx) =>
        (tx as PostgresJsDatabase).update(Customer).set({ phone: '999' }).prepare('kept_phone').execute();
      await forgotten(db, async (tx) => {
        await ask(tx);
        await change(tx);
      });
      const found: unknown[] = [];
      await withStation(db, inB, async (tx) => {
        for (const each of [ask, change]) {
          await expect(withStation(tx, own, failing(each, found))).rejects.toThrow('not valid');
        }
        await names(tx);
      });
      expect(found).toEqual(['26000', '26000']);
      const { rows } = await database.query(`SELECT FROM customers WHERE phone = '999' AND station_id = '${B}'`);
      expect(rows).toEqual([]);
      await database.query(`UPDATE customers SET phone = '1' WHERE phone = '999'`);
    }));

  test('nor outside of the context, in a transaction of the service', () =>
    withPostgresJs(database, {}, async (db) => {
      const ask = asking(isInside);
      await forgotten(db, ask);
      const found: unknown[] = [];
      await db.transaction(async (tx) => {
        await expect(withStation(tx, own, failing(ask, found))).rejects.toThrow('not valid');
        await tx.execute(sql`SELECT 1`);
      });
      expect(found).toEqual(['26000']);
    }));
});
