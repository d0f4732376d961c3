import { randomUUID } from 'node:crypto';
import { asc, eq, isNotNull, sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { PostgresDatabase } from '../../../src/database.ts';
import { StationAuditLog, StationTokenFailure } from '../../../src/identity/index.ts';
import { retryAfterOf } from '../../../src/identity/token-failure-window.ts';
import { forgetOldFailures } from '../../../src/identity/tokens/failures.ts';
import {
  issueStationToken,
  revokeStationTokens,
  rotateStationToken,
  verifyStationToken,
} from '../../../src/identity/tokens/index.ts';
import { newToken } from '../../../src/identity/tokens/token.ts';
import { eachEngineOfLongRuns, eachOfFewMajors, thorough } from '../../support/databases.ts';
import {
  type IdentityDatabase,
  type IdentityServer,
  newStation,
  newStationUser,
  openIdentityDatabase,
  openIdentityServer,
} from '../../support/identity.ts';
import { statementsSent } from '../../support/statements-sent.ts';

let lastAddress = 0;
const newAddress = () => `10.${(lastAddress >> 16) & 255}.${(lastAddress >> 8) & 255}.${lastAddress++ & 255}`;

/** Verifies a token and waits for the record; returns what the client is told, or 'valid'. */
async function verify(
  db: PostgresDatabase,
  token: string,
  stationId: string,
  ipAddress: string,
): Promise<number | 'valid'> {
  const answer = await verifyStationToken(db, token, { stationId, ipAddress });
  await answer.recorded;
  return answer.valid ? 'valid' : answer.retryAfter;
}

/** The same of a rotation. */
async function rotate(
  db: PostgresDatabase,
  token: string,
  stationId: string,
  ipAddress: string,
): Promise<number | 'valid'> {
  const answer = await rotateStationToken(db, token, { stationId, ipAddress });
  if (answer.valid) return 'valid';
  await answer.recorded;
  return answer.retryAfter;
}

async function issue(db: PostgresDatabase, stationId: string) {
  const userId = await newStationUser(db, stationId);
  return issueStationToken(db, { stationId, userId, issuerId: userId });
}

/** The refusals in the trail of a station: the token, and the count, oldest first. */
async function refusalsAt(db: PostgresDatabase, stationId: string) {
  const rows = await db
    .select()
    .from(StationAuditLog)
    .where(eq(StationAuditLog.stationId, stationId))
    .orderBy(asc(StationAuditLog.createdAt));
  return rows
    .filter(({ action }) => action === 'token.refused')
    .map(({ resourceId, details }) => [resourceId, details['failures']]);
}

const failuresAt = (db: PostgresDatabase, address: string) =>
  db.select().from(StationTokenFailure).where(eq(StationTokenFailure.address, address));

const endWindows = (db: PostgresDatabase) =>
  db.execute(sql`UPDATE identity.station_token_failures SET began_at = began_at - interval '15 minutes'`);

eachEngineOfLongRuns((engine) => {
  let database: IdentityDatabase;
  let db: PostgresDatabase;
  beforeAll(async () => {
    database = await openIdentityDatabase(engine);
    db = database.db;
  });
  afterAll(() => database.close());

  test('the answer says how long to wait, by the address alone, and a valid token is never refused nor counted', async () => {
    const stationId = await newStation(db);
    const [current, old] = [await issue(db, stationId), await issue(db, stationId)];
    await revokeStationTokens(db, { id: old.id }, { revokedBy: null });
    const address = newAddress();
    const waits: (number | 'valid')[] = [];
    for (let count = 1; count <= 17; count++) {
      waits.push(await verify(db, count % 2 === 0 ? old.token : newToken(), stationId, address));
      const counted = await failuresAt(db, address);
      expect(counted).toMatchObject([{ stationId: null, tokenId: null, failures: count }]);
      expect(await verify(db, current.token, stationId, address)).toBe('valid');
      expect(await failuresAt(db, address)).toEqual(counted);
    }
    expect(waits.slice(0, 14)).toEqual([0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512]);
    for (const wait of waits.slice(14)) {
      expect(wait).toBeGreaterThan(700);
      expect(wait).toBeLessThanOrEqual(900);
    }
    expect(await verify(db, newToken(), stationId, newAddress())).toBe(0);

    await endWindows(db);
    expect(await verify(db, newToken(), stationId, address)).toBe(0);
    expect(await failuresAt(db, address)).toMatchObject([{ failures: 1 }]);
  });

  test('an IPv6 address counts as its network', async () => {
    const stationId = await newStation(db);
    const waits: (number | 'valid')[] = [];
    for (let count = 1; count <= 5; count++)
      waits.push(await verify(db, newToken(), stationId, `2001:DB8:0:${count === 3 ? '' : '00'}7:${count}::${count}`));
    expect(waits).toEqual([0, 0, 0, 0, 1]);
    expect(await failuresAt(db, '2001:db8:0:7::/64')).toMatchObject([{ failures: 5 }]);
    expect(await verify(db, newToken(), stationId, '2001:db8:0:8::1')).toBe(0);
  });

  test.each(Object.entries({ verify, rotate }))(
    'junk tokens leave few rows in the trail, with their count, from one address and from many: by %s',
    async (_, present) => {
      const junk = thorough ? 1000 : 60;
      for (const addressOf of [() => '192.0.2.1', newAddress]) {
        const stationId = await newStation(db);
        const old = await issue(db, stationId);
        await revokeStationTokens(db, { id: old.id }, { revokedBy: null });
        for (let count = 1; count <= junk; count++) await present(db, newToken(), stationId, addressOf());
        for (let count = 1; count <= 25; count++) await present(db, old.token, stationId, addressOf());
        const recorded = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 20, 50, 100, 200, 500, 1000];
        expect(await refusalsAt(db, stationId)).toEqual([
          ...recorded.filter((count) => count <= junk).map((count) => [null, count]),
          ...recorded.filter((count) => count <= 25).map((count) => [old.id, count]),
        ]);
        await endWindows(db);
        await present(db, newToken(), stationId, addressOf());
        expect((await refusalsAt(db, stationId)).at(-1)).toEqual([null, 1]);
      }
    },
  );

  test('counts of past windows are forgotten, also those of what never comes again', async () => {
    const stationId = await newStation(db);
    const [address, other] = [newAddress(), newAddress()];
    for (const at of [address, other, other]) await verify(db, newToken(), stationId, at);
    await endWindows(db);
    // At no station, an old count of the address itself, and of a token that is counted again.
    await verify(db, newToken(), randomUUID(), address);
    await verify(db, newToken(), stationId, newAddress());
    for (let count = 0; count < 40 && (await failuresAt(db, other)).length > 0; count++)
      await verify(db, newToken(), stationId, newAddress());
    expect(await failuresAt(db, other)).toEqual([]);
    expect(await failuresAt(db, address)).toMatchObject([{ failures: 1 }]);
    const ofStation = await db.select().from(StationTokenFailure).where(isNotNull(StationTokenFailure.stationId));
    expect(ofStation.filter((row) => row.stationId === stationId)).toHaveLength(1);
  });
});

