import { randomUUID } from 'node:crypto';
import { inspect } from 'node:util';
import { eq } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { drizzle as drizzlePostgresJs } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PostgresDatabase } from '../../src/database.ts';
import { CanonicalModelsError, InvalidInput } from '../../src/errors.ts';
import {
  InvalidStationContext,
  StationTokenRefused,
  withAssignedStations,
  withEveryStation,
  withStation,
} from '../../src/identity/access/index.ts';
import { type AuditEvent, recordAuditEvent } from '../../src/identity/audit/index.ts';
import { auditLogOf } from '../../src/identity/audit/record.ts';
import { countedAddress } from '../../src/identity/counted-address.ts';
import { StationAccessToken, StationAuditLog, type StationPermission } from '../../src/identity/index.ts';
import {
  isStationToken,
  issueStationToken,
  type Revocation,
  revokeStationTokens,
  rotateStationToken,
  type StationTokenRequest,
  type TokenPresentation,
  verifyStationToken,
} from '../../src/identity/tokens/index.ts';
import { newToken } from '../../src/identity/tokens/token.ts';
import { eachEngineOfLongRuns, eachOfFewMajors } from '../support/databases.ts';
import { type IdentityDatabase, newStation, newStationUser, openIdentityDatabase } from '../support/identity.ts';
import { openStationDatabase, type StationDatabase } from '../support/station-access.ts';

/** What a service in JavaScript may hand on from a request. */
const odd: readonly unknown[] = [
  undefined,
  null,
  '',
  0,
  Number.NaN,
  12n,
  true,
  Symbol('token'),
  [],
  ['cmst_'],
  {},
  { toString: () => 'cmst_' },
  Object.create(null),
  () => 'cmst_',
  new Date(Number.NaN),
  Buffer.from('cmst_'),
  '\0',
  '\ud800',
  '𝒳'.repeat(50_000),
  'x'.repeat(2_000_000),
];

/** Texts on which an expression that backtracks takes quadratic time, or worse. */
const heavy = [
  'eyJ',
  'eyJa.',
  'a',
  'Bearer ',
  'Basic ',
  'Basic a',
  'a://',
  'a://a:',
  '%',
  '\n',
  'cmst_',
  ' ',
  '1.',
  ':',
]
  .flatMap((part) => [part.repeat(Math.ceil(15_900 / part.length)), `a://${part.repeat(4000)}`])
  .concat(`a://${'b'.repeat(15_900)}`, `${'%'.repeat(15_900)}\n`, `Basic ${'a'.repeat(15)} `.repeat(700));

