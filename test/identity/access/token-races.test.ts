import { randomUUID } from 'node:crypto';
import { drizzle } from 'drizzle-orm/node-postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Customer } from '../../../src/core/index.ts';
import type { PostgresDatabase } from '../../../src/database.ts';
import { withStation } from '../../../src/identity/access/index.ts';
import { Station, StationUser, User } from '../../../src/identity/index.ts';
import { issueStationToken, revokeStationTokens, rotateStationToken } from '../../../src/identity/tokens/index.ts';
import { eachOfFewMajors, thorough } from '../../support/databases.ts';
import { openStationDatabase, type StationDatabase } from '../../support/station-access.ts';

const rounds = thorough ? 40 : 3;

eachOfFewMajors((major) => {
  let database: StationDatabase;
  let db: ReturnType<typeof drizzle>;
  let keeper: StationDatabase['owner'];
  let stationId: string;
  beforeAll(async () => {
    database = await openStationDatabase(major);
    db = drizzle({ client: database.service({ max: 4 }) });
    keeper = database.owner;
    stationId = randomUUID();
    await keeper.insert(Station).values({ id: stationId, name: 'S', code: 'RACES', displayName: 'S' });
    await keeper.insert(Customer).values({ stationId, firstName: 'f', lastName: 'l', email: 'e', phone: '1' });
  });
  afterAll(() => database.close());

  const newToken = async () => {
    const userId = randomUUID();
    await keeper.insert(User).values({ id: userId, email: `${userId}@example.com`, status: 'active' });
    await keeper.insert(StationUser).values({ userId, stationId, role: 'admin' });
    return { ...(await issueStationToken(keeper, { stationId, userId, issuerId: userId })), userId };
  };

  const ends: Readonly<Record<string, (token: { userId: string; token: string }) => Promise<unknown>>> = {
    'a revocation': ({ userId }) => revokeStationTokens(keeper, { userId }, { revokedBy: null }),
    'a rotation': ({ token }) => rotateStationToken(keeper, token, { stationId, ipAddress: '10.0.0.1' }),
  };

  test.each(
    Object.entries(ends).flatMap(([name, end]) =>
      (['read committed', 'read uncommitted'] as const).map((level) => [name, level, end] as const),
    ),
  )(
    '%s beside entries by the token in %s leaves none that begins after it, and stops those in progress',
    async (_, level, end) => {
      const inLevel = <Value>(run: (tx: PostgresDatabase) => Promise<Value>) =>
        db.transaction((tx) => run(tx as unknown as PostgresDatabase), { isolationLevel: level });
      for (let round = 0; round < rounds; round++) {
        const issued = await newToken();
        const context = { token: issued.token, stationId };
        let ended = false;
        let sawEnd = () => {};
        const whenEnded = new Promise<void>((resolve) => {
          sawEnd = resolve;
        });
        const inProgress = inLevel((tx) =>
          withStation(tx, context, async (inner) => {
            const before = await inner.$count(Customer);
            await whenEnded;
            return [before, await inner.$count(Customer)];
          }),
        );
        const beside = Array.from({ length: 2 }, async () => {
          const late = ended;
          return {
            late,
            done: await inLevel((tx) => withStation(tx, context, (inner) => inner.$count(Customer))).catch(() => 0),
          };
        });
        // The one in progress has entered by the time that the others have had their answers.
        const results = await Promise.all(beside);
        await end(issued);
        ended = true;
        sawEnd();
        for (const { late, done } of results) expect(late && done > 0).toBe(false);
        const seen = await inProgress.catch(() => [0, 0]);
        expect(seen[1]).toBe(0);
        await expect(inLevel((tx) => withStation(tx, context, (inner) => inner.$count(Customer)))).rejects.toThrow();
      }
    },
  );
});