eachOfFewMajors((major) => {
  let server: IdentityServer;
  let db: PostgresDatabase;
  beforeAll(async () => {
    server = await openIdentityServer(major, 8);
    db = server.db;
  });
  afterAll(() => server.close());

  test('of tokens presented at once each failure is counted, and no valid one is refused', async () => {
    const stationId = await newStation(db);
    const { token } = await issue(db, stationId);
    const address = newAddress();
    const answers = await Promise.all(
      Array.from({ length: 174 }, (_, count) =>
        verify(db, count % 2 === 0 ? newToken() : token, stationId, address).then((answer) => [count % 2, answer]),
      ),
    );
    expect(answers.filter(([isValid, answer]) => isValid === 1 && answer === 'valid')).toHaveLength(87);
    expect(answers.filter(([isValid, answer]) => isValid === 0 && answer !== 'valid')).toHaveLength(87);
    expect(await failuresAt(db, address)).toMatchObject([{ failures: 87 }]);
    const recorded = (await refusalsAt(db, stationId)).map(([, count]) => Number(count)).sort((a, b) => a - b);
    expect(recorded).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 20, 50]);
  });

  test('a window is of the database’s clock, whatever the client’s clock and the age of the transaction', async () => {
    const stationId = await newStation(db);
    const address = newAddress();
    await db.transaction(async (tx) => {
      for (let count = 1; count <= 5; count++) await verify(tx, newToken(), stationId, address);
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 24 * 60 * 60 * 1000 });
      try {
        expect(await verify(tx, newToken(), stationId, address)).toBe(2);
      } finally {
        vi.useRealTimers();
      }
    });
  });

  test('a valid token writes nothing', async () => {
    const stationId = await newStation(db);
    const { token } = await issue(db, stationId);
    const address = newAddress();
    await verify(db, newToken(), stationId, address);
    const sent = statementsSent();
    expect(await verify(db, token, stationId, address)).toBe('valid');
    expect(sent().statements).toHaveLength(1);
  });

  test('counts that are forgotten are found by the index, however many others there are', async () => {
    const plan = await db.transaction(async (tx) => {
      await tx.execute(sql`SET LOCAL enable_seqscan = off`);
      return tx.execute(
        sql`EXPLAIN ${forgetOldFailures({ address: newAddress(), stationId: randomUUID(), tokenId: null })}`,
        'objects',
      );
    });
    expect(JSON.stringify(plan)).toMatch(/Index Cond: \(began_at < /);
  });
});

test('no client is told to wait longer than the window lasts', () => {
  expect(retryAfterOf(1000)).toBe(900);
  expect(retryAfterOf(2 ** 31, 12.2)).toBe(13);
  expect(retryAfterOf(5, 0.1)).toBe(1);
  expect(retryAfterOf(6, -3)).toBe(1);
  expect(retryAfterOf(4, 500)).toBe(0);
});
