import { join } from 'node:path';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import type * as audit from '../src/identity/audit/index.ts';
import { queryOf } from '../src/tools/database/query.ts';
import { readMigrations } from '../src/tools/migrations/migrations-folder.ts';
import { applyMigrations } from '../test/support/migrate.ts';
import { asSuperuser, type Major, type Server, startServer, superuserUrl } from '../test/support/servers.ts';
import { constant, type Figure, type Measurement, measurement } from './figure.ts';
import { packageRoot, packPackage } from './installed.ts';

const majors: readonly Major[] = [15, 18];
const rounds = 7;
/** The rows of a transaction: a few, and so many that what is not linear shows. */
const few = 1_000;
const many = 16_000;
const chains = 1_000;
const millionRows = 1_000_000;

/** What verifying a million rows may take. */
const mostMilliseconds = 20_000;
const mostMegabytes = 64;

const columns = '(station_id, action, success, details)';
const values = (stationId: string) => `'${stationId}', 'station.switched', true, '{"from": "here"}'`;
const rowByRow = (rows: number) => (stationId: string) =>
  `DO $$ BEGIN FOR number IN 1..${rows} LOOP
    INSERT INTO identity.station_audit_logs ${columns} VALUES (${values(stationId)}); END LOOP; END $$`;
const atOnce = (rows: number) => (stationId: string) =>
  `INSERT INTO identity.station_audit_logs ${columns} SELECT ${values(stationId)} FROM generate_series(1, ${rows})`;

/**
 * What the seals of the audit trail cost: for a row, in a transaction of a thousand rows and of 16 thousand, beside one chain and beside a
 * thousand, and beside rows without seals. Then `verifyAuditTrail` on a million rows of a station, with the growth of the process.
 */
export async function benchTrail(): Promise<Figure[]> {
  packPackage();
  const built: typeof audit = await import(join(packageRoot, 'dist/identity/audit/index.js'));
  const figures: Figure[] = [];
  for (const major of majors) {
    const server = await startServer({ major, settings: { shared_buffers: '512MB', max_wal_size: '8GB' } });
    try {
      figures.push(...(await measure(built, server)));
    } finally {
      await server.remove();
    }
  }
  return figures;
}

async function measure(built: typeof audit, server: Server): Promise<Figure[]> {
  await asSuperuser(server, (client) => client.query('CREATE DATABASE trail TEMPLATE template0'));
  const client = new pg.Client(superuserUrl(server, 'trail'));
  await client.connect();
  try {
    await applyMigrations(queryOf(client), readMigrations());
    const name = (what: string) => `PostgreSQL ${server.major}, audit trail: ${what}`;
    const samples = new Map<string, number[]>();
    const add = (sample: string, value: number) => samples.set(sample, [...(samples.get(sample) ?? []), value]);
    const of = (sample: string): Measurement => measurement(samples.get(sample) ?? []);

    // In turns, so that all see the same machine. The first round warms the caches, and does not count.
    for (let round = -1; round < rounds; round++) {
      const subjects: readonly (readonly [string, () => Promise<number>])[] = [
        ['few', () => timeOf(client, rowByRow(few), few)],
        ['many', () => timeOf(client, rowByRow(many), many)],
        ['many at once', () => timeOf(client, atOnce(many), many)],
        ['beside chains', () => timeOf(client, rowByRow(few), few, { isBesideChains: true })],
        ['unsealed', () => timeOf(client, rowByRow(few), few, { isUnsealed: true })],
        ['unsealed at once', () => timeOf(client, atOnce(many), many, { isUnsealed: true })],
      ];
      for (const [sample, subject] of round % 2 === 0 ? subjects : subjects.toReversed()) {
        const value = await subject();
        if (round >= 0) add(sample, value);
      }
    }

    const stationId = await newStation(client);
    for (let written = 0; written < millionRows; written += 50_000) await client.query(atOnce(50_000)(stationId));
    await client.query('VACUUM ANALYZE');
    const { time, growth, since } = await verify(built, drizzle({ client }), client, stationId);

    const perThousand = (figure: string, ours: string, peer: string, peerName: string, limit: number): Figure => ({
      name: name(figure),
      unit: 'ms',
      ours: of(ours),
      peer: { name: peerName, value: of(peer) },
      limit,
    });
    return [
      perThousand('1,000 of 16,000 rows in a transaction', 'many', 'few', '1,000 rows in a transaction', 1.5),
      perThousand('1,000 rows beside 1,000 chains', 'beside chains', 'few', 'beside one chain', 1.5),
      perThousand('1,000 rows, one a statement', 'few', 'unsealed', 'without seals', 6),
      perThousand('1,000 of 16,000 rows in a statement', 'many at once', 'unsealed at once', 'without seals', 6),
      {
        name: name('a million rows of a station verified'),
        unit: 'ms',
        ours: time,
        peer: { name: 'the limit', value: constant(mostMilliseconds) },
        limit: 1,
      },
      {
        name: name('a million rows of a station verified, growth of the process'),
        unit: 'MB',
        ours: growth,
        peer: { name: 'the limit', value: constant(mostMegabytes) },
        limit: 1,
      },
      {
        name: name('1,000 rows more, verified from an anchor on'),
        unit: 'ms',
        ours: since,
        peer: { name: 'the whole trail', value: time },
        limit: 0.1,
      },
    ];
  } finally {
    await client.end();
  }
}

