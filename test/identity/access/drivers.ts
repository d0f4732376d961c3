import { sql } from 'drizzle-orm';
import type { Cache } from 'drizzle-orm/cache/core';
import { drizzle as drizzleNodePostgres, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import { drizzle as drizzlePGlite } from 'drizzle-orm/pglite';
import { drizzle as drizzlePostgresJs } from 'drizzle-orm/postgres-js';
import pg from 'pg';
import postgres from 'postgres';
import { expect } from 'vitest';
import { Customer } from '../../../src/core/index.ts';
import { relations } from '../../../src/relations.ts';
import type { Query } from '../../../src/tools/database/query.ts';
import { type Engine, openDatabase } from '../../support/databases.ts';
import { openStationDatabase } from '../../support/station-access.ts';

/** The drivers have the same face; only results of `execute` differ, which `rowsOf` levels. */
export type ServiceDatabase = NodePgDatabase<typeof relations>;
export type ServiceTransaction = Parameters<Parameters<ServiceDatabase['transaction']>[0]>[0];

/** How a service is connected: to what of which driver. */
export interface Driver {
  readonly name: string;
  /** Whether all callers have one connection. */
  readonly isOneConnection: boolean;
  readonly db: ServiceDatabase;
  /** Another database of Drizzle over the same client, with a cache. */
  withCache(cache: Cache): ServiceDatabase;
}

/** A database with two stations, whose customers are told apart by the station's name, and the ways to connect to it. */
export interface Drivers {
  readonly drivers: readonly Driver[];
  /** As an administrator, on a connection of its own; on PGlite between the calls of the service. */
  readonly administrator: Query;
  close(): Promise<void>;
}

/** Two stations, and a user who is an administrator of both. */
export const stations = {
  A: 'aaaaaaaa-0000-4000-8000-000000000001',
  B: 'aaaaaaaa-0000-4000-8000-000000000002',
} as const;
export type StationName = keyof typeof stations;
export const userId = 'bbbbbbbb-0000-4000-8000-000000000001';
export const at = (station: StationName) => ({ userId, stationId: stations[station] });

/** How many customers each station has at first. */
export const customersOf: Readonly<Record<StationName, number>> = { A: 3, B: 5 };

const world = [
  `INSERT INTO identity.stations (id, name, code, display_name, status) VALUES
    ('${stations.A}', 'A', 'TEST-A', 'A', 'active'), ('${stations.B}', 'B', 'TEST-B', 'B', 'active')`,
  `INSERT INTO identity.users (id, email, status) VALUES ('${userId}', 'both@example.com', 'active')`,
  `INSERT INTO identity.station_users (user_id, station_id, role) VALUES
    ('${userId}', '${stations.A}', 'admin'), ('${userId}', '${stations.B}', 'admin')`,
  `INSERT INTO customers (station_id, first_name, last_name, email, phone)
    SELECT station.id, station.name, number, 'e', '1' FROM identity.stations AS station,
      generate_series(1, CASE station.code WHEN 'TEST-A' THEN ${customersOf.A} ELSE ${customersOf.B} END) AS number
    WHERE station.code LIKE 'TEST-_'`,
];

/** Opens a database, with the connections of a service to it: a pool and a client of node-postgres and postgres-js, or PGlite. */
export async function openDrivers(engine: Engine): Promise<Drivers> {
  if (engine === 'pglite') {
    const database = await openDatabase(engine, 'migrated');
    for (const statement of world) await database.query(statement);
    const client = database.pglite;
    const withCache = (cache?: Cache) =>
      drizzlePGlite({ client, relations, ...(cache && { cache }) }) as unknown as ServiceDatabase;
    return {
      drivers: [{ name: 'PGlite', isOneConnection: true, db: withCache(), withCache }],
      administrator: database.query,
      close: database.close,
    };
  }
  const database = await openStationDatabase(engine);
  for (const statement of world) await database.query(statement);
  const pool = database.service({ max: 4 });
  const client = new pg.Client(database.serviceUrl);
  await client.connect();
  const sqlOf = postgres(database.serviceUrl, { max: 4, onnotice: () => {} });
  const ofClient = (one: pg.Pool | pg.Client) => (cache?: Cache) =>
    drizzleNodePostgres({ client: one, relations, ...(cache && { cache }) }) as ServiceDatabase;
  const ofPostgresJs = (cache?: Cache) =>
    drizzlePostgresJs({ client: sqlOf, relations, ...(cache && { cache }) }) as unknown as ServiceDatabase;
  const driver = (name: string, isOneConnection: boolean, withCache: (cache?: Cache) => ServiceDatabase) => ({
    name,
    isOneConnection,
    db: withCache(),
    withCache,
  });
  return {
    drivers: [
      driver('node-postgres, a pool', false, ofClient(pool)),
      driver('node-postgres, a client', true, ofClient(client)),
      driver('postgres-js', false, ofPostgresJs),
    ],
    administrator: database.query,
    async close() {
      await sqlOf.end();
      await client.end();
      await database.close();
    },
  };
}

/** Expects a driver's connections to be outside of every context and transaction. */
export async function expectNothingLeftOn({ name, isOneConnection, db }: Driver): Promise<void> {
  // Slow enough that each connection of a pool takes one.
  const asked = Array.from({ length: isOneConnection ? 1 : 4 }, () =>
    db.execute(sql`SELECT pg_sleep(0.005)::text, current_user = session_user AS itself, now() = statement_timestamp() AS is_outside,
      concat(current_setting('canonical_models.user_id', true), current_setting('canonical_models.station_id', true)) AS context`),
  );
  for (const result of await Promise.all(asked)) {
    // PGlite's transaction begins before its statement.
    const isOutside = name === 'PGlite' ? {} : { is_outside: true };
    expect(rowsOf(result)).toMatchObject([{ itself: true, context: '', ...isOutside }]);
  }
  if (name === 'PGlite')
    await expect(db.execute(sql`SAVEPOINT outside`)).rejects.toMatchObject({ cause: { code: '25P01' } });
}

/** The rows that `execute` answered. */
export function rowsOf<Row>(result: unknown): Row[] {
  return [...(Array.isArray(result) ? result : (result as { rows: Row[] }).rows)];
}

/** The stations of all customers in reach, as in `AAA`. */
export async function read(db: ServiceDatabase): Promise<string> {
  const rows = await db.select({ station: Customer.firstName }).from(Customer);
  return rows.map(({ station }) => station).join('');
}

/** What `read` finds in a context where nothing was changed. */
export const readAt = (station: StationName) => station.repeat(customersOf[station]);

/** Every kind of statement that a handle has. Each answers with the stations that it reached. */
export const kinds: Readonly<Record<string, (tx: ServiceDatabase) => () => Promise<readonly string[]>>> = {
  select: (tx) => async () => [...(await read(tx))],
  'select distinct': (tx) => async () => {
    const rows = await tx.selectDistinct({ station: Customer.firstName }).from(Customer);
    return rows.map(({ station }) => station);
  },
  'with a CTE': (tx) => async () => {
    const found = tx.$with('found').as(tx.select({ station: Customer.firstName }).from(Customer));
    return (await tx.with(found).select().from(found)).map(({ station }) => station);
  },
  'relational query': (tx) => async () => {
    const rows = await tx.query.Customer.findMany({ columns: { firstName: true }, with: { bookings: true } });
    return rows.map(({ firstName }) => firstName);
  },
  prepared: (tx) => {
    const prepared = tx.select({ station: Customer.firstName }).from(Customer).prepare('context_prepared');
    return async () => (await prepared.execute()).map(({ station }) => station);
  },
  'prepared relational query': (tx) => {
    const prepared = tx.query.Customer.findMany({ columns: { firstName: true } }).prepare(
      'context_prepared_relational',
    );
    return async () => (await prepared.execute()).map(({ firstName }) => firstName);
  },
  execute: (tx) => async () =>
    rowsOf<{ station: string }>(await tx.execute(sql`SELECT first_name AS station FROM customers`)).map(
      ({ station }) => station,
    ),
  'execute of a text': (tx) => async () =>
    rowsOf<{ station: string }>(await tx.execute('SELECT first_name AS station FROM customers')).map(
      ({ station }) => station,
    ),
  $count: (tx) => async () => {
    const count = await tx.$count(Customer);
    return Object.keys(customersOf).filter((station) => customersOf[station as StationName] === count);
  },
  cursor: (tx) => async () => {
    await tx.execute(sql`DECLARE of_the_context CURSOR FOR SELECT first_name AS station FROM customers`);
    const rows = rowsOf<{ station: string }>(await tx.execute(sql`FETCH ALL FROM of_the_context`));
    await tx.execute(sql`CLOSE of_the_context`);
    return rows.map(({ station }) => station);
  },
  update: (tx) => async () =>
    (await tx.update(Customer).set({ phone: '2' }).returning({ station: Customer.firstName })).map(
      ({ station }) => station,
    ),
  delete: (tx) => async () =>
    (await tx.delete(Customer).where(sql`false`).returning({ station: Customer.firstName })).map(
      ({ station }) => station,
    ),
};
