import { createHash } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PostgresDatabase } from '../../../src/identity/database.ts';
import { issueStationToken, revokeStationTokens, verifyStationToken } from '../../../src/identity/tokens/index.ts';
import { newToken } from '../../../src/identity/tokens/token.ts';
import { eachOfFewMajors, type ServerDatabase, thorough } from '../../support/databases.ts';
import { type IdentityDatabase, newStation, newStationUser, openIdentityDatabase } from '../../support/identity.ts';

const tries = thorough ? 10_000 : 150;

/**
 * How surely two samples can be told apart: the Mann–Whitney statistic in standard deviations. It looks at ranks, so that a pause of the
 * machine counts no more than any other slow try.
 */
function separation(a: readonly number[], b: readonly number[]): number {
  const sorted = [...a.map((time) => ({ time, of: 'a' })), ...b.map((time) => ({ time, of: 'b' }))].sort(
    (x, y) => x.time - y.time,
  );
  const ranks = sorted.reduce((sum, { of }, index) => (of === 'a' ? sum + index + 1 : sum), 0);
  const [m, n] = [a.length, b.length];
  const mean = (m * (m + n + 1)) / 2;
  return Math.abs(ranks - mean) / Math.sqrt((m * n * (m + n + 1)) / 12);
}

/**
 * The times in milliseconds that a subject takes for each kind. The kinds come in random order, so that none has another one before it
 * more often than the rest, and each try follows the same statement.
 */
async function measure<Kind extends string>(
  kinds: readonly Kind[],
  count: number,
  settle: () => Promise<unknown>,
  subject: (kind: Kind) => Promise<() => Promise<unknown>>,
): Promise<Record<Kind, number[]>> {
  const times = Object.fromEntries(kinds.map((kind) => [kind, [] as number[]])) as Record<Kind, number[]>;
  for (let warmUp = 20 * kinds.length; warmUp > -count * kinds.length; warmUp--) {
    const kind = kinds[Math.floor(Math.random() * kinds.length)] as Kind;
    await settle();
    const began = performance.now();
    const rest = await subject(kind);
    const took = performance.now() - began;
    if (warmUp <= 0) times[kind].push(took);
    await rest();
  }
  return times;
}

eachOfFewMajors((major) => {
  let database: IdentityDatabase & ServerDatabase;
  let pool: pg.Pool;
  let db: PostgresDatabase;
  let stationId: string;
  let tokens: { valid: string; revoked: string; foreign: string };
  beforeAll(async () => {
    database = (await openIdentityDatabase(major)) as IdentityDatabase & ServerDatabase;
    pool = new pg.Pool({ connectionString: database.url, max: 1 });
    db = drizzle({ client: pool });
    stationId = await newStation(db);
    const elsewhere = await newStation(db);
    const issue = async (at: string) => {
      const userId = await newStationUser(db, at);
      return issueStationToken(db, { stationId: at, userId, issuerId: userId });
    };
    const [valid, revoked, foreign] = [await issue(stationId), await issue(stationId), await issue(elsewhere)];
    await revokeStationTokens(db, { id: revoked.id }, { revokedBy: null });
    tokens = { valid: valid.token, revoked: revoked.token, foreign: foreign.token };
    // Tokens of others, as many as a business has.
    const others: string[] = [];
    for (let count = 0; count < 20; count++) others.push(await newStationUser(db, stationId));
    await db.execute(sql`INSERT INTO identity.station_access_tokens (user_id, station_id, token_hash, jwt_id, role, permissions, expires_at)
      SELECT (string_to_array(${others.join()}, ','))[1 + number % 20]::uuid, station_id, encode(sha256(number::text::bytea), 'hex'),
        gen_random_uuid(), role, permissions, expires_at
      FROM identity.station_access_tokens, generate_series(1, 5000) AS number WHERE id = ${valid.id}`);
    await db.execute(
      'VACUUM ANALYZE identity.station_access_tokens, identity.station_users, identity.stations, identity.users',
    );
  });
  afterAll(async () => {
    await pool.end();
    await database.close();
  });

  let lastAddress = 0;
  const newAddress = () => `10.${(lastAddress >> 16) & 255}.${(lastAddress >> 8) & 255}.${lastAddress++ & 255}`;

  test(`the times of valid, unknown, revoked, malformed and foreign tokens can't be told apart in ${tries} tries each`, async () => {
    const kinds = ['valid', 'unknown', 'revoked', 'malformed', 'foreign'] as const;
    const next = { valid: tokens.valid, revoked: tokens.revoked, foreign: tokens.foreign, unknown: '', malformed: '' };
    const settle = async () => {
      next.unknown = newToken();
      // Of the same length, with a checksum that does not fit.
      next.malformed = `${newToken().slice(0, -6)}zzzzzz`;
      await pool.query('SELECT 1');
    };
    const times = await measure(kinds, tries, settle, async (kind) => {
      const answer = await verifyStationToken(db, next[kind], { stationId, ipAddress: newAddress() });
      return async () => {
        expect(answer.valid).toBe(kind === 'valid');
        await answer.recorded;
      };
    });
    for (const [index, kind] of kinds.entries()) {
      for (const other of kinds.slice(index + 1)) {
        expect(times[kind].length).toBeGreaterThan(tries / 2);
        expect(separation(times[kind], times[other]), `${kind} and ${other}`).toBeLessThan(5);
      }
    }
  }, 1_200_000);

  test('the same statistic tells apart what asks the database for an unknown token and not for a malformed one', async () => {
    const times = await measure(
      ['unknown', 'malformed'],
      100,
      async () => {},
      async (kind) => {
        const hash = createHash('sha256').update(kind).digest('hex');
        if (kind === 'unknown')
          await pool.query('SELECT FROM identity.station_access_tokens WHERE token_hash = $1', [hash]);
        return async () => {};
      },
    );
    expect(separation(times.unknown, times.malformed)).toBeGreaterThan(5);
  });
});
