import { randomUUID } from 'node:crypto';
import { drizzle } from 'drizzle-orm/node-postgres';
import { addDemoData, type DemoData } from '../../../scripts/example/demo-data.ts';
import { serviceRoles } from '../../../scripts/example/roles.ts';
import { openServerDatabase, type ServerDatabase } from '../../support/databases.ts';
import type { Major } from '../../support/servers.ts';

/** The legacy database as `migrate` leaves it, with the roles of the example backend and something to look at. */
export interface BackendDatabase extends ServerDatabase {
  readonly demo: DemoData;
  /** What the backend is started with. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Opens one. Close it when done. */
export async function openBackendDatabase(major: Major): Promise<BackendDatabase> {
  const database = await openServerDatabase(major, 'deployed');
  const prefix = `example_${randomUUID().slice(0, 8)}`;
  const { stationUrl, websiteUrl, statements } = serviceRoles(database.url, prefix);
  for (const statement of statements) await database.exec(statement);
  return {
    ...database,
    demo: await addDemoData(drizzle({ client: database.client })),
    environment: { DATABASE_URL: database.url, STATION_DATABASE_URL: stationUrl, WEBSITE_DATABASE_URL: websiteUrl },
    async close() {
      await database.exec(`DROP OWNED BY "${prefix}_station", "${prefix}_website"`);
      await database.exec(`DROP ROLE "${prefix}_station", "${prefix}_website"`);
      await database.close();
    },
  };
}
