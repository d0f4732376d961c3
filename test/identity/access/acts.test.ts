import { randomUUID } from 'node:crypto';
import { eq, inArray, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Booking, Customer } from '../../../src/core/index.ts';
import type { PostgresDatabase } from '../../../src/database.ts';
import { CustomerReview, ExternalReview } from '../../../src/feedback_marketing/index.ts';
import { askedByServices, stationActs } from '../../../src/identity/access/acts.ts';
import { resolvePermissions } from '../../../src/identity/access/grants.ts';
import { StationRowRefused, withEveryStation, withStation } from '../../../src/identity/access/index.ts';
import { type StationScope, stationScopes } from '../../../src/identity/access/scopes.ts';
import { Station, StationPermission, StationRole, StationUser, User } from '../../../src/identity/index.ts';
import { issueStationToken } from '../../../src/identity/tokens/index.ts';
import { Lead } from '../../../src/lead/index.ts';
import { models } from '../../../src/registry/models.ts';
import { CallRecording, Escalation } from '../../../src/support_communications/index.ts';
import { eachOfFewMajors } from '../../support/databases.ts';
import { newBooking, newUser } from '../../support/identity.ts';
import { openStationDatabase, type StationDatabase } from '../../support/station-access.ts';

test('each permission is asked for by a scope, by an act or by the services, which are told why', () => {
  const scopes: readonly StationScope[] = Object.values(stationScopes);
  const asked = new Set<string>([
    'cross_station.read',
    ...scopes.flatMap((scope) => (scope.by === 'none' ? [] : Object.values(scope.permissions))),
    ...stationActs.map(({ permission }) => permission),
  ]);
  const named = Object.keys(askedByServices);
  expect(named.filter((permission) => asked.has(permission))).toEqual([]);
  expect([...named, ...[...asked].filter((permission) => permission !== 'never')].sort()).toEqual(
    [...StationPermission.enumValues].sort(),
  );
});

