import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import autocannon from 'autocannon';
import pg from 'pg';
import { type ExampleDatabase, prepareDatabase } from '../../scripts/example/database.ts';
import { freePort, startServer, superuserUrl } from '../../test/support/servers.ts';
import { constant, type Figure, measurement } from '../figure.ts';
import { packageRoot, packPackage } from '../installed.ts';

const connections = 10;
const rounds = 5;
const secondsARound = 6;
const bookings = 60_000;
const coupons = 20;

interface Service {
  readonly url: string;
  readonly process: ChildProcess;
}

/** What one run of the load found. */
interface Load {
  /** Requests a second. */
  readonly rate: number;
  readonly faults: number;
}

/**
 * The example backend beside two of its routes by hand, on `node:http` and `pg`, both by the token of the client: a page of bookings, and
 * redemptions, each of another booking. The two take turns. All the while the backend may not fail, nor grow.
 */
export async function benchBackend(): Promise<Figure[]> {
  packPackage();
  const server = await startServer({ major: 18, settings: { shared_buffers: '256MB', max_wal_size: '4GB' } });
  try {
    const url = superuserUrl(server, 'postgres');
    const prepared = await prepareDatabase(url);
    const ids = await fill(url, prepared);
    const ours = await start(['examples/backend/src/main.ts'], prepared);
    const peer = await start(['bench/backend/by-hand.ts'], prepared);
    try {
      return await measure(ours, peer, prepared, ids);
    } finally {
      peer.process.kill('SIGKILL');
      ours.process.kill('SIGKILL');
    }
  } finally {
    await server.remove();
  }
}

async function measure(ours: Service, peer: Service, { demo }: ExampleDatabase, ids: string[]): Promise<Figure[]> {
  const headers = { authorization: `Bearer ${demo.token}`, 'station-id': demo.stations[0]?.id ?? '' };
  let next = 0;
  const redemption = () =>
    JSON.stringify({ code: `BENCH${next % coupons}`, bookingId: ids[next++ % ids.length], amount: 65_000 });
  const routes = {
    'a page of bookings': { method: 'GET', path: '/api/bookings', headers },
    'a redemption': {
      method: 'POST',
      path: '/api/coupons/redeem',
      headers: { ...headers, 'content-type': 'application/json' },
      setupRequest: (request: autocannon.Request) => ({ ...request, body: redemption() }),
    },
  } as const satisfies Record<string, autocannon.Request>;

  await assertSameAnswers(ours, peer, headers);
  const figures: Figure[] = [];
  const memory: number[] = [];
  let faults = 0;
  for (const [name, route] of Object.entries(routes)) {
    const rates = { ours: [] as number[], peer: [] as number[] };
    for (const service of [ours, peer]) await load(service, route, 2);
    for (let round = 0; round < rounds; round++) {
      const turn = [
        ['ours', ours],
        ['peer', peer],
      ] as const;
      for (const [whose, service] of round % 2 === 0 ? turn : turn.toReversed()) {
        const { rate, faults: found } = await load(service, route, secondsARound);
        rates[whose].push(rate);
        if (whose === 'ours') faults += found;
        else if (found > 0) throw new Error(`${name} by hand: ${found} requests failed; expected none.`);
      }
      memory.push(residentMegabytes(ours.process));
    }
    figures.push({
      name: `example backend: ${name}, ${connections} connections`,
      unit: 'a second',
      ours: measurement(rates.ours),
      peer: { name: 'node:http and pg, by hand, by the same token', value: measurement(rates.peer) },
      limit: 0.75,
      atLeast: true,
    });
  }
  // V8 takes what it wants to work with during the first rounds.
  const first = Math.max(...memory.slice(0, rounds));
  figures.push({
    name: 'example backend: memory after all rounds',
    unit: 'MB',
    ours: constant(memory.at(-1) ?? 0),
    peer: { name: 'the most after a round of the first route', value: constant(first) },
    limit: 1.25,
  });
  figures.push({
    name: `example backend: requests that failed in ${2 * rounds * secondsARound} s of load`,
    unit: 'requests',
    ours: constant(faults),
    peer: { name: 'one', value: constant(1) },
    limit: 0,
  });
  figures.push({
    name: 'example backend: from the last answer after SIGTERM to the end',
    unit: 'ms',
    ours: constant(await stopUnderLoad(ours, routes['a redemption'])),
    peer: { name: 'a second', value: constant(1000) },
    limit: 1,
  });
  return figures;
}

