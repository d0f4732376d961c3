import { randomUUID } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { drizzle } from 'drizzle-orm/node-postgres';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { addDemoData } from '../../scripts/example/demo-data.ts';
import { serviceRoles } from '../../scripts/example/roles.ts';
import { migrate } from '../../src/tools/migrate/migrate.ts';
import { packageMigrationsFolder } from '../../src/tools/migrations/migrations-folder.ts';
import { majors, openDatabase, type ServerDatabase, thorough, withConnection } from '../support/databases.ts';
import { packedPackage } from '../support/package.ts';
import type { Major } from '../support/servers.ts';
import { openClient } from './backend/client.ts';
import { startBackend } from './backend/running-backend.ts';
import { copyOldService, startOldService } from './old-service.ts';

let database: ServerDatabase;
let folder: string;
/** Names the roles of this test's services. */
const prefix = `load_${randomUUID().slice(0, 8)}`;
beforeAll(async () => {
  const { service } = await packedPackage();
  folder = copyOldService(service);
  // In the short form the package has migrated before: what its own migrations do under load, other tests ask as well.
  database = await openDatabase(majors.at(-1) as Major, thorough ? 'legacy' : 'deployed');
  await database.exec(`
    CREATE ROLE ${prefix}_old LOGIN PASSWORD 'old';
    GRANT USAGE ON SCHEMA identity TO ${prefix}_old;
    GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public, identity TO ${prefix}_old`);
}, 300_000);
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  const { rows } = await database.query(
    'SELECT quote_ident(rolname) AS role FROM pg_roles WHERE starts_with(rolname, $1)',
    [prefix],
  );
  for (const { role } of rows) await database.exec(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  await database.close();
});

/** What the test has begun, to be ended in any case. */
const begun: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of begun.splice(0).reverse()) await end();
});

test('no request of either service fails while the package migrates, and while its next release does', async () => {
  const customer = await firstId(
    'SELECT customer_id AS id FROM messages JOIN message_threads AS thread ON thread.id = thread_id LIMIT 1',
  );
  const thread = await firstId('SELECT id FROM message_threads LIMIT 1');
  const old = await startOldService(folder, { url: database.url, role: `${prefix}_old` }, '--no-deprecation');
  begun.push(old.stop);
  // These are in SQL on old table names. Models have the new ones, also under their old import paths.
  const send = `/message-threads/${thread}/messages`;
  const oldLoad = beginLoad(old.url, [
    { method: 'GET', path: `/customers/${customer}/messages` },
    { method: 'GET', path: `/customers/${customer}/bookings` },
    { method: 'POST', path: send, body: '{"content":"On our way."}' },
  ]);
  begun.push(oldLoad.end);
  const before = await countMessages();
  const migrated = await withConnection(database.url, (connection) => migrate(connection));
  expect(migrated.steps.length > 10).toBe(thorough);

  const { stationUrl, websiteUrl, statements } = serviceRoles(database.url, prefix);
  for (const statement of statements) await database.exec(statement);
  const demo = await addDemoData(drizzle({ client: database.client }));
  const backend = await startBackend({
    DATABASE_URL: database.url,
    STATION_DATABASE_URL: stationUrl,
    WEBSITE_DATABASE_URL: websiteUrl,
  });
  begun.push(backend.stop);
  const headers = { authorization: `Bearer ${demo.token}`, 'station-id': demo.stations[0]?.id ?? '' };
  const redemption = JSON.stringify({ code: demo.coupon, bookingId: demo.bookingId, amount: 65_000 });
  const backendLoad = beginLoad(backend.url, [
    { method: 'GET', path: '/api/bookings?limit=5', headers },
    { method: 'GET', path: `/api/customers/${demo.customerId}`, headers },
    { method: 'GET', path: '/api/blog-reviews/pending', headers },
    { method: 'GET', path: '/api/reviews?limit=5' },
    { method: 'PATCH', path: `/api/bookings/${demo.bookingId}`, headers, body: '{"guestCount":20}' },
    { method: 'POST', path: '/api/coupons/redeem', headers, body: redemption },
    { method: 'GET', path: '/ready' },
  ]);
  const modelsLoad = beginLoad(old.url, [
    { method: 'GET', path: '/social-accounts' },
    { method: 'GET', path: '/reviews' },
    { method: 'GET', path: '/reviews/summary' },
  ]);
  begun.push(backendLoad.end, modelsLoad.end);
  const loads = [oldLoad, modelsLoad, backendLoad];
  await Promise.all(loads.map((load) => load.haveSent(10)));
  const next = nextRelease();
  const report = await withConnection(database.url, (connection) => migrate(connection, { folder: next }));
  rmSync(next, { recursive: true });
  expect(report.steps.map(({ action }) => action)).toEqual(['applied', 'applied']);
  await Promise.all(loads.map((load) => load.haveSent(10)));

  for (const load of loads) expect(await load.end()).toEqual([]);
  expect(await countMessages()).toBe(before + oldLoad.answered(send));
  const { rows } = await database.query('SELECT relkind FROM pg_class WHERE oid = $1::regclass', [
    'public.customer_review_blog_posts',
  ]);
  expect(rows).toEqual([{ relkind: 'v' }]);
  expect(await backend.stop()).toEqual({ exitCode: 0 });
  expect(await old.stop()).toMatchObject({ exitCode: 0 });
}, 120_000);