eachEngineOfLongRuns((engine) => {
  let database: IdentityDatabase;
  let stationId: string;
  let userId: string;
  beforeAll(async () => {
    database = await openIdentityDatabase(engine);
    stationId = await newStation(database.db);
    userId = await newStationUser(database.db, stationId);
  });
  afterAll(() => database.close());

  test('whatever is presented as a token, a station, an address or a browser is refused, not an exception', async () => {
    const { db } = database;
    const { token } = await issueStationToken(db, { stationId, userId, issuerId: userId });
    for (const value of odd) {
      const presentation = (parts: Partial<Record<keyof TokenPresentation, unknown>>) =>
        ({ stationId, ipAddress: '10.0.0.1', ...parts }) as TokenPresentation;
      for (const [presented, at] of [
        [value, presentation({})],
        [token, presentation({ stationId: value })],
        [value, presentation({ ipAddress: value, userAgent: value })],
        ...(value === undefined ? [] : [[token, presentation({ jwtId: value })] as const]),
      ] as const) {
        const answer = await verifyStationToken(db, presented as string, at);
        await answer.recorded;
        expect(answer.valid).toBe(false);
      }
      const rotated = await rotateStationToken(db, value as string, presentation({ ipAddress: value }));
      expect(rotated.valid).toBe(false);
      if (!rotated.valid) await rotated.recorded;
      expect((await verifyStationToken(db, token, presentation({ ipAddress: value, userAgent: value }))).valid).toBe(
        true,
      );
    }
  });

  test('whatever is asked for, an error names it, and nothing is half-done', async () => {
    const { db } = database;
    const request = { stationId, userId, issuerId: userId };
    for (const value of odd) {
      for (const property of ['stationId', 'userId', 'issuerId'] as const)
        await expect(issueStationToken(db, { ...request, [property]: value })).rejects.toBeInstanceOf(
          CanonicalModelsError,
        );
      // What is null is taken as not given.
      if (value === undefined || value === null) continue;
      for (const property of ['sessionId', 'lifetime', 'familyLifetime', 'longestLifetime'] as const)
        await expect(issueStationToken(db, { ...request, [property]: value })).rejects.toBeInstanceOf(
          CanonicalModelsError,
        );
      const isShort = typeof value === 'string' && value !== '' && value.length < 36 && value !== '\0';
      for (const property of isShort ? [] : (['jwtId', 'scope'] as const))
        await expect(issueStationToken(db, { ...request, [property]: value })).rejects.toMatchObject({
          object: property,
        });
      const isEmpty = Array.isArray(value) && value.length === 0;
      for (const property of isEmpty ? ['role'] : ['role', 'permissions']) {
        await expect(issueStationToken(db, { ...request, [property]: value })).rejects.toMatchObject({
          name: 'InvalidInput',
          object: property,
        });
      }
      for (const property of ['lifetime', 'longestLifetime', 'newJwtId'] as const) {
        if (property === 'newJwtId' && isShort) continue;
        const rotated = rotateStationToken(db, 'cmst_', { stationId, ipAddress: '10.0.0.1', [property]: value });
        await expect(rotated).rejects.toBeInstanceOf(InvalidInput);
      }
      for (const property of ['revokedBy', 'sessionId'] as const) {
        const revoked = revokeStationTokens(db, { userId }, { revokedBy: null, [property]: value });
        await expect(revoked).rejects.toMatchObject({ name: 'InvalidInput', object: property });
      }
      if (typeof value === 'string') continue;
      const revoked = revokeStationTokens(db, { userId }, { revokedBy: null, reason: value as string });
      await expect(revoked).rejects.toMatchObject({ name: 'InvalidInput', object: 'reason' });
    }
    for (const permissions of [['booking.read', 'cmst_'], [undefined], new Array(1), 'booking.read', 'cmst_']) {
      const error = await issueStationToken(db, {
        ...request,
        permissions: permissions as StationPermission[],
      }).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ name: 'InvalidInput', object: 'permissions' });
      expect(inspect(error)).not.toContain('cmst_');
    }
    expect(await db.$count(StationAccessToken, eq(StationAccessToken.isRevoked, true))).toBe(0);
    for (const value of odd) {
      const isShort = typeof value === 'string' && value !== '' && value.length < 36 && value !== '\0';
      const byJwt = isShort ? [] : [{ jwtId: value }];
      for (const selection of [{ id: value }, { userId: value }, { stationId: value }, {}, value, ...byJwt])
        await expect(revokeStationTokens(db, selection as { id: string }, { revokedBy: null })).rejects.toBeInstanceOf(
          CanonicalModelsError,
        );
    }
    for (const value of odd.filter(
      (each) => (typeof each !== 'object' && typeof each !== 'function') || each === null,
    )) {
      for (const asked of [
        issueStationToken(db, value as StationTokenRequest),
        verifyStationToken(db, 'cmst_', value as TokenPresentation),
        rotateStationToken(db, 'cmst_', value as TokenPresentation),
        revokeStationTokens(db, { userId }, value as Revocation),
      ])
        await expect(asked).rejects.toBeInstanceOf(InvalidInput);
    }
    const event = { stationId, userId, action: 'access.denied' } as const;
    for (const value of odd) {
      const origin = { ipAddress: value, userAgent: value, errorMessage: value } as Partial<AuditEvent>;
      expect(await recordAuditEvent(db, { ...event, ...origin })).toEqual(expect.any(String));
    }
    const rows = await db.select().from(StationAuditLog);
    for (const { ipAddress, userAgent } of rows) {
      expect((ipAddress ?? '').length).toBeLessThanOrEqual(90);
      expect((userAgent ?? '').length).toBeLessThanOrEqual(1000);
    }
  });
});

