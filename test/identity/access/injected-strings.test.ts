import { eq, type SQL, sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Booking, Customer } from '../../../src/core/index.ts';
import { withStation } from '../../../src/identity/access/index.ts';
import { eachOfFewMajors, thorough } from '../../support/databases.ts';
import {
  at,
  customersOf,
  type Drivers,
  expectNothingLeftOn,
  openDrivers,
  type ServiceDatabase,
  stations,
  userId,
} from './drivers.ts';

const ofB = 'known to station B alone';

/** What an attacker puts in place of a value, as a scalar. Whatever it answers, nothing of B is in it. */
const forged = `set_config('canonical_models.user_id', '${userId}', true) || set_config('canonical_models.station_id', '${stations.B}', true)`;
const payloads: Readonly<Record<string, string>> = {
  'reads everything': `(SELECT string_agg(c.phone, ',') FROM customers AS c)`,
  'reads by the old context of another': `(SELECT string_agg(c.phone, ',') FROM customers AS c, (SELECT ${forged} AS forged OFFSET 0) AS f WHERE f.forged IS NOT NULL)`,
  'forges row by row': `(SELECT string_agg(c.phone || left(${forged}, 0), ',') FROM customers AS c)`,
  'forges first, in a CTE': `(WITH f AS MATERIALIZED (SELECT ${forged} AS forged) SELECT string_agg(c.phone, ',') FROM f, customers AS c)`,
  'enters station B': `(SELECT string_agg(c.phone, ',') FROM (SELECT identity.enter_station('${userId}', '${stations.B}', NULL, NULL, NULL, NULL) OFFSET 0) AS e, customers AS c)`,
  'enters every station': `(SELECT identity.enter_stations('${userId}', 'every', NULL) || set_config('role', 'station_service_every', true) || string_agg(c.phone, ',') FROM customers AS c)`,
  'runs a query in XML': `query_to_xml($q$SELECT ${forged}, phone FROM customers$q$, true, false, '')::text`,
  'takes off its role': `(set_config('role', 'none', true) || (SELECT string_agg(c.phone, ',') FROM customers AS c))`,
  'asks a dictionary of statistics': `(SELECT string_agg(most_common_vals::text, ',') FROM pg_stats WHERE tablename = 'customers')`,
  'reads the key': `(SELECT encode(inner_pad, 'hex') FROM drizzle.canonical_models_context_key LIMIT 1)`,
};

