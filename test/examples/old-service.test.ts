import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { oldModules } from '../../src/registry/old-modules.ts';
import { renames } from '../../src/registry/renames.ts';
import { runCompiler } from '../support/compilers.ts';
import { stateOf } from '../support/data.ts';
import { majors, openDatabase, type ServerDatabase, thorough } from '../support/databases.ts';
import { type CommandResult, runNode } from '../support/kit.ts';
import { applyMigrations, recordMigrations } from '../support/migrate.ts';
import { packedPackage } from '../support/package.ts';
import type { Major } from '../support/servers.ts';
import { copyOldService, type OldService, oldServiceExample, type Stopped, startOldService } from './old-service.ts';

/** What the service's role was granted before the migration, under the names of then. */
const oldGrants = `
  GRANT USAGE ON SCHEMA identity TO "ROLE";
  GRANT SELECT ON identity.stations, identity.station_users, identity.social_accounts TO "ROLE";
  GRANT SELECT ON customers, customer_reviews, customer_review_blog_posts, social_threads, social_accounts TO "ROLE";
  GRANT SELECT, INSERT ON bookings, messages TO "ROLE";
  GRANT SELECT, INSERT, UPDATE ON message_threads, social_identities TO "ROLE";`;

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** Rows of the legacy database that requests name. */
interface Rows {
  readonly customer: string;
  readonly messageThread: string;
  readonly socialThread: string;
  readonly user: string;
}

let folder: string;
let cli: string;
let kit: string;
let database: ServerDatabase;
let role: string;
let rows: Rows;

type Answers = Readonly<Record<string, Answer>>;
let migrated: CommandResult;
let canonicalRecord: readonly unknown[];
/** What the service answered before and after its move. */
let onOldNames: { readonly writes: Answers; readonly reads: Answers; readonly refusals: Answers };
let moved: typeof onOldNames;
let stopped: { readonly onOldNames: Stopped; readonly moved: Stopped };
/** What the canonical tables held when it read them under old names. */
let held: Readonly<Record<string, readonly unknown[]>>;
/** The database before the move, and once the moved service had answered all that only reads. */
let states: { readonly before: object; readonly after: object };
let codemod: CommandResult;

beforeAll(async () => {
  const packed = await packedPackage();
  cli = join(packed.folder, 'dist/cli.js');
  kit = join(packed.service, 'node_modules/drizzle-kit/bin.cjs');
  folder = copyOldService(packed.service);

  database = await openDatabase(majors.at(-1) as Major, 'legacy');
  role = `old_service_${database.name}`;
  await database.exec(`CREATE ROLE ${role} LOGIN PASSWORD 'old'; ${oldGrants.replaceAll('"ROLE"', role)}`);
  await applyMigrations(database.query);
  await recordMigrations(database.query);
  canonicalRecord = await listCanonicalRecord();

  migrated = await runNode([kit, 'migrate'], { cwd: folder, env: { DATABASE_URL: database.url } });
  await database.exec(`GRANT SELECT, INSERT ON social_follow_ups TO ${role}`);
  rows = await findRows();

  const first = await startOldService(folder, { url: database.url, role });
  const writes = await sendAll(first, writesOf(rows));
  onOldNames = { writes, reads: await sendAll(first, readsOf(rows)), refusals: await sendAll(first, refusalsOf(rows)) };
  held = await readCanonicalTables(rows);
  const before = await stateOf(database.query);
  const firstStopped = await first.stop();

  codemod = await runNode([cli, 'codemod', 'src', '--write'], { cwd: folder });

  const second = await startOldService(folder, { url: database.url, role }, '--throw-deprecation');
  const [reads, refusals] = [await sendAll(second, readsOf(rows)), await sendAll(second, refusalsOf(rows))];
  states = { before, after: await stateOf(database.query) };
  moved = { writes: await sendAll(second, writesOf(rows)), reads, refusals };
  stopped = { onOldNames: firstStopped, moved: await second.stop() };
}, 300_000);

afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await database.exec(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  await database.close();
});

