import { relations } from 'canonical-models/relations';
import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { drizzle as drizzlePGlite } from 'drizzle-orm/pglite';
import pg from 'pg';
import { codeOf, log } from './log.ts';
import type { Settings } from './settings.ts';

export type Database = ReturnType<typeof drizzleOn>;

/** The pools of the service. */
export interface Databases {
  /** For `withStation`: outside of it the role reaches no row of a station. */
  readonly station: Database;
  /** For public and worker routes, and to log people in. */
  readonly website: Database;
  /** Whether both answer. */
  isReady(): Promise<boolean>;
  close(): Promise<void>;
}

/** Opens the pools. They connect with the first query, and again after the database was gone. */
export async function openDatabases(settings: Settings): Promise<Databases> {
  if (settings.databaseUrl.startsWith('pglite:')) return openPGlite(settings.databaseUrl);
  const station = drizzleOn(openPool(settings.stationDatabaseUrl));
  const website = drizzleOn(openPool(settings.websiteDatabaseUrl));
  return {
    station,
    website,
    isReady: () => areAnswering([station, website]),
    close: async () => {
      await Promise.all([station, website].map(({ $client }) => $client.end()));
    },
  };
}

const drizzleOn = (client: pg.Pool) => drizzle({ client, relations });

function openPool(connectionString: string): pg.Pool {
  const pool = new pg.Pool({
    connectionString,
    max: 10,
    connectionTimeoutMillis: 3_000,
    idleTimeoutMillis: 30_000,
    statement_timeout: 8_000,
    idle_in_transaction_session_timeout: 15_000,
    application_name: 'example-backend',
  });
  // Without a listener an idle connection that breaks would end the process. The pool opens another one.
  pool.on('error', (error) => log('warn', 'a connection to the database was lost', { code: codeOf(error) }));
  return pool;
}

/** An embedded database to look at. It has one connection and one role, so nothing keeps the pools apart. */
async function openPGlite(url: string): Promise<Databases> {
  const database = drizzlePGlite(url.slice('pglite:'.length), { relations });
  const both = database as unknown as Database;
  return {
    station: both,
    website: both,
    isReady: () => areAnswering([both]),
    close: () => database.$client.close(),
  };
}

async function areAnswering(databases: readonly Database[]): Promise<boolean> {
  try {
    await Promise.all(databases.map((database) => database.execute(sql`SELECT 1`)));
    return true;
  } catch (error) {
    log('warn', 'the database does not answer', { code: codeOf(error) });
    return false;
  }
}
