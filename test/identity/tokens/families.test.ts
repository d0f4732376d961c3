import { randomUUID } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PostgresDatabase } from '../../../src/database.ts';
import { StationAccessToken, StationAuditLog, StationUser } from '../../../src/identity/index.ts';
import {
  type IssuedStationToken,
  issueStationToken,
  type RotatedStationToken,
  revokeStationTokens,
  rotateStationToken,
  verifyStationToken,
} from '../../../src/identity/tokens/index.ts';
import { eachEngineOfLongRuns, eachOfFewMajors, thorough } from '../../support/databases.ts';
import {
  type IdentityDatabase,
  type IdentityServer,
  newStation,
  newStationUser,
  newUser,
  openIdentityDatabase,
  openIdentityServer,
} from '../../support/identity.ts';

const ipAddress = '10.0.0.1';
const hour = 60 * 60 * 1000;

async function accepts(db: PostgresDatabase, token: string, stationId: string): Promise<boolean> {
  const answer = await verifyStationToken(db, token, { stationId, ipAddress });
  await answer.recorded;
  return answer.valid;
}

async function rotate(
  db: PostgresDatabase,
  token: string,
  stationId: string,
): Promise<RotatedStationToken | undefined> {
  const answer = await rotateStationToken(db, token, { stationId, ipAddress });
  if (answer.valid) return answer;
  await answer.recorded;
  return undefined;
}

const issue = (db: PostgresDatabase, stationId: string, userId: string): Promise<IssuedStationToken> =>
  issueStationToken(db, { stationId, userId, issuerId: userId });

eachEngineOfLongRuns((engine) => {
  let database: IdentityDatabase;
  let db: PostgresDatabase;
  let stationId: string;
  beforeAll(async () => {
    database = await openIdentityDatabase(engine);
    db = database.db;
    stationId = await newStation(db);
  });
  afterAll(() => database.close());

  test('nobody issues a token for a user who outranks them at the station, whatever role it asks for', async () => {
    const root = await newUser(db, { isSuperAdmin: true });
    const [admin, other] = [
      await newStationUser(db, stationId, { role: 'admin' }),
      await newStationUser(db, stationId, { role: 'admin' }),
    ];
    const manager = await newStationUser(db, stationId, {
      role: 'customer_support',
      additionalPermissions: ['station.manage_users'],
    });
    const support = await newStationUser(db, stationId, { role: 'customer_support' });
    for (const [issuerId, userId] of [
      [admin, root],
      [manager, admin],
    ] as const) {
      for (const role of [undefined, 'customer_support'] as const) {
        const issued = issueStationToken(db, { stationId, userId, issuerId, role, permissions: ['booking.read'] });
        await expect(issued).rejects.toMatchObject({ name: 'StationTokenDenied', code: 'holder-outranks-issuer' });
      }
    }
    for (const [issuerId, userId] of [
      [root, admin],
      [admin, other],
      [admin, manager],
      [manager, support],
    ] as const) {
      expect(await issueStationToken(db, { stationId, userId, issuerId })).toMatchObject({ userId });
    }
    const denied = await db.select().from(StationAuditLog).where(eq(StationAuditLog.action, 'access.denied'));
    expect(denied).toHaveLength(4);
  });

  test('rotation has an end, which no rotation moves', async () => {
    const userId = await newStationUser(db, stationId);
    const request = { stationId, userId, issuerId: userId };
    for (const familyLifetime of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, '5000' as unknown as number]) {
      await expect(issueStationToken(db, { ...request, familyLifetime })).rejects.toMatchObject({
        code: 'lifetime-out-of-range',
        object: 'familyLifetime',
      });
    }
    const first = await issueStationToken(db, { ...request, lifetime: hour, familyLifetime: 2 * hour });
    expect(first.expiresAt < first.familyExpiresAt).toBe(true);
    let current: IssuedStationToken = first;
    for (let count = 0; count < 5; count++) {
      current = (await rotate(db, current.token, stationId)) as RotatedStationToken;
      expect(current.familyExpiresAt).toEqual(first.familyExpiresAt);
      expect(current.expiresAt).toEqual(first.familyExpiresAt);
    }
    await db.execute(
      sql`UPDATE identity.station_access_tokens SET expires_at = clock_timestamp(), family_expires_at = clock_timestamp() WHERE id = ${current.id}`,
    );
    expect(await rotate(db, current.token, stationId)).toBeUndefined();

    const short = await issueStationToken(db, { ...request, familyLifetime: hour });
    expect(short.expiresAt).toEqual(short.familyExpiresAt);

    // A token from before there were families begins one when it is rotated.
    const old = await issue(db, stationId, userId);
    await db
      .update(StationAccessToken)
      .set({ familyId: null, familyExpiresAt: null })
      .where(eq(StationAccessToken.id, old.id));
    const rotated = (await rotate(db, old.token, stationId)) as RotatedStationToken;
    expect(rotated.familyExpiresAt.getTime()).toBeGreaterThan(Date.now() + 6 * 24 * hour);
    const again = (await rotate(db, rotated.token, stationId)) as RotatedStationToken;
    expect(again.familyExpiresAt).toEqual(rotated.familyExpiresAt);
    expect(await accepts(db, old.token, stationId)).toBe(false);
    expect(await accepts(db, again.token, stationId)).toBe(false);
  });

  test.each(['verified', 'rotated', 'presented elsewhere'])(
    'a rotated token that comes back revokes its family, and no other: %s',
    async (how) => {
      const here = await newStation(db);
      const userId = await newStationUser(db, here);
      const [first, bystander] = [await issue(db, here, userId), await issue(db, here, userId)];
      const second = (await rotate(db, first.token, here)) as RotatedStationToken;
      const third = (await rotate(db, second.token, here)) as RotatedStationToken;
      expect(await accepts(db, third.token, here)).toBe(true);
      if (how === 'rotated') expect(await rotate(db, first.token, here)).toBeUndefined();
      else expect(await accepts(db, first.token, how === 'verified' ? here : stationId)).toBe(false);
      expect(await accepts(db, third.token, here)).toBe(false);
      expect(await accepts(db, bystander.token, here)).toBe(true);
      const events = await db.select().from(StationAuditLog).where(eq(StationAuditLog.stationId, here));
      expect(events.filter(({ action }) => action === 'token.revoked')).toMatchObject([
        { resourceId: third.id, userId: null, details: { holder: userId, reason: 'a rotated token came back' } },
      ]);
    },
  );

  test('a token that was rotated is revoked with what it was rotated into, by id and by JWT', async () => {
    const userId = await newStationUser(db, stationId);
    for (const by of ['id', 'jwtId'] as const) {
      const [first, bystander] = [await issue(db, stationId, userId), await issue(db, stationId, userId)];
      const second = (await rotate(db, first.token, stationId)) as RotatedStationToken;
      const selection = by === 'id' ? { id: first.id } : { jwtId: first.jwtId };
      expect(await revokeStationTokens(db, selection, { revokedBy: null })).toEqual([second.id]);
      expect(await accepts(db, second.token, stationId)).toBe(false);
      expect(await accepts(db, bystander.token, stationId)).toBe(true);
    }
  });
});

