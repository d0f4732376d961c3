import { randomUUID } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { drizzle as drizzlePGlite } from 'drizzle-orm/pglite';
import { drizzle as drizzlePostgresJs } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Customer } from '../../../src/core/index.ts';
import type { PostgresDatabase } from '../../../src/database.ts';
import {
  InvalidStationContext,
  NoStationAccess,
  StationTokenRefused,
  withAssignedStations,
  withEveryStation,
  withStation,
} from '../../../src/identity/access/index.ts';
import { can, resolveStanding, Station, StationUser, User } from '../../../src/identity/index.ts';
import {
  issueStationToken,
  rotateStationToken,
  StationTokenDenied,
  verifyStationToken,
} from '../../../src/identity/tokens/index.ts';
import { eachMajor, thorough, withDatabase } from '../../support/databases.ts';
import { newStation, newStationUser } from '../../support/identity.ts';
import { openStationDatabase, type StationDatabase } from '../../support/station-access.ts';
import { rowsOf } from './drivers.ts';

const levels = ['read uncommitted', 'read committed', 'repeatable read', 'serializable'] as const;
const allowed = levels.slice(0, 2);
const refused = levels.slice(2);
const infinite = ['infinity', '-infinity'];

/** What TypeScript says of an active user with one assignment, which came from a driver. */
function standingBy(assignment: StationUser | undefined) {
  if (!assignment) throw new Error('no assignment');
  const access = {
    userStatus: 'active',
    isSuperAdmin: false,
    assignments: [{ ...assignment, stationStatus: 'active' }],
  } as const;
  const standing = resolveStanding(access, assignment.stationId);
  expect(can(access, 'customer.read', assignment.stationId)).toBe(standing.reached);
  return standing;
}

