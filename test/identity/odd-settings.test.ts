import { drizzle } from 'drizzle-orm/node-postgres';
import type pg from 'pg';
import { expect, test } from 'vitest';
import { Booking } from '../../src/core/index.ts';
import {
  NoStationAccess,
  recordStationDenial,
  withAssignedStations,
  withStation,
} from '../../src/identity/access/index.ts';
import { verifyAuditTrail } from '../../src/identity/audit/index.ts';
import { StationAuditLog } from '../../src/identity/index.ts';
import {
  issueStationToken,
  revokeStationTokens,
  rotateStationToken,
  verifyStationToken,
} from '../../src/identity/tokens/index.ts';
import { eachOfFewMajors, thorough } from '../support/databases.ts';
import { newStation, newStationUser, newUser } from '../support/identity.ts';
import { oddSettingsOf, setOdd } from '../support/odd-settings.ts';
import { type Major, openPool } from '../support/servers.ts';
import { openStationDatabase } from '../support/station-access.ts';

/** What each operation answers on a database whose sessions have these settings. Ids, tokens and times are not part of it. */
async function answers(
  major: Major,
  settings: readonly (readonly [string, string])[],
): Promise<Record<string, unknown>> {
  const database = await openStationDatabase(major);
  try {
    const { owner: before, serviceRole, serviceUrl, url } = database;
    const stationId = await newStation(before);
    const userId = await newStationUser(before, stationId, {
      role: 'admin',
      expiresAt: new Date(Date.now() + 86_400_000),
    });
    const stranger = await newUser(before);
    for (const [name, value] of settings) {
      // The statements of a service name tables of public without their schema.
      const setting = [name, name === 'search_path' ? 'identity, public' : value] as const;
      await setOdd(database, setting, name === 'row_security' ? serviceRole : undefined);
    }
    const [owner, service] = [url, serviceUrl].map((connectionString) => openPool(connectionString, { max: 2 }));
    const [db, at] = [drizzle({ client: owner as pg.Pool }), drizzle({ client: service as pg.Pool })];
    try {
      const context = { userId, stationId };
      const issued = await issueStationToken(db, { issuerId: userId, userId, stationId, lifetime: 3_600_000 });
      const verified = await verifyStationToken(db, issued.token, { stationId, ipAddress: '10.0.0.1' });
      await verified.recorded;
      const rotated = await rotateStationToken(db, issued.token, { stationId, ipAddress: '10.0.0.1' });
      const again = await verifyStationToken(db, issued.token, { stationId, ipAddress: '10.0.0.1' });
      await again.recorded;
      const denied = await withStation(at, { userId: stranger, stationId }, async () => 'reached').catch(
        (error) => error,
      );
      return {
        lifetime: Math.round((issued.expiresAt.getTime() - Date.now()) / 60_000),
        family: issued.familyExpiresAt.getTime() > issued.expiresAt.getTime(),
        verified: verified.valid && Math.abs(verified.token.expiresAt.getTime() - issued.expiresAt.getTime()) < 1000,
        rotated: rotated.valid && rotated.expiresAt.getTime() > Date.now(),
        again: again.valid,
        revoked: (await revokeStationTokens(db, { userId }, { revokedBy: userId, reason: 'test' })).length,
        read: await withStation(at, context, async (tx, { role }) => [role, (await tx.select().from(Booking)).length]),
        several: await withAssignedStations(
          at,
          { userId },
          async (tx) => (await tx.select({ id: Booking.id }).from(Booking)).length,
        ),
        denied: [denied instanceof NoStationAccess, denied.code],
        recorded: await recordStationDenial(at, denied),
        trail: (await db.select({ action: StationAuditLog.action }).from(StationAuditLog))
          .map(({ action }) => action)
          .sort(),
        // Rows from before the settings and rows from under them.
        intact: (await verifyAuditTrail(db, stationId)).problems,
        intactLater: (await verifyAuditTrail(before, stationId)).problems,
      };
    } finally {
      await Promise.all([owner?.end(), service?.end()]);
    }
  } finally {
    await database.close();
  }
}

const reads: readonly [string, string][] = [['default_transaction_read_only', 'on']];

eachOfFewMajors((major) => {
  test('what is set on the database or the role, all at once, changes no answer of an operation', async () => {
    expect(await answers(major, oddSettingsOf(major))).toEqual(await answers(major, []));
  });

  test('a role whose transactions only read by default: a denial is carried by the error, and recorded by one that writes', async () => {
    const database = await openStationDatabase(major);
    try {
      const stationId = await newStation(database.owner);
      const userId = await newUser(database.owner);
      const writes = drizzle({ client: database.service({ max: 1 }) });
      const written = await withStation(writes, { userId, stationId }, async () => 'reached').catch((error) => error);
      expect(written).toBeInstanceOf(NoStationAccess);
      expect(written.unrecorded).toBeUndefined();
      expect(await recordStationDenial(writes, written)).toBe(false);

      for (const setting of reads) await setOdd(database, setting, database.serviceRole);
      const at = drizzle({ client: database.service({ max: 1 }) });
      const denied = await withStation(at, { userId, stationId }, async () => 'reached').catch((error) => error);
      expect(denied).toBeInstanceOf(NoStationAccess);
      const denials = () => database.owner.$count(StationAuditLog);
      const before = await denials();
      expect(await recordStationDenial(writes, JSON.parse(JSON.stringify(denied.unrecorded)))).toBe(true);
      expect(await denials()).toBe(before + 1);
      await expect(recordStationDenial(writes, { ...denied.unrecorded, reason: 'because' })).rejects.toThrow();
      await expect(writes.transaction((tx) => recordStationDenial(tx, denied))).rejects.toMatchObject({
        code: 'in-transaction',
      });
      // In a transaction of the caller that may only read.
      const inside = await writes
        .transaction((tx) => withStation(tx, { userId, stationId }, async () => 'reached'), { accessMode: 'read only' })
        .catch((error) => error);
      expect(inside).toMatchObject({
        name: 'NoStationAccess',
        unrecorded: { userId, stationId, reason: 'not-assigned' },
      });
    } finally {
      await database.close();
    }
  });

  if (thorough) {
    test.each(oddSettingsOf(major))(
      '%s = %s on the database or the role changes no answer of an operation',
      async (...setting) => {
        expect(await answers(major, [setting])).toEqual(await answers(major, []));
      },
    );
  }
});