eachOfFewMajors((major) => {
  let database: StationDatabase;
  let client: ReturnType<typeof postgres>;
  let dbs: readonly PostgresDatabase[];
  beforeAll(async () => {
    database = await openStationDatabase(major);
    client = postgres(database.serviceUrl, { max: 1, onnotice: () => {} });
    dbs = [drizzle({ client: database.service({ max: 1 }) }), drizzlePostgresJs({ client })];
  });
  afterAll(async () => {
    await client.end();
    await database.close();
  });

  test('whatever an entry is given, it is an error of the package without the value, or an origin without effect', async () => {
    const { owner } = database;
    const stationId = await newStation(owner);
    const userId = await newStationUser(owner, stationId);
    const { token } = await issueStationToken(owner, { stationId, userId, issuerId: userId });
    const of = (context: object) => context as never;
    const run = async () => 'in';
    for (const db of dbs) {
      for (const [index, value] of odd.entries()) {
        const origin = { ipAddress: value, userAgent: value };
        expect(await withStation(db, of({ token, stationId, ...origin }), run), `origin ${index}`).toBe('in');
        const refused = {
          token: () => withStation(db, of({ token: value, stationId }), run),
          'station of a token': () => withStation(db, of({ token, stationId: value }), run),
          user: () => withStation(db, of({ userId: value, stationId }), run),
          'station of a user': () => withStation(db, of({ userId, stationId: value }), run),
          'user of assigned stations': () => withAssignedStations(db, of({ userId: value }), run),
          'user of every station': () => withEveryStation(db, of({ userId: value }), run),
          'origin of junk': () => withStation(db, of({ token: newToken(), stationId, ...origin }), run),
          'origin of a stranger': () => withStation(db, of({ userId: randomUUID(), stationId, ...origin }), run),
          context: () => withStation(db, value as never, run),
        };
        for (const [what, enter] of Object.entries(refused)) {
          const error = await enter().catch((thrown: unknown) => thrown);
          expect(error, `${what} ${index}`).toBeInstanceOf(CanonicalModelsError);
          if (typeof value === 'string' && value.length > 2) expect(inspect(error)).not.toContain(value.slice(0, 100));
        }
      }
      for (const value of ['cmst_secret', 12n, undefined, null, () => 'cmst_secret', Symbol('cmst_secret')]) {
        for (const enter of [withStation, withAssignedStations, withEveryStation]) {
          const error = await enter(db, value as never, run).catch((thrown: unknown) => thrown);
          expect(error).toBeInstanceOf(InvalidStationContext);
          expect(inspect(error)).not.toContain('cmst_secret');
        }
      }
      for (const userAgent of heavy) {
        const began = performance.now();
        const entered = withStation(db, { token: newToken(), stationId, ipAddress: userAgent, userAgent }, run);
        await expect(entered).rejects.toThrow(StationTokenRefused);
        expect(performance.now() - began, userAgent.slice(0, 20)).toBeLessThan(1500);
      }
    }
    const rows = await owner.select().from(StationAuditLog).where(eq(StationAuditLog.stationId, stationId));
    expect(rows.length).toBeGreaterThan(10);
    for (const { ipAddress, userAgent } of rows) {
      expect((ipAddress ?? '').length).toBeLessThanOrEqual(90);
      expect((userAgent ?? '').length).toBeLessThanOrEqual(1000);
    }
  });
});

test('no text stalls the event loop: ten times the length takes far less than a hundred times the time', () => {
  const event = { stationId: randomUUID(), userId: null, action: 'access.denied' } as const;
  const use = (text: string) => {
    auditLogOf({ ...event, userAgent: text, ipAddress: text, errorMessage: text, details: { text, [text]: [text] } });
    countedAddress(text);
    isStationToken(text);
  };
  const timeOf = (text: string) => {
    const times = Array.from({ length: 5 }, () => {
      const began = performance.now();
      use(text);
      return performance.now() - began;
    });
    return Math.min(...times);
  };
  for (const text of heavy) use(text.slice(0, 1000));
  for (const text of heavy) {
    const short = timeOf(text.slice(0, 780));
    expect(timeOf(text.slice(0, 7800)) / Math.max(short, 0.05), text.slice(0, 20)).toBeLessThan(40);
  }
});

test('what is nested without end is cut, and texts in details as well', () => {
  let details: Record<string, never> = {};
  for (let depth = 0; depth < 20_000; depth++) details = { deeper: details } as unknown as Record<string, never>;
  const row = auditLogOf({ stationId: randomUUID(), userId: null, action: 'access.denied', details });
  expect(JSON.stringify(row.details)).toMatch(/^\{("deeper":\{){31}"deeper":"\[too deep\]"\}+$/);
  const long = auditLogOf({
    stationId: randomUUID(),
    userId: null,
    action: 'access.denied',
    details: { text: 'x'.repeat(100_000) },
  });
  expect(String(long.details?.['text'])).toHaveLength(8000);
});