eachMajor((major) => {
  let database: StationDatabase;
  let db: ReturnType<typeof drizzle>;
  let client: ReturnType<typeof postgres>;
  let overPostgresJs: PostgresDatabase;
  beforeAll(async () => {
    database = await openStationDatabase(major);
    db = drizzle({ client: database.service({ max: 4 }) });
    client = postgres(database.serviceUrl, { max: 2, onnotice: () => {} });
    overPostgresJs = drizzlePostgresJs({ client });
  });
  afterAll(async () => {
    await client.end();
    await database.close();
  });

  /** A station of its own with one customer, and an assigned user, who may read across stations. */
  async function aStation({ isSuperAdmin = false } = {}) {
    const [stationId, userId] = [randomUUID(), randomUUID()] as const;
    const { owner } = database;
    await owner.insert(Station).values({ id: stationId, name: 'S', code: stationId.slice(0, 18), displayName: 'S' });
    await owner.insert(User).values({ id: userId, email: `${userId}@example.com`, status: 'active', isSuperAdmin });
    await owner
      .insert(StationUser)
      .values({ userId, stationId, role: 'admin', additionalPermissions: ['cross_station.read'] });
    await owner.insert(Customer).values({ stationId, firstName: 'f', lastName: 'l', email: 'e', phone: '1' });
    return { stationId, userId };
  }
  type Context = Awaited<ReturnType<typeof aStation>>;

  const ends: Readonly<Record<string, (context: Context) => Promise<unknown>>> = {
    'an ended assignment': ({ userId }) =>
      database.owner.update(StationUser).set({ isActive: false }).where(eq(StationUser.userId, userId)),
    'an expired assignment': ({ userId }) =>
      database.owner
        .update(StationUser)
        .set({ expiresAt: new Date(0) })
        .where(eq(StationUser.userId, userId)),
    'a deleted assignment': ({ userId }) => database.owner.delete(StationUser).where(eq(StationUser.userId, userId)),
    'a suspended station': ({ stationId }) =>
      database.owner.update(Station).set({ status: 'suspended' }).where(eq(Station.id, stationId)),
    'a deactivated user': ({ userId }) =>
      database.owner.update(User).set({ status: 'deactivated' }).where(eq(User.id, userId)),
  };

  const inLevel = <Value>(level: (typeof levels)[number], run: (tx: PostgresDatabase) => Promise<Value>) =>
    db.transaction((tx) => run(tx as unknown as PostgresDatabase), { isolationLevel: level });

  test('calls that begin at once where REPEATABLE READ is the default all run', async () => {
    const context = await aStation();
    const setDefault = (level: string) =>
      database.exec(`ALTER ROLE "${database.serviceRole}" SET default_transaction_isolation = '${level}'`);
    await setDefault('repeatable read');
    try {
      const fresh = drizzle({ client: database.service({ max: 3 }) });
      const calls = [1, 2, 3].map(() => withStation(fresh, context, (tx) => tx.$count(Customer)));
      expect(await Promise.all(calls)).toEqual([1, 1, 1]);
    } finally {
      await setDefault('read committed');
    }
  });

  describe.each(Object.entries(ends))('%s', (_, end) => {
    test.each(allowed)('stops the next statement in %s', async (level) => {
      const context = await aStation();
      const seen = await inLevel(level, (tx) =>
        withStation(tx, context, async (inner) => {
          const before = await inner.$count(Customer);
          await end(context);
          return [before, await inner.$count(Customer)];
        }),
      );
      expect(seen).toEqual([1, 0]);
    });

    // Whatever the order: what begins after the end has nothing, and what was written is there or not as a whole.
    test(`beside ${thorough ? 40 : 3} writers leaves none that begins after it`, async () => {
      for (let round = 0; round < (thorough ? 40 : 3); round++) {
        const context = await aStation();
        let ended = false;
        const attempts = Array.from({ length: 4 }, async (_each, writer) => {
          await new Promise((resolve) => setTimeout(resolve, writer * 2));
          const late = ended;
          const level = allowed[writer % 2] as (typeof levels)[number];
          const written = inLevel(level, (tx) =>
            withStation(tx, context, (inner) =>
              inner.insert(Customer).values({ ...context, firstName: 'w', lastName: 'l', email: 'e', phone: '1' }),
            ),
          );
          return {
            late,
            done: await written.then(
              () => true,
              (error: Error) => error.name,
            ),
          };
        });
        const ending = end(context).then(() => {
          ended = true;
        });
        const results = await Promise.all(attempts);
        await ending;
        for (const { late, done } of results) if (late) expect(done).not.toBe(true);
        expect(await database.owner.$count(Customer, eq(Customer.firstName, 'w'))).toBe(
          results.filter(({ done }) => done === true).length,
        );
        await database.owner.delete(Customer).where(eq(Customer.firstName, 'w'));
        await expect(withStation(db, context, (tx) => tx.$count(Customer))).rejects.toThrow();
      }
    });
  });

  /** Ends of what reaches several stations: whether the assigned ones and every one are still reached afterwards. */
  const endsOfSeveral: readonly (readonly [string, (context: Context) => Promise<unknown>, boolean, boolean])[] = [
    ['a deactivated user', ends['a deactivated user'] as (typeof ends)[string], false, false],
    ['an ended assignment', ends['an ended assignment'] as (typeof ends)[string], false, true],
    ['a suspended station', ends['a suspended station'] as (typeof ends)[string], false, true],
    [
      'a super admin no more',
      ({ userId }) => database.owner.update(User).set({ isSuperAdmin: false }).where(eq(User.id, userId)),
      true,
      false,
    ],
  ];
  test.each(endsOfSeveral)(
    '%s stops the next statement in the contexts of several stations that rest on it',
    async (_, end, reachesAssigned, reachesEvery) => {
      const rowsAround = async (context: Context, enter: typeof withEveryStation) =>
        enter(db, context, async (tx) => {
          const count = () => tx.$count(Customer, eq(Customer.stationId, context.stationId));
          const before = await count();
          await end(context);
          return [before, await count()];
        });
      expect(await rowsAround(await aStation(), withAssignedStations)).toEqual([1, reachesAssigned ? 1 : 0]);
      expect(await rowsAround(await aStation({ isSuperAdmin: true }), withEveryStation)).toEqual([
        1,
        reachesEvery ? 1 : 0,
      ]);
    },
  );

  type Enter = (tx: PostgresDatabase, context: Context & { token: string }, run: () => Promise<void>) => Promise<void>;
  const entries: Readonly<Record<string, Enter>> = {
    withStation: (tx, { userId, stationId }, run) => withStation(tx, { userId, stationId }, run),
    'withStation by token': (tx, { token, stationId }, run) => withStation(tx, { token, stationId }, run),
    withAssignedStations: (tx, { userId }, run) => withAssignedStations(tx, { userId }, run),
    withEveryStation: (tx, { userId }, run) => withEveryStation(tx, { userId }, run),
  };
  describe.each(refused)('a transaction in %s is refused, as its snapshot would not see an end', (level) => {
    const contextWithToken = async () => {
      const context = await aStation({ isSuperAdmin: true });
      const { token } = await issueStationToken(database.owner, { ...context, issuerId: context.userId });
      return { ...context, token };
    };

    test.each(Object.entries(entries))('by %s', async (_, enter) => {
      const context = await contextWithToken();
      let ran = false;
      for (const over of [db as PostgresDatabase, overPostgresJs]) {
        const run = async () => {
          ran = true;
        };
        const entered = over.transaction((tx) => enter(tx, context, run), { isolationLevel: level });
        await expect(entered).rejects.toThrow(InvalidStationContext);
        await expect(entered).rejects.toMatchObject({ expected: 'READ COMMITTED', code: 'invalid-input' });
      }
      expect(ran).toBe(false);
    });

    test('by hand', async () => {
      const { userId, stationId, token } = await contextWithToken();
      for (const call of [
        sql`SELECT identity.enter_station(${userId}, ${stationId}, NULL, NULL, NULL, NULL)`,
        sql`SELECT identity.enter_station_by_token(${token}, ${stationId}, NULL, NULL, NULL, NULL)`,
        sql`SELECT identity.enter_stations(${userId}, 'assigned', NULL)`,
        sql`SELECT identity.enter_stations(${userId}, 'every', NULL)`,
      ]) {
        await expect(inLevel(level, (tx) => tx.execute(call))).rejects.toMatchObject({ cause: { code: '25000' } });
      }
    });

    test('but not the call of a role that has it by default: it begins a transaction that sees ends', async () => {
      const context = await aStation();
      await database.exec(`ALTER ROLE ${database.serviceRole} SET default_transaction_isolation = '${level}'`);
      try {
        const seen = await withStation(drizzle({ client: database.service({ max: 1 }) }), context, async (tx) => {
          const before = await tx.$count(Customer);
          await ends['an ended assignment']?.(context);
          return [before, await tx.$count(Customer)];
        });
        expect(seen).toEqual([1, 0]);
      } finally {
        await database.exec(`ALTER ROLE ${database.serviceRole} RESET default_transaction_isolation`);
      }
    });
  });

  test.each([...infinite, '2100-01-01', '2000-01-01', null])(
    'an assignment that expires at %s has one answer in SQL and TypeScript',
    async (expiresAt) => {
      const { userId, stationId } = await aStation();
      await database.query('UPDATE identity.station_users SET expires_at = $1 WHERE user_id = $2', [expiresAt, userId]);
      const [assignment] = await database.owner.select().from(StationUser).where(eq(StationUser.userId, userId));
      const standing = standingBy(assignment);
      const { rows } = await database.query('SELECT refusal FROM identity.station_standing($1, $2)', [
        userId,
        stationId,
      ]);
      expect(standing).toMatchObject(
        rows[0]?.['refusal'] === null ? { reached: true } : { reached: false, reason: rows[0]?.['refusal'] },
      );
      const seen = withStation(db, { userId, stationId }, (tx) => tx.$count(Customer));
      if (standing.reached) expect(await seen).toBe(1);
      else await expect(seen).rejects.toMatchObject({ code: 'assignment-expired' });
    },
  );

  test.each(infinite)(
    'an assignment that expires at %s has ended over postgres-js, too, and for tokens',
    async (end) => {
      const { owner } = database;
      const { userId, stationId } = await aStation();
      const { token } = await issueStationToken(owner, { userId, stationId, issuerId: userId });
      await database.query('UPDATE identity.station_users SET expires_at = $1 WHERE user_id = $2', [end, userId]);
      const client = postgres(database.url, { max: 1, onnotice: () => {} });
      try {
        const read = drizzlePostgresJs({ client }).select().from(StationUser).where(eq(StationUser.userId, userId));
        expect(standingBy((await read)[0])).toMatchObject({ reached: false, reason: 'assignment-expired' });
      } finally {
        await client.end();
      }
      for (const over of [db as PostgresDatabase, overPostgresJs]) {
        const entered = withStation(over, { userId, stationId }, async () => 1);
        await expect(entered).rejects.toMatchObject({ code: 'assignment-expired' });
        await expect(withAssignedStations(over, { userId }, async () => 1)).rejects.toThrow(NoStationAccess);
        await expect(withStation(over, { token, stationId }, async () => 1)).rejects.toThrow(StationTokenRefused);
      }
      await expect(issueStationToken(owner, { userId, stationId, issuerId: userId })).rejects.toThrow(
        StationTokenDenied,
      );
      expect(await rotateStationToken(owner, token, { stationId, ipAddress: '10.0.0.9' })).toMatchObject({
        valid: false,
      });
    },
  );

  test.each(infinite)('a token that expires at %s has one answer, and what it is rotated into an end', async (end) => {
    const { owner } = database;
    const { userId, stationId } = await aStation();
    const { token, id } = await issueStationToken(owner, { userId, stationId, issuerId: userId });
    await database.query(
      'UPDATE identity.station_access_tokens SET expires_at = $1, family_expires_at = $1 WHERE id = $2',
      [end, id],
    );
    const isValid = end === 'infinity';
    const entered = withStation(db, { token, stationId }, async () => 1);
    if (isValid) await entered;
    else await expect(entered).rejects.toThrow(StationTokenRefused);
    const presentation = { stationId, ipAddress: '10.0.0.9' };
    const verified = await verifyStationToken(owner, token, presentation);
    await verified.recorded;
    expect(verified.valid).toBe(isValid);
    if (verified.valid) expect(verified.token.expiresAt.getTime()).toBeGreaterThan(Date.now());
    const rotated = await rotateStationToken(owner, token, presentation);
    if (!rotated.valid) await rotated.recorded;
    expect(rotated.valid).toBe(isValid);
    if (rotated.valid) expect(rotated.expiresAt.getTime()).toBeLessThan(Date.now() + 366 * 24 * 3_600_000);
  });

  test('an assignment that expires within a statement stops what that does next', async () => {
    const seenBy = async (
      enter: (run: (tx: PostgresDatabase) => Promise<unknown>) => Promise<unknown>,
      userId: string,
    ) =>
      enter(async (tx) => {
        const { rows } = await database.query(
          `UPDATE identity.station_users SET expires_at = clock_timestamp() + interval '1 second' WHERE user_id = $1
           RETURNING expires_at::text AS end`,
          [userId],
        );
        await tx.execute(
          sql.raw(`DO $$ BEGIN
            WHILE clock_timestamp() <= '${rows[0]?.['end']}' LOOP PERFORM pg_sleep(0.05); END LOOP;
            PERFORM set_config('seen.customers', (SELECT count(*)::text FROM customers), true);
          END $$`),
        );
        const [row] = rowsOf<{ seen: string }>(await tx.execute(sql`SELECT current_setting('seen.customers') AS seen`));
        return row?.seen;
      });
    const [one, several] = [await aStation(), await aStation()];
    expect(
      await Promise.all([
        seenBy((run) => withStation(db, one, run), one.userId),
        seenBy((run) => withAssignedStations(db, several, run), several.userId),
      ]),
    ).toEqual(['0', '0']);
  });

  test('nobody enters who was never assigned', async () => {
    const { stationId } = await aStation();
    const { userId } = await aStation();
    await expect(withStation(db, { userId, stationId }, async () => 1)).rejects.toThrow(NoStationAccess);
  });
});

test('PGlite: an assignment that expires at infinity or -infinity has ended', () =>
  withDatabase('pglite', 'migrated', async ({ pglite, query }) => {
    const db = drizzlePGlite({ client: pglite });
    const stationId = await newStation(db);
    const userId = await newStationUser(db, stationId);
    for (const end of infinite) {
      await query('UPDATE identity.station_users SET expires_at = $1', [end]);
      const [assignment] = await db.select().from(StationUser).where(eq(StationUser.userId, userId));
      expect(standingBy(assignment), end).toMatchObject({ reached: false, reason: 'assignment-expired' });
      const entered = withStation(db, { userId, stationId }, async () => 1);
      await expect(entered, end).rejects.toMatchObject({ code: 'assignment-expired' });
    }
  }));