eachOfFewMajors((major) => {
  let database: StationDatabase;
  let service: ReturnType<typeof drizzle>;
  const users = Object.fromEntries(StationRole.enumValues.map((role) => [role, randomUUID()])) as Record<
    StationRole,
    string
  >;
  const stationId = randomUUID();
  beforeAll(async () => {
    database = await openStationDatabase(major);
    const { owner } = database;
    await owner.insert(Station).values({ id: stationId, name: 'S', code: 'ACTS', displayName: 'S' });
    for (const role of StationRole.enumValues) {
      await owner.insert(User).values({ id: users[role], email: `${role}@acts.example`, status: 'active' });
      await owner.insert(StationUser).values({ userId: users[role], stationId, role });
    }
    service = drizzle({ client: database.service({ max: 1 }) });
  });
  afterAll(() => database.close());

  /** A row of each table with acts, at the station. */
  const ids: Record<string, string> = {};
  beforeEach(async () => {
    const { owner } = database;
    // A test ends one of the assignments.
    await owner
      .update(StationUser)
      .set({ isActive: true, expiresAt: null })
      .where(eq(StationUser.stationId, stationId));
    const [customer] = await owner
      .insert(Customer)
      .values({ stationId, firstName: 'f', lastName: 'l', email: 'e', phone: '1' })
      .returning();
    const customerId = customer?.id ?? '';
    await owner.insert(Customer).values({ stationId, firstName: 'other', lastName: 'l', email: 'e', phone: '2' });
    const [booking] = await owner.insert(Booking).values(newBooking(stationId, customerId)).returning();
    const [lead] = await owner.insert(Lead).values({ source: 'sms', stationId }).returning();
    const [review] = await owner.insert(CustomerReview).values({ customerId, rating: 5 }).returning();
    const { rows } = await database.query(
      `INSERT INTO customer_review_blog_posts (customer_id, title, content, rating, approved_by, approved_at, rejection_reason)
       VALUES ($1, 't', 'c', 5, $2, now(), 'r') RETURNING id`,
      [customerId, users.super_admin],
    );
    const externalId = randomUUID();
    await owner
      .insert(ExternalReview)
      .values({ id: externalId, source: 'google', location: 'l', externalId, stationId, stars: 5 });
    const [escalation] = await owner
      .insert(Escalation)
      .values({ stationId, conversationId: externalId, customerName: 'n', customerPhone: '1', reason: 'r' })
      .returning();
    const [recording] = await owner
      .insert(CallRecording)
      .values({
        escalationId: escalation?.id,
        rcCallId: externalId,
        rcRecordingId: externalId,
        callStartedAt: new Date(),
      })
      .returning();
    Object.assign(ids, {
      customer: customerId,
      'public.bookings': booking?.id,
      'public.leads': lead?.id,
      'public.event_customer_reviews': review?.id,
      'public.customer_review_blog_posts': rows[0]?.['id'],
      'public.external_reviews': externalId,
      'public.call_recordings': recording?.id,
      'identity.stations': stationId,
    });
  });

  const undone = new Error('undone');
  /** What a statement does at the station: done, refused, or nothing. */
  const attempt = async (role: StationRole, statement: string) => {
    let rows: number | null = 0;
    try {
      await withStation(service, { userId: users[role], stationId }, async (tx) => {
        rows = ((await tx.execute(sql.raw(statement))) as unknown as { rowCount: number }).rowCount;
        throw undone;
      });
    } catch (error) {
      if (error instanceof StationRowRefused) return 'refused';
      if (error !== undone) throw error;
    }
    return rows === 0 ? 'nothing' : 'done';
  };

  const newValueOf = (table: string, column: string): string => {
    const model = models().find(({ name }) => name === table)?.table as unknown as Record<
      string,
      { name: string; getSQLType(): string }
    >;
    const found = Object.values(model).find(({ name }) => name === column);
    if (found?.getSQLType() === 'integer') return '4';
    if (found?.getSQLType() === 'uuid') return `(SELECT id FROM customers WHERE id <> '${ids['customer']}' LIMIT 1)`;
    if (found?.getSQLType() === 'jsonb') return `'{"changed": true}'`;
    return found?.getSQLType().startsWith('timestamp') ? `'2030-01-01'` : `'changed'`;
  };

  /** A state that an act may lead to from the one that it names. */
  const otherStates: Readonly<Record<string, string>> = {
    'public.leads': 'working',
    'public.customer_review_blog_posts': 'rejected',
    'identity.stations': 'maintenance',
  };

  describe('an act asks for its permission, in addition to that of its command', () => {
    test.each(
      stationActs.map((act) => [`${act.table}.${act.column} ${act.from ?? ''} → ${act.to ?? ''}`, act] as const),
    )('%s', async (_, { table, column, to, from, permission }) => {
      const id = ids[table];
      const other = otherStates[table] ?? 'pending';
      const value = to === undefined ? (from === undefined ? newValueOf(table, column) : `'${other}'`) : `'${to}'`;
      const scope = stationScopes[table];
      if (from !== undefined) {
        if (table === 'identity.stations') return; // nobody but a super admin enters a suspended station
        await database.query(`UPDATE ${table} SET ${column} = '${from}' WHERE id = $1`, [id]);
      }
      for (const role of StationRole.enumValues) {
        const { permissions } = resolvePermissions(role);
        const updates = permissions.includes(scope.permissions.update as StationPermission);
        expect(await attempt(role, `UPDATE ${table} SET ${column} = ${value} WHERE id = '${id}'`), role).toBe(
          updates ? (permissions.some((held) => held === permission) ? 'done' : 'refused') : 'nothing',
        );
        // Another column does not ask.
        expect(
          await attempt(role, `UPDATE ${table} SET updated_at = now(), ${column} = ${column} WHERE id = '${id}'`),
          role,
        ).toBe(updates ? 'done' : 'nothing');
      }
      // A role outside of the group is not asked.
      await database.query(`UPDATE ${table} SET ${column} = ${value} WHERE id = $1`, [id]);
      await database.query(`UPDATE identity.stations SET status = 'active'`);
    });

    test('a new row in such a state asks, and amounts of a new row do not', async () => {
      expect(
        await attempt('customer_support', `INSERT INTO leads (source, station_id) VALUES ('sms', '${stationId}')`),
      ).toBe('done');
      const converted = `INSERT INTO leads (source, station_id, status) VALUES ('sms', '${stationId}', 'converted')`;
      expect(await attempt('customer_support', converted)).toBe('refused');
      expect(await attempt('station_admin', converted)).toBe('done');
      await database.query(converted);
      for (const mark of ['conversion_date', 'deleted_at']) {
        const marked = `INSERT INTO leads (source, station_id, ${mark}) VALUES ('sms', '${stationId}', now())`;
        expect(await attempt('customer_support', marked), mark).toBe('refused');
      }
      await database.owner
        .update(StationUser)
        .set({ additionalPermissions: ['booking.create'] })
        .where(eq(StationUser.userId, users.customer_support));
      const create = (more: object) =>
        withStation(service, { userId: users.customer_support, stationId }, (tx) =>
          tx.insert(Booking).values({ ...newBooking(stationId, ids['customer'] ?? ''), ...more }),
        );
      await create({});
      for (const happened of [
        { status: 'cancelled' },
        { status: 'deposit_paid' },
        { depositPaidAt: new Date() },
        { cancelledAt: new Date() },
        { cancellationReason: 'r' },
      ]) {
        await expect(create(happened), JSON.stringify(happened)).rejects.toThrow(StationRowRefused);
      }
      await database.owner
        .update(StationUser)
        .set({ additionalPermissions: [] })
        .where(eq(StationUser.userId, users.customer_support));
    });

    test('by an upsert, by MERGE, in a CTE, and after RESET ROLE', async () => {
      const id = ids['public.leads'];
      for (const statement of [
        `INSERT INTO leads (id, source, station_id) VALUES ('${id}', 'sms', '${stationId}') ON CONFLICT (id) DO UPDATE SET status = 'converted'`,
        `MERGE INTO leads USING (VALUES (1)) AS once (n) ON leads.id = '${id}' WHEN MATCHED THEN UPDATE SET status = 'converted'`,
        `WITH changed AS (UPDATE leads SET status = 'converted' WHERE id = '${id}' RETURNING id) SELECT * FROM changed`,
      ]) {
        expect(await attempt('customer_support', statement), statement).toBe('refused');
      }
      const asLogin = withStation(service, { userId: users.customer_support, stationId }, async (tx) => {
        await tx.execute(sql`RESET ROLE`);
        await tx.execute(sql.raw(`UPDATE leads SET status = 'converted' WHERE id = '${id}'`));
      });
      await expect(asLogin).rejects.toThrow(StationRowRefused);
    });

    test('a role outside of the group that may not even call the functions is not asked', async () => {
      const role = `unmoved_${database.name}`;
      await database.exec(
        `CREATE ROLE ${role} LOGIN PASSWORD 'x'; GRANT SELECT, INSERT, UPDATE ON bookings, leads TO ${role}`,
      );
      const url = new URL(database.url);
      url.username = role;
      url.password = 'x';
      const client = new pg.Client(url.href);
      await client.connect();
      try {
        await client.query(`UPDATE bookings SET status = 'cancelled', total_amount = 9 WHERE id = $1`, [
          ids['public.bookings'],
        ]);
        await client.query(`UPDATE leads SET status = 'converted' WHERE id = $1`, [ids['public.leads']]);
        await client.query(`INSERT INTO leads (source, status) VALUES ('sms', 'converted')`);
      } finally {
        await client.end();
        await database.exec(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
      }
    });

    test('in the context of every station, whose user has all permissions, all is done', async () => {
      await withEveryStation(service, { userId: users.super_admin }, (tx) =>
        tx
          .update(Booking)
          .set({ status: 'cancelled', totalAmount: 3 })
          .where(eq(Booking.id, ids['public.bookings'] ?? '')),
      );
    });

    test('what a customer said is changed by nobody there either, however it is written', async () => {
      const id = ids['public.event_customer_reviews'];
      for (const statement of [
        `UPDATE event_customer_reviews SET rating = 4 WHERE id = '${id}'`,
        `INSERT INTO event_customer_reviews (id, rating) VALUES ('${id}', 1) ON CONFLICT (id) DO UPDATE SET rating = 4`,
        `MERGE INTO external_reviews AS review USING (VALUES (1)) AS once (n) ON review.id = '${ids['public.external_reviews']}' WHEN MATCHED THEN UPDATE SET stars = NULL`,
      ]) {
        const everywhere = withEveryStation(service, { userId: users.super_admin }, (tx) =>
          tx.execute(sql.raw(statement)),
        );
        await expect(everywhere, statement).rejects.toThrow(StationRowRefused);
      }
    });
  });

  test('what a customer said, and what was decided on it, stays, and is not replaced by a row of its id', async () => {
    const [said, told] = [ids['public.event_customer_reviews'], ids['public.customer_review_blog_posts']];
    await database.query(`INSERT INTO review_approval_log (review_id, admin_id, action) VALUES ($1, $2, 'approved')`, [
      told,
      users.admin,
    ]);
    const state = async () =>
      (
        await database.query(
          `SELECT (SELECT jsonb_agg(r ORDER BY id) FROM event_customer_reviews AS r) AS said,
            (SELECT jsonb_agg(r ORDER BY id) FROM customer_review_blog_posts AS r) AS told,
            (SELECT jsonb_agg(r ORDER BY id) FROM review_approval_log AS r) AS decided`,
        )
      ).rows;
    const before = await state();
    const statements = [
      `DELETE FROM event_customer_reviews WHERE id = '${said}'`,
      `DELETE FROM customer_review_blog_posts WHERE id = '${told}'`,
      `MERGE INTO event_customer_reviews AS said USING (VALUES (1)) AS once (n) ON said.id = '${said}' WHEN MATCHED THEN DELETE`,
      `WITH gone AS (DELETE FROM event_customer_reviews WHERE id = '${said}' RETURNING *)
        INSERT INTO event_customer_reviews (id, customer_id, rating) SELECT id, customer_id, 5 FROM gone`,
      `DELETE FROM review_approval_log WHERE review_id = '${told}'`,
      `UPDATE review_approval_log SET admin_id = '${users.super_admin}', created_at = '1999-01-01' WHERE review_id = '${told}'`,
    ];
    const { token } = await issueStationToken(database.owner, {
      userId: users.admin,
      stationId,
      issuerId: users.admin,
    });
    const contexts = [...Object.values(users).map((userId) => ({ userId, stationId })), { token, stationId }].map(
      (context) => (run: (tx: PostgresDatabase) => Promise<unknown>) => withStation(service, context, run),
    );
    const everywhere: (typeof contexts)[number] = (run) =>
      withEveryStation(service, { userId: users.super_admin }, run);
    for (const enter of [...contexts, everywhere]) {
      for (const statement of statements) await enter((tx) => tx.execute(sql.raw(statement))).catch(() => {});
      expect(await state()).toEqual(before);
    }
    // Outside of the stations it goes, with what was decided on it.
    await database.query('DELETE FROM customer_review_blog_posts WHERE id = $1', [told]);
    expect(await database.owner.$count(sql`review_approval_log WHERE review_id = ${told}`)).toBe(0);
  });

  describe('an assignment of the user of the context', () => {
    const soon = new Date(Date.now() + 3_600_000);
    const own = async (role: StationRole, run: (tx: PostgresDatabase) => Promise<unknown>) => {
      await database.owner.update(StationUser).set({ expiresAt: soon }).where(eq(StationUser.userId, users[role]));
      return withStation(service, { userId: users[role], stationId }, run);
    };
    const mine = (role: StationRole) => eq(StationUser.userId, users[role]);

    test.each(['admin', 'super_admin'] as const)('is neither prolonged nor raised nor made by an %s', async (role) => {
      const later = new Date(soon.getTime() + 1);
      const changes = [
        { expiresAt: later },
        { expiresAt: null },
        { additionalPermissions: ['customer.read'] },
        { role: 'admin' as const, additionalPermissions: ['x'] },
      ];
      for (const change of changes) {
        await expect(
          own(role, (tx) => tx.update(StationUser).set(change).where(mine(role))),
          JSON.stringify(change),
        ).rejects.toThrow(StationRowRefused);
      }
      const again = sql`WITH ended AS (DELETE FROM identity.station_users WHERE user_id = ${users[role]} RETURNING *)
        INSERT INTO identity.station_users (user_id, station_id, role) SELECT user_id, station_id, role FROM ended`;
      await expect(own(role, (tx) => tx.execute(again))).rejects.toThrow(StationRowRefused);
      const taken = (tx: PostgresDatabase) =>
        tx.update(StationUser).set({ userId: users[role] }).where(eq(StationUser.userId, users.customer_support));
      await expect(own(role, taken)).rejects.toThrow();
      if (role === 'super_admin') {
        await expect(
          withEveryStation(service, { userId: users[role] }, (tx) =>
            tx.update(StationUser).set({ expiresAt: null }).where(mine(role)),
          ),
        ).rejects.toThrow();
      }
      const [left] = await database.owner.select().from(StationUser).where(mine(role));
      expect(left).toMatchObject({ expiresAt: soon, role, additionalPermissions: [] });
    });

    const { admin, station_admin: helper } = users;
    const elsewhere = randomUUID();
    const attacks: Readonly<Record<string, string>> = {
      'an upsert': `INSERT INTO identity.station_users (id, user_id, station_id, role)
        SELECT id, user_id, station_id, role FROM identity.station_users WHERE user_id = '${admin}'
        ON CONFLICT (id) DO UPDATE SET expires_at = NULL`,
      'an upsert by user and station': `INSERT INTO identity.station_users (user_id, station_id, role)
        VALUES ('${admin}', '${stationId}', 'admin') ON CONFLICT (user_id, station_id) DO UPDATE SET expires_at = NULL`,
      MERGE: `MERGE INTO identity.station_users AS own USING (VALUES (1)) AS once (n) ON own.user_id = '${admin}'
        WHEN MATCHED THEN UPDATE SET expires_at = '2099-01-01'`,
      'an update after RESET ROLE': `UPDATE identity.station_users SET expires_at = NULL WHERE user_id = '${admin}'`,
      'an update in the name of another': `DO $$ BEGIN
          PERFORM set_config('canonical_models.user_id', '${helper}', true);
          UPDATE identity.station_users SET expires_at = NULL WHERE user_id = '${admin}';
        END $$`,
      'taking that of another for it': `WITH gone AS (DELETE FROM identity.station_users WHERE user_id = '${admin}' RETURNING user_id)
        UPDATE identity.station_users AS other SET user_id = gone.user_id, role = 'admin', expires_at = NULL
        FROM gone WHERE other.user_id = '${helper}'`,
      'one more at another station': `INSERT INTO identity.station_users (user_id, station_id, role)
        VALUES ('${admin}', '${elsewhere}', 'admin')`,
      'the flag of a super admin': `UPDATE identity.users SET is_super_admin = true WHERE id = '${admin}'`,
    };
    const state = async (tx: PostgresDatabase = database.owner) => [
      await tx.select().from(StationUser).orderBy(StationUser.id),
      await tx.select({ id: User.id, isSuperAdmin: User.isSuperAdmin }).from(User).orderBy(User.id),
    ];
    beforeAll(async () => {
      const station = { id: elsewhere, name: 'E', code: 'ACTS-ELSEWHERE', displayName: 'E' };
      await database.owner.insert(Station).values(station);
    });

    test.each(Object.entries(attacks))('is not widened by %s, in a context by id or by token', async (name, attack) => {
      const { owner } = database;
      await owner
        .update(StationUser)
        .set({ expiresAt: soon })
        .where(inArray(StationUser.userId, [admin, helper]));
      const { token } = await issueStationToken(owner, { userId: admin, stationId, issuerId: admin });
      const before = await state();
      // It does something for whom nothing refuses.
      const byOwner = owner.transaction(async (tx) => {
        await tx.execute(sql.raw(attack));
        expect(await state(tx)).not.toEqual(before);
        throw undone;
      });
      await expect(byOwner).rejects.toBe(undone);
      for (const context of [
        { userId: admin, stationId },
        { token, stationId },
      ]) {
        let hasEntered = false;
        await withStation(service, context, async (tx) => {
          hasEntered = true;
          if (name.includes('RESET ROLE')) await tx.execute(sql`RESET ROLE`);
          await tx.execute(sql.raw(attack));
        }).catch(() => {});
        expect(hasEntered).toBe(true);
        expect(await state()).toEqual(before);
      }
    });

    test('is not made by a super admin by the flag, at a station nor in the context of every station', async () => {
      const root = await newUser(database.owner, { isSuperAdmin: true });
      const before = await state();
      const changes = [
        ...(['admin', 'super_admin'] as const).map(
          (role) => (tx: PostgresDatabase) => tx.insert(StationUser).values({ userId: root, stationId, role }),
        ),
        (tx: PostgresDatabase) => tx.update(StationUser).set({ userId: root }).where(mine('customer_support')),
      ];
      for (const change of changes) {
        await expect(withStation(service, { userId: root, stationId }, change)).rejects.toThrow(StationRowRefused);
        await expect(withEveryStation(service, { userId: root }, change)).rejects.toThrow(StationRowRefused);
      }
      expect(await state()).toEqual(before);
    });

    test('that an infinite date has ended is not prolonged, either', async () => {
      const role = 'super_admin';
      await database.owner.update(User).set({ isSuperAdmin: true }).where(eq(User.id, users[role]));
      await database.query(`UPDATE identity.station_users SET expires_at = 'infinity' WHERE user_id = $1`, [
        users[role],
      ]);
      for (const change of [{ expiresAt: null }, { expiresAt: soon }]) {
        await expect(
          withStation(service, { userId: users[role], stationId }, (tx) =>
            tx.update(StationUser).set(change).where(mine(role)),
          ),
          JSON.stringify(change),
        ).rejects.toThrow(StationRowRefused);
      }
      await database.owner.update(User).set({ isSuperAdmin: false }).where(eq(User.id, users[role]));
    });

    test('is lowered and ended, and that of others is changed', async () => {
      await own('admin', async (tx) => {
        await tx.update(StationUser).set({ isPrimaryStation: true }).where(mine('admin'));
        await tx.update(StationUser).set({ expiresAt: null, role: 'station_admin' }).where(mine('customer_support'));
        await tx.update(StationUser).set({ role: 'customer_support' }).where(mine('customer_support'));
        await tx
          .update(StationUser)
          .set({ expiresAt: new Date(soon.getTime() - 1) })
          .where(mine('admin'));
        await tx.update(StationUser).set({ isActive: false }).where(mine('admin'));
      });
      const [left] = await database.owner.select().from(StationUser).where(mine('admin'));
      expect(left).toMatchObject({ isActive: false });
    });
  });
});
