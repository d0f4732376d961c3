import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { drizzle } from 'drizzle-orm/node-postgres';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { issueStationToken } from '../../../src/identity/tokens/index.ts';
import { majors, serverOf, withDatabase } from '../../support/databases.ts';
import { openProxy, type ServerProxy } from '../../support/proxy.ts';
import type { Major } from '../../support/servers.ts';
import { type BackendDatabase, openBackendDatabase } from './backend-database.ts';
import { openClient } from './client.ts';
import { addRoutes, startBackend, tryToStartBackend } from './running-backend.ts';

const major = majors.at(-1) as Major;

let database: BackendDatabase;
let proxy: ServerProxy;
/** The environment of a backend that reaches its database through the proxy. */
let environment: Record<string, string>;
let headers: Record<string, string>;
beforeAll(async () => {
  database = await openBackendDatabase(major);
  proxy = await openProxy(serverOf(major));
  const throughProxy = Object.entries(database.environment).map(([name, text]) => {
    const url = new URL(text);
    url.port = String(proxy.port);
    return [name, url.href];
  });
  environment = Object.fromEntries(throughProxy);
  const { userId, stations } = database.demo;
  const stationId = stations[0]?.id ?? '';
  const { token } = await issueStationToken(drizzle({ client: database.client }), {
    stationId,
    userId,
    issuerId: userId,
  });
  headers = { authorization: `Bearer ${token}`, 'station-id': stationId };
}, 300_000);
afterAll(async () => {
  await proxy?.close();
  await database?.close();
});

/** Routes that no other file knows of. */
const greetings = `
  import { z } from 'zod';
  import { publicRoute } from '../../route.js';
  export default [publicRoute({
    method: 'get',
    path: '/api/greetings/:name',
    summary: 'Greets',
    params: z.object({ name: z.string() }),
    answer: z.object({ hello: z.string() }),
    handle: async ({ params }) => ({ hello: params.name }),
  })];`;

test('it serves a folder that is added, survives a database that goes and comes back, limits clients, and ends once it has answered', async () => {
  const added = await addRoutes('greetings', greetings);
  onTestFinished(() => added.remove());
  const backend = await startBackend({ ...environment, PROXIES: '1', REQUESTS_PER_SECOND: '3' });
  onTestFinished(() => void backend.process.kill('SIGKILL'));
  const client = openClient(backend.url);
  let clients = 0;
  const get = (path: string, from = `10.0.0.${++clients}`) =>
    client.send({ method: 'GET', path, headers: { ...headers, 'x-forwarded-for': `spoofed, ${from}` } });
  const problem = { 'content-type': 'application/problem+json' };

  // A folder of routes was added, and is served and documented.
  expect(await get('/api/greetings/Ada')).toMatchObject({ status: 200, body: '{"hello":"Ada"}' });
  expect((await get('/docs/openapi.json')).body).toContain('"/api/greetings/{name}"');

  // The database goes, and comes back.
  expect(await get('/ready')).toMatchObject({ status: 200 });
  expect(await get('/api/bookings')).toMatchObject({ status: 200 });
  await proxy.close();
  expect(await get('/ready')).toMatchObject({ status: 503, headers: problem });
  expect(await get('/health')).toMatchObject({ status: 200 });
  expect(await get('/api/bookings')).toMatchObject({ status: 503, headers: { ...problem, 'retry-after': '1' } });
  expect(await get('/api/reviews')).toMatchObject({ status: 503 });
  await proxy.reopen();
  while ((await get('/ready')).status !== 200) await sleep(50);
  expect(await get('/api/bookings')).toMatchObject({ status: 200 });
  expect(await get('/api/reviews')).toMatchObject({ status: 200 });

  // One client asks too often, another one does not wait for it.
  const begun = await get('/health', '192.0.2.1');
  expect(begun).toMatchObject({ status: 200 });
  let refused = begun;
  while (refused.status === 200) refused = await get('/health', '192.0.2.1');
  expect(refused).toMatchObject({ status: 429, headers: problem });
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
  expect(await get('/health', '192.0.2.2')).toMatchObject({ status: 200 });

  // A request is under way when it is to end: a lock keeps it.
  const { bookingId } = database.demo;
  await database.query('BEGIN');
  await database.query('SELECT FROM bookings WHERE id = $1 FOR UPDATE', [bookingId]);
  const changing = client.send({
    method: 'PATCH',
    path: `/api/bookings/${bookingId}`,
    headers: { ...headers, 'content-type': 'application/json', 'x-forwarded-for': '10.0.1.1' },
    body: '{"guestCount":33}',
  });
  const waits = `SELECT count(*) AS waiting FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
  while (Number((await database.query(waits)).rows[0]?.['waiting']) === 0) await sleep(20);
  const stopped = backend.stop();
  while (await isListening(backend.url)) await sleep(20);
  await database.query('COMMIT');
  expect(await changing).toMatchObject({ status: 200, body: expect.stringContaining('"guestCount":33') });
  // The client keeps its other connections open, and the process ends all the same.
  expect(await stopped).toEqual({ exitCode: 0 });
  client.close();
});

/** Whether something takes a connection there. */
function isListening(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}

test('it does not start on a database that is not migrated, and says what is pending', () =>
  withDatabase(major, 'legacy', async ({ url }) => {
    const other = (role: string) => url.replace('postgres:', `${role}:`);
    const ended = await tryToStartBackend({
      DATABASE_URL: url,
      STATION_DATABASE_URL: other('a'),
      WEBSITE_DATABASE_URL: other('b'),
    });
    expect(ended).toMatchObject({ exitCode: 1 });
    expect(ended).toMatchObject({ stderr: expect.stringContaining('do not agree (unrecorded)') });
    expect(ended).toMatchObject({ stderr: expect.stringContaining('npx canonical-models migrate') });
  }));

test('it says which port is taken, and what its environment lacks', async () => {
  const taken = await tryToStartBackend(database.environment, serverOf(major).port);
  expect(taken).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining(`Port ${serverOf(major).port} of 127.0.0.1 is taken.`),
  });
  const secret = 'postgres://service:hunter2@db.example/catering';
  const incomplete = await tryToStartBackend({ DATABASE_URL: secret, STATION_DATABASE_URL: secret, LINK_KEY: 'short' });
  expect(incomplete).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('LINK_KEY: expected at least 32') });
  expect(JSON.stringify(incomplete)).not.toContain('hunter2');
});