eachOfFewMajors((major) => {
  let server: IdentityServer;
  let db: PostgresDatabase;
  let stationId: string;
  beforeAll(async () => {
    server = await openIdentityServer(major, 6);
    db = server.db;
    stationId = await newStation(db);
  });
  afterAll(() => server.close());

  const rounds = thorough ? 40 : 6;
  const selections = {
    user: ({ userId }: IssuedStationToken) => ({ userId }),
    'user at the station': ({ userId }: IssuedStationToken) => ({ userId, stationId }),
    station: () => ({ stationId }),
    family: ({ id }: IssuedStationToken) => ({ id }),
  };

  test.each(Object.entries(selections))(
    `a revocation beside a rotation leaves no token, in ${rounds} rounds: %s`,
    async (_, select) => {
      for (let round = 0; round < rounds; round++) {
        const issued = await issue(db, stationId, await newStationUser(db, stationId));
        const [rotated] = await Promise.all([
          rotate(db, issued.token, stationId),
          revokeStationTokens(db, select(issued), { revokedBy: null }),
        ]);
        expect(await accepts(db, rotated?.token ?? issued.token, stationId)).toBe(false);
      }
    },
  );

  /** Whether a statement waits for a lock. */
  const waits = async () => {
    const { rows } = await server.database.query(
      `SELECT count(*)::int AS count FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    return Number(rows[0]?.['count']) > 0;
  };

  test.each(['user', 'user at the station', 'station'] as const)(
    'a revocation revokes the tokens that were being issued and rotated when it came: %s',
    async (of) => {
      for (let round = 0; round < Math.ceil(rounds / 2); round++) {
        const userId = await newStationUser(db, stationId);
        const first = await issue(db, stationId, userId);
        let revoked: Promise<string[]> | undefined;
        const tokens = await db.transaction(async (tx) => {
          const issued = await issue(tx, stationId, userId);
          const rotated = (await rotate(tx, first.token, stationId)) as RotatedStationToken;
          revoked = revokeStationTokens(db, selections[of](first), { revokedBy: null });
          while (!(await waits()));
          return [issued, rotated];
        });
        expect([...((await revoked) ?? [])].sort()).toEqual(expect.arrayContaining(tokens.map(({ id }) => id).sort()));
        for (const { token } of tokens) expect(await accepts(db, token, stationId)).toBe(false);
      }
    },
  );

  test.each(['issued', 'rotated'] as const)(
    'a revocation by JWT waits for the token that is being %s with it, and revokes it',
    async (how) => {
      for (const jwtId of [undefined, randomUUID()]) {
        const userId = await newStationUser(db, stationId);
        const first = await issue(db, stationId, userId);
        let revoked: Promise<string[]> | undefined;
        let isOver = false;
        const given = await db.transaction(async (tx) => {
          const token =
            how === 'issued'
              ? await issueStationToken(tx, { stationId, userId, issuerId: userId, jwtId })
              : await rotateStationToken(tx, first.token, { stationId, ipAddress, newJwtId: jwtId });
          if (!('token' in token)) throw new Error('not rotated');
          revoked = revokeStationTokens(db, { jwtId: token.jwtId }, { revokedBy: null }).finally(() => {
            isOver = true;
          });
          while (!isOver && !(await waits()));
          return token;
        });
        expect(await revoked).toEqual([given.id]);
        expect(await accepts(db, given.token, stationId)).toBe(false);
        expect(await accepts(db, first.token, stationId)).toBe(how === 'issued');
      }
    },
  );

  test('a rotated token that comes back while its successor is rotated leaves no token', async () => {
    for (let round = 0; round < rounds; round++) {
      const first = await issue(db, stationId, await newStationUser(db, stationId));
      const second = (await rotate(db, first.token, stationId)) as RotatedStationToken;
      const [third] = await Promise.all([rotate(db, second.token, stationId), accepts(db, first.token, stationId)]);
      expect(await accepts(db, third?.token ?? second.token, stationId)).toBe(false);
    }
  });

  test('revocations of a user and of the station, and logins that update the user, never wait in a circle', async () => {
    for (let round = 0; round < rounds; round++) {
      const userId = await newStationUser(db, stationId);
      const tokens = await Promise.all(Array.from({ length: 4 }, () => issue(db, stationId, userId)));
      const jwtId = randomUUID();
      const login = () =>
        db.transaction(async (tx) => {
          await issue(tx, stationId, userId);
          await tx.execute(sql`UPDATE identity.users SET last_login_at = now() WHERE id = ${userId}`);
        });
      await Promise.all([
        login(),
        login(),
        revokeStationTokens(db, { userId }, { revokedBy: null }),
        revokeStationTokens(db, { stationId }, { revokedBy: null }),
        rotate(db, (tokens[0] as IssuedStationToken).token, stationId),
        issueStationToken(db, { stationId, userId, issuerId: userId, jwtId }),
        revokeStationTokens(db, { jwtId }, { revokedBy: null }),
        revokeStationTokens(db, { jwtId: (tokens[0] as IssuedStationToken).jwtId }, { revokedBy: null }),
      ]);
    }
  });

  test('a revocation waits for no other work at the station, and holds none up', async () => {
    const userId = await newStationUser(db, stationId);
    const { token } = await issue(db, stationId, userId);
    await db.transaction(async (tx) => {
      await tx.insert(StationUser).values({ userId: await newUser(tx), stationId, role: 'customer_support' });
      await revokeStationTokens(db, { stationId }, { revokedBy: null });
      expect(await accepts(db, token, stationId)).toBe(false);
    });
  });

  test.each(['repeatable read', 'serializable'] as const)(
    'a revocation refuses a transaction that could overlook tokens: %s',
    async (isolationLevel) => {
      const userId = await newStationUser(db, stationId);
      const { token } = await issue(db, stationId, userId);
      const revoked = db.transaction((tx) => revokeStationTokens(tx, { userId }, { revokedBy: null }), {
        isolationLevel,
      });
      await expect(revoked).rejects.toMatchObject({ name: 'InvalidInput', found: `isolation level ${isolationLevel}` });
      expect(await accepts(db, token, stationId)).toBe(true);
    },
  );
});
