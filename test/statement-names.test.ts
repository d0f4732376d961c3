import { randomUUID } from 'node:crypto';
import { count, eq, sql } from 'drizzle-orm';
import { Cache } from 'drizzle-orm/cache/core';
import { drizzle } from 'drizzle-orm/node-postgres';
import { drizzle as drizzlePostgresJs } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Booking } from '../src/core/index.ts';
import type { PostgresDatabase } from '../src/database.ts';
import * as access from '../src/identity/access/index.ts';
import * as audit from '../src/identity/audit/index.ts';
import { OAuthAccount, Station, StationAccessToken } from '../src/identity/index.ts';
import * as oauth from '../src/identity/oauth/index.ts';
import * as tokens from '../src/identity/tokens/index.ts';
import * as adopt from '../src/tools/adopt/index.ts';
import * as baseline from '../src/tools/baseline/index.ts';
import * as check from '../src/tools/check/index.ts';
import type { Connection } from '../src/tools/database/connect.ts';
import * as encryptTokens from '../src/tools/encrypt-tokens/index.ts';
import * as migrate from '../src/tools/migrate/index.ts';
import * as revert from '../src/tools/revert/index.ts';
import * as status from '../src/tools/status/index.ts';
import * as usage from '../src/tools/usage/index.ts';
import { eachOfFewMajors, serverOf, withDatabase } from './support/databases.ts';
import { newStation, newStationUser, newUser } from './support/identity.ts';
import { type ParsedStatement, type WatchedServer, watchServer } from './support/parse-messages.ts';
import { openPool } from './support/servers.ts';
import { openStationDatabase, type StationDatabase } from './support/station-access.ts';

/** A service's handles: one past row-level security, and one of a role that it restricts. */
interface Handles {
  readonly db: PostgresDatabase;
  readonly restricted: PostgresDatabase;
}

/** Each operation of the identity subpaths that asks a database, in every form in which it asks, by its name. */
const operations: Readonly<Record<string, (handles: Handles) => Promise<unknown>>> = {
  async issueStationToken({ db }) {
    const [stationId, other] = [await newStation(db), await newStation(db)];
    const userId = await newStationUser(db, stationId);
    await tokens.issueStationToken(db, { stationId, userId, issuerId: userId });
    await tokens.issueStationToken(db, { stationId, userId, issuerId: await newUser(db, { isSuperAdmin: true }) });
    await expect(tokens.issueStationToken(db, { stationId: other, userId, issuerId: userId })).rejects.toThrow(
      tokens.StationTokenDenied,
    );
  },
  async verifyStationToken({ db }) {
    const { present } = await issued(db);
    expect((await present()).valid).toBe(true);
    const together = await Promise.all([present(), present(), present('cmst_unknown')]);
    expect(together.map(({ valid }) => valid)).toEqual([true, true, false]);
    await db.transaction(async (tx) => {
      expect((await present(undefined, tx)).valid).toBe(true);
      expect((await present('cmst_unknown', tx)).valid).toBe(false);
    });
    // The failures before are forgotten.
    expect((await present()).valid).toBe(true);
  },
  async rotateStationToken({ db }) {
    const { token, stationId } = await issued(db);
    const at = { stationId, ipAddress: '10.1.0.1' };
    expect(await tokens.rotateStationToken(db, token, at)).toMatchObject({ valid: true });
    const replayed = await tokens.rotateStationToken(db, token, at);
    if (!replayed.valid) await replayed.recorded;
    expect(replayed.valid).toBe(false);
  },
  async revokeStationTokens({ db }) {
    const { id, userId, stationId } = await issued(db);
    expect(await tokens.revokeStationTokens(db, { id }, { revokedBy: userId })).toEqual([id]);
    for (const selection of [{ userId }, { userId, stationId }, { stationId }, { jwtId: randomUUID() }]) {
      await tokens.revokeStationTokens(db, selection, { revokedBy: null });
    }
  },
  async withStation({ db, restricted }) {
    const stationId = await newStation(db);
    const context = { stationId, userId: await newStationUser(db, stationId) };
    for (let time = 1; time <= 2; time++) {
      const [seen, inside] = await access.withStation(restricted, context, async (tx) => [
        await tx.execute(sql`SELECT current_setting('canonical_models.station_id') AS entered`, 'objects'),
        await access.withStation(tx, context, (nested) => nested.$count(Booking)),
      ]);
      expect([seen, inside]).toEqual([[{ entered: stationId }], 0]);
    }
    await expect(access.withStation(restricted, { ...context, userId: randomUUID() }, async () => {})).rejects.toThrow(
      access.NoStationAccess,
    );
    await expect(access.withStation(restricted, context, newStation)).rejects.toThrow(access.StationRowRefused);
  },
  async withAssignedStations({ db, restricted }) {
    const userId = await newStationUser(db, await newStation(db), { role: 'super_admin' });
    await access.withAssignedStations(restricted, { userId }, (tx) => tx.select({ all: count() }).from(Booking));
  },
  async withEveryStation({ db, restricted }) {
    const userId = await newUser(db, { isSuperAdmin: true });
    await access.withEveryStation(restricted, { userId }, (tx) => tx.select({ all: count() }).from(Booking));
  },
  async recordAuditEvent({ db }) {
    await audit.recordAuditEvent(db, { stationId: await newStation(db), userId: null, action: 'access.granted' });
  },
  async recordDenial({ db }) {
    await audit.recordDenial(db, {
      stationId: await newStation(db),
      userId: null,
      action: 'access.denied',
      errorMessage: 'no',
    });
  },
  async recordStationDenial({ db, restricted }) {
    const context = { userId: await newUser(db), stationId: await newStation(db) };
    const readOnly = { accessMode: 'read only' } as const;
    const error = await restricted
      .transaction((tx) => access.withStation(tx, context, async () => {}), readOnly)
      .catch((denied: unknown) => denied);
    expect(await access.recordStationDenial(restricted, error)).toBe(true);
  },
  async verifyAuditTrail({ db }) {
    const { stationId } = await issued(db);
    for (let time = 1; time <= 2; time++) {
      expect(await audit.verifyAuditTrail(db, stationId)).toMatchObject({ intact: true, sealed: 1 + time });
      await audit.recordAuditEvent(db, { stationId, userId: null, action: 'access.granted' });
    }
  },
  async linkOAuthAccount({ db }) {
    await linked(db);
  },
  async findUserByOAuthAccount({ db }) {
    const account = await linked(db);
    expect(await oauth.findUserByOAuthAccount(db, account)).toMatchObject({ id: account.userId });
    await db.execute(sql`UPDATE identity.users SET status = 'suspended' WHERE id = ${account.userId}`);
    await expect(oauth.findUserByOAuthAccount(db, account)).rejects.toMatchObject({ code: 'user-not-active' });
  },
  async unlinkOAuthAccount({ db }) {
    const account = await linked(db);
    await expect(oauth.unlinkOAuthAccount(db, account)).rejects.toMatchObject({ code: 'last-way-to-log-in' });
    await db.execute(sql`UPDATE identity.users SET google_id = id::text WHERE id = ${account.userId}`);
    await oauth.unlinkOAuthAccount(db, account);
  },
};

