import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addDemoData, type DemoData } from '../../../scripts/example/demo-data.ts';
import { issueStationToken } from '../../../src/identity/tokens/index.ts';
import { majors, thorough } from '../../support/databases.ts';
import { readme } from '../../support/documents.ts';
import { type Major, openPool } from '../../support/servers.ts';
import { type BackendDatabase, openBackendDatabase } from './backend-database.ts';
import { type Answer, openClient } from './client.ts';
import { type Operation, operationsOf } from './operations.ts';
import { type GeneratedRequest, type Known, requestsTo } from './requests.ts';
import { type RunningBackend, startBackend } from './running-backend.ts';
import { idsShownBy, readStations, sumUpOtherStations } from './station-rows.ts';

let database: BackendDatabase;
let backend: RunningBackend;
let client: ReturnType<typeof openClient>;
/** The owner's, of several connections: requests are sent side by side. */
let owner: NodePgDatabase & { $client: pg.Pool };
let operations: Operation[];

beforeAll(async () => {
  database = await openBackendDatabase(majors.at(-1) as Major);
  owner = drizzle({ client: openPool(database.url) });
  backend = await startBackend(database.environment);
  client = openClient(backend.url);
  const document = await client.send({ method: 'GET', path: '/docs/openapi.json' });
  operations = operationsOf(JSON.parse(document.body));
}, 300_000);
afterAll(async () => {
  client?.close();
  await backend?.stop();
  await owner?.$client.end();
  await database?.close();
});

const here = () => database.demo.stations[0]?.id ?? '';
const elsewhere = () => database.demo.stations[1]?.id ?? '';

/** The headers of a program that acts for the manager at a station. */
async function headersAt(stationId: string): Promise<Record<string, string>> {
  const { userId } = database.demo;
  const { token } = await issueStationToken(owner, { stationId, userId, issuerId: userId });
  return { authorization: `Bearer ${token}`, 'station-id': stationId };
}

/** Sends JSON, and holds the answer against the document. */
async function ask(name: string, path: string, headers: Record<string, string> = {}, body?: object): Promise<Answer> {
  const operation = operations.find((each) => each.name === name) ?? expect.fail(`no operation ${name}`);
  const answer = await client.send({
    method: operation.method,
    path,
    headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
    body: body && JSON.stringify(body),
  });
  const type = String(answer.headers['content-type'] ?? '');
  expect(await operation.accepts(answer.status, type, answer.body), `${name}: ${answer.status} ${answer.body}`).toBe(
    true,
  );
  return answer;
}

test('the curl lines of README.md are answered', async () => {
  const lines = readme.text.split('\n').filter((line) => line.startsWith('curl '));
  expect(lines.length).toBeGreaterThanOrEqual(4);
  const { token: TOKEN, coupon: COUPON, bookingId: BOOKING } = database.demo;
  const env = { ...process.env, TOKEN, COUPON, BOOKING, STATION: here() };
  for (const line of lines) {
    const command = line
      .replace(/^curl /, `curl -sS -w '\\n%{http_code}' `)
      .replaceAll('http://localhost:8003', backend.url);
    expect(command).toContain(backend.url);
    const { stdout } = await promisify(execFile)('/bin/sh', ['-c', command], { env });
    const [status = '', ...body] = stdout.split('\n').reverse();
    expect(status, `${line}\n${body.join('\n')}`).toMatch(/^20[01]$/);
  }
});

test('the staff lists, books, changes and cancels, and sees no other station', async () => {
  const headers = await headersAt(here());
  const { customerId } = database.demo;
  const event = {
    customerId,
    eventDate: '2031-05-01T18:00:00+02:00',
    eventStartTime: '18:00',
    guestCount: 12,
    locationAddress: '1 Main Street',
    locationCity: 'Boston',
    locationState: 'MA',
    locationZip: '02101',
    totalAmount: 100_00,
    depositAmount: 20_00,
    remainingAmount: 80_00,
  };
  const booked = await ask('post /api/bookings', '/api/bookings', headers, event);
  expect(booked.status, booked.body).toBe(201);
  const { id, stationId } = JSON.parse(booked.body);
  expect(stationId).toBe(here());
  const changed = await ask('patch /api/bookings/{bookingId}', `/api/bookings/${id}`, headers, { guestCount: 14 });
  expect(JSON.parse(changed.body)).toMatchObject({ id, guestCount: 14, eventDate: '2031-05-01T16:00:00.000Z' });
  const cancel = () =>
    ask('post /api/bookings/{bookingId}/cancel', `/api/bookings/${id}/cancel`, headers, { cancellationReason: 'Rain' });
  const cancelled = await cancel();
  expect(JSON.parse(cancelled.body)).toMatchObject({ id, status: 'cancelled', cancellationReason: 'Rain' });
  expect(await cancel()).toMatchObject({ status: 200, body: cancelled.body });
  const late = await ask('patch /api/bookings/{bookingId}', `/api/bookings/${id}`, headers, { guestCount: 15 });
  expect(late.status).toBe(409);
  const customer = await ask('get /api/customers/{customerId}', `/api/customers/${customerId}`, headers);
  expect(JSON.parse(customer.body).bookings.map((each: { id: string }) => each.id)).toContain(id);
  const foreign = await ask(
    'get /api/customers/{customerId}',
    `/api/customers/${customerId}`,
    await headersAt(elsewhere()),
  );
  expect(foreign.status).toBe(404);
});

