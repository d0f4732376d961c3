import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { and, desc, eq, notLike, sql } from 'drizzle-orm';
import { Cache } from 'drizzle-orm/cache/core';
import { drizzle } from 'drizzle-orm/node-postgres';
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { PostgresDatabase } from '../../../src/database.ts';
import { verifyAuditTrail } from '../../../src/identity/audit/index.ts';
import {
  Station,
  StationAccessToken,
  StationAuditLog,
  StationPermission,
  StationRole,
  StationUser,
  User,
} from '../../../src/identity/index.ts';
import {
  type IssuedStationToken,
  issueStationToken,
  revokeStationTokens,
  rotateStationToken,
  StationTokenDenied,
  type StationTokenRequest,
  type StationTokenSelection,
  verifyStationToken,
} from '../../../src/identity/tokens/index.ts';
import { newToken } from '../../../src/identity/tokens/token.ts';
import { eachOfFewEngines, eachOfFewMajors, thorough } from '../../support/databases.ts';
import {
  type IdentityDatabase,
  type IdentityServer,
  newStation,
  newStationUser,
  newUser,
  openIdentityDatabase,
  openIdentityServer,
} from '../../support/identity.ts';
import { legacyFixture } from '../../support/legacy.ts';
import { statementsSent } from '../../support/statements-sent.ts';

const { grants } = JSON.parse(legacyFixture('station-permissions.json')) as { grants: Record<StationRole, string[]> };
const hour = 60 * 60 * 1000;

/** Every token that was issued here, to look for where none may be. */
const shown = new Set<string>();

async function issue(
  db: PostgresDatabase,
  request: Omit<StationTokenRequest, 'issuerId'> & { issuerId?: string },
): Promise<IssuedStationToken> {
  const issued = await issueStationToken(db, { issuerId: request.userId, ...request });
  shown.add(issued.token);
  return issued;
}

let lastAddress = 0;
/** An address that nothing has come from yet. */
const newAddress = () => `10.${(lastAddress >> 16) & 255}.${(lastAddress >> 8) & 255}.${lastAddress++ & 255}`;

/** Verifies and waits for the record. */
async function accepts(
  db: PostgresDatabase,
  token: string | undefined,
  stationId: string,
  ipAddress = newAddress(),
  jwtId?: string,
): Promise<boolean> {
  const answer = await verifyStationToken(db, token, { stationId, ipAddress, jwtId });
  await answer.recorded;
  return answer.valid;
}

/** The newest events of a station, newest first. Changes of assignments are not of tokens. */
const events = (db: PostgresDatabase, stationId: string) =>
  db
    .select()
    .from(StationAuditLog)
    .where(and(eq(StationAuditLog.stationId, stationId), notLike(StationAuditLog.action, 'assignment.%')))
    .orderBy(desc(StationAuditLog.createdAt));

