import { inspect } from 'node:util';
import { asc, count, eq, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { drizzle as drizzlePGlite } from 'drizzle-orm/pglite';
import { drizzle as drizzlePostgres } from 'drizzle-orm/postgres-js';
import fc from 'fast-check';
import pg from 'pg';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Booking, Customer } from '../../../src/core/index.ts';
import type { PostgresDatabase } from '../../../src/database.ts';
import { isRetryable } from '../../../src/errors.ts';
import {
  AssignmentExpired,
  InvalidStationContext,
  NoStationAccess,
  StationAccessNotSetUp,
  StationRowRefused,
  StationSuspended,
  StationTokenRefused,
  withAssignedStations,
  withEveryStation,
  withStation,
} from '../../../src/identity/access/index.ts';
import { type StationPermission, stationGrants } from '../../../src/identity/index.ts';
import { issueStationToken, revokeStationTokens } from '../../../src/identity/tokens/index.ts';
import { newToken } from '../../../src/identity/tokens/token.ts';
import { eachOfFewMajors, serverOf, thorough, withDatabase } from '../../support/databases.ts';
import { newBooking } from '../../support/identity.ts';
import { openPool } from '../../support/servers.ts';
import { statementsSent } from '../../support/statements-sent.ts';
import { openStationDatabase, type StationDatabase } from '../../support/station-access.ts';
import { installedPgBouncer, startPgBouncer } from '../../tools/migrate/pgbouncer.ts';
import { rowsOf } from './drivers.ts';

/** Users by what they are, and stations A, B and C (suspended), each with two customers and two bookings. */
const id = (kind: 'a' | 'b' | 'c', number: number) =>
  `${kind.repeat(8)}-0000-4000-8000-${String(number).padStart(12, '0')}`;
const [A, B, C] = [id('a', 1), id('a', 2), id('a', 3)];
const users = {
  manager: id('b', 1),
  both: id('b', 2),
  expired: id('b', 3),
  ended: id('b', 4),
  suspended: id('b', 5),
  superAdmin: id('b', 6),
  support: id('b', 7),
  nobody: id('b', 8),
};
const world = `
  INSERT INTO identity.stations (id, name, code, display_name, status) VALUES
    ('${A}', 'A', 'TEST-A', 'A', 'active'), ('${B}', 'B', 'TEST-B', 'B', 'maintenance'), ('${C}', 'C', 'TEST-C', 'C', 'suspended');
  INSERT INTO identity.users (id, email, status, is_super_admin)
  SELECT id::uuid, id || '@example.com', CASE id WHEN '${users.suspended}' THEN 'suspended' ELSE 'active' END::userstatus, id = '${users.superAdmin}'
  FROM unnest(ARRAY['${Object.values(users).join("', '")}']) AS id;
  INSERT INTO identity.station_users (user_id, station_id, role, is_active, expires_at) VALUES
    ('${users.manager}', '${A}', 'station_admin', true, NULL), ('${users.both}', '${A}', 'admin', true, NULL),
    ('${users.both}', '${B}', 'admin', true, now() + interval '1 day'), ('${users.both}', '${C}', 'admin', true, NULL),
    ('${users.expired}', '${A}', 'admin', true, now() - interval '1 second'), ('${users.ended}', '${A}', 'admin', false, NULL),
    ('${users.suspended}', '${A}', 'admin', true, NULL), ('${users.support}', '${A}', 'customer_support', true, NULL);
  INSERT INTO customers (station_id, first_name, last_name, email, phone)
  SELECT station.id, station.name, 'l', 'e', '1' FROM identity.stations AS station, generate_series(1, 2) WHERE station.code LIKE 'TEST-_';
  INSERT INTO bookings (station_id, customer_id, event_date, event_start_time, guest_count, location_address, location_city,
    location_state, location_zip, total_amount, deposit_amount, remaining_amount)
  SELECT station_id, customer.id, now(), '12:00', 10, 'a', first_name, 's', 'z', 1, 1, 1 FROM customers AS customer
  WHERE station_id IN ('${A}', '${B}', '${C}');`;

const cities = (tx: PostgresDatabase) =>
  tx.selectDistinct({ city: Booking.locationCity }).from(Booking).orderBy(asc(Booking.locationCity));
const citiesText = async (tx: PostgresDatabase) => (await cities(tx)).map(({ city }) => city).join('');

/** A token of the administrator of stations A and B. */
const issue = (db: PostgresDatabase, stationId: string, permissions?: readonly StationPermission[]) =>
  issueStationToken(db, { stationId, userId: users.both, issuerId: users.both, ...(permissions && { permissions }) });

/** The context that is left on a connection, and the rows that it reaches. */
const leftOn = `SELECT current_user = session_user AS itself,
  concat(nullif(current_setting('role'), 'none'), current_setting('canonical_models.user_id', true),
    current_setting('canonical_models.station_id', true), current_setting('canonical_models.token_id', true),
    current_setting('canonical_models.signature', true)) AS context,
  (SELECT count(*)::int FROM bookings) AS bookings`;
