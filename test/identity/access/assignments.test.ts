import { randomUUID } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { PostgresDatabase } from '../../../src/database.ts';
import { withStation } from '../../../src/identity/access/index.ts';
import { Station, StationUser, User } from '../../../src/identity/index.ts';
import { eachOfFewMajors } from '../../support/databases.ts';
import { openStationDatabase, type StationDatabase } from '../../support/station-access.ts';

eachOfFewMajors((major) => {
  let database: StationDatabase;
  let stationId: string;
  let admin: string;
  let helper: string;
  beforeAll(async () => {
    database = await openStationDatabase(major);
  });
  beforeEach(async () => {
    const { owner } = database;
    const own = randomUUID();
    const [station] = await owner
      .insert(Station)
      .values({ name: 'S', code: own.slice(0, 8), displayName: 'S' })
      .returning();
    const users = await owner
      .insert(User)
      .values(['admin', 'helper'].map((name) => ({ email: `${name}@${own}.example`, status: 'active' as const })))
      .returning();
    [stationId, admin, helper] = [station?.id, users[0]?.id, users[1]?.id] as [string, string, string];
    await owner.insert(StationUser).values({ userId: admin, stationId, role: 'admin' });
  });
  afterAll(() => database.close());

  const trail = async () =>
    (
      await database.query(
        `SELECT user_id, action, resource_type, resource_id, details, success FROM identity.station_audit_logs
         WHERE station_id = $1 ORDER BY created_at, id`,
        [stationId],
      )
    ).rows;
  const added = async (run: () => Promise<unknown>) => {
    const before = (await trail()).length;
    await run();
    return (await trail()).slice(before);
  };
  const helpers = () => eq(StationUser.userId, helper);

  describe('a change of an assignment is written to the audit trail in its transaction', () => {
    test('by the user of the context', async () => {
      const db = drizzle({ client: database.service({ max: 1 }) });
      const asAdmin = (run: Parameters<typeof withStation<typeof db, unknown>>[2]) =>
        added(() => withStation(db, { userId: admin, stationId }, run));
      const written = [
        ...(await asAdmin((tx) => tx.insert(StationUser).values({ userId: helper, stationId }))),
        ...(await asAdmin((tx) => tx.update(StationUser).set({ role: 'station_admin' }).where(helpers()))),
        ...(await asAdmin((tx) =>
          tx
            .update(StationUser)
            .set({ additionalPermissions: ['message.delete'] })
            .where(helpers()),
        )),
        ...(await asAdmin((tx) => tx.update(StationUser).set({ isPrimaryStation: true }).where(helpers()))),
        ...(await asAdmin((tx) => tx.update(StationUser).set({ isActive: false }).where(helpers()))),
        ...(await asAdmin((tx) => tx.delete(StationUser).where(helpers()))),
      ];
      expect(written.map(({ action }) => action)).toEqual([
        'assignment.created',
        'role.changed',
        'assignment.changed',
        'assignment.ended',
        'assignment.ended',
      ]);
      for (const row of written) {
        expect(row).toMatchObject({
          user_id: admin,
          resource_type: 'station_user',
          success: true,
          details: { userId: helper },
        });
      }
      expect(written[1]).toMatchObject({ details: { role: 'station_admin', roleBefore: 'customer_support' } });
    });

    test('by an unmoved service, as itself, whomever it names; and not if it is rolled back', async () => {
      const { owner } = database;
      const [written, ...more] = await added(() =>
        owner.insert(StationUser).values({ userId: helper, stationId, assignedBy: admin }),
      );
      expect(written).toMatchObject({ user_id: null, action: 'assignment.created', details: { assignedBy: admin } });
      expect(more).toEqual([]);
      const rolledBack = await added(() =>
        owner
          .transaction(async (tx) => {
            await tx.delete(StationUser).where(helpers());
            throw new Error('on purpose');
          })
          .catch(() => {}),
      );
      expect(rolledBack).toEqual([]);
    });

    test('by TRUNCATE, an end for each that there was; and not if it is rolled back', async () => {
      const { owner } = database;
      await owner.insert(StationUser).values({ userId: helper, stationId });
      const truncated = (tx: PostgresDatabase = owner) => tx.execute(sql`TRUNCATE identity.station_users`);
      const rolledBack = owner.transaction(async (tx) => {
        await truncated(tx);
        throw new RangeError('on purpose');
      });
      expect(await added(() => expect(rolledBack).rejects.toThrow(RangeError))).toEqual([]);
      const { rows } = await database.query('SELECT session_user::text AS name');
      const ended = (userId: string, role: string) => ({
        user_id: null,
        action: 'assignment.ended',
        resource_type: 'station_user',
        success: true,
        details: { userId, role, databaseRole: rows[0]?.['name'] },
      });
      const written = await added(() => truncated());
      expect(written).toHaveLength(2);
      expect(written).toEqual(
        expect.arrayContaining([
          expect.objectContaining(ended(admin, 'admin')),
          expect.objectContaining(ended(helper, 'customer_support')),
        ]),
      );
      expect(await owner.$count(StationUser)).toBe(0);
    });

    test('when the user is deleted; and it stays when the station is deleted', async () => {
      const { owner } = database;
      await owner.insert(StationUser).values({ userId: helper, stationId });
      expect(await added(() => owner.delete(User).where(eq(User.id, helper)))).toMatchObject([
        { user_id: null, action: 'assignment.ended', details: { userId: helper } },
      ]);
      const before = await trail();
      const { rows: open } = await database.query(
        'SELECT user_id AS "userId" FROM identity.station_users WHERE station_id = $1 ORDER BY 1',
        [stationId],
      );
      expect(open.length).toBeGreaterThan(0);
      const ended = await added(() => owner.delete(Station).where(eq(Station.id, stationId)));
      expect((await trail()).slice(0, before.length)).toEqual(before);
      // The trail of a station outlives it, and has who lost access with it.
      expect(ended).toHaveLength(open.length);
      for (const row of ended) expect(row).toMatchObject({ user_id: null, action: 'assignment.ended' });
      expect(
        await database.query('SELECT FROM identity.station_users WHERE station_id = $1', [stationId]),
      ).toMatchObject({
        rows: [],
      });
    });
  });
});