eachOfFewEngines((engine) => {
  let database: IdentityDatabase;
  let db: PostgresDatabase;
  let stationId: string;
  let userId: string;
  beforeAll(async () => {
    database = await openIdentityDatabase(engine);
    db = database.db;
    stationId = await newStation(db);
    userId = await newStationUser(db, stationId);
  });
  afterAll(() => database.close());

  test('a token is issued, verified, rotated and revoked, and each is in the trail', async () => {
    const station = await newStation(db);
    const user = await newStationUser(db, station);
    const issued = await issue(db, { stationId: station, userId: user, scope: 'till 3', sessionId: randomUUID() });
    const [row] = await db.select().from(StationAccessToken).where(eq(StationAccessToken.id, issued.id));
    expect(row).toMatchObject({
      tokenHash: createHash('sha256').update(issued.token).digest('hex'),
      jwtId: issued.jwtId,
      role: 'station_admin',
      permissions: grants.station_admin,
      isRevoked: false,
      expiresAt: issued.expiresAt,
    });
    expect(Math.abs(issued.expiresAt.getTime() - Date.now() - 12 * hour)).toBeLessThan(60_000);

    const verified = await verifyStationToken(db, issued.token, {
      stationId: station,
      ipAddress: newAddress(),
      jwtId: issued.jwtId,
    });
    const { token: _, familyExpiresAt, ...described } = issued;
    expect(verified).toMatchObject({
      valid: true,
      token: { ...described, scope: 'till 3', sessionId: row?.sessionId },
    });

    const rotated = await rotateStationToken(db, issued.token, { stationId: station, ipAddress: newAddress() });
    if (!rotated.valid) throw new Error('the token was not rotated');
    shown.add(rotated.token);
    expect(rotated).toMatchObject({
      role: 'station_admin',
      permissions: grants.station_admin,
      userId: user,
      familyExpiresAt,
    });
    expect(await accepts(db, rotated.token, station)).toBe(true);

    expect(await revokeStationTokens(db, { id: rotated.id }, { revokedBy: user, reason: 'logout' })).toEqual([
      rotated.id,
    ]);
    expect(await revokeStationTokens(db, { id: rotated.id }, { revokedBy: user })).toEqual([]);
    expect(await accepts(db, rotated.token, station)).toBe(false);
    expect(await accepts(db, issued.token, station)).toBe(false);
    const replayed = await rotateStationToken(db, issued.token, { stationId: station, ipAddress: newAddress() });
    expect(replayed.valid).toBe(false);
    if (!replayed.valid) await replayed.recorded;

    expect(
      (await events(db, station)).map(({ action, resourceId, success }) => ({ action, resourceId, success })).reverse(),
    ).toEqual([
      { action: 'token.issued', resourceId: issued.id, success: true },
      { action: 'token.rotated', resourceId: rotated.id, success: true },
      { action: 'token.revoked', resourceId: rotated.id, success: true },
      { action: 'token.refused', resourceId: rotated.id, success: false },
      { action: 'token.refused', resourceId: issued.id, success: false },
      { action: 'token.refused', resourceId: issued.id, success: false },
    ]);
    expect(await verifyAuditTrail(db, station)).toMatchObject({ intact: true, sealed: 7 });
  });

  const set = (table: string, change: string, where: string) => (id: string) =>
    sql.raw(`UPDATE identity.${table} SET ${change} WHERE ${where} = '${id}'`);
  const spoilt: readonly (readonly [
    reason: string,
    spoil: (issued: IssuedStationToken) => ReturnType<typeof sql.raw>,
  ])[] = [
    ['a revoked token', ({ id }) => set('station_access_tokens', 'is_revoked = true', 'id')(id)],
    ['an expired token', ({ id }) => set('station_access_tokens', 'expires_at = clock_timestamp()', 'id')(id)],
    [
      'a token without a right at the station',
      ({ userId: id }) => set('station_users', 'is_active = false', 'user_id')(id),
    ],
    [
      'a token without a right at the station',
      ({ userId: id }) => set('station_users', 'expires_at = clock_timestamp()', 'user_id')(id),
    ],
    [
      'a token without a right at the station',
      ({ userId: id }) => sql`DELETE FROM identity.station_users WHERE user_id = ${id}`,
    ],
    ['a token without a right at the station', ({ userId: id }) => set('users', `status = 'suspended'`, 'id')(id)],
    ['a token without a right at the station', ({ userId: id }) => set('users', `status = 'deactivated'`, 'id')(id)],
    ['a token without a right at the station', ({ userId: id }) => set('users', `status = 'pending'`, 'id')(id)],
    [
      'a token without a right at the station',
      ({ stationId: id }) => set('stations', `status = 'suspended'`, 'id')(id),
    ],
  ];
  test('every invalid token gets the same answer, and only the trail says why', async () => {
    const other = await newStation(db);
    const reasonAt = async (station: string) => (await events(db, station))[0]?.errorMessage;
    for (const [reason, spoil] of spoilt) {
      const station = await newStation(db);
      const issued = await issue(db, { stationId: station, userId: await newStationUser(db, station) });
      expect(await accepts(db, issued.token, station)).toBe(true);
      await db.execute(spoil(issued));
      const answer = await verifyStationToken(db, issued.token, { stationId: station, ipAddress: newAddress() });
      await answer.recorded;
      expect({ ...answer, recorded: undefined }).toEqual({ valid: false, retryAfter: 0 });
      expect(await reasonAt(station)).toBe(reason);
    }
    const issued = await issue(db, { stationId, userId });
    const presented: [string, string | undefined, string, string?][] = [
      ['a malformed token', undefined, other],
      ['a malformed token', '', other],
      ['a malformed token', 'x'.repeat(100_000), other],
      ['a malformed token', `${issued.token.slice(0, -1)}${issued.token.endsWith('0') ? '1' : '0'}`, other],
      ['an unknown token', newToken(), other],
      ['a token of another station', issued.token, other],
      ['a token of another JWT', issued.token, stationId, randomUUID()],
    ];
    for (const [reason, token, station, jwtId] of presented) {
      expect(await accepts(db, token, station, newAddress(), jwtId)).toBe(false);
      expect(await reasonAt(station)).toBe(reason);
    }
    for (const station of [randomUUID(), 'no id', "'; DROP TABLE identity.users; --"]) {
      expect(await accepts(db, issued.token, station)).toBe(false);
    }
    expect(await accepts(db, issued.token, stationId.toUpperCase())).toBe(true);
  });

  test('of an unknown token the trail gets nothing that is of another token', async () => {
    const station = await newStation(db);
    const sessionId = randomUUID();
    const stranger = await issue(db, { stationId, userId, sessionId, scope: 'till 3' });
    const junk = newToken();
    // The next one in the order of hashes is the one that the lookup finds in its place.
    const next = `${createHash('sha256').update(junk).digest('hex')}0`;
    await db.update(StationAccessToken).set({ tokenHash: next }).where(eq(StationAccessToken.id, stranger.id));
    const presentation = { stationId: station, ipAddress: newAddress() };
    for (const present of [verifyStationToken, rotateStationToken]) {
      const answer = await present(db, junk, presentation);
      if (!answer.valid) await answer.recorded;
    }
    const recorded = await events(db, station);
    expect(recorded).toHaveLength(2);
    for (const event of recorded)
      expect(event).toMatchObject({
        userId: null,
        sessionId: null,
        resourceId: null,
        errorMessage: 'an unknown token',
      });
    for (const id of [sessionId, userId, stationId, stranger.id, stranger.jwtId])
      expect(JSON.stringify(recorded)).not.toContain(id);
  });

  test('a token allows no more than its holder may now', async () => {
    const station = await newStation(db);
    const user = await newStationUser(db, station, {
      role: 'admin',
      additionalPermissions: ['station.create', 'coffee.make'],
    });
    const { token, permissions } = await issue(db, {
      stationId: station,
      userId: user,
      permissions: ['station.create', 'user.manage', 'booking.read'],
    });
    expect(permissions).toEqual(['station.create', 'user.manage', 'booking.read']);
    const allowed = async () => {
      const answer = await verifyStationToken(db, token, { stationId: station, ipAddress: newAddress() });
      return answer.valid ? [answer.token.role, ...answer.token.permissions] : undefined;
    };
    expect(await allowed()).toEqual(['admin', ...permissions]);
    await db.update(StationUser).set({ role: 'customer_support' }).where(eq(StationUser.userId, user));
    expect(await allowed()).toEqual(['customer_support', 'station.create', 'booking.read']);
    await db.update(StationUser).set({ additionalPermissions: [] }).where(eq(StationUser.userId, user));
    expect(await allowed()).toEqual(['customer_support', 'booking.read']);
    await db.update(StationUser).set({ role: 'super_admin' }).where(eq(StationUser.userId, user));
    expect(await allowed()).toEqual(['admin', ...permissions]);

    await db.update(StationUser).set({ role: 'customer_support' }).where(eq(StationUser.userId, user));
    const rotated = await rotateStationToken(db, token, { stationId: station, ipAddress: newAddress() });
    if (!rotated.valid) throw new Error('the token was not rotated');
    shown.add(rotated.token);
    expect(rotated).toMatchObject({ role: 'customer_support', permissions: ['booking.read'] });
  });

  test('only a user who may manage users there can issue a token for another user; a denial is in the trail', async () => {
    const station = await newStation(db);
    const holder = await newStationUser(db, station, { role: 'customer_support' });
    const colleague = await newStationUser(db, station, { role: 'station_admin' });
    const manager = await newStationUser(db, station, {
      role: 'station_admin',
      additionalPermissions: ['station.manage_users'],
    });
    const elsewhere = await newStationUser(db, await newStation(db), { role: 'admin' });
    const request = { stationId: station, userId: holder };
    expect(await issue(db, { ...request, issuerId: manager })).toMatchObject({ userId: holder });
    const inCapitals = { stationId: station.toUpperCase(), userId: holder.toUpperCase(), issuerId: holder };
    expect(await issue(db, inCapitals)).toMatchObject({ stationId: station, userId: holder });
    const denials = [
      [colleague, 'may-not-issue-for-others', 'station_admin'],
      [elsewhere, 'issuer-without-access', null],
    ] as const;
    for (const [issuerId, code, userRole] of denials) {
      await expect(issue(db, { ...request, issuerId })).rejects.toMatchObject({ name: 'StationTokenDenied', code });
      expect((await events(db, station))[0]).toMatchObject({
        action: 'access.denied',
        userId: issuerId,
        userRole,
        success: false,
        details: { holder },
      });
    }
    expect(await events(db, station)).toHaveLength(4);
    await expect(db.transaction((tx) => issue(tx, { ...request, issuerId: colleague }))).rejects.toMatchObject({
      denial: { stationId: station, userId: colleague, action: 'access.denied', success: false },
    });
    expect(await events(db, station)).toHaveLength(4);
  });

  test('a denial that an error carries is cleaned, and is neither in its JSON nor in a log', async () => {
    const [station, stranger] = [await newStation(db), await newUser(db)];
    const presented = newToken();
    const error: unknown = await issue(db, {
      stationId: station,
      userId: stranger,
      ipAddress: `203.0.113.9${'0'.repeat(50)}`,
      userAgent: `Bearer ${presented} \0\ud800`,
    }).catch((thrown: unknown) => thrown);
    if (!(error instanceof StationTokenDenied)) throw error;
    for (const text of [JSON.stringify(error), JSON.stringify({ ...error }), inspect(error, { depth: 9 })]) {
      expect(text).not.toContain('203.0.113.9');
      expect(text).not.toContain('[redacted]');
    }
    const { denial } = error;
    expect(denial).toMatchObject({ stationId: station, userId: stranger, action: 'access.denied', success: false });
    expect(denial.ipAddress).toHaveLength(45);
    expect(denial.userAgent).toContain('[redacted]');
    expect(denial.userAgent).not.toContain(presented);
    const [{ ipAddress, userAgent } = { ipAddress: null, userAgent: null }] = await events(db, station);
    expect({ ipAddress, userAgent }).toEqual({ ipAddress: denial.ipAddress, userAgent: denial.userAgent });
  });

  test('a super admin, by the user or by an assignment to any station, has tokens for every station', async () => {
    const station = await newStation(db);
    await db.execute(set('stations', `status = 'suspended'`, 'id')(station));
    const byUser = await newUser(db, { isSuperAdmin: true });
    const end = new Date(Date.now() + hour);
    const byAssignment = await newStationUser(db, await newStation(db), { role: 'super_admin', expiresAt: end });
    const ofUser = await issue(db, { stationId: station, userId: byUser });
    const ofAssignment = await issue(db, { stationId: station, userId: byAssignment });
    expect([ofUser.role, ofAssignment.role]).toEqual(['super_admin', 'super_admin']);
    expect(ofUser.expiresAt > end).toBe(true);
    expect(ofAssignment.expiresAt).toEqual(end);
    expect(await accepts(db, ofUser.token, station)).toBe(true);
    expect(await accepts(db, ofAssignment.token, station)).toBe(true);
    await db.execute(set('station_users', 'is_active = false', 'user_id')(byAssignment));
    expect(await accepts(db, ofAssignment.token, station)).toBe(false);
  });

  test('an infinite assignment counts as expired beside a finite one of a super admin', async () => {
    const end = new Date(Date.now() + hour);
    const root = await newStationUser(db, stationId, { role: 'super_admin', expiresAt: end });
    for (const infinite of ['infinity', '-infinity']) {
      const elsewhere = await newStation(db);
      await db.insert(StationUser).values({ userId: root, stationId: elsewhere, role: 'super_admin' });
      await db.execute(set('station_users', `expires_at = '${infinite}'`, 'station_id')(elsewhere));
      for (const station of [stationId, elsewhere]) {
        expect(await issue(db, { stationId: station, userId: root })).toMatchObject({
          role: 'super_admin',
          expiresAt: end,
        });
      }
    }
  });

  test('a token lives no longer than configured, nor than the assignment of its holder', async () => {
    for (const lifetime of [0, 999, -1, Number.NaN, Number.POSITIVE_INFINITY, 12 * hour + 1]) {
      await expect(issue(db, { stationId, userId, lifetime })).rejects.toMatchObject({
        object: 'lifetime',
        expected: '1000 to 43200000 ms',
      });
    }
    for (const longestLifetime of [Number.POSITIVE_INFINITY, Number.NaN, 999]) {
      await expect(issue(db, { stationId, userId, longestLifetime })).rejects.toMatchObject({
        name: 'InvalidInput',
        code: 'lifetime-out-of-range',
      });
    }
    const long = await issue(db, { stationId, userId, lifetime: 48 * hour, longestLifetime: 48 * hour });
    expect(Math.abs(long.expiresAt.getTime() - Date.now() - 48 * hour)).toBeLessThan(60_000);
    const end = new Date(Date.now() + hour);
    const leaver = await newStationUser(db, stationId, { expiresAt: end });
    expect((await issue(db, { stationId, userId: leaver })).expiresAt).toEqual(end);
  });

  test('every operation takes part in the given transaction', async () => {
    const station = await newStation(db);
    const user = await newStationUser(db, station);
    const { token } = await issue(db, { stationId: station, userId: user });
    const rolledBack = db.transaction(async (tx) => {
      expect(await accepts(tx, token, station)).toBe(true);
      expect((await verifyStationToken(tx, newToken(), { stationId: station, ipAddress: newAddress() })).valid).toBe(
        false,
      );
      expect(await events(tx, station)).toHaveLength(2);
      await revokeStationTokens(tx, { stationId: station }, { revokedBy: null });
      expect(await accepts(tx, token, station)).toBe(false);
      tx.rollback();
    });
    await expect(rolledBack).rejects.toThrow();
    expect(await accepts(db, token, station)).toBe(true);
    expect(await events(db, station)).toHaveLength(1);
  });

  test('errors name an unknown id, and a text that is too long', async () => {
    const nobody = randomUUID();
    await expect(issue(db, { stationId: nobody, userId })).rejects.toMatchObject({ object: `station ${nobody}` });
    await expect(issue(db, { stationId, userId: nobody })).rejects.toMatchObject({ object: `user ${nobody}` });
    await expect(issue(db, { stationId, userId, issuerId: nobody })).rejects.toMatchObject({
      object: `user ${nobody}`,
    });
    await expect(issue(db, { stationId, userId, jwtId: 'x'.repeat(37) })).rejects.toMatchObject({ object: 'jwtId' });
    await expect(issue(db, { stationId, userId, scope: 'x'.repeat(501) })).rejects.toMatchObject({ object: 'scope' });
    await expect(issue(db, { stationId: 'here', userId })).rejects.toMatchObject({ object: 'stationId' });
    await expect(issue(db, { stationId, userId, issuerId: '' })).rejects.toMatchObject({ object: 'issuerId' });
    await expect(revokeStationTokens(db, { id: 'x' }, { revokedBy: null })).rejects.toMatchObject({ object: 'id' });
    await expect(revokeStationTokens(db, { stationId }, { revokedBy: 'me' })).rejects.toMatchObject({
      name: 'InvalidInput',
      code: 'invalid-input',
      object: 'revokedBy',
    });
    const newJwtId = 'x'.repeat(37);
    await expect(
      rotateStationToken(db, newToken(), { stationId, ipAddress: newAddress(), newJwtId }),
    ).rejects.toMatchObject({ object: 'newJwtId' });
  });

  test('an id of a JWT with half of a character is refused: stored, it would be one of several', async () => {
    const { token } = await issue(db, { stationId, userId });
    for (const half of ['\ud83c', '\udf70', 'a\udf70\ud83c']) {
      const refused = { name: 'InvalidInput', code: 'invalid-input', found: expect.stringContaining('half') };
      await expect(issue(db, { stationId, userId, jwtId: half })).rejects.toMatchObject({
        ...refused,
        object: 'jwtId',
      });
      const rotated = rotateStationToken(db, token, { stationId, ipAddress: newAddress(), newJwtId: half });
      await expect(rotated).rejects.toMatchObject({ ...refused, object: 'newJwtId' });
      await expect(revokeStationTokens(db, { jwtId: half }, { revokedBy: null })).rejects.toMatchObject({
        ...refused,
        object: 'jwtId',
      });
    }
    expect(await accepts(db, token, stationId)).toBe(true);
    const cake = `${randomUUID().slice(0, 34)}\ud83c\udf70`;
    expect(await issue(db, { stationId, userId, jwtId: cake })).toMatchObject({ jwtId: cake });
  });

  test('tokens and their hashes are nowhere but in the table of tokens', async () => {
    for (let number = 0; number < 16; number++) {
      const { token } = await issue(db, { stationId, userId });
      await verifyStationToken(db, token, { stationId: await newStation(db), ipAddress: newAddress() }).then(
        ({ recorded }) => recorded,
      );
    }
    const { rows } = await database.query(`
      SELECT log::text AS text FROM identity.station_audit_logs AS log
      UNION ALL SELECT seal::text FROM identity.station_audit_seals AS seal
      UNION ALL SELECT failure::text FROM identity.station_token_failures AS failure`);
    const text = rows.map((row) => row['text']).join('\n');
    expect(rows.length).toBeGreaterThan(30);
    expect(shown.size).toBeGreaterThan(10);
    for (const token of shown) {
      expect(text).not.toContain(token);
      expect(text).not.toContain(createHash('sha256').update(token).digest('hex'));
    }
    expect(text).not.toMatch(/cmst_/);
  });
});

