import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PostgresDatabase } from '../../../src/database.ts';
import { stationGrants } from '../../../src/identity/access/grants.ts';
import { StationAccessToken } from '../../../src/identity/index.ts';
import { verifyStationToken } from '../../../src/identity/tokens/index.ts';
import { hashOf, newToken } from '../../../src/identity/tokens/token.ts';
import { eachOfFewMajors, thorough } from '../../support/databases.ts';
import { type IdentityServer, newStation, newStationUser, openIdentityServer } from '../../support/identity.ts';

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
 * The times in milliseconds that a try of each kind takes. The kinds come in random order, so that none has another one before it more
 * often than the rest.
 *
 * @param prepare Readies a try; it answers what is done after it.
 */
async function measure<Kind extends string>(
  kinds: readonly Kind[],
  count: number,
  prepare: (kind: Kind) => Promise<() => Promise<() => Promise<unknown>>>,
): Promise<Record<Kind, number[]>> {
  const times = Object.fromEntries(kinds.map((kind) => [kind, [] as number[]])) as Record<Kind, number[]>;
  for (let warmUp = 20 * kinds.length; warmUp > -count * kinds.length; warmUp--) {
    const kind = oneOf(kinds);
    const attempt = await prepare(kind);
    const began = performance.now();
    const rest = await attempt();
    const took = performance.now() - began;
    if (warmUp <= 0) times[kind].push(took);
    await rest();
  }
  return times;
}

const oneOf = <Value>(values: readonly Value[]): Value => values[Math.floor(Math.random() * values.length)] as Value;

eachOfFewMajors((major) => {
  let server: IdentityServer;
  let db: PostgresDatabase;
  let stations: readonly string[];
  /** Tokens of each kind with their stations: many, so that no kind is warmer than another in the memory of the server. */
  let tokens: Readonly<Record<'valid' | 'revoked', readonly { readonly token: string; readonly stationId: string }[]>>;
  beforeAll(async () => {
    server = await openIdentityServer(major, 1);
    db = server.db;
    stations = await Promise.all(Array.from({ length: 50 }, () => newStation(db)));
    const holders = await Promise.all(
      Array.from({ length: 200 }, async (_, index) => {
        const stationId = stations[index % stations.length] as string;
        return { stationId, userId: await newStationUser(db, stationId) };
      }),
    );
    const expiresAt = new Date(Date.now() + 60 * 60 * 1000);
    const made = Array.from({ length: 6000 }, (_, index) => {
      const holder = holders[index % holders.length] as (typeof holders)[number];
      return { ...holder, token: newToken(), isRevoked: index % 2 === 1 };
    });
    for (let first = 0; first < made.length; first += 1000) {
      await db.insert(StationAccessToken).values(
        made.slice(first, first + 1000).map(({ token, ...row }) => ({
          ...row,
          tokenHash: hashOf(token),
          jwtId: randomUUID(),
          role: 'station_admin' as const,
          permissions: [...stationGrants.station_admin],
          expiresAt,
        })),
      );
    }
    tokens = { valid: made.filter(({ isRevoked }) => !isRevoked), revoked: made.filter(({ isRevoked }) => isRevoked) };
    await db.execute(
      'VACUUM ANALYZE identity.station_access_tokens, identity.station_users, identity.stations, identity.users',
    );
  });
  afterAll(() => server.close());

  let lastAddress = 0;
  const newAddress = () => `10.${(lastAddress >> 16) & 255}.${(lastAddress >> 8) & 255}.${lastAddress++ & 255}`;

  // Once more if they can: a busy machine disturbs one measurement, a difference shows in each.
  test(`the times of valid, unknown, revoked, malformed and foreign tokens can't be told apart in ${tries} tries each`, {
    retry: 2,
    timeout: 1_200_000,
  }, async () => {
    const kinds = ['valid', 'unknown', 'revoked', 'malformed', 'foreign'] as const;
    const presentations = {
      valid: () => oneOf(tokens.valid),
      revoked: () => oneOf(tokens.revoked),
      foreign: () => {
        const { token, stationId } = oneOf(tokens.valid);
        return { token, stationId: oneOf(stations.filter((id) => id !== stationId)) };
      },
      unknown: () => ({ token: newToken(), stationId: oneOf(stations) }),
      // Of the same length, with a checksum that does not fit.
      malformed: () => ({ token: `${newToken().slice(0, -6)}zzzzzz`, stationId: oneOf(stations) }),
    };
    const times = await measure(kinds, tries, async (kind) => {
      const { token, stationId } = presentations[kind]();
      // So that each try follows the same statement.
      await server.pool.query('SELECT 1');
      return async () => {
        const answer = await verifyStationToken(db, token, { stationId, ipAddress: newAddress() });
        return async () => {
          expect(answer.valid).toBe(kind === 'valid');
          await answer.recorded;
        };
      };
    });
    for (const [index, kind] of kinds.entries()) {
      for (const other of kinds.slice(index + 1)) {
        expect(times[kind].length).toBeGreaterThan(tries / 2);
        expect(separation(times[kind], times[other]), `${kind} and ${other}`).toBeLessThan(5);
      }
    }
  });

  test('the same statistic detects a verifier that queries the database for unknown tokens but not for malformed ones', async () => {
    const times = await measure(['unknown', 'malformed'], 100, async (kind) => async () => {
      const hash = createHash('sha256').update(kind).digest('hex');
      if (kind === 'unknown')
        await server.pool.query('SELECT FROM identity.station_access_tokens WHERE token_hash = $1', [hash]);
      return async () => {};
    });
    expect(separation(times.unknown, times.malformed)).toBeGreaterThan(5);
  });
});
