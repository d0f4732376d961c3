import { randomUUID } from 'node:crypto';
import { drizzle as drizzleServer } from 'drizzle-orm/node-postgres';
import { drizzle as drizzlePGlite } from 'drizzle-orm/pglite';
import type pg from 'pg';
import type { PostgresDatabase } from '../../src/database.ts';
import { type NewStationUser, Station, StationUser, User } from '../../src/identity/index.ts';
import { type Engine, openDatabase, type ServerDatabase, type TestDatabase } from './databases.ts';
import { type Major, openPool } from './servers.ts';

/** A database with every table and no row, and a Drizzle handle on it. */
export interface IdentityDatabase extends TestDatabase {
  readonly db: PostgresDatabase;
}

/** Opens one. Close it when done. */
export async function openIdentityDatabase(engine: Major): Promise<IdentityDatabase & ServerDatabase>;
export async function openIdentityDatabase(engine: Engine): Promise<IdentityDatabase>;
export async function openIdentityDatabase(engine: Engine): Promise<IdentityDatabase> {
  const database = await openDatabase(engine, 'canonical');
  const db =
    database.engine === 'pglite'
      ? drizzlePGlite({ client: database.pglite })
      : drizzleServer({ client: database.client });
  return { ...database, db };
}

/** An identity database on a server, and a handle on a pool of connections to it, as a busy service has it. */
export interface IdentityServer {
  readonly database: IdentityDatabase & ServerDatabase;
  readonly pool: pg.Pool;
  readonly db: PostgresDatabase;
  close(): Promise<void>;
}

/** Opens one. Close it when done. */
export async function openIdentityServer(major: Major, connections: number): Promise<IdentityServer> {
  const database = await openIdentityDatabase(major);
  const pool = openPool(database.url, { max: connections });
  return {
    database,
    pool,
    db: drizzleServer({ client: pool }),
    async close() {
      await pool.end();
      await database.close();
    },
  };
}

/** Creates a station and returns its id. */
export async function newStation(db: PostgresDatabase): Promise<string> {
  const id = randomUUID();
  await db.insert(Station).values({ id, name: id, code: id.slice(0, 20), displayName: id });
  return id;
}

/** Creates an active user and returns its id. */
export async function newUser(db: PostgresDatabase, values: { isSuperAdmin?: boolean } = {}): Promise<string> {
  const id = randomUUID();
  await db.insert(User).values({ id, email: `${id}@example.com`, status: 'active', ...values });
  return id;
}

/** Creates an active user with an assignment to a station and returns the user's id. */
export async function newStationUser(
  db: PostgresDatabase,
  stationId: string,
  values: Omit<NewStationUser, 'userId' | 'stationId'> = {},
): Promise<string> {
  const userId = await newUser(db);
  await db.insert(StationUser).values({ userId, stationId, role: 'station_admin', ...values });
  return userId;
}

/** The values of a booking, for an insert. */
export const newBooking = (stationId: string, customerId: string) => ({
  stationId,
  customerId,
  eventDate: new Date(),
  eventStartTime: '12:00',
  guestCount: 1,
  locationAddress: 'a',
  locationCity: 'c',
  locationState: 's',
  locationZip: 'z',
  totalAmount: 1,
  depositAmount: 1,
  remainingAmount: 1,
});