eachOfFewMajors((major) => {
  let server: IdentityServer;
  let db: PostgresDatabase;
  let stationId: string;
  beforeAll(async () => {
    server = await openIdentityServer(major, 20);
    db = server.db;
    stationId = await newStation(db);
  });
  afterAll(() => server.close());

  test('role and permissions are at most those of issuer and holder', async () => {
    const station = await newStation(db);
    const [holder, issuer] = [await newStationUser(db, station), await newStationUser(db, station)];
    const standing = fc.record({
      role: fc.constantFrom(...StationRole.enumValues),
      additional: fc.array(fc.constantFrom('station.create', 'user.manage', 'lead.convert', 'coffee.make'), {
        maxLength: 2,
      }),
      isActive: fc.integer({ min: 0, max: 9 }).map((roll) => roll > 0),
      ended: fc.integer({ min: 0, max: 9 }).map((roll) => roll === 0),
      superAdmin: fc.integer({ min: 0, max: 5 }).map((roll) => roll === 0),
    });
    const settle = async (
      user: string,
      it: { role: StationRole; additional: string[]; isActive: boolean; ended: boolean; superAdmin: boolean },
    ) => {
      await db.update(User).set({ isSuperAdmin: it.superAdmin }).where(eq(User.id, user));
      await db
        .update(StationUser)
        .set({
          role: it.role,
          additionalPermissions: it.additional,
          isActive: it.isActive,
          expiresAt: it.ended ? new Date(Date.now() - 1000) : null,
        })
        .where(eq(StationUser.userId, user));
    };
    const rightsOf = (it: {
      role: StationRole;
      additional: string[];
      isActive: boolean;
      ended: boolean;
      superAdmin: boolean;
    }) => {
      if (it.superAdmin) return { role: 'super_admin' as StationRole, permissions: grants.super_admin };
      if (!it.isActive || it.ended) return undefined;
      return {
        role: it.role,
        permissions: [...grants[it.role], ...it.additional.filter((each) => grants.super_admin.includes(each))],
      };
    };
    const rank = (role: StationRole) => StationRole.enumValues.indexOf(role);
    const outcomes = { issued: 0, denied: 0 };
    await fc.assert(
      fc.asyncProperty(
        standing,
        standing,
        fc.option(fc.constantFrom(...StationRole.enumValues), { nil: undefined }),
        fc.option(fc.subarray([...StationPermission.enumValues], { maxLength: 4 }), { nil: undefined }),
        fc.boolean(),
        async (ofHolder, ofIssuer, role, permissions, bySelf) => {
          await settle(holder, ofHolder);
          await settle(issuer, ofIssuer);
          const own = rightsOf(ofHolder);
          const others = bySelf ? own : rightsOf(ofIssuer);
          const asked = role ?? own?.role ?? 'customer_support';
          const within = (rights: ReturnType<typeof rightsOf>) =>
            rights !== undefined &&
            rank(asked) >= rank(rights.role) &&
            (permissions ?? []).every((each) => rights.permissions.includes(each));
          const outranks = own && others && rank(own.role) < rank(others.role);
          const mayIssue = bySelf || (others?.permissions.includes('station.manage_users') && !outranks);
          const before = (await events(db, station)).length;
          const request = { stationId: station, userId: holder, issuerId: bySelf ? holder : issuer, role, permissions };
          if (within(own) && within(others) && mayIssue) {
            outcomes.issued += 1;
            const issued = await issue(db, request);
            expect(issued.role).toBe(asked);
            expect([...issued.permissions].sort()).toEqual(
              permissions
                ? [...permissions].sort()
                : grants[asked]
                    .filter((each) => others?.permissions.includes(each) && own?.permissions.includes(each))
                    .sort(),
            );
          } else {
            outcomes.denied += 1;
            await expect(issue(db, request)).rejects.toMatchObject({ name: 'StationTokenDenied' });
          }
          const after = await events(db, station);
          expect(after).toHaveLength(before + 1);
        },
      ),
      { numRuns: thorough ? 1000 : 60 },
    );
    const recorded = await events(db, station);
    expect(recorded.filter(({ action, success }) => action === 'token.issued' && success)).toHaveLength(
      outcomes.issued,
    );
    expect(recorded.filter(({ action, success }) => action === 'access.denied' && !success)).toHaveLength(
      outcomes.denied,
    );
    expect(Math.min(outcomes.issued, outcomes.denied)).toBeGreaterThan(5);
  });

  test('tokens are revoked by JWT, by user at one station or everywhere, by station, and no others', async () => {
    const [here, there] = [await newStation(db), await newStation(db)];
    const [anna, ben] = [await newStationUser(db, here), await newStationUser(db, here)];
    for (const userId of [anna, ben])
      await db.insert(StationUser).values({ userId, stationId: there, role: 'station_admin' });
    const all: IssuedStationToken[] = [];
    const fill = async () => {
      await revokeStationTokens(db, { stationId: here }, { revokedBy: null });
      await revokeStationTokens(db, { stationId: there }, { revokedBy: null });
      all.length = 0;
      for (const userId of [anna, ben])
        for (const station of [here, there]) all.push(await issue(db, { stationId: station, userId }));
    };
    const inForce = async () =>
      (
        await Promise.all(
          all.map(async ({ token, stationId: at }, index) => ((await accepts(db, token, at)) ? [index] : [])),
        )
      ).flat();
    await fill();
    expect(await inForce()).toEqual([0, 1, 2, 3]);
    await revokeStationTokens(db, { jwtId: all[1]?.jwtId as string }, { revokedBy: anna });
    expect(await inForce()).toEqual([0, 2, 3]);
    await fill();
    await revokeStationTokens(db, { userId: anna, stationId: there }, { revokedBy: ben });
    expect(await inForce()).toEqual([0, 2, 3]);
    await fill();
    expect(await revokeStationTokens(db, { userId: anna }, { revokedBy: ben, reason: 'left' })).toHaveLength(2);
    expect(await inForce()).toEqual([2, 3]);
    expect((await events(db, there)).find(({ action }) => action === 'token.revoked')).toMatchObject({
      userId: ben,
      details: { holder: anna, reason: 'left' },
    });
    await fill();
    await revokeStationTokens(db, { stationId: here }, { revokedBy: null });
    expect(await inForce()).toEqual([1, 3]);
  });

  test('a selection by what does not go together is refused, and revokes nothing', async () => {
    const stationId = await newStation(db);
    const userId = await newStationUser(db, stationId);
    const { id, jwtId, token } = await issue(db, { stationId, userId });
    const selections: readonly StationTokenSelection[] = [
      // @ts-expect-error An id selects a token at any station.
      { id, stationId },
      // @ts-expect-error An id selects a token of any user.
      { id, userId },
      // @ts-expect-error The id of a JWT selects a token of any user.
      { jwtId, userId },
      // @ts-expect-error The id of a JWT selects a token at any station.
      { jwtId, stationId },
      // @ts-expect-error One id is enough.
      { id, jwtId },
      // @ts-expect-error All of these.
      { jwtId, userId, stationId },
    ];
    for (const selection of selections) {
      await expect(revokeStationTokens(db, selection, { revokedBy: null })).rejects.toMatchObject({
        name: 'InvalidInput',
        code: 'invalid-input',
        object: 'selection',
        found: Object.keys(selection).join(' and '),
      });
    }
    expect(await accepts(db, token, stationId)).toBe(true);
  });

  test('tokens presented at once each get their own answer', async () => {
    const stations = [await newStation(db), await newStation(db), await newStation(db)] as const;
    const users = await Promise.all(stations.map((station) => newStationUser(db, station)));
    const issued = await Promise.all(
      stations.map((station, index) => issue(db, { stationId: station, userId: users[index] as string })),
    );
    const revoked = await issue(db, { stationId: stations[0], userId: users[0] as string });
    await revokeStationTokens(db, { id: revoked.id }, { revokedBy: null });
    const presentations = Array.from({ length: 100 }, (_, count) => {
      const here = count % 3;
      const { id, token } = issued[here] as IssuedStationToken;
      const at = { stationId: stations[here] as string, ipAddress: newAddress() };
      return [
        { token, at, id },
        { token: newToken(), at, id: undefined },
        { token: revoked.token, at: { ...at, stationId: stations[0] }, id: undefined },
        { token, at: { ...at, stationId: stations[(here + 1) % 3] as string }, id: undefined },
        { token: `"}]'${token}`, at: { ...at, ipAddress: '"}]\\\0\u2028\'' }, id: undefined },
      ][count % 5] as { token: string; at: typeof at; id: string | undefined };
    });
    const answers = await Promise.all(presentations.map(({ token, at }) => verifyStationToken(db, token, at)));
    await Promise.all(answers.map(({ recorded }) => recorded));
    expect(answers.map((answer) => (answer.valid ? answer.token.id : undefined))).toEqual(
      presentations.map(({ id }) => id),
    );
  });

  test('of eight concurrent rotations of one token, one succeeds, and the old one is never accepted again', async () => {
    const { token } = await issue(db, { stationId, userId: await newStationUser(db, stationId) });
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => rotateStationToken(db, token, { stationId, ipAddress: newAddress() })),
    );
    const rotated = answers.flatMap((answer) => (answer.valid ? [answer.token] : []));
    expect(rotated).toHaveLength(1);
    await Promise.all(answers.map((answer) => (answer.valid ? undefined : answer.recorded)));
    expect(await accepts(db, rotated[0], stationId)).toBe(true);
    expect(await accepts(db, token, stationId)).toBe(false);
  });

  test('200 parallel verifications and revocations: no verification that began after a revocation succeeds', async () => {
    const station = await newStation(db);
    const user = await newStationUser(db, station);
    const tokens = await Promise.all(Array.from({ length: 20 }, () => issue(db, { stationId: station, userId: user })));
    const overAt = new Map<string, number>();
    const tries: { id: string; began: number; ended: number; valid: boolean }[] = [];
    const jobs = tokens.flatMap((issued, index) => [
      ...Array.from({ length: 9 }, (_, count) => async () => {
        await sleep((count * 50 + index * 11) % 450);
        const began = performance.now();
        const answer = await verifyStationToken(db, issued.token, { stationId: station, ipAddress: newAddress() });
        tries.push({ id: issued.id, began, ended: performance.now(), valid: answer.valid });
        await answer.recorded;
      }),
      async () => {
        await sleep(50 + ((index * 53) % 150));
        await revokeStationTokens(db, { id: issued.id }, { revokedBy: user });
        overAt.set(issued.id, performance.now());
      },
    ]);
    expect(jobs).toHaveLength(200);
    await Promise.all(jobs.map((job) => job()));
    expect(tries).toHaveLength(180);
    const late = tries.filter(({ id, began }) => began > (overAt.get(id) ?? 0));
    expect(late.length).toBeGreaterThan(10);
    expect(late.filter(({ valid }) => valid)).toEqual([]);
    expect(tries.filter(({ valid }) => valid).length).toBeGreaterThan(10);
    const refused = (await events(db, station)).filter(({ action }) => action === 'token.refused');
    expect(refused).toHaveLength(tries.filter(({ valid }) => !valid).length);
    expect(await verifyAuditTrail(db, station)).toMatchObject({ intact: true });
  });

  test('tokens presented in one turn share statements, of 32 at most', async () => {
    const { token } = await issue(db, { stationId, userId: await newStationUser(db, stationId) });
    const verify = (on: PostgresDatabase) => verifyStationToken(on, token, { stationId, ipAddress: newAddress() });
    const sentBy = async (on: PostgresDatabase, count: number) => {
      const sent = statementsSent();
      const answers = await Promise.all(Array.from({ length: count }, () => verify(on)));
      expect(answers.every(({ valid }) => valid)).toBe(true);
      return sent().statements.length;
    };
    expect([await sentBy(db, 1), await sentBy(db, 2), await sentBy(db, 32), await sentBy(db, 33)]).toEqual([
      1, 1, 1, 2,
    ]);
    const other = drizzle({ client: server.pool });
    const sent = statementsSent();
    await Promise.all([verify(db), verify(other), verify(db)]);
    expect(sent().statements).toHaveLength(2);
  });

  test('a fake clock of a test delays no answer', async () => {
    vi.useFakeTimers();
    try {
      expect(await accepts(db, newToken(), stationId)).toBe(false);
    } finally {
      vi.useRealTimers();
    }
  });

  test('on a single connection an awaited record does not become part of the next statement', async () => {
    const station = await newStation(server.database.db);
    const answer = await verifyStationToken(server.database.db, newToken(), {
      stationId: station,
      ipAddress: newAddress(),
    });
    await answer.recorded;
    await server.database.query('BEGIN');
    await server.database.query('ROLLBACK');
    expect(await events(db, station)).toHaveLength(1);
  });

  test('no answer comes from a query cache of the service', async () => {
    const kept = new Map<string, unknown[]>();
    class KeepsEverything extends Cache {
      strategy = () => 'all' as const;
      get = async (key: string) => kept.get(key);
      put = async (key: string, rows: unknown[]) => void kept.set(key, rows);
      onMutate = async () => {};
    }
    const cached = drizzle({ client: server.pool, cache: new KeepsEverything() });
    const userId = await newStationUser(db, stationId);
    const { id, token } = await issue(cached, { stationId, userId });
    const address = newAddress();
    expect(await accepts(cached, token, stationId, address)).toBe(true);
    await revokeStationTokens(db, { id }, { revokedBy: null });
    expect(await accepts(cached, token, stationId, address)).toBe(false);
    await cached.select().from(Station);
    expect(kept.size).toBe(1);
  });

  test('if the database is gone, the error does not contain the token', async () => {
    const gone = new pg.Pool({ connectionString: server.database.url });
    await gone.end();
    const db = drizzle({ client: gone });
    const token = newToken();
    const error = await verifyStationToken(db, token, {
      stationId,
      ipAddress: newAddress(),
    }).catch((thrown: Error) => thrown);
    expect(error).toBeInstanceOf(Error);
    const several = await Promise.allSettled(
      Array.from({ length: 3 }, () => verifyStationToken(db, token, { stationId, ipAddress: newAddress() })),
    );
    expect(several.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(`${(error as Error).stack} ${JSON.stringify(error)} ${(error as Error).cause}`).not.toContain(token);
  });
});