test('the pages of a list hold each booking of the station once', async () => {
  const headers = await headersAt(here());
  const listed: string[] = [];
  for (let cursor = ''; ; ) {
    const answer = await ask('get /api/bookings', `/api/bookings?limit=7${cursor}`, headers);
    const { items, nextCursor } = JSON.parse(answer.body) as { items: { id: string }[]; nextCursor?: string };
    listed.push(...items.map(({ id }) => id));
    if (nextCursor === undefined) break;
    cursor = `&cursor=${nextCursor}`;
  }
  const { rows } = await database.query(
    'SELECT id FROM bookings WHERE station_id = $1 ORDER BY event_date DESC, id DESC',
    [here()],
  );
  expect(listed.length).toBeGreaterThan(7);
  expect(listed).toEqual(rows.map(({ id }) => id));
});

test('a customer reviews by a link, the staff decides, and the website shows it, escaped', async () => {
  const headers = await headersAt(here());
  const { customerId } = database.demo;
  const linked = await ask(
    'post /api/customers/{customerId}/review-link',
    `/api/customers/${customerId}/review-link`,
    headers,
  );
  const review = {
    link: JSON.parse(linked.body).link as string,
    customerName: 'Ada Lovelace',
    customerEmail: 'ada@example.com',
    title: 'A great <script>evening</script>',
    content: 'The chef was funny and fast, and the children still talk about the onion volcano.',
    rating: 5,
  };
  const forged = { ...review, link: review.link.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')) };
  expect((await ask('post /api/reviews', '/api/reviews', {}, forged)).status).toBe(401);
  const submitted = await ask('post /api/reviews', '/api/reviews', {}, review);
  const { reviewId, status } = JSON.parse(submitted.body);
  expect(status).toBe('pending');
  const approve = `/api/blog-reviews/${reviewId}/approve`;
  const approved = await ask('post /api/blog-reviews/{reviewId}/approve', approve, headers, {});
  const { slug } = JSON.parse(approved.body).review;
  const page = await ask('get /reviews/{slug}', `/reviews/${slug}`);
  expect(page.body).toContain('<title>A great &lt;script&gt;evening&lt;/script&gt;</title>');
  expect(page.body).toContain('<script type="application/ld+json">');
  expect(page.body).not.toContain('<script>evening');
  expect((await ask('get /reviews.atom', '/reviews.atom')).body).toContain(`/reviews/${slug}`);
  expect((await ask('get /api/reviews', '/api/reviews')).body).not.toContain('ada@example.com');
});

test('an unhappy customer opens an escalation, which somebody takes and closes', async () => {
  const headers = await headersAt(here());
  const path = `/api/event-reviews/${database.demo.eventReviewToken}`;
  expect(JSON.parse((await ask('get /api/event-reviews/{token}', path)).body)).toMatchObject({ firstName: 'Ada' });
  const given = await ask('post /api/event-reviews/{token}', path, {}, { stars: 1, text: 'The chef was late.' });
  const { reviewId } = JSON.parse(given.body);
  const list = async () => {
    const { body } = await ask('get /api/escalations', '/api/escalations?limit=100', headers);
    return JSON.parse(body).items.find((each: { reviewId: string }) => each.reviewId === reviewId);
  };
  const { escalationId } = await list();
  const step = (name: string, body?: object) =>
    ask(`post /api/escalations/{escalationId}/${name}`, `/api/escalations/${escalationId}/${name}`, headers, body);
  expect(JSON.parse((await step('assign', {})).body)).toMatchObject({ assignedToId: database.demo.userId });
  expect(JSON.parse((await step('resolve', { notes: 'Called.' })).body)).toMatchObject({ isResolved: true });
  expect(await list()).toBeUndefined();
  expect((await step('reopen')).status).toBe(200);
});

test('a browser logs in, switches the station, and logs out for good', async () => {
  const { authorization = '' } = await headersAt(here());
  const token = authorization.replace('Bearer ', '');
  const origin = { origin: backend.url };
  const entered = await ask('post /api/session', '/api/session', origin, { stationId: here(), token });
  const cookieOf = ({ headers }: Answer) => String(headers['set-cookie']).split(';')[0] ?? '';
  expect(String(entered.headers['set-cookie'])).toMatch(/HttpOnly; SameSite=Strict/);
  const first = { ...origin, cookie: cookieOf(entered) };
  const choice = JSON.parse((await ask('get /api/session/stations', '/api/session/stations', first)).body);
  expect(choice.items.map(({ stationId }: { stationId: string }) => stationId).sort()).toEqual(
    [here(), elsewhere()].sort(),
  );
  const switched = await ask('post /api/session/station', '/api/session/station', first, { stationId: elsewhere() });
  const second = { ...origin, cookie: cookieOf(switched) };
  expect(JSON.parse((await ask('get /api/session', '/api/session', second)).body).stationId).toBe(elsewhere());
  const otherSite = await ask('delete /api/session', '/api/session', { ...second, origin: 'https://attacker.example' });
  expect(otherSite.status).toBe(403);
  expect((await ask('delete /api/session', '/api/session', second)).status).toBe(204);
  expect((await ask('get /api/session', '/api/session', second)).status).toBe(401);
});

test('a session of few permissions does not switch to one of more', async () => {
  const { userId } = database.demo;
  const stationId = here();
  const narrow = await issueStationToken(owner, { stationId, userId, issuerId: userId, permissions: ['booking.read'] });
  const headers = { authorization: `Bearer ${narrow.token}`, 'station-id': stationId };
  expect((await ask('get /api/blog-reviews/pending', '/api/blog-reviews/pending', headers)).body).toBe('{"items":[]}');
  const switched = await ask('post /api/session/station', '/api/session/station', headers, { stationId: elsewhere() });
  expect(JSON.parse(switched.body)).toMatchObject({ stationId: elsewhere(), permissions: ['booking.read'] });
});

test('valid, invalid and hostile requests get documented answers, and nothing of another station', async () => {
  const stationOf = await readStations(database.query);
  const before = await sumUpOtherStations(database.query, [here(), elsewhere()]);
  const known = await readKnown(await addDemoData(owner), stationOf);
  const sessions = { here: await headersAt(here()), elsewhere: await headersAt(elsewhere()) };
  const requests = requestsTo(operations, known, thorough ? 5_000 : 300);
  const seen = new Map<string, Set<number>>();
  const faults: string[] = [];
  let next = 0;
  const worker = async () => {
    for (let request = requests[next++]; request; request = requests[next++]) {
      const { operation } = request;
      const headers = headersOf(request, sessions);
      const answer = await client.send({ method: operation.method, path: request.path, headers, body: request.body });
      const at = `${operation.name} as ${request.who}: ${request.path} ${request.body?.slice(0, 200)} → ${answer.status} ${answer.body.slice(0, 300)}`;
      const type = String(answer.headers['content-type'] ?? '');
      if (answer.status >= 500) faults.push(`failed: ${at}`);
      else if (!(String(answer.status) in operation.responses)) faults.push(`undocumented: ${at}`);
      else if (!(await operation.accepts(answer.status, type, answer.body))) faults.push(`of another form: ${at}`);
      if (operation.isOfStation) {
        const station = headers['station-id'];
        const ids = type.includes('json') ? idsShownBy(answer.body) : [];
        const foreign = ids.filter((id) => (stationOf.get(id) ?? station) !== station);
        if (foreign.length > 0) faults.push(`a row of another station: ${foreign[0]} in ${at}`);
      }
      // A log-out that is granted ends the session of the others.
      if (operation.name === 'delete /api/session' && answer.status === 204) {
        Object.assign(sessions, { here: await headersAt(here()), elsewhere: await headersAt(elsewhere()) });
      }
      seen.set(operation.name, (seen.get(operation.name) ?? new Set()).add(answer.status));
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  expect(faults.slice(0, 10)).toEqual([]);
  expect(await sumUpOtherStations(database.query, [here(), elsewhere()])).toBe(before);
  // What is tried is not refused alone: nearly each operation did its work at least once.
  const worked = operations.filter(({ name }) => [...(seen.get(name) ?? [])].some((status) => status < 400));
  expect(seen.size).toBe(operations.length);
  expect(worked.length).toBeGreaterThan(operations.length * 0.7);
}, 300_000);

function headersOf(
  { who, contentType }: GeneratedRequest,
  { here: own, elsewhere: other }: Record<'here' | 'elsewhere', Record<string, string>>,
): Record<string, string> {
  const type: Record<string, string> = contentType === undefined ? {} : { 'content-type': contentType };
  const token = own['authorization']?.replace('Bearer ', '');
  switch (who) {
    case 'here':
      return { ...type, ...own };
    case 'elsewhere':
      return { ...type, ...other };
    case 'here, by cookie':
      return { ...type, cookie: `session=${here()}.${token}`, origin: backend.url, 'station-id': here() };
    case 'with the token of another station':
      return { ...type, ...own, 'station-id': elsewhere() };
    case 'a stranger':
      return { ...type, ...own, authorization: `Bearer cmst_${'x'.repeat(49)}` };
    case 'nobody':
      return type;
  }
}

/** What requests can name: rows of the station, of other stations, and tokens. */
async function readKnown(demo: DemoData, stationOf: ReadonlyMap<string, string>): Promise<Known> {
  const ids = async (sql: string) => (await database.query(sql, [here()])).rows.map(({ id }) => id);
  const { customerId, bookingId, userId, coupon, token, stations, eventReviewToken } = demo;
  const headers = await headersAt(here());
  const path = `/api/customers/${customerId}/review-link`;
  const { link } = JSON.parse((await ask('post /api/customers/{customerId}/review-link', path, headers)).body);
  /** Of rows of a table, some of the station and some of others. */
  const ofBoth = (all: readonly unknown[]) => {
    const isOwn = (id: unknown) => stationOf.get(String(id)) === here();
    return [...all.filter(isOwn).slice(0, 12), ...all.filter((id) => !isOwn(id)).slice(0, 4)];
  };
  const first = 'ORDER BY id LIMIT 4';
  return {
    bookingId: [
      bookingId,
      ...(await ids(`SELECT id FROM bookings WHERE station_id = $1 ${first}`)),
      ...(await ids(`SELECT id FROM bookings WHERE station_id <> $1 ${first}`)),
    ],
    customerId: [customerId, customerId, ...(await ids(`SELECT id FROM customers WHERE station_id <> $1 ${first}`))],
    reviewId: ofBoth(await ids('SELECT id FROM customer_review_blog_posts WHERE $1::uuid IS NOT NULL ORDER BY id')),
    escalationId: ofBoth(await ids('SELECT id FROM review_escalations WHERE $1::uuid IS NOT NULL ORDER BY id')),
    assigneeId: [userId],
    chefId: [...(await ids(`SELECT id FROM chefs WHERE $1::uuid IS NOT NULL ORDER BY id LIMIT 3`)), null],
    pricingTierId: [null],
    stationId: [...stations.map(({ id }) => id), here(), crypto.randomUUID()],
    code: [coupon, coupon, 'NOSUCHCODE'],
    token: [eventReviewToken, token],
    link: [link],
    title: ['A great evening', 'An evening of few words'],
    content: ['The chef was funny and fast, and the children still talk about the onion volcano.'],
    customerName: ['Ada Lovelace'],
    slug: await ids(
      `SELECT slug AS id FROM customer_review_blog_posts WHERE slug IS NOT NULL AND $1::uuid IS NOT NULL LIMIT 5`,
    ),
  };
}

test('the log says which route was asked and how it ended, and nothing of who asked for what', async () => {
  const allowed = ['level', 'time', 'msg', 'requestId', 'method', 'route', 'status', 'milliseconds', 'code'];
  const headers = await headersAt(here());
  const { coupon: code, eventReviewToken, bookingId } = database.demo;
  await ask('post /api/coupons/quote', '/api/coupons/quote', headers, { code, amount: 1 });
  await ask('get /api/event-reviews/{token}', `/api/event-reviews/${eventReviewToken}`);
  await client.send({ method: 'GET', path: `/api/customers/ada@example.com?email=ada@example.com`, headers });
  await client.send({
    method: 'POST',
    path: `/api/bookings/${bookingId}/cancel`,
    headers,
    body: '{"email":"ada@example.com"}',
  });
  const last = await client.send({ method: 'GET', path: '/health' });
  // Lines are written together, a moment later.
  while (!JSON.stringify(backend.log()).includes(String(last.headers['x-request-id']))) await sleep(20);
  const lines = backend.log();
  expect(lines.length).toBeGreaterThanOrEqual(5);
  for (const line of lines) expect(allowed).toEqual(expect.arrayContaining(Object.keys(line)));
  const text = JSON.stringify(lines);
  const routes = new Set(operations.map(({ path }) => path.replace(/\{(\w+)\}/g, ':$1')));
  for (const { route } of lines) if (route !== undefined && route !== 'file') expect(routes).toContain(route);
  for (const secret of [
    'cmst_',
    '@',
    'Ada',
    '?',
    database.demo.eventReviewToken,
    database.demo.coupon,
    database.demo.bookingId,
  ]) {
    expect(text.includes(secret), secret).toBe(false);
  }
});
