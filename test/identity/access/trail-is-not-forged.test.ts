import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { eq, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { drizzle as drizzleJs } from 'drizzle-orm/postgres-js';
import pg from 'pg';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Customer } from '../../../src/core/index.ts';
import type { PostgresDatabase } from '../../../src/database.ts';
import {
  NoStationAccess,
  StationProofRequired,
  StationRowRefused,
  withEveryStation,
  withStation,
} from '../../../src/identity/access/index.ts';
import { recordAuditEvent, verifyAuditTrail } from '../../../src/identity/audit/index.ts';
import { Station, StationAuditLog, StationUser, User } from '../../../src/identity/index.ts';
import { issueStationToken } from '../../../src/identity/tokens/index.ts';
import { newToken } from '../../../src/identity/tokens/token.ts';
import { eachMajor } from '../../support/databases.ts';
import { newStation, newUser } from '../../support/identity.ts';
import { openStationDatabase, type StationDatabase } from '../../support/station-access.ts';

eachMajor((major) => {
  let database: StationDatabase;
  let db: ReturnType<typeof drizzle>;
  const [here, there] = [randomUUID(), randomUUID()] as const;
  const [admin, stranger, root] = [randomUUID(), randomUUID(), randomUUID()] as const;
  beforeAll(async () => {
    database = await openStationDatabase(major);
    const { owner } = database;
    for (const id of [here, there]) {
      await owner.insert(Station).values({ id, name: 'S', code: id.slice(0, 18), displayName: 'S' });
    }
    for (const id of [admin, stranger]) {
      await owner.insert(User).values({ id, email: `${id}@example.com`, status: 'active' });
    }
    await owner.insert(User).values({ id: root, email: 'root@example.com', status: 'active', isSuperAdmin: true });
    await owner.insert(StationUser).values({ userId: admin, stationId: here, role: 'station_admin' });
    db = drizzle({ client: database.service({ max: 1 }) });
  });
  afterAll(() => database.close());

  /** What something adds to the trail of all stations. */
  const added = async (run: () => Promise<unknown>) => {
    const before = new Set((await database.owner.select().from(StationAuditLog)).map(({ id }) => id));
    await run();
    return (await database.owner.select().from(StationAuditLog)).filter(({ id }) => !before.has(id));
  };
  const context = { userId: admin, stationId: here };

  /** Every function of the package that the service may call, with what an attacker would give for its parameters. */
  const calls = async () => {
    const { rows } = await database.query(
      `SELECT proname::text AS name, array(SELECT format_type(type, NULL) FROM unnest(proargtypes) AS type) AS types FROM pg_proc
       WHERE pronamespace = 'identity'::regnamespace AND has_function_privilege($1, oid, 'EXECUTE') AND prorettype <> 'trigger'::regtype`,
      [database.serviceRole],
    );
    const texts: Readonly<Record<string, string>> = {
      text: `'forged'`,
      jsonb: `'[]'`,
      regclass: `'customers'::regclass`,
    };
    const denials = [
      `'not-assigned', 'forged', NULL, NULL, NULL, NULL, true, NULL`,
      `NULL, NULL, NULL, NULL, NULL, 'customers', false, NULL`,
    ].map((given) => `SELECT identity.record_denial('${stranger}', '${here}', ${given})`);
    const each = (rows as { name: string; types: string[] }[]).flatMap(({ name, types }) =>
      [
        [stranger, here],
        [admin, there],
        [admin, here],
      ].map(([user, station]) => {
        let uuids = 0;
        const given = types.map((type) =>
          type === 'uuid' ? `'${[user, station, randomUUID(), randomUUID()][uuids++]}'` : (texts[type] ?? 'NULL'),
        );
        return `SELECT identity.${name}(${given.join(', ')})`;
      }),
    );
    return [...each, ...denials];
  };

  test('no function of the database that a service calls by hand writes to it, outside of a context', async () => {
    const statements = await calls();
    expect(statements.join()).toMatch(/record_denial[\s\S]*enter_station|enter_station[\s\S]*record_denial/);
    for (const statement of statements) {
      const written = await added(() => db.execute(sql.raw(statement)).catch(() => {}));
      // A token that is refused is counted, of nobody.
      expect(
        written.filter(({ action, userId }) => action !== 'token.refused' || userId !== null),
        statement,
      ).toEqual([]);
    }
  });

  test('no id of a user gets a denial recorded where the database takes no word for ids', async () => {
    const allows = (allowed: boolean) =>
      database.exec(`UPDATE drizzle.canonical_models_station_access SET entry_by_user_id = ${allowed}`);
    const forged = sql`SELECT identity.record_denial(${stranger}, ${there}, answer ->> 'refusal', answer ->> 'denialProof',
      ${randomUUID()}::uuid, '6.6.6.6', 'forged', NULL, true, NULL)
      FROM (SELECT identity.enter_station(${stranger}, ${there}, NULL, NULL, NULL, NULL)::json AS answer OFFSET 0) AS entry`;
    await allows(false);
    try {
      expect(await added(() => db.execute(forged).catch(() => {}))).toEqual([]);
      const refused = withStation(db, { userId: stranger, stationId: there }, async () => 1);
      expect(await added(() => expect(refused).rejects.toThrow(StationProofRequired))).toEqual([]);
    } finally {
      await allows(true);
    }
  });

  test('a proof of a denial is good for one row, with the time at which the database denied it', async () => {
    const entered = sql`SELECT identity.enter_station(${stranger}, ${here}, NULL, NULL, NULL, NULL) AS answer, statement_timestamp()::text AS at`;
    const { rows } = await db.execute<{ answer: string; at: string }>(entered);
    const { denialProof: proof } = JSON.parse(rows[0]?.answer ?? '') as { denialProof: string };
    const record = (given: string, userAgent: string, isLate = true) =>
      db.execute(
        sql`SELECT identity.record_denial(${stranger}, ${here}, 'not-assigned', ${given}, NULL, NULL, ${userAgent}, NULL, ${isLate}, NULL)`,
      );
    const [row, ...more] = await added(async () => {
      for (const userAgent of ['first', 'second', 'third']) await record(proof, userAgent);
      await record(proof, 'fourth', false);
      for (const altered of [
        proof.replace(/\d/, (digit) => String((Number(digit) + 1) % 10)),
        proof.split(' ')[1] ?? '',
      ]) {
        await expect(record(altered, 'altered')).rejects.toMatchObject({ cause: { code: '42501' } });
      }
    });
    expect(more).toEqual([]);
    expect(row).toMatchObject({ userId: stranger, userAgent: 'first', errorMessage: 'not-assigned' });
    const { rows: times } = await database.query(
      'SELECT abs(extract(epoch FROM $1::timestamp - $2::timestamptz AT TIME ZONE $3))::float8 AS apart',
      [row?.details['deniedAt'], rows[0]?.at, 'UTC'],
    );
    expect(times).toEqual([{ apart: expect.closeTo(0, 3) }]);
  });

  test('a proof of refused rows is good for one row a table', async () => {
    const entered = sql`SELECT identity.enter_station(${admin}, ${here}, NULL, NULL, NULL, NULL) AS answer`;
    const { rows } = await db.execute<{ answer: string }>(entered);
    const { denialProof: proof } = JSON.parse(rows[0]?.answer ?? '') as { denialProof: string };
    const written = await added(async () => {
      for (const table of ['customers', 'customers', 'bookings', 'customers']) {
        await db.execute(
          sql`SELECT identity.record_denial(${admin}, ${here}, NULL, ${proof}, NULL, NULL, NULL, ${table}, false, NULL)`,
        );
      }
    });
    expect(written.map(({ resourceType, details }) => [resourceType, details]).sort()).toEqual([
      ['bookings', { userId: admin }],
      ['customers', { userId: admin }],
    ]);
  });

  test('SQL in a callback counts and records no token at another station', async () => {
    const counts = async () => (await database.query('SELECT * FROM identity.station_token_failures ORDER BY id')).rows;
    const before = await counts();
    const forged = `SELECT identity.refuse_station_token('junk', '${there}', '203.0.113.7', '203.0.113.7', 'forged', NULL)
      FROM generate_series(1, 20)`;
    const attack = withStation(db, context, (tx) => tx.execute(sql.raw(forged)));
    expect(await added(() => expect(attack).rejects.toThrow())).toEqual([]);
    expect(await counts()).toEqual(before);
  });

  test('nor in one', async () => {
    for (const statement of await calls()) {
      const written = await added(() =>
        withStation(db, context, (tx) => tx.execute(sql.raw(statement))).catch(() => {}),
      );
      expect(
        written.filter(({ action, userId }) => action !== 'access.denied' || userId !== admin),
        statement,
      ).toEqual([]);
    }
  });

  test('a denial is recorded of the user who was denied, with the role at the station and the time of the server', async () => {
    const [refused, ...more] = await added(() =>
      expect(withStation(db, { userId: stranger, stationId: here }, async () => 1)).rejects.toThrow(NoStationAccess),
    );
    expect(more).toEqual([]);
    expect(refused).toMatchObject({
      userId: stranger,
      stationId: here,
      action: 'access.denied',
      errorMessage: 'not-assigned',
      success: false,
    });
    const foreign = { stationId: there, firstName: 'f', lastName: 'l', email: 'e', phone: '1' };
    const [row, ...others] = await added(() =>
      expect(withStation(db, context, (tx) => tx.insert(Customer).values(foreign))).rejects.toThrow(StationRowRefused),
    );
    expect(others).toEqual([]);
    expect(row).toMatchObject({
      userId: admin,
      userRole: 'station_admin',
      action: 'access.denied',
      resourceType: 'customers',
      errorMessage: 'row-refused',
    });
    // In a nested call that the callback survives, once; and still there if the call around it fails.
    for (const fails of [false, true]) {
      const written = await added(() =>
        withStation(db, context, async (tx) => {
          await withStation(tx, { userId: stranger, stationId: here }, async () => 1).catch(() => {});
          if (fails) throw new Error('on purpose');
        }).catch(() => {}),
      );
      expect(written).toMatchObject([{ userId: stranger, action: 'access.denied' }]);
    }
  });

  describe.each(['node-postgres', 'postgres-js', 'postgres-js without names'])(
    'over %s a denial that the service survives is recorded, once',
    (driver) => {
      let ofJs: postgres.Sql;
      let db: PostgresDatabase;
      beforeAll(() => {
        ofJs = postgres(database.serviceUrl, { max: 1, prepare: driver === 'postgres-js', onnotice: () => {} });
        db =
          driver === 'node-postgres' ? drizzle({ client: database.service({ max: 1 }) }) : drizzleJs({ client: ofJs });
      });
      afterAll(() => ofJs.end());
      const foreign = { stationId: there, firstName: 'f', lastName: 'l', email: 'e', phone: '1' };
      const asStranger = { userId: stranger, stationId: here };
      const insertsForeign = (tx: PostgresDatabase) => tx.insert(Customer).values(foreign);
      const enters = (tx: PostgresDatabase) => withStation(tx, asStranger, async () => 1).catch(() => {});
      const writes = (tx: PostgresDatabase) =>
        withStation(tx, context, (inner) => inner.insert(Customer).values(foreign)).catch(() => {});
      /** In a savepoint that the refusal takes back, as nothing catches it there. */
      const inSavepoint = (run: (tx: PostgresDatabase) => Promise<unknown>) => (tx: PostgresDatabase) =>
        tx
          .transaction(async (savepoint) => {
            await run(savepoint as PostgresDatabase);
            throw new RangeError('on purpose');
          })
          .catch(() => {});
      const survivesRow = (tx: PostgresDatabase) => tx.transaction(insertsForeign).catch(() => {});
      const own = (lastName: string) => ({ ...foreign, stationId: here, lastName });
      const kept = (lastName: string) => database.owner.select().from(Customer).where(eq(Customer.lastName, lastName));
      const readOnly = (tx: PostgresDatabase) => tx.execute(sql.raw('SET TRANSACTION READ ONLY'));
      const entry = { userId: stranger, stationId: here, action: 'access.denied', errorMessage: 'not-assigned' };
      const row = { userId: admin, stationId: here, action: 'access.denied', errorMessage: 'row-refused' };
      const token = { userId: null, stationId: here, action: 'token.refused' };
      const byToken = (tx: PostgresDatabase) =>
        withStation(tx, { token: newToken(), stationId: here }, async () => 1).catch(() => {});

      test.each<[string, (tx: PostgresDatabase) => Promise<unknown>, object]>([
        ['an entry', enters, entry],
        ['an entry in a savepoint that is rolled back', inSavepoint(enters), entry],
        ['an entry in a transaction that SQL made read only', (tx) => readOnly(tx).then(() => enters(tx)), entry],
        ['a row', writes, row],
        ['a row in a savepoint that is rolled back', inSavepoint(writes), row],
        ['a row in a savepoint of the callback', survivesRow, row],
        ['a row before SQL made the transaction read only', (tx) => survivesRow(tx).then(() => readOnly(tx)), row],
        [
          'a row in a transaction that SQL made read only, and that fails',
          async (tx) => {
            await survivesRow(tx);
            await readOnly(tx);
            throw new RangeError('on purpose');
          },
          row,
        ],
        [
          'two rows of a table',
          async (tx) => {
            for (let n = 0; n < 2; n++) await survivesRow(tx);
          },
          row,
        ],
        [
          'a row whose refusal the callback swallows, though its transaction has failed',
          (tx) => insertsForeign(tx).catch(() => {}),
          row,
        ],
        ['a token', byToken, token],
        ['a token in a savepoint that is rolled back', inSavepoint(byToken), token],
      ])('%s', async (_, run, expected) => {
        await database.exec('DELETE FROM identity.station_token_failures');
        expect(await added(() => withStation(db, context, run).catch(() => {}))).toMatchObject([expected]);
      });

      test('though the work fails when it is committed', async () => {
        await database.exec(`
        CREATE FUNCTION fail_late() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'too late'; END $$;
        CREATE CONSTRAINT TRIGGER fail_late AFTER INSERT ON customers DEFERRABLE INITIALLY DEFERRED
          FOR EACH ROW EXECUTE FUNCTION fail_late()`);
        try {
          let failed: unknown;
          const run = async (tx: PostgresDatabase) => {
            await survivesRow(tx);
            await tx.insert(Customer).values(own('late'));
          };
          const written = await added(async () => {
            const call = withStation(db, context, run).catch((error: unknown) => {
              failed = error;
            });
            // A call that waits for the connection.
            expect(await withStation(db, context, async () => 'next')).toBe('next');
            await call;
          });
          expect(written).toMatchObject([row]);
          const { cause, message } = failed as Error;
          expect((cause as Error | undefined)?.message ?? message).toBe('too late');
          expect(await kept('late')).toEqual([]);
        } finally {
          await database.exec('DROP TRIGGER fail_late ON customers; DROP FUNCTION fail_late()');
        }
      });

      test('or not, if the trail takes none: the work is committed all the same', async () => {
        await database.exec(`
        CREATE FUNCTION take_none() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'none'; END $$;
        CREATE TRIGGER take_none BEFORE INSERT ON identity.station_audit_logs FOR EACH ROW EXECUTE FUNCTION take_none()`);
        try {
          const lastName = `kept over ${driver}`;
          const result = await withStation(db, context, async (tx) => {
            await tx.insert(Customer).values(own(lastName));
            await survivesRow(tx);
            return 'done';
          });
          expect([result, (await kept(lastName)).length]).toEqual(['done', 1]);
          const failed = withStation(db, context, (tx) => insertsForeign(tx));
          await expect(failed).rejects.toThrow(StationRowRefused);
        } finally {
          await database.exec('DROP TRIGGER take_none ON identity.station_audit_logs; DROP FUNCTION take_none()');
        }
      });

      test('though SQL dropped the statements that the driver keeps', async () => {
        const client = postgres(database.serviceUrl, { max: 1, onnotice: () => {} });
        try {
          const dropped = async (tx: PostgresDatabase) => {
            await survivesRow(tx);
            await tx.execute(sql.raw('DEALLOCATE ALL'));
          };
          const ofItsOwn = driver === 'node-postgres' ? db : drizzleJs({ client });
          expect(await added(() => withStation(ofItsOwn, context, dropped))).toMatchObject([row]);
        } finally {
          await client.end();
        }
      });

      test('before the next call has the connection, which may wait for this one', async () => {
        // Without names the record is written on another connection, and waited for in vain for two seconds.
        const longest = driver === 'postgres-js without names' ? 4000 : 1500;
        for (const run of [insertsForeign, survivesRow, enters]) {
          const written = await added(async () => {
            const first = withStation(db, context, run).catch(() => {});
            const second = withStation(db, context, () => first);
            await Promise.race([
              second,
              sleep(longest, undefined, { ref: false }).then(() => Promise.reject(new Error('waits'))),
            ]);
            // Then it is written once the connection is free.
            await withStation(db, context, async () => 1);
          });
          expect(written).toHaveLength(1);
        }
      });

      test('of a row in a transaction of the service, with which it is kept or not', async () => {
        expect(await added(() => db.transaction(writes))).toMatchObject([row]);
        const taken = await added(() =>
          db
            .transaction(async (tx) => {
              await writes(tx);
              throw new RangeError('on purpose');
            })
            .catch(() => {}),
        );
        expect(taken).toEqual([]);
      });

      // postgres-js itself throws where nobody catches it when a connection ends in a transaction.
      if (driver !== 'node-postgres') return;
      test('or not, if the connection is lost meanwhile: the work is committed all the same', async () => {
        const holder = new pg.Client(database.url);
        await holder.connect();
        try {
          await holder.query('BEGIN; LOCK TABLE identity.station_audit_logs IN ACCESS EXCLUSIVE MODE');
          const lastName = `lost over ${driver}`;
          const call = withStation(db, context, async (tx) => {
            await survivesRow(tx);
            await tx.insert(Customer).values(own(lastName));
            return 'done';
          });
          const ended = async () => {
            const { rows } = await database.query(
              `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1 AND wait_event_type = 'Lock' AND query LIKE '%record_denial%'`,
              [database.serviceRole],
            );
            return rows.length > 0;
          };
          for (let tries = 0; !(await ended()); tries++) {
            expect(tries).toBeLessThan(500);
            await sleep(10);
          }
          await holder.query('COMMIT');
          expect([await call, (await kept(lastName)).length]).toEqual(['done', 1]);
        } finally {
          await holder.end();
        }
      });
    },
  );

  test('an event of a service has the user, the role, the station and the time of the context', async () => {
    const before = new Date();
    const [written] = await added(() =>
      withStation(db, context, (tx) =>
        tx.insert(StationAuditLog).values({
          stationId: here,
          userId: admin,
          userRole: 'super_admin',
          action: 'access.granted',
          success: true,
          createdAt: new Date('2001-01-01T00:00:00Z'),
        }),
      ),
    );
    expect(written).toMatchObject({ userId: admin, userRole: 'station_admin', stationId: here });
    expect(written?.createdAt.getTime()).toBeGreaterThanOrEqual(before.getTime() - 60_000);
    for (const forged of [{ userId: stranger }, { stationId: there }, { userId: null }]) {
      const event = { stationId: here, userId: admin, action: 'access.granted' as const, ...forged };
      await expect(withStation(db, context, (tx) => recordAuditEvent(tx, event))).rejects.toThrow(StationRowRefused);
    }
    for (const action of ['assignment.created', 'role.changed', 'station.switched'] as const) {
      const event = { stationId: here, userId: admin, action };
      await expect(
        withStation(db, context, (tx) => recordAuditEvent(tx, event)),
        action,
      ).rejects.toThrow(StationRowRefused);
    }
  });

  test('in a context by a token an event and a denial have the lower of the two roles', async () => {
    const owner = database.owner;
    const { token } = await issueStationToken(owner, {
      userId: admin,
      stationId: here,
      issuerId: admin,
      role: 'customer_support',
    });
    const byToken = { token, stationId: here };
    const foreign = { stationId: there, firstName: 'f', lastName: 'l', email: 'e', phone: '1' };
    const written = await added(async () => {
      await withStation(db, byToken, (tx) =>
        recordAuditEvent(tx, { stationId: here, userId: admin, action: 'access.granted' }),
      );
      const refused = withStation(db, byToken, (tx) => tx.insert(Customer).values(foreign));
      await expect(refused).rejects.toThrow(StationRowRefused);
    });
    expect(written.map(({ action, userRole }) => [action, userRole]).sort()).toEqual([
      ['access.denied', 'customer_support'],
      ['access.granted', 'customer_support'],
    ]);
  });

  test('in a context of every station an event has the user of the context, too', async () => {
    const [written] = await added(() =>
      withEveryStation(db, { userId: root }, (tx) =>
        tx.insert(StationAuditLog).values({
          stationId: there,
          userId: root,
          userRole: 'customer_support',
          action: 'access.granted',
          success: true,
          createdAt: new Date('2001-01-01T00:00:00Z'),
        }),
      ),
    );
    expect(written).toMatchObject({ userId: root, userRole: 'super_admin', stationId: there });
    expect(written?.createdAt.getTime()).toBeGreaterThan(Date.now() - 60_000);
    for (const userId of [admin, stranger, null]) {
      const event = { stationId: here, userId, action: 'access.granted' as const };
      await expect(withEveryStation(db, { userId: root }, (tx) => recordAuditEvent(tx, event))).rejects.toThrow(
        StationRowRefused,
      );
    }
  });

  test('a role outside of the group that changes an assignment is recorded as itself, whomever it names', async () => {
    const { rows } = await database.query('SELECT session_user::text AS name');
    const written = await added(async () => {
      await database.owner.insert(StationUser).values({ userId: stranger, stationId: there, assignedBy: admin });
      await database.owner.update(StationUser).set({ role: 'admin' }).where(eq(StationUser.userId, stranger));
      await database.owner.delete(StationUser).where(eq(StationUser.userId, stranger));
    });
    expect(written.map(({ action }) => action).sort()).toEqual([
      'assignment.created',
      'assignment.ended',
      'role.changed',
    ]);
    for (const row of written) {
      expect(row).toMatchObject({ userId: null, userRole: null, details: { databaseRole: rows[0]?.['name'] } });
    }
    expect(written.find(({ action }) => action === 'assignment.created')).toMatchObject({
      details: { assignedBy: admin },
    });
  });

  test('a role without a right on the trail changes and deletes as before, and is recorded as itself whatever it sets', async () => {
    const { owner } = database;
    const [stationId, userId] = [await newStation(owner), await newUser(owner)];
    const role = `narrow_${database.name}`;
    await database.exec(`CREATE ROLE ${role} LOGIN PASSWORD 'x'; GRANT USAGE ON SCHEMA identity TO ${role};
      GRANT SELECT, INSERT, UPDATE, DELETE ON identity.station_users, identity.users, identity.stations TO ${role}`);
    const url = new URL(database.url);
    url.username = role;
    url.password = 'x';
    const client = new pg.Client(url.href);
    await client.connect();
    try {
      const written = await added(async () => {
        await client.query(`SELECT set_config('canonical_models.user_id', $1, false)`, [admin]);
        await client.query(`SELECT set_config('canonical_models.station_id', $1, false)`, [stationId]);
        const assign = `INSERT INTO identity.station_users (user_id, station_id, role, assigned_by) VALUES ($1, $2, 'admin', $3)`;
        await client.query(assign, [userId, stationId, admin]);
        await client.query(`UPDATE identity.station_users SET role = 'station_admin' WHERE user_id = $1`, [userId]);
        await client.query('DELETE FROM identity.station_users WHERE user_id = $1', [userId]);
        await client.query(assign, [userId, stationId, admin]);
        await client.query('DELETE FROM identity.users WHERE id = $1', [userId]);
        await client.query('DELETE FROM identity.stations WHERE id = $1', [stationId]);
      });
      expect(written.map(({ action }) => action).sort()).toEqual([
        'assignment.created',
        'assignment.created',
        'assignment.ended',
        'assignment.ended',
        'role.changed',
      ]);
      for (const row of written) {
        expect(row).toMatchObject({ userId: null, userRole: null, details: { databaseRole: role } });
      }
      expect(await verifyAuditTrail(owner, stationId)).toMatchObject({ intact: true });
    } finally {
      await client.end();
      await database.exec(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    }
  });
});