/** Each place where a service puts a string into a statement without a parameter. */
const places: Readonly<Record<string, (tx: ServiceDatabase, payload: string) => PromiseLike<unknown>>> = {
  'a column': (tx, payload) => tx.select({ found: sql.raw(payload) }).from(Customer),
  'the name of a column': (tx, payload) =>
    tx.execute(sql.raw(`SELECT "phone" AS "x", ${payload} AS "y" FROM customers AS "c" -- " FROM customers`)),
  'a filter': (tx, payload) =>
    tx
      .select({ phone: Customer.phone })
      .from(Customer)
      .where(sql.raw(`first_name = '' OR length(${payload}) > -1`)),
  'a text in a filter': (tx, payload) =>
    tx.execute(
      sql.raw(`SELECT phone FROM customers WHERE last_name = '' OR concat(${payload}) LIKE '%' OR phone = ''`),
    ),
  'an order': (tx, payload) => tx.select({ phone: Customer.phone }).from(Customer).orderBy(sql.raw(payload)),
  'a grouping': (tx, payload) =>
    tx
      .select({ found: sql`max(${Customer.phone})` })
      .from(Customer)
      .groupBy(sql.raw(`${payload} || phone`)),
  'a condition of a group': (tx, payload) =>
    tx
      .select({ found: sql`max(${Customer.phone})` })
      .from(Customer)
      .having(sql.raw(`length(${payload}) > -1`)),
  'a limit': (tx, payload) =>
    tx.execute(sql.raw(`SELECT phone FROM customers LIMIT 100 + least(0, length(${payload}))`)),
  'a path in JSON': (tx, payload) =>
    tx.select({ found: sql.raw(`customer_metadata -> 'a' ->> '' || ${payload} || ''`) }).from(Customer),
  'a condition of a join': (tx, payload) =>
    tx
      .select({ phone: Customer.phone })
      .from(Customer)
      .leftJoin(Booking, sql.raw(`length(${payload}) > -1`)),
  'a relational query': (tx, payload) =>
    tx.query.Customer.findMany({ columns: { phone: true }, extras: { found: () => sql.raw(payload) as SQL<string> } }),
  'a value to write': (tx, payload) =>
    tx
      .update(Customer)
      .set({ lastName: sql.raw(`left(${payload}, 50)`) })
      .returning({ lastName: Customer.lastName, phone: Customer.phone }),
  'a condition to write by': (tx, payload) =>
    tx
      .update(Customer)
      .set({ lastName: 'injected' })
      .where(sql.raw(`length(coalesce(${payload}, '')) > -1`))
      .returning(),
  'a deletion': (tx, payload) =>
    tx
      .delete(Customer)
      .where(sql.raw(`length(coalesce(${payload}, '')) > -1`))
      .returning({ phone: Customer.phone }),
  'an insertion': (tx, payload) =>
    tx.execute(
      sql.raw(`INSERT INTO customers (station_id, first_name, last_name, email, phone)
        SELECT '${stations.B}', 'injected', 'l', left(${payload}, 50), 'p' RETURNING email`),
    ),
  'a statement': (tx, payload) =>
    tx.execute(sql.raw(`SELECT phone, ${payload} AS found FROM customers UNION ALL SELECT ${payload}, NULL`)),
  'several statements': (tx, payload) =>
    tx.execute(sql.raw(`SELECT ${payload}; COMMIT; BEGIN; SELECT phone FROM customers`)),
};

// Not on PGlite, where everybody is a superuser and may take off the role.
eachOfFewMajors((major) => {
  let opened: Drivers;
  beforeAll(async () => {
    opened = await openDrivers(major);
    await opened.administrator('UPDATE customers SET phone = left($1, 20) WHERE station_id = $2', [ofB, stations.B]);
    await opened.administrator('ANALYZE customers');
  });
  afterAll(() => opened.close());
  const marker = ofB.slice(0, 20);

  const all = Object.entries(payloads);
  const tried = Object.entries(places).map(([name, place], index) => {
    // Every payload comes to some place, and every place gets some; a long run tries all in all.
    const given = thorough ? all : all.filter((_, which) => (which + index) % 5 === 0);
    return [name, place, given] as const;
  });

  test.each(tried)('SQL in %s shows and changes nothing of another station', async (_, place, given) => {
    for (const driver of opened.drivers) {
      for (const [name, payload] of given) {
        const message = `${driver.name}, ${name}`;
        let answers: unknown;
        let after: unknown = [];
        // What it breaks is rolled back.
        await withStation(driver.db, at('A'), async (tx) => {
          answers = await tx
            .transaction(async (savepoint) => place(savepoint as ServiceDatabase, payload))
            .catch((error: unknown) => String((error as Error).cause));
          // And nothing of it holds for the next statement.
          after = await tx.select().from(Customer).where(eq(Customer.stationId, stations.B));
        }).catch(() => {});
        expect(JSON.stringify(answers ?? null), message).not.toContain(marker);
        expect(after, message).toEqual([]);
      }
      await expectNothingLeftOn(driver);
    }
    const { rows } = await opened.administrator(
      `SELECT count(*)::int AS rows, count(*) FILTER (WHERE phone = $1 AND last_name <> 'injected')::int AS whole FROM customers WHERE station_id = $2`,
      [marker, stations.B],
    );
    expect(rows).toEqual([{ rows: customersOf.B, whole: customersOf.B }]);
  });
});
