import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import type pg from 'pg';
import { openServerDatabase, type ServerDatabase } from './databases.ts';
import { type Major, openPool } from './servers.ts';

/** A migrated database, with its owner and a service in the group that row-level security restricts. */
export interface StationDatabase extends ServerDatabase {
  readonly owner: NodePgDatabase;
  /** A login role in `station_service`. */
  readonly serviceRole: string;
  readonly serviceUrl: string;
  /** A pool of connections as that role, which is closed with the database. */
  service(options?: pg.PoolConfig): pg.Pool;
}

/** The legacy database with all migrations. Close it when done. */
export async function openStationDatabase(major: Major): Promise<StationDatabase> {
  const database = await openServerDatabase(major, 'migrated');
  const serviceRole = `service_${database.name}`;
  await database.exec(`CREATE ROLE ${serviceRole} LOGIN PASSWORD 'service' IN ROLE station_service`);
  const url = new URL(database.url);
  url.username = serviceRole;
  url.password = 'service';
  const pools: pg.Pool[] = [];
  return {
    ...database,
    owner: drizzle({ client: database.client }),
    serviceRole,
    serviceUrl: url.href,
    service(options = {}) {
      const pool = openPool(url.href, options);
      pools.push(pool);
      return pool;
    },
    async close() {
      await Promise.all(pools.map((pool) => pool.end()));
      await database.exec(`RESET ROLE; DROP OWNED BY ${serviceRole}; DROP ROLE ${serviceRole}`);
      await database.close();
    },
  };
}
