import pg from 'pg';
import { type Query, queryOf } from '../../../src/tools/database/query.ts';
import { migrateByDrizzle } from '../../support/kit.ts';
import { asSuperuser, createDatabase, type Major, type Server, startServer } from '../../support/servers.ts';

/** A database of one test on a server of its file: migrated, with `pg_stat_statements`. */
export interface MigratedDatabase {
  readonly url: string;
  readonly name: string;
  readonly query: Query;
  /** Opens one more session: as another role, under a name of its own. It is closed with the database. */
  session(options?: pg.ClientConfig): Promise<pg.Client>;
}

/** A server whose statistics no other test file touches, with a migrated database to copy. */
export interface MigratedServer {
  readonly server: Server;
  /** Runs a test on a database of its own. */
  withDatabase<Result>(run: (database: MigratedDatabase) => Promise<Result>): Promise<Result>;
  remove(): Promise<void>;
}

/** Starts a server and migrates a database from nothing, as drizzle-orm does. */
export async function startMigratedServer(
  major: Major,
  settings: Readonly<Record<string, string | number | boolean>> = {},
): Promise<MigratedServer> {
  const server = await startServer({ major, settings });
  await asSuperuser(server, (client) => client.query('CREATE DATABASE migrated TEMPLATE template0'));
  await asSuperuser(
    server,
    async (client) => {
      await client.query('CREATE EXTENSION pg_stat_statements');
      await migrateByDrizzle(client);
    },
    'migrated',
  );
  return {
    server,
    async withDatabase(run) {
      const { name, url, drop } = await createDatabase(server, { template: 'migrated' });
      const clients: pg.Client[] = [];
      const session = async (options: pg.ClientConfig = {}) => {
        const { host, port, user, password } = server;
        const client = new pg.Client({ host, port, user, password, database: name, ...options });
        client.on('error', () => {});
        await client.connect();
        clients.push(client);
        return client;
      };
      try {
        return await run({
          url,
          name,
          query: queryOf(await session({ application_name: 'canonical-models' })),
          session,
        });
      } finally {
        for (const client of clients) await client.end().catch(() => {});
        await drop();
      }
    },
    remove: () => server.remove(),
  };
}
