import { setTimeout as sleep } from 'node:timers/promises';
import { eq, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Customer } from '../../../src/core/index.ts';
import type { PostgresDatabase } from '../../../src/database.ts';
import { CanonicalModelsError } from '../../../src/errors.ts';
import { StationTokenRefused, withStation } from '../../../src/identity/access/index.ts';
import { Station, StationUser } from '../../../src/identity/index.ts';
import {
  type IssuedStationToken,
  issueStationToken,
  revokeStationTokens,
  rotateStationToken,
  verifyStationToken,
} from '../../../src/identity/tokens/index.ts';
import { newToken as unknownToken } from '../../../src/identity/tokens/token.ts';
import { eachOfFewMajors, thorough } from '../../support/databases.ts';
import { newStation, newStationUser } from '../../support/identity.ts';
import { openPool } from '../../support/servers.ts';
import { openStationDatabase, type StationDatabase } from '../../support/station-access.ts';

const rounds = thorough ? 40 : 3;
/** Of a revocation with each that may happen beside it. */
const roundsOfTwo = thorough ? 40 : 1;
const levels = ['read committed', 'read uncommitted'] as const;
type Level = (typeof levels)[number];

eachOfFewMajors((major) => {
  let database: StationDatabase;
  let db: ReturnType<typeof drizzle>;
  let keeper: StationDatabase['owner'];
  let keepers: pg.Pool;
  let kept: ReturnType<typeof drizzle>;
  beforeAll(async () => {
    database = await openStationDatabase(major);
    db = drizzle({ client: database.service({ max: 4 }) });
    keeper = database.owner;
    keepers = openPool(database.url, { max: 4 });
    kept = drizzle({ client: keepers });
  });
  afterAll(async () => {
    await keepers.end();
    await database.close();
  });

  const newStationWithCustomer = async () => {
    const id = await newStation(keeper);
    await keeper.insert(Customer).values({ stationId: id, firstName: 'f', lastName: 'l', email: 'e', phone: '1' });
    return id;
  };

  /** A token of a user of their own, at a station of its own. */
  const newToken = async (): Promise<Raced> => {
    const at = await newStationWithCustomer();
    const userId = await newStationUser(keeper, at, { role: 'admin' });
    const { token } = await issueStationToken(keeper, { stationId: at, userId, issuerId: userId });
    return { userId, token, at };
  };

  const ends: Readonly<Record<string, (token: Raced) => Promise<unknown>>> = {
    'a revocation': ({ userId }) => revokeStationTokens(keeper, { userId }, { revokedBy: null }),
    'a rotation': async ({ token, at }) =>
      expect(await rotateStationToken(keeper, token, { stationId: at, ipAddress: '10.0.0.1' })).toMatchObject({
        valid: true,
      }),
    'the end of the assignment': ({ userId }) =>
      keeper.update(StationUser).set({ isActive: false }).where(eq(StationUser.userId, userId)),
    'a suspension': ({ at }) => keeper.update(Station).set({ status: 'suspended' }).where(eq(Station.id, at)),
  };

  test.each(Object.entries(ends).flatMap(([name, end]) => levels.map((level) => [name, level, end] as const)))(
    '%s beside entries by the token in %s leaves none that begins after it, and stops those in progress',
    async (_, level, end) => {
      const late: number[] = [];
      const notLate: number[] = [];
      for (let round = 0; round < rounds; round++) {
        const raced = await newToken();
        const context = { token: raced.token, stationId: raced.at };
        const inContext = <Value>(run: (inner: PostgresDatabase) => Promise<Value>) =>
          db.transaction((tx) => withStation(tx as unknown as PostgresDatabase, context, run), {
            isolationLevel: level,
          });
        let isOver = false;
        const over = gate();
        const entered = gate();
        const inProgress = inContext(async (inner) => {
          const before = await inner.$count(Customer);
          entered.open();
          await over.opened;
          return [before, await inner.$count(Customer)];
        });
        await entered.opened;
        /** The rows that an entry reads which begins now; none if it is refused. */
        const enter = async () => {
          const isLate = isOver;
          const rows = await inContext(async (inner) => {
            const isLateStatement = isOver;
            const count = await inner.$count(Customer);
            if (isLateStatement) expect(count, 'by a statement that began after the end').toBe(0);
            return count;
          }).catch((error: unknown) => {
            if (!(error instanceof StationTokenRefused)) throw error;
            return 0;
          });
          (isLate ? late : notLate).push(rows);
        };
        const entries = [
          enter(),
          ...[0, 1, 2, 4, 8, 16].map((after) => sleep(after).then(enter)),
          over.opened.then(enter),
        ];
        await sleep(round % 4);
        await end(raced);
        isOver = true;
        over.open();
        await Promise.all(entries);
        expect(await inProgress).toEqual([1, 0]);
      }
      expect(late.length).toBeGreaterThanOrEqual(rounds);
      expect(new Set(late)).toEqual(new Set([0]));
      // Whether these came before the end is chance; the one in progress did.
      expect(notLate.length).toBeGreaterThanOrEqual(rounds);
    },
  );

  /** What happens beside a revocation of all tokens of a user, in a transaction of its own. Only a new token is answered. */
  const besides: Readonly<
    Record<string, (db: PostgresDatabase, at: Raced, level: Level) => Promise<IssuedStationToken | undefined>>
  > = {
    issue: (db, { userId, at }, level) =>
      db.transaction((tx) => issueStationToken(tx, { stationId: at, userId, issuerId: userId }), {
        isolationLevel: level,
      }),
    rotate: async (db, { token, at }, level) => {
      const rotated = await db.transaction(
        (tx) => rotateStationToken(tx, token, { stationId: at, ipAddress: '10.0.0.1' }),
        { isolationLevel: level },
      );
      if (rotated.valid) return rotated;
      await rotated.recorded;
      return undefined;
    },
    verify: async (db, { token, at }, level) => {
      await db.transaction(
        async (tx) => {
          const verified = await verifyStationToken(tx, token, { stationId: at, ipAddress: '10.0.0.1' });
          await verified.recorded;
        },
        { isolationLevel: level },
      );
      return undefined;
    },
    'end of the assignment': async (db, { userId }, level) => {
      await db.transaction(
        (tx) => tx.update(StationUser).set({ isActive: false }).where(eq(StationUser.userId, userId)),
        { isolationLevel: level },
      );
      return undefined;
    },
    suspension: async (db, { at }, level) => {
      await db.transaction((tx) => tx.update(Station).set({ status: 'suspended' }).where(eq(Station.id, at)), {
        isolationLevel: level,
      });
      return undefined;
    },
  };

  test.each(levels.flatMap((level) => Object.entries(besides).map(([name, beside]) => [name, level, beside] as const)))(
    'a revocation beside %s in %s: no token and no row once it is done, and nobody waits in a circle',
    async (_, level, beside) => {
      for (let round = 0; round < roundsOfTwo; round++) {
        const at = await newStationWithCustomer();
        const userId = await newStationUser(keeper, at, { role: 'admin' });
        const { token, id } = await issueStationToken(keeper, { stationId: at, userId, issuerId: userId });
        const inLevel = <Value>(run: (tx: PostgresDatabase) => Promise<Value>) =>
          db.transaction((tx) => run(tx as unknown as PostgresDatabase), { isolationLevel: level });
        let isRevoked = false;
        const revoked = kept
          .transaction((tx) => revokeStationTokens(tx, { userId }, { revokedBy: null }), { isolationLevel: level })
          .then(() => {
            isRevoked = true;
          });
        const besideIt = beside(kept, { userId, token, at }, level);
        /** Statements of one entry, until one begins after the revocation. */
        const reading = inLevel((tx) =>
          withStation(tx, { token, stationId: at }, async (inner) => {
            for (;;) {
              const isLate = isRevoked;
              const rows = await inner.$count(Customer);
              if (isLate) return rows;
            }
          }),
        );
        const [, ofBeside, ofReading] = await Promise.allSettled([revoked, besideIt, reading]);
        await revoked;
        const unexpected = [ofBeside, ofReading].flatMap((end) =>
          end.status === 'rejected' && !(end.reason instanceof CanonicalModelsError) ? [end.reason] : [],
        );
        expect(unexpected).toEqual([]);
        if (ofReading.status === 'fulfilled') expect(ofReading.value).toBe(0);
        await expect(inLevel((tx) => withStation(tx, { token, stationId: at }, async () => 1))).rejects.toThrow(
          StationTokenRefused,
        );
        const issued = ofBeside.status === 'fulfilled' ? ofBeside.value : undefined;
        if (!issued) continue;
        const { rows } = await database.query(
          `SELECT later.is_revoked OR later.issued_at > earlier.revoked_at AS is_in_order, later.is_revoked AS is_revoked
          FROM identity.station_access_tokens AS later, identity.station_access_tokens AS earlier
          WHERE later.id = $1 AND earlier.id = $2`,
          [issued.id, id],
        );
        // A rotation comes before the revocation, or is refused; a token may be issued after it.
        expect(rows).toMatchObject([{ is_in_order: true, ...(beside === besides['rotate'] && { is_revoked: true }) }]);
        const enters = inLevel((tx) => withStation(tx, { token: issued.token, stationId: at }, async () => true));
        expect(await enters.catch(() => false)).toBe(rows[0]?.['is_revoked'] === false);
      }
    },
  );

  const refusedFrom = '10.0.0.7';
  /** What refuses a token, and ends with the record of it. */
  const refusals: Readonly<Record<string, (token: string, at: string) => Promise<unknown>>> = {
    verifyStationToken: async (token, at) => {
      const { valid, recorded } = await verifyStationToken(kept, token, { stationId: at, ipAddress: refusedFrom });
      expect(valid).toBe(false);
      await recorded;
    },
    withStation: (token, at) =>
      expect(withStation(db, { token, stationId: at, ipAddress: refusedFrom }, async () => 1)).rejects.toThrow(
        StationTokenRefused,
      ),
  };

  /** A token that was rotated. To present it revokes its family. */
  const newRotatedToken = async (at: string) => {
    const userId = await newStationUser(keeper, at, { role: 'admin' });
    const { token } = await issueStationToken(keeper, { stationId: at, userId, issuerId: userId });
    await rotateStationToken(keeper, token, { stationId: at, ipAddress: '10.0.0.1' });
    return { userId, token };
  };

  test.each(Object.entries(refusals))(
    '%s locks the user, the count of the address, that of the station with the token, and what it forgets, in this order',
    async (_, refuse) => {
      const at = await newStation(keeper);
      const { userId, token } = await newRotatedToken(at);
      await refuse(token, at);
      const inOrder = [
        `identity.users WHERE id = '${userId}'`,
        `identity.station_token_failures WHERE address = '${refusedFrom}'`,
        `identity.station_token_failures WHERE station_id = '${at}'`,
        `identity.station_token_failures WHERE address = 'forgotten'`,
      ];
      const isFree = async (row: string) =>
        (await database.query(`SELECT true AS free FROM ${row} FOR NO KEY UPDATE SKIP LOCKED`)).rows.length === 1;
      for (const [place, row] of inOrder.slice(0, -1).entries()) {
        await database.exec(`DELETE FROM identity.station_token_failures WHERE address = 'forgotten';
          INSERT INTO identity.station_token_failures (address, failures, began_at) VALUES ('forgotten', 1, now() - interval '1 day')`);
        let refused: Promise<unknown> | undefined;
        const free: string[] = [];
        await kept.transaction(async (tx) => {
          await tx.execute(sql.raw(`SELECT FROM ${row} FOR NO KEY UPDATE`));
          refused = refuse(token, at);
          while (!(await isWaiting()));
          for (const each of inOrder) if (await isFree(each)) free.push(each);
        });
        await refused;
        expect(free).toEqual(inOrder.slice(place + 1));
        expect(await isFree(inOrder.at(-1) as string)).toBe(false);
      }
    },
  );

  test('refusals beside each other, from one address: each is counted, and nobody waits in a circle', async () => {
    const at = await newStation(keeper);
    const { token } = await newRotatedToken(at);
    await database.exec('DELETE FROM identity.station_token_failures');
    const flows = [...Object.values(refusals), ...Object.values(refusals)];
    await Promise.all(
      flows.map(async (refuse) => {
        for (let count = 0; count < 10 * rounds; count++) await refuse(count % 3 === 0 ? token : unknownToken(), at);
      }),
    );
    const { rows } = await database.query(
      `SELECT sum(failures) FILTER (WHERE address = '${refusedFrom}')::int AS from_address,
        sum(failures) FILTER (WHERE station_id = '${at}')::int AS at_station FROM identity.station_token_failures`,
    );
    const refused = flows.length * 10 * rounds;
    expect(rows).toEqual([{ from_address: refused, at_station: refused }]);
  });

  /** Whether a statement waits for a lock. */
  const isWaiting = async () => {
    const { rows } = await database.query(
      `SELECT count(*)::int AS count FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    return Number(rows[0]?.['count']) > 0;
  };
});

/** Holds back who waits for `opened`. */
function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

/** Who has a token at which station. */
interface Raced {
  readonly userId: string;
  readonly token: string;
  readonly at: string;
}