describe('the service that has not moved', () => {
  test('has its table and its record of migrations beside ours', async () => {
    expect(migrated).toMatchObject({ exitCode: 0 });
    const own = readdirSync(join(folder, 'drizzle')).sort();
    const recorded = await readRows('SELECT name FROM drizzle.__drizzle_migrations ORDER BY name');
    expect(recorded.map(({ name }) => name)).toEqual(own);
    expect(await listCanonicalRecord()).toEqual(canonicalRecord);
    const references = await readRows(
      "SELECT confrelid::regclass::text AS table FROM pg_constraint WHERE conrelid = 'social_follow_ups'::regclass AND contype = 'f'",
    );
    expect(references).toEqual([{ table: 'lead_social_threads' }]);
  });

  test('reads what the canonical tables hold', () => {
    const { reads } = onOldNames;
    expect(Object.values(reads).map(({ status }) => status)).toEqual(Object.keys(reads).map(() => 200));
    const bodies: Record<string, unknown> = Object.assign({}, ...Object.values(reads).map(({ body }) => body));
    for (const [name, value] of Object.entries(held)) {
      const found = bodies[name] as readonly Record<string, unknown>[];
      expect([name, found.length > 0]).toEqual([name, true]);
      const rowsOfAnswer = name === 'logins' || name === 'ratings';
      expect([name, rowsOfAnswer ? found : found.map(({ id }) => id)]).toEqual([name, value]);
    }
    // What it wrote before it read.
    expect(bodies['threads']).toContainEqual(
      expect.objectContaining({ id: rows.socialThread, follow_up_at: '2026-07-01T09:00:00.000Z' }),
    );
  });

  test('writes to the canonical tables', async () => {
    const { writes } = onOldNames;
    expect(Object.values(writes).map(({ status }) => status)).toEqual(Object.keys(writes).map(() => 201));
    const tables = ['bookings', 'customer_messages', 'social_follow_ups', 'customer_social_identities'];
    const ids = Object.values(writes).map(({ body }) => (body as { id: string }).id);
    for (const [index, table] of tables.entries()) {
      const found = await readRows(`SELECT count(*)::integer AS rows FROM ${table} WHERE id = $1`, [ids[index]]);
      expect([table, found]).toEqual([table, [{ rows: 1 }]]);
    }
  });

  test('refuses bad input with a sentence', () => {
    const { refusals } = onOldNames;
    for (const [request, { status, body }] of Object.entries(refusals)) {
      expect([request, status]).toEqual([request, Number(request.split(' ')[0])]);
      expect(body).toEqual({ error: expect.stringMatching(/^\S.*\.$/) });
    }
  });

  test('is warned of every old path that it loads, and stops when it is asked', () => {
    const { exitCode, stderr } = stopped.onOldNames;
    expect(exitCode, stderr).toBe(0);
    const warned = [...stderr.matchAll(/DeprecationWarning: '(\S+)' is removed in version/g)].map(([, path]) => path);
    expect(warned.sort()).toEqual(oldPathsOf(oldServiceExample));
  });
});

describe('the service after the codemod', () => {
  test('imports from canonical modules, and nothing is left for a person', () => {
    expect(codemod).toMatchObject({ exitCode: 0, stderr: expect.stringContaining(' 0 places left for a person') });
    expect(oldPathsOf(folder)).toEqual([]);
  });

  test('type-checks', async () => {
    expect(await runCompiler('7.0', ['-p', '.'], folder)).toMatchObject({ exitCode: 0, stdout: '' });
  });

  test('gives the same answers, with old paths as errors', () => {
    expect(moved.reads).toEqual(onOldNames.reads);
    expect(moved.refusals).toEqual(onOldNames.refusals);
    expect(Object.values(moved.writes).map(withoutId)).toEqual(Object.values(onOldNames.writes).map(withoutId));
    expect(stopped.moved).toMatchObject({ exitCode: 0, stderr: '' });
  });

  test('finds the database as it was', () => {
    expect(states.after).toEqual(states.before);
  });

  // A start of drizzle-kit takes a second.
  if (thorough) {
    test('has nothing to migrate: its own drizzle-kit sees the same tables', async () => {
      const generated = await runNode([kit, 'generate', '--name', 'moved'], { cwd: folder });
      expect(generated).toMatchObject({ exitCode: 0 });
      expect(readdirSync(join(folder, 'drizzle'))).toHaveLength(readdirSync(join(oldServiceExample, 'drizzle')).length);
    });
  }
});

/** A request by what it is: `GET /path`, or `POST /path` with a body. */
type Requests = Readonly<Record<string, unknown>>;

const readsOf = ({ customer, user }: Rows): Requests => ({
  'GET /health': undefined,
  [`GET /customers/${customer}/bookings`]: undefined,
  [`GET /customers/${customer}/messages`]: undefined,
  'GET /social-accounts': undefined,
  'GET /social-threads': undefined,
  'GET /reviews': undefined,
  'GET /reviews/summary': undefined,
  [`GET /staff/${user}`]: undefined,
});

const booking = {
  eventDate: '2026-08-01T18:00:00Z',
  eventStartTime: '18:00',
  guestCount: 12,
  locationAddress: '1 Main Street',
  locationCity: 'Springfield',
  locationState: 'IL',
  locationZip: '62701',
  totalAmount: 120_000,
};

const writesOf = ({ customer, messageThread, socialThread }: Rows): Requests => ({
  'POST /bookings': { ...booking, customerId: customer },
  [`POST /message-threads/${messageThread}/messages`]: { content: "It's at 6 o'clock; see you 😀" },
  [`POST /social-threads/${socialThread}/follow-ups`]: { dueAt: '2026-07-01T09:00:00Z', note: 'Ask for the date.' },
  [`POST /customers/${customer}/social-identities`]: { platform: 'instagram', handle: 'old.service' },
});

const nobody = '00000000-0000-4000-8000-000000000000';

