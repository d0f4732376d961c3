import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Booking, Customer } from '../../../src/core/index.ts';
import { CustomerReview } from '../../../src/feedback_marketing/index.ts';
import { StationRowRefused, withStation } from '../../../src/identity/access/index.ts';
import { Station, StationUser, User } from '../../../src/identity/index.ts';
import { eachMajor } from '../../support/databases.ts';
import { newBooking } from '../../support/identity.ts';
import { openStationDatabase, type StationDatabase } from '../../support/station-access.ts';

// Policies are chosen when a statement is planned, and triggers ask when it has written. In between it can change its role, and drop its context.

eachMajor((major) => {
  let database: StationDatabase;
  let service: ReturnType<typeof drizzle>;
  const stationId = randomUUID();
  const users = { customer_support: randomUUID(), admin: randomUUID() };
  let bookingId = '';
  let reviewId = '';
  beforeAll(async () => {
    database = await openStationDatabase(major);
    const { owner } = database;
    await owner.insert(Station).values({ id: stationId, name: 'S', code: 'WITHIN', displayName: 'S' });
    const values = { stationId, firstName: 'f', lastName: 'l', email: 'e', phone: '1' };
    const [{ id: customerId } = { id: '' }] = await owner.insert(Customer).values(values).returning();
    const [booking] = await owner.insert(Booking).values(newBooking(stationId, customerId)).returning();
    const [review] = await owner.insert(CustomerReview).values({ customerId, rating: 1 }).returning();
    bookingId = booking?.id ?? '';
    reviewId = review?.id ?? '';
    for (const [role, id] of Object.entries(users)) {
      await owner.insert(User).values({ id, email: `${role}@within.example`, status: 'active' });
    }
    await database.exec(`GRANT pg_monitor TO ${database.serviceRole}`);
    service = drizzle({ client: database.service({ max: 1 }) });
  });
  afterAll(() => database.close());
  beforeEach(async () => {
    await database.query('DELETE FROM identity.station_users WHERE station_id = $1', [stationId]);
    const expiresAt = new Date(Date.now() + 3_600_000);
    for (const role of ['customer_support', 'admin'] as const) {
      await database.owner.insert(StationUser).values({ userId: users[role], stationId, role, expiresAt });
    }
  });

  const outcomeOf = (role: keyof typeof users, statement: string) =>
    withStation(service, { userId: users[role], stationId }, (tx) => tx.execute(sql.raw(statement))).then(
      (result) => (result as unknown as { rowCount: number }).rowCount,
      // PostgreSQL before 18 runs the triggers as the role that was taken, which may call no function of station access.
      (error: unknown) =>
        error instanceof StationRowRefused || (error as { cause?: { code?: string } }).cause?.code === '42501'
          ? 'refused'
          : error,
    );

  /** What a role may not change, as UPDATE without its end. */
  const changes = (): readonly (readonly [role: keyof typeof users, table: string, change: string, id: string])[] => [
    ['customer_support', 'bookings', `total_amount = 667, status = 'cancelled'`, `id = '${bookingId}'`],
    ['customer_support', 'event_customer_reviews', 'rating = 5', `id = '${reviewId}'`],
    ['admin', 'identity.station_users', 'expires_at = NULL', `user_id = '${users.admin}'`],
  ];

  const settings = {
    'another group': `set_config('role', 'station_service_assigned', true)`,
    'the group of every station': `set_config('role', 'station_service_every', true)`,
    'a role outside of the groups': `set_config('role', 'pg_monitor', true)`,
    'its login role': `set_config('role', 'none', true)`,
    'no signature': `set_config('canonical_models.signature', '', true)`,
    'no user': `set_config('canonical_models.user_id', '', true)`,
  };
  describe.each(Object.entries(settings))('a statement that takes %s on its way', (_, set) => {
    test('is refused what it is refused without it', async () => {
      for (const [role, table, change, where] of changes()) {
        const update = `UPDATE ${table} SET ${change}`;
        expect(await outcomeOf(role, `${update} WHERE ${where}`)).toBe('refused');
        expect(await outcomeOf(role, `${update} WHERE ${where} RETURNING ${set}`)).toBe('refused');
        const before = `${update} FROM (SELECT ${set} OFFSET 0) AS taken (setting) WHERE ${where} AND taken.setting <> 'x'`;
        // Without its signature before it has read a row, it reads none.
        expect(['refused', 0]).toContain(await outcomeOf(role, before));
      }
    });

    test('changes no assignment of others namelessly', async () => {
      const change = `UPDATE identity.station_users SET role = 'station_admin' WHERE user_id = '${users.customer_support}'`;
      const remove = `DELETE FROM identity.station_users WHERE user_id = '${users.customer_support}'`;
      for (const statement of [change, remove]) {
        const outcome = await outcomeOf('admin', `${statement} RETURNING ${set}`);
        const { rows } = await database.query(
          `DELETE FROM identity.station_audit_logs WHERE details->>'userId' = $1 AND action IN ('role.changed', 'assignment.ended')
          AND user_role IS NOT NULL RETURNING user_id`,
          [users.customer_support],
        );
        expect(outcome === 'refused' ? [] : [{ user_id: users.admin }]).toEqual(rows);
      }
    });

    test('writes nothing of its own choice to the trail', async () => {
      const outcome = await outcomeOf(
        'customer_support',
        `INSERT INTO identity.station_audit_logs (station_id, user_id, user_role, action, details, success, created_at)
        SELECT '${stationId}', '${users.customer_support}', 'super_admin' || left(${set}, 0), 'role.changed', '{"forged": true}', true, '2001-01-01'`,
      );
      expect(outcome).toBe('refused');
    });
  });
});