/** The time of a transaction at a station of its own, in milliseconds for a thousand of its rows. */
async function timeOf(
  client: pg.Client,
  statement: (stationId: string) => string,
  rows: number,
  { isBesideChains = false, isUnsealed = false } = {},
): Promise<number> {
  const stationId = await newStation(client);
  if (isBesideChains) {
    await client.query(`INSERT INTO identity.station_audit_chains (station_id, length, head_hash)
      SELECT '${stationId}', 1, '\\x00' FROM generate_series(1, ${chains})`);
  }
  const trigger = (what: 'DISABLE' | 'ENABLE') =>
    client.query(`ALTER TABLE identity.station_audit_logs ${what} TRIGGER station_audit_logs_seal`);
  if (isUnsealed) await trigger('DISABLE');
  try {
    // PostgreSQL plans again after the trigger was switched.
    await client.query(rowByRow(10)(await newStation(client)));
    const began = performance.now();
    await client.query(statement(stationId));
    return ((performance.now() - began) / rows) * 1000;
  } finally {
    if (isUnsealed) await trigger('ENABLE');
  }
}

/** Verifies a trail, whole and from an anchor on, and watches how much this process grows meanwhile. */
async function verify(
  { verifyAuditTrail }: typeof audit,
  db: NodePgDatabase,
  client: pg.Client,
  stationId: string,
): Promise<Readonly<Record<'time' | 'growth' | 'since', Measurement>>> {
  const [times, growths, sinces]: [number[], number[], number[]] = [[], [], []];
  for (let round = 0; round < 3; round++) {
    const before = process.memoryUsage().rss;
    let most = before;
    const watch = setInterval(() => {
      most = Math.max(most, process.memoryUsage().rss);
    }, 5);
    const began = performance.now();
    const { intact, sealed, anchor } = await verifyAuditTrail(db, stationId);
    times.push(performance.now() - began);
    clearInterval(watch);
    growths.push((Math.max(most, process.memoryUsage().rss) - before) / 1e6);
    if (!intact || sealed < millionRows) throw new Error(`the trail: found ${sealed} sealed rows; expected a million.`);

    await client.query(atOnce(1_000)(stationId));
    const beganAgain = performance.now();
    const later = await verifyAuditTrail(db, stationId, { since: anchor });
    sinces.push(performance.now() - beganAgain);
    if (!later.intact || later.sealed !== 1_000) {
      throw new Error(`the trail from the anchor on: found ${later.sealed} sealed rows; expected 1,000.`);
    }
  }
  return { time: measurement(times), growth: measurement(growths), since: measurement(sinces) };
}

async function newStation(client: pg.Client): Promise<string> {
  const { rows } = await client.query(
    `INSERT INTO identity.stations (name, code, display_name)
    SELECT code, code, code FROM left(gen_random_uuid()::text, 18) AS code RETURNING id`,
  );
  return rows[0].id;
}
