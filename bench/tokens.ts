import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { Station, StationAccessToken, StationUser, User } from '../src/identity/index.ts';
import type * as tokens from '../src/identity/tokens/index.ts';
import { readMigrations } from '../src/tools/migrations/migrations-folder.ts';
import { asSuperuser, type Major, startServer, superuserUrl } from '../test/support/servers.ts';
import { type Figure, measurement } from './figure.ts';
import { packageRoot, packPackage } from './installed.ts';

const major: Major = 18;
const rounds = 60;
const millisecondsARound = 200;

const stations = 500;
const usersAStation = 4;
const tokensAUser = 50;
/** Tokens that are presented in turn, each from an address of its own. */
const presented = 200;

/**
 * One caller that waits for each answer, and enough callers to keep a pool of four busy. The limit is the share of the bare statement's
 * rate that remains: several callers make up for hashing, judging and Drizzle by sharing statements.
 */
const loads = [
  { name: 'one caller', connections: 1, callers: 1, limit: 0.6 },
  { name: '16 callers on 4 connections', connections: 4, callers: 16, limit: 1 },
] as const;
type Load = (typeof loads)[number];

/** A token, and where it is presented. */
interface Presentation {
  readonly token: string;
  readonly stationId: string;
  readonly ipAddress: string;
}

/**
 * How many tokens `verifyStationToken` verifies per second, compared with its own statement, prepared by name and sent through
 * node-postgres with the same values. With one caller the difference is hashing, judging and Drizzle; with several callers, the package
 * looks up together the tokens that are presented together. Among 100 thousand tokens of 500 stations.
 */
export async function benchTokens(): Promise<Figure[]> {
  packPackage();
  const built: typeof tokens = await import(join(packageRoot, 'dist/identity/tokens/index.js'));
  const server = await startServer({ major });
  try {
    await asSuperuser(server, (client) => client.query('CREATE DATABASE tokens TEMPLATE template0'));
    const pool = new pg.Pool({ connectionString: superuserUrl(server, 'tokens'), max: 1 });
    const presentations = await fill(built, drizzle({ client: pool })).finally(() => pool.end());
    const figures: Figure[] = [];
    for (const load of loads) figures.push(await measure(built, superuserUrl(server, 'tokens'), load, presentations));
    return figures;
  } finally {
    await server.remove();
  }
}

async function measure(
  { verifyStationToken }: typeof tokens,
  url: string,
  load: Load,
  presentations: readonly Presentation[],
): Promise<Figure> {
  const pool = new pg.Pool({ connectionString: url, max: load.connections });
  try {
    const db = drizzle({ client: pool });
    const verified = async ({ token, ...at }: Presentation) => {
      const answer = await verifyStationToken(db, token, at);
      if (!answer.valid) throw new Error('a token: found refused; expected valid.');
    };
    const statements = new Map<Presentation, { readonly text: string; readonly values: unknown[] }>();
    for (const presentation of presentations) {
      const logger = {
        logQuery: (text: string, values: unknown[]) => void statements.set(presentation, { text, values }),
      };
      const { token, ...at } = presentation;
      await verifyStationToken(drizzle({ client: pool, logger }), token, at);
    }
    const bare = async (presentation: Presentation) => {
      const { rows } = await pool.query({ name: 'bare', text: '', ...statements.get(presentation) });
      if (rows.length !== 1) throw new Error(`the statement: found ${rows.length} rows; expected one.`);
    };
    const samples: Record<'ours' | 'peer', number[]> = { ours: [], peer: [] };
    // Short turns, so that both see the same machine. The first ones warm compiler and caches, and do not count.
    for (let round = -10; round < rounds; round++) {
      const subjects = [
        ['ours', verified],
        ['peer', bare],
      ] as const;
      for (const [name, subject] of round % 2 === 0 ? subjects : subjects.toReversed()) {
        const rate = await rateOf(subject, load.callers, presentations);
        if (round >= 0) samples[name].push(rate);
      }
    }
    return {
      name: `station tokens verified, ${load.name}`,
      unit: 'a second',
      ours: measurement(samples.ours),
      peer: { name: 'its statement, prepared by name with node-postgres', value: measurement(samples.peer) },
      limit: load.limit,
      atLeast: true,
    };
  } finally {
    await pool.end();
  }
}

/** How often per second all callers together run the subject. */
async function rateOf(
  subject: (presentation: Presentation) => Promise<void>,
  callers: number,
  presentations: readonly Presentation[],
): Promise<number> {
  const began = performance.now();
  const ends = began + millisecondsARound;
  let done = 0;
  const call = async () => {
    while (performance.now() < ends) {
      await subject(presentations[done % presentations.length] as Presentation);
      done++;
    }
  };
  await Promise.all(Array.from({ length: callers }, call));
  return (done / (performance.now() - began)) * 1000;
}

/** Creates stations, users and tokens; returns the ones to present. */
async function fill({ issueStationToken }: typeof tokens, db: NodePgDatabase): Promise<Presentation[]> {
  await db.transaction(async (tx) => {
    for (const { statements } of readMigrations()) for (const statement of statements) await tx.execute(statement);
  });
  await db.execute(sql`INSERT INTO ${Station} (name, code, display_name)
    SELECT number, number, number FROM generate_series(1, ${stations}::int) AS number`);
  await db.execute(sql`INSERT INTO ${User} (email, status)
    SELECT number || '@example.com', 'active' FROM generate_series(1, ${stations * usersAStation}::int) AS number`);
  await db.execute(sql`INSERT INTO ${StationUser} (user_id, station_id, role)
    SELECT users.id, stations.id, 'station_admin'
    FROM (SELECT id, row_number() OVER (ORDER BY id) AS number FROM ${User}) AS users
    JOIN (SELECT id, row_number() OVER (ORDER BY id) AS number FROM ${Station}) AS stations
      ON stations.number = 1 + users.number % ${stations}::int`);
  const assigned = await db
    .select({ userId: StationUser.userId, stationId: StationUser.stationId })
    .from(StationUser)
    .limit(presented);
  const presentations: Presentation[] = [];
  for (const [index, { userId, stationId }] of assigned.entries()) {
    const { token } = await issueStationToken(db, { stationId, userId, issuerId: userId });
    presentations.push({ token, stationId, ipAddress: `10.0.${index >> 8}.${index & 255}` });
  }
  await db.execute(sql`INSERT INTO ${StationAccessToken} (user_id, station_id, token_hash, jwt_id, role, permissions, expires_at)
    SELECT assigned.user_id, assigned.station_id, encode(sha256(gen_random_uuid()::text::bytea), 'hex'), gen_random_uuid(),
      issued.role, issued.permissions, issued.expires_at
    FROM ${StationUser} AS assigned, (SELECT * FROM ${StationAccessToken} LIMIT 1) AS issued, generate_series(1, ${tokensAUser}::int)`);
  await db.execute('VACUUM ANALYZE');
  return presentations;
}