/** Requests that it refuses, behind the status that it is to answer them with. */
const refusalsOf = ({ customer, messageThread }: Rows): Requests => ({
  '404 GET /nowhere': undefined,
  '404 DELETE /bookings': {},
  [`404 GET /customers/${nobody}/bookings`]: undefined,
  "400 GET /customers/' OR 1=1 --/bookings": undefined,
  [`400 GET /customers/${customer}/bookings?status=none`]: undefined,
  "400 GET /social-threads?status=open';DROP TABLE social_threads--": undefined,
  '400 POST /bookings': { ...booking, customerId: customer, guestCount: 0 },
  '409 POST /bookings': { ...booking, customerId: nobody },
  [`404 POST /message-threads/${nobody}/messages`]: { content: 'Hello?' },
  [`400 POST /message-threads/${messageThread}/messages`]: { content: 'NUL \0' },
  [`409 POST /social-threads/${nobody}/follow-ups`]: { dueAt: '2026-07-01T09:00:00Z', note: 'Nobody.' },
  [`400 POST /customers/${customer}/social-identities`]: ['instagram', 'old.service'],
  [`404 POST /customers/${nobody}/social-identities`]: { platform: 'instagram', handle: 'old.service' },
  [`413 POST /customers/${customer}/social-identities`]: { handle: 'x'.repeat(100_000) },
});

async function sendAll({ url }: OldService, requests: Requests): Promise<Answers> {
  const answers: Record<string, Answer> = {};
  for (const [request, body] of Object.entries(requests)) {
    const [, method = '', path = ''] = /(GET|POST|DELETE) (.*)$/.exec(request) ?? [];
    const response = await fetch(new URL(path, url), {
      method,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    answers[request] = { status: response.status, body: await response.json() };
  }
  return answers;
}

const withoutId = ({ status, body }: Answer) => ({ status, body: { ...(body as object), id: undefined } });

/** The old paths that the sources of a service load and that are deprecated. */
function oldPathsOf(service: string): string[] {
  const deprecated = oldModules(renames).flatMap(({ path, removedIn }) =>
    removedIn === undefined ? [] : [`canonical-models/${path}`],
  );
  const texts = readdirSync(join(service, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.js'))
    .map((path) => readFileSync(join(service, 'src', path), 'utf8'));
  return deprecated.filter((path) => texts.some((text) => text.includes(`'${path}'`))).sort();
}

/** What the lists in the answers are to hold, by their names: ids, or rows. */
async function readCanonicalTables({ customer, user }: Rows): Promise<typeof held> {
  const readIds = async (sql: string, parameters: readonly unknown[] = []) =>
    (await readRows(sql, parameters)).map(({ id }) => id);
  return {
    bookings: await readIds('SELECT id FROM bookings WHERE customer_id = $1 ORDER BY event_date DESC, id LIMIT 50', [
      customer,
    ]),
    messages: await readIds(
      `SELECT id FROM customer_messages WHERE thread_id IN (SELECT id FROM customer_message_threads WHERE customer_id = $1)
       ORDER BY created_at DESC, id LIMIT 50`,
      [customer],
    ),
    threads: await readIds(
      "SELECT id FROM lead_social_threads WHERE status = 'open' ORDER BY created_at DESC, id LIMIT 50",
    ),
    accounts: await readIds('SELECT id FROM business_social_accounts WHERE is_active ORDER BY page_name, id'),
    reviews: await readIds('SELECT id FROM event_customer_reviews ORDER BY created_at DESC, id LIMIT 20'),
    logins: await readRows(
      'SELECT DISTINCT provider FROM identity.oauth_accounts WHERE user_id = $1 ORDER BY provider',
      [user],
    ),
    ratings: await readRows(
      'SELECT rating, count(*)::integer AS reviews FROM event_customer_reviews GROUP BY rating ORDER BY rating',
    ),
  };
}

/** The rows of a statement of the owner. */
async function readRows(sql: string, parameters: readonly unknown[] = []): Promise<readonly Record<string, unknown>[]> {
  return (await database.query(sql, parameters)).rows;
}

const listCanonicalRecord = () => readRows('SELECT * FROM drizzle.canonical_models_migrations ORDER BY id');

/** A customer with bookings and messages, an open social thread, and a user who logs in by another provider. */
async function findRows(): Promise<Rows> {
  const [found] = await readRows(`
    SELECT thread.customer_id AS customer, thread.id AS "messageThread",
           (SELECT id FROM lead_social_threads WHERE status = 'open' ORDER BY created_at DESC, id LIMIT 1) AS "socialThread",
           (SELECT min(user_id::text) FROM identity.oauth_accounts
            WHERE user_id IN (SELECT user_id FROM identity.station_users)) AS user
    FROM customer_message_threads AS thread
    WHERE EXISTS (SELECT FROM bookings WHERE bookings.customer_id = thread.customer_id)
      AND EXISTS (SELECT FROM customer_messages WHERE thread_id = thread.id)
    ORDER BY thread.id LIMIT 1`);
  return found as unknown as Rows;
}