async function countMessages(): Promise<number> {
  return Number((await database.query('SELECT count(*) AS number FROM messages')).rows[0]?.['number']);
}

/** What a later release could bring: another name for a table that both services use all the time, and a new column. */
function nextRelease(): string {
  const copy = mkdtempSync(join(tmpdir(), 'canonical-models-next-release-'));
  cpSync(packageMigrationsFolder(), copy, { recursive: true });
  const names = readdirSync(copy).filter((name) => /^\d{14}_/.test(name));
  const rename = names.find((name) => name.endsWith('_lead_social_threads')) ?? expect.fail('no such rename');
  const add = (name: string, sql: string) => {
    mkdirSync(join(copy, name));
    writeFileSync(join(copy, name, 'migration.sql'), sql);
  };
  const renaming = readFileSync(join(copy, rename, 'migration.sql'), 'utf8')
    .replaceAll('lead_social_threads', 'website_reviews')
    .replaceAll('social_threads', 'customer_review_blog_posts');
  add('20990101000000_rename_website_reviews_1_website_reviews', renaming);
  add('20990101000001_add_customer_birthday', 'ALTER TABLE "customers" ADD COLUMN "birthday" date;');
  return copy;
}

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Sends the requests again and again, each a moment after it was answered, until it is ended. */
function beginLoad(url: string, requests: readonly Sent[]) {
  const client = openClient(url, requests.length);
  const faults: string[] = [];
  const answered = new Map<string, number>(requests.map(({ path }) => [path, 0]));
  let isOver = false;
  const all = requests.map(async ({ path, headers, ...request }) => {
    while (!isOver) {
      const answer = await client
        .send({ path, headers: { 'content-type': 'application/json', ...headers }, ...request })
        .catch((error: Error) => ({ status: 0, body: error.message }));
      answered.set(path, (answered.get(path) ?? 0) + 1);
      if (answer.status !== 200 && answer.status !== 201) faults.push(`${path}: ${answer.status} ${answer.body}`);
      await sleep(20);
    }
  });
  return {
    /** Waits until each of the requests was answered so many times from now on. */
    async haveSent(times: number): Promise<void> {
      const from = new Map(answered);
      while (!isOver && [...answered].some(([path, count]) => count - (from.get(path) ?? 0) < times)) {
        await sleep(20);
      }
    },
    answered: (path: string) => answered.get(path) ?? 0,
    /** @returns the answers that were not a success. */
    async end(): Promise<string[]> {
      isOver = true;
      await Promise.all(all);
      client.close();
      return faults;
    },
  };
}

async function firstId(sql: string): Promise<string> {
  return String((await database.query(sql)).rows[0]?.['id']);
}