async function load({ url }: Service, request: autocannon.Request, seconds: number): Promise<Load> {
  const found = await autocannon({ url, connections, duration: seconds, requests: [request] });
  return { rate: found.requests.average, faults: found.errors + found.timeouts + found.non2xx };
}

/** Ends a service that has requests under way. Returns how long after the last answer it ended, in milliseconds. */
async function stopUnderLoad({ url, process }: Service, request: autocannon.Request): Promise<number> {
  let answered = performance.now();
  // Requests that are refused by then are none of ours.
  const loading = autocannon({ url, connections, duration: 10, requests: [request] }, () => {});
  loading.on('response', () => {
    answered = performance.now();
  });
  await new Promise((resolve) => setTimeout(resolve, 1000));
  process.kill('SIGTERM');
  await once(process, 'exit');
  const ended = performance.now();
  loading.stop();
  return ended - answered;
}

async function assertSameAnswers(ours: Service, peer: Service, headers: Record<string, string>): Promise<void> {
  const [one, other] = await Promise.all(
    [ours, peer].map(async ({ url }) => (await fetch(`${url}/api/bookings`, { headers })).json()),
  );
  const sorted = (value: unknown) => JSON.stringify(value, Object.keys(flat(value)).sort());
  if (sorted(one) !== sorted(other)) throw new Error('a page of bookings: found two answers; expected the same JSON.');
}

/** The names of all fields, at any depth. */
function flat(value: unknown): Record<string, true> {
  if (typeof value !== 'object' || value === null) return {};
  return Object.assign({}, ...Object.entries(value).map(([name, inner]) => ({ [name]: true, ...flat(inner) })));
}

async function fill(url: string, { demo }: ExampleDatabase): Promise<string[]> {
  const client = new pg.Client(url);
  await client.connect();
  await client.query(
    `INSERT INTO bookings (customer_id, station_id, event_date, event_start_time, guest_count, location_address, location_city,
       location_state, location_zip, total_amount, deposit_amount, remaining_amount, status)
     SELECT $1, $2, now() + number * interval '1 minute', '18:00', 12, '1 Main Street', 'Boston', 'MA', '02101', 65000, 10000, 55000, 'confirmed'
     FROM generate_series(1, ${bookings}) AS number`,
    [demo.customerId, demo.stations[0]?.id],
  );
  await client.query(
    `INSERT INTO discount_coupons (code, discount_percentage, valid_from, valid_until, max_uses)
     SELECT 'BENCH' || number, 15, now() - interval '1 hour', now() + interval '1 day', 1000000
     FROM generate_series(0, ${coupons - 1}) AS number`,
  );
  await client.query('VACUUM ANALYZE');
  const { rows } = await client.query(
    `SELECT booking.id FROM bookings AS booking WHERE location_zip = '02101' AND NOT EXISTS (
       SELECT FROM coupon_redemptions WHERE booking_id = booking.id) ORDER BY event_date LIMIT ${bookings}`,
  );
  await client.end();
  return rows.map(({ id }) => id);
}

async function start(parameters: readonly string[], { environment }: ExampleDatabase): Promise<Service> {
  const port = await freePort();
  const child = spawn(process.execPath, ['--import', 'tsx', ...parameters], {
    cwd: packageRoot,
    env: {
      ...process.env,
      ...environment,
      PORT: String(port),
      LINK_KEY: 'a key of the benchmark, of which no link is made',
      REQUESTS_PER_SECOND: '1000000',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.on('data', (data) => {
    if (!said.includes('listening on')) said += data;
  });
  while (!said.includes('listening on')) {
    if (child.exitCode !== null) throw new Error(`${join(...parameters)}: ended with ${child.exitCode}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return { url: `http://127.0.0.1:${port}`, process: child };
}

/** What a process holds in memory now. */
function residentMegabytes({ pid }: ChildProcess): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1024;
}
