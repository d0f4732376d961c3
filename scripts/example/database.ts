import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { drizzle as drizzlePGlite } from 'drizzle-orm/pglite';
import { connect } from '../../src/tools/database/connect.ts';
import { migrate } from '../../src/tools/migrate/migrate.ts';
import { addDemoData, type DemoData } from './demo-data.ts';
import { serviceRoles } from './roles.ts';

const fixtures = fileURLToPath(new URL('../../test/fixtures/legacy/', import.meta.url));

/** What the service is started with, and what there is to try. */
export interface ExampleDatabase {
  /** `DATABASE_URL` and the URLs of the two pools. */
  readonly environment: Readonly<Record<string, string>>;
  readonly demo: DemoData;
}

/**
 * Makes an empty database the legacy one, carries it to the canonical names, and adds what the example shows. One that was made before
 * stays, and gets another manager.
 *
 * @param url `postgres://…`, as a role that may create roles, or `pglite:<folder>`.
 * @param rolePrefix What the names of the service's roles begin with.
 */
export async function prepareDatabase(url: string, rolePrefix = 'example'): Promise<ExampleDatabase> {
  await fill(url);
  if (url.startsWith('pglite:')) {
    const db = drizzlePGlite(url.slice('pglite:'.length));
    const demo = await addDemoData(db).finally(() => db.$client.close());
    return { environment: { DATABASE_URL: url }, demo };
  }
  const db = drizzle(url);
  try {
    const { stationUrl, websiteUrl, statements } = serviceRoles(url, rolePrefix);
    for (const statement of statements) await db.execute(sql.raw(statement));
    const environment = { DATABASE_URL: url, STATION_DATABASE_URL: stationUrl, WEBSITE_DATABASE_URL: websiteUrl };
    return { environment, demo: await addDemoData(db) };
  } finally {
    await db.$client.end();
  }
}

async function fill(url: string): Promise<void> {
  const connection = await connect(url);
  try {
    const { rows } = await connection.query(`SELECT to_regclass('public.bookings') AS bookings`);
    if (rows[0]?.['bookings'] === null) {
      for (const file of ['legacy-schema.sql', 'legacy-data.sql']) {
        await connection.exec(readFileSync(`${fixtures}${file}`, 'utf8'));
      }
    }
    await migrate(connection);
  } finally {
    await connection.close();
  }
}
