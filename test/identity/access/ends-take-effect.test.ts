import { randomUUID } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Customer } from '../../../src/core/index.ts';
import type { PostgresDatabase } from '../../../src/database.ts';
import { InvalidStationContext, NoStationAccess, withStation } from '../../../src/identity/access/index.ts';
import { resolveStanding, Station, StationUser, User } from '../../../src/identity/index.ts';
import { eachMajor, thorough } from '../../support/databases.ts';
import { openStationDatabase, type StationDatabase } from '../../support/station-access.ts';

const levels = ['read uncommitted', 'read committed', 'repeatable read', 'serializable'] as const;
const allowed = levels.slice(0, 2);

eachMajor((major) => {
  let database: StationDatabase;
  let db: ReturnType<typeof drizzle>;
  beforeAll(async () => {
    database = await openStationDatabase(major);
    db = drizzle({ client: database.service({ max: 4 }) });
  });
  afterAll(() => database.close());

  /** A station of its own with one customer, and an assigned user. */
  async function aStation() {
    const [stationId, userId] = [randomUUID(), randomUUID()] as const;
    const { owner } = database;
    await owner.insert(Station).values({ id: stationId, name: 'S', code: stationId.slice(0, 18), displayName: 'S' });
    await owner.insert(User).values({ id: userId, email: `${userId}@example.com`, status: 'active' });
    await owner.insert(StationUser).values({ userId, stationId, role: 'admin' });
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

  test.each(levels.slice(2))('a transaction in %s is refused, as its snapshot would not see an end', async (level) => {
    const context = await aStation();
    let ran = false;
    const entered = inLevel(level, (tx) =>
      withStation(tx, context, async () => {
        ran = true;
      }),
    );
    await expect(entered).rejects.toThrow(InvalidStationContext);
    await expect(entered).rejects.toMatchObject({ expected: 'READ COMMITTED', code: 'invalid-input' });
    expect(ran).toBe(false);
    // By hand, too.
    const byHand = inLevel(level, (tx) =>
      tx.execute(sql`SELECT identity.enter_station(${context.userId}, ${context.stationId}, NULL, NULL, NULL, NULL)`),
    );
    await expect(byHand).rejects.toMatchObject({ cause: { code: '25000' } });
  });

  test.each(['infinity', '-infinity', '2100-01-01', '2000-01-01', null])(
    'an assignment that expires at %s has one answer in SQL and TypeScript',
    async (expiresAt) => {
      const { userId, stationId } = await aStation();
      await database.query('UPDATE identity.station_users SET expires_at = $1 WHERE user_id = $2', [expiresAt, userId]);
      const [assignment] = await database.owner.select().from(StationUser).where(eq(StationUser.userId, userId));
      if (!assignment) throw new Error('no assignment');
      const standing = resolveStanding(
        { userStatus: 'active', isSuperAdmin: false, assignments: [{ ...assignment, stationStatus: 'active' }] },
        stationId,
      );
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

  test('nobody enters who was never assigned', async () => {
    const { stationId } = await aStation();
    const { userId } = await aStation();
    await expect(withStation(db, { userId, stationId }, async () => 1)).rejects.toThrow(NoStationAccess);
  });
});