const nothingLeft = { itself: true, context: '', bookings: 0 };

eachOfFewMajors((major) => {
  let database: StationDatabase;
  let pool: pg.Pool;
  let db: PostgresDatabase;
  beforeAll(async () => {
    database = await openStationDatabase(major);
    await database.exec(world);
    pool = database.service({ max: 1 });
    db = drizzle({ client: pool });
  });
  afterAll(() => database.close());

  const denials = async () =>
    (
      await database.query(`SELECT user_id, station_id, resource_type, error_message, details FROM identity.station_audit_logs
        WHERE action = 'access.denied' ORDER BY created_at, id`)
    ).rows;
  const newDenials = async (run: () => Promise<unknown>) => {
    const before = await denials();
    await run();
    return (await denials()).slice(before.length);
  };

  test('reaches the station of the context, passes the user’s standing there, and leaves nothing behind', async () => {
    expect((await pool.query(leftOn)).rows).toEqual([nothingLeft]);
    const result = await withStation(db, { userId: users.manager, stationId: A }, async (tx, membership) => {
      expect(membership).toEqual({
        userId: users.manager,
        role: 'station_admin',
        permissions: stationGrants.station_admin,
        ignored: [],
      });
      return citiesText(tx);
    });
    expect(result).toBe('A');
    expect((await pool.query(leftOn)).rows).toEqual([nothingLeft]);
    expect(await withStation(db, { userId: users.both.toUpperCase(), stationId: B }, citiesText)).toBe('B');
    expect(await withStation(db, { userId: users.superAdmin, stationId: C }, citiesText)).toBe('C');
  });

  test('commits what was written, and nothing if the callback throws', async () => {
    const [customer] = await withStation(db, { userId: users.manager, stationId: A }, (tx) =>
      tx.insert(Customer).values({ stationId: A, firstName: 'new', lastName: 'l', email: 'e', phone: '1' }).returning(),
    );
    const mine = eq(Customer.id, customer?.id as string);
    expect(await database.owner.select().from(Customer).where(mine)).toHaveLength(1);
    const thrown = new Error('after the write');
    await expect(
      withStation(db, { userId: users.both, stationId: A }, async (tx) => {
        expect(await tx.delete(Customer).where(mine).returning()).toHaveLength(1);
        throw thrown;
      }),
    ).rejects.toBe(thrown);
    expect(await database.owner.select().from(Customer).where(mine)).toHaveLength(1);
    await database.owner.delete(Customer).where(mine);
  });

  test.each([
    ['expired', A, AssignmentExpired, {}],
    ['ended', A, NoStationAccess, { code: 'assignment-not-active' }],
    ['suspended', A, NoStationAccess, { code: 'user-not-active' }],
    ['manager', B, NoStationAccess, { code: 'not-assigned' }],
    ['nobody', A, NoStationAccess, { code: 'not-assigned' }],
    ['both', C, StationSuspended, {}],
  ] as const)('%s at %s: refused before the callback runs, and recorded', async (user, stationId, type, properties) => {
    const userId = users[user];
    const written = await newDenials(async () => {
      const run = withStation(db, { userId, stationId }, () => expect.unreachable('the callback ran'));
      await expect(run).rejects.toBeInstanceOf(type);
      await expect(run).rejects.toMatchObject({ userId, stationId, ...properties });
    });
    expect(written).toEqual([
      {
        user_id: userId,
        station_id: stationId,
        resource_type: null,
        error_message: expect.any(String),
        details: { userId },
      },
    ]);
    expect((await pool.query(leftOn)).rows).toEqual([nothingLeft]);
  });

  test('a denial of an unknown user is recorded without a user, one at an unknown station not at all', async () => {
    const unknown = id('c', 99);
    const written = await newDenials(async () => {
      await expect(withStation(db, { userId: unknown, stationId: A }, citiesText)).rejects.toThrow(NoStationAccess);
      await expect(withStation(db, { userId: users.superAdmin, stationId: unknown }, citiesText)).rejects.toThrow(
        NoStationAccess,
      );
    });
    expect(written).toMatchObject([{ user_id: null, station_id: A, details: { userId: unknown } }]);
  });

  test('an id that is not a UUID never reaches the database', async () => {
    const sent = statementsSent();
    const notUuid = fc.oneof(
      fc.string(),
      fc.constantFrom(
        `${A}' OR true --`,
        `'; DROP TABLE bookings; --`,
        `${A} `,
        'every',
        'assigned',
        '',
        `{${A}}`,
        A.replaceAll('-', ''),
      ),
      fc.anything(),
    );
    await fc.assert(
      fc.asyncProperty(notUuid, fc.constantFrom('userId', 'stationId', 'sessionId'), async (value, name) => {
        if (name === 'sessionId' && value === undefined) return;
        const context = { userId: users.manager, stationId: A, [name]: value as string };
        await expect(withStation(db, context, citiesText)).rejects.toThrow(InvalidStationContext);
      }),
      { numRuns: 200, examples: [[{ toString: false }, 'userId']] },
    );
    expect(sent()).toEqual({ statements: [], roundTrips: 0 });
  });

  test('an id that is not a UUID is not in the error: it may be a secret', async () => {
    const context = { userId: users.manager, stationId: 'hunter2' };
    const error = await withStation(db, context, citiesText).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ userId: users.manager, stationId: undefined });
    expect(inspect(error, { showHidden: true })).not.toContain('hunter2');
  });

  test('text with SQL in it is text in the audit trail', async () => {
    const text = `'); DELETE FROM bookings; --\n$1 \\ ␀`;
    const [written] = await newDenials(() =>
      withStation(
        db,
        { userId: users.nobody, stationId: A, userAgent: text, ipAddress: '::1', sessionId: id('c', 7) },
        citiesText,
      ).catch(() => {}),
    );
    expect(written).toBeDefined();
    const { rows } = await database.query(
      `SELECT user_agent, ip_address, session_id FROM identity.station_audit_logs WHERE user_agent IS NOT NULL AND session_id = $1`,
      [id('c', 7)],
    );
    expect(rows).toEqual([{ user_agent: text, ip_address: '::1', session_id: id('c', 7) }]);
  });

  describe('a row that may not be written', () => {
    const refused = (userId: string, run: (tx: PostgresDatabase) => Promise<unknown>) =>
      newDenials(() => expect(withStation(db, { userId, stationId: A }, run)).rejects.toThrow(StationRowRefused));
    let foreign: string;
    beforeAll(async () => {
      const [row] = await database.owner.select({ id: Customer.id }).from(Customer).where(eq(Customer.stationId, B));
      foreign = row?.id as string;
    });

    test('of another station, by a foreign reference, or without the permission: rolled back and recorded', async () => {
      const [own] = await database.owner.select({ id: Customer.id }).from(Customer).where(eq(Customer.stationId, A));
      const ownId = own?.id as string;
      const before = await database.owner.select({ n: count() }).from(Booking);
      for (const written of [
        await refused(users.both, (tx) => tx.insert(Booking).values(newBooking(B, ownId))),
        await refused(users.both, (tx) => tx.insert(Booking).values(newBooking(A, foreign))),
        await refused(users.both, (tx) => tx.insert(Booking).values(newBooking(A, id('c', 98)))),
        await refused(users.support, (tx) => tx.insert(Booking).values(newBooking(A, ownId))),
        await refused(users.both, (tx) => tx.update(Booking).set({ stationId: B })),
        await refused(users.both, (tx) => tx.update(Booking).set({ customerId: foreign })),
        await refused(users.both, (tx) => tx.update(Booking).set({ stationId: null })),
      ]) {
        expect(written).toMatchObject([{ station_id: A, resource_type: 'bookings', error_message: 'row-refused' }]);
      }
      expect(await database.owner.select({ n: count() }).from(Booking)).toEqual(before);
    });

    test('an existing reference to another station may stay, and the row may change', async () => {
      await database.exec(
        `UPDATE bookings SET customer_id = '${foreign}' WHERE id = (SELECT min(id::text)::uuid FROM bookings WHERE station_id = '${A}')`,
      );
      await withStation(db, { userId: users.both, stationId: A }, (tx) => tx.update(Booking).set({ guestCount: 77 }));
      const changed = await database.owner.select({ n: count() }).from(Booking).where(eq(Booking.guestCount, 77));
      expect(changed).toEqual([{ n: 2 }]);
    });

    test('PostgreSQL’s error is its cause, and contains no value of a foreign row', async () => {
      const error = await withStation(db, { userId: users.both, stationId: A }, (tx) =>
        tx.insert(Booking).values(newBooking(A, foreign)),
      ).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(StationRowRefused);
      expect((error as Error).message).not.toContain(foreign);
      expect((error as Error).cause).toBeInstanceOf(Error);
    });
  });

  describe('settings that the callback changes', () => {
    const changes = [
      'RESET ROLE',
      'SET ROLE NONE',
      'SET ROLE station_service_every',
      'SET LOCAL ROLE station_service_assigned',
      'RESET ALL',
      'DISCARD PLANS',
      `SELECT set_config('canonical_models.station_id', 'every', false)`,
      `SET canonical_models.station_id = '${B}'`,
      `SET canonical_models.signature = 'x'`,
      `SET canonical_models.token_id = 'x'`,
      `SELECT set_config('canonical_models.user_id', '${users.superAdmin}', false)`,
      `SELECT set_config('role', 'station_service_every', false), set_config('canonical_models.station_id', 'every', false)`,
      'SET SESSION AUTHORIZATION DEFAULT',
      'SET row_security = off',
      'SET search_path = pg_temp; CREATE TEMP TABLE IF NOT EXISTS users ON COMMIT DROP AS SELECT true AS is_super_admin',
      `SET TIME ZONE 'Asia/Tokyo'`,
    ];
    const some = fc.array(fc.constantFrom(...changes), { minLength: 1, maxLength: 4 });

    test('reach nothing beyond the access of the context’s user, and are gone afterwards', async () => {
      await fc.assert(
        fc.asyncProperty(some, fc.boolean(), async (statements, throws) => {
          const seen = await withStation(db, { userId: users.manager, stationId: A }, async (tx) => {
            let found = '';
            for (const statement of statements) {
              for (const part of statement.split('; ')) await tx.execute(sql.raw(part));
              found += await tx.transaction(citiesText).catch(() => '');
            }
            if (throws) throw new Error('thrown');
            return found;
          }).catch((error: unknown) => {
            if (!(error instanceof Error) || error.message !== 'thrown') throw error;
            return '';
          });
          expect(seen).not.toMatch(/[BC]/);
          await pool.query('SET search_path TO DEFAULT; SET row_security TO DEFAULT');
          expect((await pool.query(leftOn)).rows).toEqual([nothingLeft]);
        }),
        { numRuns: thorough ? 500 : 60 },
      );
    });

    test('a context that was left on the connection does not count', async () => {
      const client = await pool.connect();
      try {
        await client.query(
          `SELECT set_config('canonical_models.user_id', $1, false), set_config('canonical_models.station_id', $2, false),
          set_config('canonical_models.token_id', '', false), set_config('canonical_models.signature', repeat('0', 64), false)`,
          [users.manager, A],
        );
        expect((await client.query('SELECT count(*)::int AS n FROM bookings')).rows).toEqual([{ n: 0 }]);
        await client.query('RESET ALL');
      } finally {
        client.release();
      }
    });
  });

  describe('nested', () => {
    test('the outer context is back when the inner one is done, or has failed', async () => {
      const seen = await withStation(db, { userId: users.both, stationId: A }, async (tx) => {
        const inner = await withStation(tx, { userId: users.both, stationId: B }, citiesText);
        const back = await citiesText(tx);
        await expect(withStation(tx, { userId: users.manager, stationId: B }, citiesText)).rejects.toThrow(
          NoStationAccess,
        );
        await expect(
          withStation(tx, { userId: users.both, stationId: B }, async (inside) => {
            await inside.update(Booking).set({ guestCount: 5 });
            throw new Error('inside');
          }),
        ).rejects.toThrow('inside');
        const all = await withAssignedStations(tx, { userId: users.both }, citiesText);
        return [inner, back, await citiesText(tx), all, await citiesText(tx)];
      });
      expect(seen).toEqual(['B', 'A', 'A', 'AB', 'A']);
      expect((await pool.query(leftOn)).rows).toEqual([nothingLeft]);
    });

    test('a switch of the station is recorded', async () => {
      await withStation(db, { userId: users.both, stationId: A }, (tx) =>
        withStation(tx, { userId: users.both, stationId: B }, citiesText),
      );
      const { rows } = await database.query(
        `SELECT station_id, success, details FROM identity.station_audit_logs WHERE action = 'station.switched' ORDER BY created_at DESC LIMIT 1`,
      );
      expect(rows).toEqual([{ station_id: B, success: true, details: { from: A, userId: users.both } }]);
    });

    test('a denial is recorded although the enclosing transaction is rolled back', async () => {
      const written = await newDenials(() =>
        expect(
          withStation(db, { userId: users.manager, stationId: A }, (tx) =>
            withStation(tx, { userId: users.manager, stationId: B }, citiesText),
          ),
        ).rejects.toThrow(NoStationAccess),
      );
      expect(written).toMatchObject([{ user_id: users.manager, station_id: B, error_message: 'not-assigned' }]);
      const other = await newDenials(() =>
        expect(
          withStation(db, { userId: users.manager, stationId: A }, async (tx) => {
            await withStation(tx, { userId: users.manager, stationId: B }, citiesText).catch(() => {});
            throw new Error('another');
          }),
        ).rejects.toThrow('another'),
      );
      expect(other).toMatchObject([{ user_id: users.manager, station_id: B }]);
    });

    test('in a transaction of the caller, its own role and settings are back', async () => {
      const seen = await database.owner.transaction(async (tx) => {
        const inner = await withStation(tx, { userId: users.manager, stationId: A }, citiesText);
        const { rows } = (await tx.execute(
          sql.raw(`SELECT current_setting('role') AS role, count(*)::int AS n FROM bookings`),
        )) as unknown as {
          rows: { role: string; n: number }[];
        };
        return { inner, ...rows[0] };
      });
      expect(seen).toEqual({ inner: 'A', role: 'none', n: 226 });
    });
  });

  test('an assignment that ends takes effect with the next statement', async () => {
    const seen = await withStation(db, { userId: users.both, stationId: B }, async (tx) => {
      const before = await citiesText(tx);
      await database.exec(
        `UPDATE identity.station_users SET is_active = false WHERE user_id = '${users.both}' AND station_id = '${B}'`,
      );
      const after = await citiesText(tx);
      await database.exec(
        `UPDATE identity.station_users SET is_active = true WHERE user_id = '${users.both}' AND station_id = '${B}'`,
      );
      return [before, after];
    });
    expect(seen).toEqual(['B', '']);
  });

  describe('several stations', () => {
    test('the assigned ones with cross_station.read are readable', async () => {
      expect(await withAssignedStations(db, { userId: users.both }, citiesText)).toBe('AB');
      expect(
        await withAssignedStations(db, { userId: users.superAdmin }, citiesText).catch((error) => error),
      ).toBeInstanceOf(NoStationAccess);
      for (const userId of [users.manager, users.support, users.expired, users.nobody, users.suspended]) {
        await expect(withAssignedStations(db, { userId }, citiesText)).rejects.toThrow(NoStationAccess);
      }
      await expect(
        withAssignedStations(db, { userId: users.both }, (tx) => tx.update(Booking).set({ guestCount: 5 })),
      ).rejects.toThrow();
      expect((await pool.query(leftOn)).rows).toEqual([nothingLeft]);
    });

    test('all of them, and rows without a station, are reachable for a super admin', async () => {
      const all = await database.owner.select({ n: count() }).from(Booking);
      expect(
        await withEveryStation(db, { userId: users.superAdmin }, (tx) => tx.select({ n: count() }).from(Booking)),
      ).toEqual(all);
      for (const userId of [users.both, users.manager, users.nobody, users.suspended]) {
        await expect(withEveryStation(db, { userId }, citiesText)).rejects.toThrow(NoStationAccess);
      }
      expect((await pool.query(leftOn)).rows).toEqual([nothingLeft]);
    });
  });

  test('nobody grants more than they have', async () => {
    const assign = (userId: string, role: string, additional = '[]') =>
      withStation(db, { userId, stationId: A }, (tx) =>
        tx.execute(sql`INSERT INTO identity.station_users (user_id, station_id, role, additional_permissions)
          VALUES (${users.nobody}, ${A}, ${role}, ${additional}::jsonb)`),
      );
    const end = () => database.exec(`DELETE FROM identity.station_users WHERE user_id = '${users.nobody}'`);
    for (const [userId, role, additional] of [
      [users.manager, 'customer_support', '[]'],
      [users.both, 'super_admin', '[]'],
      [users.both, 'station_admin', '["station.delete"]'],
    ] as const) {
      await expect(assign(userId, role, additional)).rejects.toThrow(StationRowRefused);
    }
    await assign(users.both, 'admin', '["kitchen.clean"]');
    await end();
    await assign(users.superAdmin, 'super_admin');
    await end();
  });

  test('costs two more statements than a bare transaction, and as many round trips', async () => {
    const context = { userId: users.manager, stationId: A };
    const sentBy = async (run: () => Promise<unknown>) => {
      const sent = statementsSent();
      await run();
      const { statements, roundTrips } = sent();
      return [statements.map((text) => text.slice(0, 6).toLowerCase()), roundTrips];
    };
    expect(await sentBy(() => db.transaction(citiesText))).toEqual([['begin', 'select', 'commit'], 3]);
    expect(await sentBy(() => withStation(db, context, citiesText))).toEqual([
      ['begin', 'select', 'select', 'select', 'commit'],
      3,
    ]);
    // One for the savepoint and the statement in it: what releases it goes with the next.
    expect(await sentBy(() => withStation(db, context, (tx) => tx.transaction(citiesText)))).toEqual([
      ['begin', 'select', 'savepo', 'select', 'releas', 'select', 'commit'],
      3,
    ]);
  });

  test.each([
    ['a client', {}],
    ['a client in pipeline mode', { pipeline: true }],
  ])('%s: what fails in a savepoint is undone with it alone, however it fails', async (_, options) => {
    const several = drizzle({ client: database.service({ max: 1, ...options }) });
    const insert = sql`INSERT INTO customers (station_id, first_name, last_name, email, phone) VALUES (${A}, 'undone', 'l', 'e', '1')`;
    const fails = sql`SELECT 1 / count(*) FROM bookings WHERE false`;
    type Savepoint = (tx: PostgresDatabase) => Promise<unknown>;
    const savepoints: readonly [code: string, Savepoint][] = [
      ['22012', (tx) => tx.execute(fails)],
      ['22012', (tx) => tx.execute(insert).then(() => tx.transaction((inner) => inner.execute(fails)))],
      ['25P02', (tx) => tx.execute(fails).catch(() => {})],
      ['25P02', (tx) => tx.transaction(async () => {}).then(() => tx.execute(fails).catch(() => {}))],
      // Under way while the savepoint is to be released.
      ['25P02', async (tx) => void Promise.all([tx.execute(insert), tx.execute(fails)]).catch(() => {})],
    ];
    const left = await withStation(several, { userId: users.manager, stationId: A }, async (tx) => {
      for (const [code, savepoint] of savepoints) {
        const outcome: unknown = await tx.transaction(savepoint).catch((error: unknown) => error);
        expect(outcome).toMatchObject({ cause: { code } });
      }
      await tx.transaction(async () => {});
      return tx.$count(Customer, eq(Customer.firstName, 'undone'));
    });
    expect(left).toBe(0);
  });

  test('64 callers on a pool of 4, some of which fail: each sees only its own station', async () => {
    const four = database.service({ max: 4 });
    const many = drizzle({ client: four });
    const callers = [
      ...(['A', 'B'] as const).map((city) => ({ city, userId: users.both, stationId: city === 'A' ? A : B })),
      { city: 'A', userId: users.manager, stationId: A },
      { city: 'C', userId: users.superAdmin, stationId: C },
    ] as const;
    const outcomes = await Promise.all(
      Array.from({ length: 64 * (thorough ? 20 : 3) }, async (_, number) => {
        const { city, ...context } = callers[number % callers.length] as (typeof callers)[number];
        try {
          const seen = await withStation(many, context, async (tx) => {
            const first = await citiesText(tx);
            if (number % 5 === 0) throw new Error('thrown on purpose');
            if (number % 7 === 0) await tx.execute(sql.raw('SELECT 1 / 0'));
            if (number % 11 === 0)
              await tx
                .insert(Customer)
                .values({ stationId: null, firstName: 'f', lastName: 'l', email: 'e', phone: '1' });
            return first + (await citiesText(tx));
          });
          return seen === city + city;
        } catch (error) {
          return number % 5 === 0 || number % 7 === 0 || (number % 11 === 0 && error instanceof StationRowRefused);
        }
      }),
    );
    expect(outcomes.every((fine) => fine)).toBe(true);
    const left = await Promise.all(Array.from({ length: 8 }, () => four.query(leftOn)));
    for (const { rows } of left) expect(rows).toEqual([nothingLeft]);
  });

  test('a connection that is lost in the middle is an error, and the next caller gets another', async () => {
    const lost = withStation(db, { userId: users.manager, stationId: A }, async (tx) => {
      const { rows } = (await tx.execute(sql`SELECT pg_backend_pid() AS pid`)) as unknown as {
        rows: { pid: number }[];
      };
      await database.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid]);
      return citiesText(tx);
    });
    await expect(lost).rejects.toThrow();
    expect(await withStation(db, { userId: users.manager, stationId: A }, citiesText)).toBe('A');
  });

  test('a role outside of the group, and a database without station access, are told apart from denials', async () => {
    const outsider = `outsider_${database.name}`;
    await database.exec(`CREATE ROLE ${outsider} LOGIN PASSWORD 'x'; GRANT USAGE ON SCHEMA identity TO ${outsider}`);
    const url = new URL(database.url);
    url.username = outsider;
    url.password = 'x';
    const client = new pg.Client(url.href);
    await client.connect();
    try {
      const error = await withStation(drizzle({ client }), { userId: users.manager, stationId: A }, citiesText).catch(
        (thrown) => thrown,
      );
      expect(error).toBeInstanceOf(StationAccessNotSetUp);
      expect(error.next).toContain('GRANT station_service TO');
    } finally {
      await client.end();
      await database.exec(`DROP OWNED BY ${outsider}; DROP ROLE ${outsider}`);
    }
    await withDatabase(major, 'legacy', async (legacy) => {
      const error = await withStation(
        drizzle({ client: legacy.client }),
        { userId: users.manager, stationId: A },
        citiesText,
      ).catch((thrown) => thrown);
      expect(error).toBeInstanceOf(StationAccessNotSetUp);
      expect(error.next).toContain('canonical-models migrate');
    });
  });

  test('postgres-js', async () => {
    const client = postgres(database.serviceUrl, { max: 2, onnotice: () => {} });
    try {
      const over = drizzlePostgres({ client });
      expect(await over.select().from(Booking)).toEqual([]);
      const seen = await withStation(over, { userId: users.both, stationId: A }, async (tx, { role }) => [
        role,
        await citiesText(tx),
        await withStation(tx, { userId: users.both, stationId: B }, citiesText),
        await citiesText(tx),
      ]);
      expect(seen).toEqual(['admin', 'A', 'B', 'A']);
      await expect(withStation(over, { userId: users.manager, stationId: B }, citiesText)).rejects.toThrow(
        NoStationAccess,
      );
      await expect(
        withStation(over, { userId: users.both, stationId: A }, (tx) => tx.update(Booking).set({ stationId: B })),
      ).rejects.toThrow(StationRowRefused);
      expect([...(await client.unsafe(leftOn))]).toEqual([nothingLeft]);
    } finally {
      await client.end();
    }
  });

  /** Starts PgBouncer with two sessions of the server, or skips the test. */
  const startPooler = async (skip: (note: string) => void) => {
    const program = installedPgBouncer();
    if (!program)
      skip('pgbouncer is not installed: neither in PATH nor in /usr/sbin (Debian: apt-get install pgbouncer)');
    const pooler = await startPgBouncer(program as string, serverOf(major), 2);
    const url = new URL(database.url);
    url.port = String(pooler.port);
    return { pooler, url };
  };

  test('PgBouncer in transaction mode', async ({ skip }) => {
    const { pooler, url } = await startPooler(skip);
    const clients = openPool(url.href, { max: 16 });
    try {
      const through = drizzle({ client: clients });
      const callers = Array.from({ length: 64 }, (_, number) =>
        withStation(through, { userId: users.both, stationId: number % 2 ? A : B }, citiesText),
      );
      expect(await Promise.all(callers)).toEqual(callers.map((_, number) => (number % 2 ? 'A' : 'B')));
      await expect(withStation(through, { userId: users.manager, stationId: B }, citiesText)).rejects.toThrow(
        NoStationAccess,
      );
      // By tokens, which many clients present side by side on the two sessions.
      const ofA = await issue(database.owner, A);
      const ofB = await issue(database.owner, B);
      const byToken = Array.from({ length: 32 }, (_, number) => {
        const { token, stationId } = number % 2 ? ofB : ofA;
        return withStation(through, { token, stationId }, (tx) =>
          number % 5 ? citiesText(tx) : tx.transaction((savepoint) => citiesText(savepoint)),
        );
      });
      expect(await Promise.all(byToken)).toEqual(byToken.map((_, number) => (number % 2 ? 'B' : 'A')));
      await expect(withStation(through, { token: ofA.token, stationId: B }, citiesText)).rejects.toThrow(
        StationTokenRefused,
      );
      await revokeStationTokens(database.owner, { userId: users.both }, { revokedBy: null });
      await expect(withStation(through, { token: ofA.token, stationId: A }, citiesText)).rejects.toThrow(
        StationTokenRefused,
      );
      const { rows } = await clients.query(leftOn);
      expect(rows).toMatchObject([{ itself: true, context: '' }]);
    } finally {
      await clients.end();
      await pooler.remove();
    }
  });

  test('PgBouncer: what SQL in a callback leaves is on no session of the server, however it ends, over both drivers', async ({
    skip,
  }) => {
    const { pooler, url } = await startPooler(skip);
    const clients = openPool(url.href, { max: 8 });
    const client = postgres(url.href, { max: 8, prepare: false, fetch_types: false, onnotice: () => {} });
    /** What a session keeps, in a statement that is slow enough for the other session to be taken beside it. */
    const state =
      sql.raw(`SELECT pg_sleep(0.02)::text, pg_backend_pid() AS pid, (SELECT count(*)::int FROM pg_cursors) AS cursors,
      (SELECT count(*)::int FROM pg_listening_channels()) AS channels,
      (SELECT count(*)::int FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()) AS locks,
      (SELECT count(*)::int FROM pg_depend WHERE refclassid = 'pg_namespace'::regclass AND refobjid = pg_my_temp_schema()) AS temporary,
      (SELECT count(*)::int FROM pg_prepared_statements WHERE from_sql) AS prepared,
      current_setting('search_path') AS path, ${leftOn.slice('SELECT '.length)}`);
    const leavings = [
      'CREATE TEMPORARY TABLE customers (LIKE public.customers)',
      'CREATE TEMPORARY SEQUENCE numbers',
      'CREATE TEMPORARY VIEW bookings AS SELECT 1 AS one',
      `CREATE TYPE pg_temp.mood AS ENUM ('a')`,
      `CREATE FUNCTION pg_temp.yes(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT true'`,
      'CREATE OPERATOR pg_temp.= (LEFTARG = text, RIGHTARG = text, FUNCTION = pg_temp.yes)',
      'DECLARE kept CURSOR WITH HOLD FOR SELECT 1',
      'LISTEN somebody',
      'SELECT pg_advisory_lock(42)',
      'SELECT pg_advisory_lock_shared(43)',
      'SELECT pg_advisory_xact_lock(44)',
      'PREPARE planted AS SELECT 1',
      `SELECT set_config('search_path', 'pg_temp, public', false)`,
      `SELECT set_config('canonical_models.station_id', '${B}', false)`,
    ];
    const commits = () => {};
    const ends: readonly ((tx: PostgresDatabase) => unknown)[] = [
      commits,
      () => {
        throw new Error('on purpose');
      },
      (tx) => tx.execute(sql`SELECT 1 / 0`),
    ];
    try {
      const dbs: readonly PostgresDatabase[] = [drizzle({ client: clients }), drizzlePostgres({ client })];
      for (const through of dbs) {
        const states = async () => {
          const found = await Promise.all(Array.from({ length: 6 }, () => through.execute(state)));
          const rows = found.flatMap((result) => rowsOf<Record<string, unknown>>(result));
          return {
            sessions: new Set(rows.map(({ pid }) => pid)).size,
            kept: [...new Set(rows.map(({ pid: _, pg_sleep: __, ...row }) => JSON.stringify(row)))],
          };
        };
        const clean = await states();
        expect(clean).toMatchObject({ sessions: 2, kept: [expect.stringContaining('"context":""')] });
        for (const end of ends) {
          const callers = Array.from({ length: 6 }, (_, number) =>
            withStation(through, { userId: users.both, stationId: number % 2 ? A : B }, async (tx) => {
              for (const one of leavings) await tx.execute(sql.raw(one));
              const [left] = rowsOf(await tx.execute(state));
              expect(left).toMatchObject({ temporary: 6, prepared: 1, path: 'pg_temp, public' });
              await end(tx);
            }),
          );
          const failed = (await Promise.allSettled(callers)).filter(({ status }) => status === 'rejected');
          expect(failed).toHaveLength(end === commits ? 0 : callers.length);
          expect((await states()).kept).toEqual(clean.kept);
        }
        // Cursors, and calls in callbacks side by side, reach their own.
        const read = async (tx: PostgresDatabase) => {
          await tx.execute(sql`DECLARE of_cities CURSOR FOR SELECT DISTINCT location_city AS city FROM bookings`);
          const rows = rowsOf<{ city: string }>(await tx.execute(sql`FETCH ALL FROM of_cities`));
          await tx.execute(sql`CLOSE of_cities`);
          return rows.map(({ city }) => city).join('');
        };
        const nested = Array.from({ length: 12 }, (_, number) =>
          withStation(through, { userId: users.both, stationId: number % 2 ? A : B }, async (tx) => [
            await read(tx),
            ...(await Promise.all([A, B].map((stationId) => withStation(tx, { userId: users.both, stationId }, read)))),
            await read(tx),
          ]),
        );
        expect(await Promise.all(nested)).toEqual(
          nested.map((_, number) => (number % 2 ? ['A', 'A', 'B', 'A'] : ['B', 'A', 'B', 'B'])),
        );
      }
    } finally {
      await clients.end();
      await client.end();
      await pooler.remove();
    }
  });
});