/** What the same subpaths export that asks no database. */
const withoutDatabase = [
  'isStationToken',
  'redactDetails',
  'encryptedText',
  'readEncryptionKeysFromEnvironment',
  'setEncryptionKeys',
];

let lastAddress = 0;

async function issued(db: PostgresDatabase) {
  const stationId = await newStation(db);
  const userId = await newStationUser(db, stationId);
  const token = await tokens.issueStationToken(db, { stationId, userId, issuerId: userId });
  const ipAddress = `10.0.0.${lastAddress++}`;
  const present = async (text = token.token, on = db) => {
    const answer = await tokens.verifyStationToken(on, text, { stationId, ipAddress });
    await answer.recorded;
    return answer;
  };
  return { ...token, present };
}

async function linked(db: PostgresDatabase) {
  oauth.setEncryptionKeys({ current: 'k1', keys: { k1: new Uint8Array(32).fill(1) } });
  const userId = await newStationUser(db, await newStation(db));
  const account = { userId, provider: 'google', providerAccountId: userId } as const;
  const login = {
    ...account,
    email: `${userId}@example.com`,
    emailVerified: true,
    accessToken: 'ya29.access',
  } as const;
  await oauth.linkOAuthAccount(db, login);
  return account;
}

/** The functions of a module, without its classes. */
const functionsOf = (module: object): string[] =>
  Object.entries(module).flatMap(([name, value]) =>
    typeof value === 'function' && !String(value).startsWith('class ') ? [name] : [],
  );

const without = (all: readonly string[], others: readonly string[]) =>
  all.filter((name) => !others.includes(name)).sort();

test('every operation of the identity subpaths that queries a database is listed below', () => {
  const exported = [tokens, access, audit, oauth].flatMap(functionsOf);
  expect(without(exported, withoutDatabase)).toEqual(Object.keys(operations).sort());
});

eachOfFewMajors((major) => {
  let database: StationDatabase;
  let server: WatchedServer;
  const ends: (() => Promise<unknown>)[] = [];
  const watched = (url: string) => {
    const way = new URL(url);
    way.port = String(server.port);
    return way.href;
  };
  beforeAll(async () => {
    database = await openStationDatabase(major);
    server = await watchServer(serverOf(major));
  });
  afterEach(async () => {
    for (const end of ends.splice(0)) await end();
    server.takeParsed();
  });
  afterAll(async () => {
    await server.close();
    await database.close();
  });

  const pool = (url: string) => {
    const made = openPool(watched(url), { max: 2 });
    ends.push(() => made.end());
    return made;
  };
  const drivers = {
    'node-postgres': (url: string) => drizzle({ client: pool(url) }),
    'postgres-js': (url: string) => {
      const client = postgres(watched(url), { max: 2, fetch_types: false });
      ends.push(() => client.end());
      return drizzlePostgresJs({ client });
    },
  } as const;

  describe.each(['node-postgres', 'postgres-js'] as const)('%s', (driver) => {
    test.each(Object.keys(operations))('%s names no statement', async (name) => {
      const handles = { db: drivers[driver](database.url), restricted: drivers[driver](database.serviceUrl) };
      await operations[name]?.(handles);
      const parsed = server.takeParsed();
      expect(parsed.length).toBeGreaterThan(0);
      // With `prepare: true`, which is its default, postgres-js names what it says itself in a transaction.
      const ofDriver = ({ text }: ParsedStatement) =>
        driver === 'postgres-js' && /^(commit|rollback|savepoint "s\d+"|rollback to "s\d+")$/.test(text);
      expect(parsed.filter((statement) => statement.name !== '' && !ofDriver(statement))).toEqual([]);
    });

    test('a statement that is prepared in Drizzle is recorded with its name', async () => {
      const db = drivers[driver](database.url);
      await db.select({ id: Station.id }).from(Station).where(eq(Station.id, randomUUID())).prepare().execute();
      expect(server.takeParsed()).toMatchObject([{ name: expect.stringMatching(/./), text: /^select "id"/ }]);
    });
  });

  test('no tool names a statement', () =>
    withDatabase(major, 'legacy', async ({ url }) => {
      const called = new Set<string>();
      const parsed: ParsedStatement[] = [];
      const run = async (name: string, ask: (connection: Connection) => Promise<unknown>) => {
        called.add(name);
        const connection = await migrate.connect(watched(url));
        await ask(connection).finally(() => connection.close());
        parsed.push(...server.takeParsed());
      };
      await run('connect', async () => {});
      await run('adopt', (connection) => adopt.adopt(connection));
      await run('baseline', ({ query }) => baseline.baseline(query));
      await run('migrate', (connection) => migrate.migrate(connection));
      await run('planMigrations', (connection) => migrate.planMigrations(connection));
      await run('status', (connection) => status.status(connection));
      await run('check', (connection) => check.check(connection));
      await run('rememberUsage', ({ query }) =>
        query('CREATE EXTENSION pg_stat_statements').then(() => usage.rememberUsage(query)),
      );
      await run('listSharedCounters', ({ query }) => usage.listSharedCounters(query));
      await run('usage', ({ query }) => usage.usage({ query }));
      oauth.setEncryptionKeys({ current: 'k1', keys: { k1: new Uint8Array(32).fill(1) } });
      await run('encryptTokens', (connection) => encryptTokens.encryptTokens(connection));
      await run('revert', (connection) => revert.revert(connection, { to: 'baseline' }));
      expect(parsed.length).toBeGreaterThan(20);
      expect(parsed.filter((statement) => statement.name !== '')).toEqual([]);
      const exported = [adopt, baseline, check, encryptTokens, migrate, revert, status, usage].flatMap(functionsOf);
      const asksNobody = ['renderScript', 'listAdoptStatements', 'renderAdoptScript', 'readAcceptFile'];
      expect(without([...called], [])).toEqual(without([...new Set(exported)], asksNobody));
    }));

  test('a service’s query cache neither answers nor stores the package’s queries', async () => {
    const kept = new Map<string, unknown[]>();
    class KeepsEverything extends Cache {
      strategy = () => 'all' as const;
      get = async (key: string) => kept.get(key);
      put = async (key: string, rows: unknown[]) => void kept.set(key, rows);
      onMutate = async () => {};
    }
    const cache = new KeepsEverything();
    const handles = {
      db: drizzle({ client: pool(database.url), cache }),
      restricted: drizzle({ client: pool(database.serviceUrl), cache }),
    };
    for (const operation of Object.values(operations)) await operation(handles);
    // The counts of the callbacks are the service's own.
    const own = [...kept.values()].map((rows) => JSON.stringify(rows));
    expect(own.filter((rows) => !/^\[\[(0|"\d+")\]\]$/.test(rows))).toEqual([]);
    await handles.db
      .select({ id: OAuthAccount.id, token: StationAccessToken.id })
      .from(OAuthAccount)
      .crossJoin(StationAccessToken);
    expect(kept.size).toBe(own.length + 1);
  });
});