test('PGlite', () =>
  withDatabase('pglite', 'migrated', async ({ pglite: client, exec }) => {
    await exec(world);
    const over = drizzlePGlite({ client });
    const seen = await withStation(over, { userId: users.both, stationId: A }, async (tx, { role }) => [
      role,
      await citiesText(tx),
      await withStation(tx, { userId: users.both, stationId: B }, citiesText),
    ]);
    expect(seen).toEqual(['admin', 'A', 'B']);
    await expect(withStation(over, { userId: users.manager, stationId: B }, citiesText)).rejects.toThrow(
      NoStationAccess,
    );
    // By a token, which limits the context also where everybody is a superuser.
    const limited = await issue(over, B, ['customer.read']);
    const whole = await issue(over, A);
    const byToken = await withStation(over, { token: whole.token, stationId: A }, async (tx) => [
      await citiesText(tx),
      await withStation(tx, { token: limited.token, stationId: B }, async (inner, { permissions }) => [
        permissions.join(),
        await citiesText(inner),
        (await inner.select().from(Customer)).length,
      ]),
    ]);
    expect(byToken).toEqual(['A', ['customer.read', '', 2]]);
    await revokeStationTokens(over, { id: whole.id }, { revokedBy: null });
    for (const token of [whole.token, limited.token, newToken()]) {
      await expect(withStation(over, { token, stationId: A }, citiesText)).rejects.toThrow(StationTokenRefused);
    }
    expect((await client.query(leftOn)).rows).toMatchObject([{ itself: true, context: '' }]);
    // Its errors pass with their SQLSTATE, and only that says whether to repeat.
    for (const [code, retryable] of [['40001', true] as const, ['P0001', false] as const]) {
      const failing = withStation(over, { userId: users.both, stationId: A }, (tx) =>
        tx.execute(sql.raw(`DO $$ BEGIN RAISE '40001: could not serialize' USING ERRCODE = '${code}'; END $$`)),
      );
      expect(await failing.then(undefined, isRetryable), code).toBe(retryable);
    }
  }));
