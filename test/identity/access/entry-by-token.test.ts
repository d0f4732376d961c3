import { randomUUID } from 'node:crypto';
import { inspect } from 'node:util';
import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { drizzle as drizzlePostgresJs } from 'drizzle-orm/postgres-js';
import pg from 'pg';
import postgres from 'postgres';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { PostgresDatabase } from '../../../src/database.ts';
import {
  ContextClosed,
  recordStationDenial,
  StationProofRequired,
  type StationTokenContext,
  StationTokenRefused,
  withAssignedStations,
  withEveryStation,
  withStation,
} from '../../../src/identity/access/index.ts';
import type { StationPermission } from '../../../src/identity/index.ts';
import {
  issueStationToken,
  revokeStationTokens,
  rotateStationToken,
  verifyStationToken,
} from '../../../src/identity/tokens/index.ts';
import { hashOf, newToken } from '../../../src/identity/tokens/token.ts';
import { check } from '../../../src/tools/check/check.ts';
import { status } from '../../../src/tools/status/status.ts';
import { connectionTo, eachOfOldestMajors, thorough } from '../../support/databases.ts';
import { newStation, newStationUser } from '../../support/identity.ts';
import { openStationDatabase, type StationDatabase } from '../../support/station-access.ts';
import { rowsOf } from './drivers.ts';

const [A, B] = ['aaaaaaaa-0000-4000-8000-00000000001a', 'aaaaaaaa-0000-4000-8000-00000000001b'];
const [both, ofB, superAdmin] = [1, 2, 3].map((number) => `bbbbbbbb-0000-4000-8000-00000000001${number}`) as [
  string,
  string,
  string,
];
const world = `
  INSERT INTO identity.stations (id, name, code, display_name) VALUES ('${A}', 'A', 'TOKEN-A', 'A'), ('${B}', 'B', 'TOKEN-B', 'B');
  INSERT INTO identity.users (id, email, status, is_super_admin) VALUES
    ('${both}', 'both@example.com', 'active', false), ('${ofB}', 'b@example.com', 'active', false), ('${superAdmin}', 's@example.com', 'active', true);
  INSERT INTO identity.station_users (user_id, station_id, role) VALUES ('${both}', '${A}', 'admin'), ('${both}', '${B}', 'admin'), ('${ofB}', '${B}', 'admin');
  INSERT INTO customers (station_id, first_name, last_name, email, phone)
  SELECT station.id, 'f', station.code, 'e', '1' FROM identity.stations AS station, generate_series(1, 5) WHERE station.code LIKE 'TOKEN-_';
  ANALYZE`;

const readCustomers = 'SELECT station_id::text AS station FROM customers';
const allowsUserIds = (allowed: boolean) =>
  `UPDATE drizzle.canonical_models_station_access SET entry_by_user_id = ${allowed}`;
const forge = (settings: Readonly<Record<string, string>>) =>
  Object.entries(settings)
    .map(([name, value]) => `set_config('canonical_models.${name}', '${value}', true)`)
    .join(', ');

/** For each function with parameters, others of its name that take texts, and that a sequence per name has the calls of. */
const overload = `DO $do$
DECLARE
  ours record;
  type text;
BEGIN
  FOR ours IN SELECT DISTINCT proname AS name, pronargs AS parameters FROM pg_proc
    WHERE pronamespace = 'identity'::regnamespace AND pronargs > 0 LOOP
    EXECUTE format('CREATE SEQUENCE identity.calls_of_%s; GRANT USAGE ON SEQUENCE identity.calls_of_%s TO PUBLIC', ours.name, ours.name);
    FOREACH type IN ARRAY ARRAY['text', 'varchar', 'name'] LOOP
      CONTINUE WHEN to_regprocedure(format('identity.%s(%s)', ours.name, array_to_string(array_fill(type, ARRAY[ours.parameters]), ','))) IS NOT NULL;
      EXECUTE format('CREATE FUNCTION identity.%s(%s) RETURNS text LANGUAGE sql AS $$ SELECT nextval(%L)::text $$',
        ours.name, array_to_string(array_fill(type, ARRAY[ours.parameters]), ','), 'identity.calls_of_' || ours.name);
    END LOOP;
  END LOOP;
END
$do$`;

const become = `SELECT set_config('role', 'station_service', true)`;
const enterB = `SELECT identity.enter_station('${ofB}', '${B}', NULL, NULL, NULL, NULL)`;
const keepSettings = `SELECT ${['user_id', 'station_id', 'token_id', 'signature'].map((name) => `current_setting('canonical_models.${name}') AS ${name}`).join(', ')}`;

eachOfOldestMajors((major) => {
  let database: StationDatabase;
  let client: ReturnType<typeof postgres>;
  let dbs: Readonly<Record<string, PostgresDatabase>>;
  beforeAll(async () => {
    database = await openStationDatabase(major);
    await database.exec(world);
    client = postgres(database.serviceUrl, { max: 2, onnotice: () => {} });
    dbs = {
      'node-postgres': drizzle({ client: database.service({ max: 2 }) }),
      'postgres-js': drizzlePostgresJs({ client }),
    };
  });
  afterEach(() => database.exec(allowsUserIds(true)));
  afterAll(async () => {
    await client.end();
    await database.close();
  });

  const issue = (userId: string, stationId: string, permissions?: readonly StationPermission[]) =>
    issueStationToken(database.owner, { userId, stationId, issuerId: userId, ...(permissions && { permissions }) });
  const stationsOf = async (tx: PostgresDatabase, statement: string) =>
    rowsOf<{ station?: string }>(await tx.execute(sql.raw(statement))).flatMap(({ station }) => station ?? []);
  const refusalOf = (db: PostgresDatabase, context: StationTokenContext): Promise<unknown> =>
    withStation(db, context, async () => {
      throw new Error('it ran');
    }).catch((error: unknown) => error);
  const countRefusals = async () =>
    Number(
      (
        await database.query(
          `SELECT count(*)::int AS events FROM identity.station_audit_logs WHERE action = 'token.refused'`,
        )
      ).rows[0]?.['events'],
    );

  describe.each(['node-postgres', 'postgres-js'])('%s', (driver) => {
    const dbOf = () => dbs[driver] as PostgresDatabase;

    test('a token gives the permissions that it has, and none of the others of its holder', async () => {
      const permitted = ['booking.read', 'booking.update', 'customer.read', 'station.manage_users']
        .map((name) => `SELECT identity.permitted_station('${name}')::text AS station`)
        .join(' UNION ALL ');
      const seen = (token: string) =>
        withStation(dbOf(), { token, stationId: A }, async (tx, { userId, permissions }) => ({
          userId,
          permissions: permissions.length,
          customers: (await stationsOf(tx, readCustomers)).length,
          permitted: (await stationsOf(tx, permitted)).length,
        }));
      const limited = await issue(both, A, ['booking.read']);
      expect(await seen(limited.token)).toEqual({ userId: both, permissions: 1, customers: 0, permitted: 1 });
      const whole = await issue(both, A);
      expect(await seen(whole.token)).toEqual({ userId: both, permissions: 37, customers: 5, permitted: 4 });
      const insert = `INSERT INTO customers (station_id, first_name, last_name, email, phone) VALUES ('${A}', 'f', 'l', 'e', '1')`;
      await expect(
        withStation(dbOf(), { token: limited.token, stationId: A }, (tx) => stationsOf(tx, insert)),
      ).rejects.toMatchObject({ code: 'row-refused', userId: both });
    });

    test('a token that may manage users assigns nothing that it does not permit itself', async () => {
      const { token } = await issue(both, A, ['station.manage_users', 'station.read']);
      const assign = (role: string) => (tx: PostgresDatabase) =>
        stationsOf(
          tx,
          `INSERT INTO identity.station_users (user_id, station_id, role) VALUES ('${ofB}', '${A}', '${role}')`,
        );
      for (const role of ['customer_support', 'admin', 'super_admin']) {
        await expect(withStation(dbOf(), { token, stationId: A }, assign(role))).rejects.toMatchObject({
          code: 'row-refused',
        });
      }
      const byHolder = withStation(dbOf(), { userId: both, stationId: A }, async (tx) => {
        await assign('customer_support')(tx);
        throw new RangeError('taken back');
      });
      await expect(byHolder).rejects.toThrow(RangeError);
    });

    test('what is not a token in force at the station gets one answer; only the trail has the reason', async () => {
      const valid = await issue(both, A);
      const ofOther = await issue(both, B);
      const revoked = await issue(both, A);
      const expired = await issue(both, A);
      const rotated = await issue(both, A);
      const leaving = await issue(superAdmin, A);
      await revokeStationTokens(database.owner, { id: revoked.id }, { revokedBy: both });
      await database.exec(`UPDATE identity.station_access_tokens SET expires_at = now() WHERE id = '${expired.id}'`);
      const successor = await rotateStationToken(database.owner, rotated.token, { stationId: A, ipAddress: '1.1.1.1' });
      if (!successor.valid) throw new Error('not rotated');
      await database.exec(`UPDATE identity.users SET status = 'deactivated' WHERE id = '${superAdmin}'`);
      const presented: readonly (readonly [unknown, string])[] = [
        [newToken(), 'an unknown token'],
        [hashOf(valid.token), 'a malformed token'],
        [`${valid.token}\0`, 'a malformed token'],
        [`${valid.token} `, 'a malformed token'],
        ['', 'a malformed token'],
        [{ toString: () => valid.token }, 'a malformed token'],
        [ofOther.token, 'a token of another station'],
        [revoked.token, 'a revoked token'],
        [expired.token, 'an expired token'],
        [rotated.token, 'a rotated token'],
        [leaving.token, 'a token without a right at the station'],
      ];
      const answers = new Set<string>();
      for (const [token, reason] of presented) {
        // Counted from one for each, so that all are in the trail.
        await database.exec('DELETE FROM identity.station_token_failures');
        const error = await refusalOf(dbOf(), { token: token as string, stationId: A, ipAddress: '9.9.9.9' });
        expect(error, reason).toBeInstanceOf(StationTokenRefused);
        answers.add((error as Error).message);
        if (typeof token === 'string' && token) expect(inspect(error, { depth: 9 })).not.toContain(token);
        const { rows } = await database.query(
          `SELECT error_message AS reason, success, ip_address AS address FROM identity.station_audit_logs
          WHERE station_id = $1 AND action = 'token.refused' ORDER BY created_at DESC LIMIT 1`,
          [A],
        );
        expect(rows).toEqual([{ reason, success: false, address: '9.9.9.9' }]);
      }
      expect(answers.size).toBe(1);
      // The rotated one has been copied: what it was rotated into is revoked.
      const verified = await verifyStationToken(database.owner, successor.token, {
        stationId: A,
        ipAddress: '1.1.1.1',
      });
      expect(verified.valid).toBe(false);
      await database.exec(`UPDATE identity.users SET status = 'active' WHERE id = '${superAdmin}'`);
      expect(await withStation(dbOf(), { token: valid.token, stationId: A }, async () => 'in')).toBe('in');
    });

    test('junk leaves few rows in the trail, is told how long to wait, and keeps no valid token out', async () => {
      const { token } = await issue(both, A);
      await database.exec('DELETE FROM identity.station_token_failures');
      const before = await countRefusals();
      const waits: number[] = [];
      for (let tried = 0; tried < 25; tried++) {
        const error = await refusalOf(dbOf(), { token: newToken(), stationId: A, ipAddress: '8.8.8.8' });
        waits.push((error as StationTokenRefused).retryAfter);
        expect(await withStation(dbOf(), { token, stationId: A, ipAddress: '8.8.8.8' }, async () => 'in')).toBe('in');
      }
      expect(waits.slice(0, 8)).toEqual([0, 0, 0, 0, 1, 2, 4, 8]);
      expect((await countRefusals()) - before).toBe(11);
    });

    const recorded = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 20, 50, 100, 200, 500, 1000];
    test.each([
      ['one address', () => '10.9.9.9'],
      ['as many addresses', (count: number) => `10.7.${count >> 8}.${count & 255}`],
    ] as const)('junk from %s, side by side, leaves few rows with its count', async (_, addressOf) => {
      await database.exec('DELETE FROM identity.station_token_failures');
      const stationId = await newStation(database.owner);
      const userId = await newStationUser(database.owner, stationId);
      const { token } = await issue(userId, stationId);
      const junk = thorough ? 1000 : 52;
      for (let first = 0; first < junk; first += 4) {
        const refused = [0, 1, 2, 3].map((next) =>
          refusalOf(dbOf(), { token: newToken(), stationId, ipAddress: addressOf(first + next) }),
        );
        for (const error of await Promise.all(refused)) expect(error).toBeInstanceOf(StationTokenRefused);
      }
      const enters = withStation(dbOf(), { token, stationId, ipAddress: addressOf(0) }, async () => 'in');
      expect(await enters).toBe('in');
      const { rows } = await database.query(
        `SELECT (details ->> 'failures')::int AS failures FROM identity.station_audit_logs
        WHERE station_id = $1 AND action = 'token.refused' ORDER BY 1`,
        [stationId],
      );
      expect(rows.map(({ failures }) => failures)).toEqual(recorded.filter((count) => count <= junk));
    });

    test('SQL in the callback makes no token, and turns none into one of somebody else', async () => {
      const peer = await newStationUser(database.owner, A, { role: 'admin' });
      for (const userId of [superAdmin, peer, both]) {
        const [forged, own] = [newToken(), await issue(both, A)];
        const insert = `INSERT INTO identity.station_access_tokens
          (user_id, station_id, token_hash, jwt_id, role, permissions, expires_at) VALUES ('${userId}', '${A}',
          '${hashOf(forged)}', '${randomUUID()}', 'admin', '["customer.read"]', now() + interval '1 day')`;
        const turn = `UPDATE identity.station_access_tokens SET user_id = '${userId}', role = 'super_admin' WHERE id = '${own.id}'`;
        for (const statement of [insert, turn]) {
          for (const proof of [{ userId: both }, { token: own.token }]) {
            const made = withStation(dbOf(), { ...proof, stationId: A }, (tx) => stationsOf(tx, statement));
            await expect(made).rejects.toMatchObject({ cause: { code: '42501' } });
          }
        }
        expect(await refusalOf(dbOf(), { token: forged, stationId: A })).toBeInstanceOf(StationTokenRefused);
      }
    });

    test('a token that is revoked or expires in the middle stops the next statement', async () => {
      for (const end of ['is_revoked = true', 'expires_at = now()']) {
        const { token, id } = await issue(both, A);
        const seen = await withStation(dbOf(), { token, stationId: A }, async (tx) => {
          const first = await stationsOf(tx, readCustomers);
          await database.exec(`UPDATE identity.station_access_tokens SET ${end} WHERE id = '${id}'`);
          return [first.length, (await stationsOf(tx, readCustomers)).length];
        });
        expect(seen).toEqual([5, 0]);
      }
    });

    test('a call in a callback proves itself by a token of its own', async () => {
      const here = await issue(both, A);
      const there = await issue(both, B, ['customer.read']);
      const seen = (tx: PostgresDatabase) => stationsOf(tx, `${readCustomers} GROUP BY station_id`);
      const results = await withStation(dbOf(), { token: here.token, stationId: A }, async (tx) => [
        await seen(tx),
        await withStation(tx, { token: there.token, stationId: B }, seen),
        await refusalOf(tx, { token: here.token, stationId: B }),
        await withStation(tx, { userId: both, stationId: B }, seen),
        await seen(tx),
      ]);
      expect(results).toEqual([[A], [B], expect.any(StationTokenRefused), [B], [A]]);
    });

    test('a refusal in a transaction that is rolled back is in the trail', async () => {
      const { token } = await issue(both, A);
      await database.exec('DELETE FROM identity.station_token_failures');
      const before = await countRefusals();
      await expect(
        withStation(dbOf(), { token, stationId: A }, (tx) => withStation(tx, { token, stationId: B }, async () => 1)),
      ).rejects.toThrow(StationTokenRefused);
      expect((await countRefusals()) - before).toBe(1);
    });

    test('a function of a stranger, of the name of one of ours, is never called instead of it', async () => {
      const stranger = `stranger_${database.name}`;
      const { token } = await issue(both, A);
      const denials = async () =>
        (
          await database.query(
            `SELECT error_message AS reason FROM identity.station_audit_logs WHERE action = 'access.denied' ORDER BY created_at, id`,
          )
        ).rows.map(({ reason }) => reason);
      const before = (await denials()).length;
      const seen = (tx: PostgresDatabase) => stationsOf(tx, `${readCustomers} GROUP BY 1 ORDER BY 1`);
      const writesElsewhere = (tx: PostgresDatabase) =>
        stationsOf(
          tx,
          `INSERT INTO customers (station_id, first_name, last_name, email, phone) VALUES ('${B}', 'f', 'l', 'e', '1')`,
        );
      await database.exec(`CREATE ROLE ${stranger}; GRANT USAGE, CREATE ON SCHEMA identity TO ${stranger};
        SET ROLE ${stranger}; ${overload}; RESET ROLE`);
      try {
        for (const proof of [{ userId: both }, { token }]) {
          const context = { ...proof, stationId: A };
          const nested = withStation(dbOf(), context, async (tx) => [
            ...(await seen(tx)),
            ...(await withStation(tx, { userId: both, stationId: B }, seen)),
          ]);
          expect(await nested).toEqual([A, B]);
          expect(await dbOf().transaction((tx) => withStation(tx, context, seen))).toEqual([A]);
          await expect(withStation(dbOf(), context, writesElsewhere)).rejects.toMatchObject({ code: 'row-refused' });
        }
        expect(await withAssignedStations(dbOf(), { userId: both }, seen)).toEqual([A, B]);
        expect(await withEveryStation(dbOf(), { userId: superAdmin }, seen)).toEqual(expect.arrayContaining([A, B]));
        expect(await refusalOf(dbOf(), { token: newToken(), stationId: A })).toBeInstanceOf(StationTokenRefused);
        const readsOnly = dbOf().transaction((tx) => withStation(tx, { userId: ofB, stationId: A }, seen), {
          accessMode: 'read only',
        });
        const denied = await readsOnly.catch((error: unknown) => error);
        expect(await recordStationDenial(dbOf(), denied)).toBe(true);
        expect((await denials()).slice(before)).toEqual(['row-refused', 'row-refused', 'not-assigned']);
        expect(await verifyStationToken(database.owner, token, { stationId: A, ipAddress: '1.1.1.1' })).toMatchObject({
          valid: true,
        });
        const { rows } = await database.query(
          `SELECT count(*)::int AS sequences, array_agg(sequencename::text) FILTER (WHERE last_value IS NOT NULL) AS called
           FROM pg_sequences WHERE sequencename LIKE 'calls_of_%'`,
        );
        expect(rows).toEqual([{ sequences: expect.any(Number), called: null }]);
        expect(rows[0]?.['sequences']).toBeGreaterThan(10);
      } finally {
        await database.exec(`DROP OWNED BY ${stranger}; DROP ROLE ${stranger}`);
      }
    });

    describe('if the database takes tokens only', () => {
      beforeEach(() => database.exec(allowsUserIds(false)));

      test('no function takes the id of a user', async () => {
        const { token } = await issue(both, A);
        const asUser = { userId: both, stationId: A };
        const calls = [
          () => withStation(dbOf(), asUser, async () => 1),
          () => withAssignedStations(dbOf(), { userId: both }, async () => 1),
          () => withEveryStation(dbOf(), { userId: superAdmin }, async () => 1),
          () => withStation(dbOf(), { token, stationId: A }, (tx) => withStation(tx, asUser, async () => 1)),
        ];
        for (const call of calls) {
          const error = await call().catch((thrown: unknown) => thrown);
          expect(error).toBeInstanceOf(StationProofRequired);
          expect(error).toMatchObject({
            code: 'proof-required',
            next: expect.stringContaining('{ token, stationId }'),
          });
        }
      });

      const attacks: Readonly<Record<string, (stolen: { id: string; hash: string }) => readonly string[]>> = {
        'takes the limits away': () => [`SELECT ${forge({ token_id: '' })}`],
        'sets another token': ({ id }) => [`SELECT ${forge({ token_id: id })}`],
        'sets user, station and token': ({ id }) => [`SELECT ${forge({ user_id: ofB, station_id: B, token_id: id })}`],
        'sets what is not a UUID': () => [`SELECT ${forge({ station_id: 'x', user_id: 'y', token_id: 'z' })}`],
        'enters by a forged token': () => [
          `SELECT identity.enter_station_by_token('${newToken()}', '${B}', NULL, NULL, NULL, NULL)`,
        ],
        'enters by the hash of a token': ({ hash }) => [
          `SELECT identity.enter_station_by_token('${hash}', '${B}', NULL, NULL, NULL, NULL)`,
        ],
        'enters by a user': () => [enterB],
        'enters every station': () => [
          `SELECT identity.enter_stations('${superAdmin}', 'every', NULL)`,
          `SELECT set_config('role', 'station_service_every', true)`,
        ],
        'lets go of everything first': () => [
          'RESET ALL',
          'SELECT pg_advisory_unlock_all()',
          'RESET ROLE',
          enterB,
          become,
        ],
        'allows the ids of users': () => [allowsUserIds(true), enterB],
      };
      test.each(Object.entries(attacks))(
        'SQL in the callback that %s reaches nothing more',
        async (_, statementsOf) => {
          const { token } = await issue(both, A, ['booking.read']);
          const stolen = await issue(ofB, B);
          const found: string[] = [];
          const attack = withStation(dbOf(), { token, stationId: A }, async (tx) => {
            for (const statement of [...statementsOf({ id: stolen.id, hash: hashOf(stolen.token) }), readCustomers]) {
              // A statement that fails must not keep the next from being tried.
              const rows = await tx.transaction((savepoint) => stationsOf(savepoint, statement)).catch(() => []);
              found.push(...rows);
            }
          });
          // Over postgres-js a callback ends once its context is gone.
          const thrown = await attack.catch((error: unknown) => error);
          if (thrown !== undefined) expect(thrown).toBeInstanceOf(ContextClosed);
          expect(found).toEqual([]);
          expect((await database.query('SELECT identity.allows_entry_by_user_id() AS allowed')).rows).toEqual([
            { allowed: false },
          ]);
        },
      );
    });

    test('who owns whole statements of a connection wins where ids of users are taken, and not where tokens are', async () => {
      const { token } = await issue(both, A);
      const enter = `SELECT identity.enter_station_by_token('${token}', '${A}', NULL, NULL, NULL, NULL)`;
      const attacks = [
        [enter, become, 'COMMIT', 'BEGIN', enterB, become],
        ['SAVEPOINT s', enter, 'ROLLBACK TO s', enterB, become],
        [enter, become, keepSettings, 'COMMIT', 'BEGIN', keepSettings, become],
        [enter, become, enterB, readCustomers],
      ];
      const all = async () => {
        const found: unknown[] = [];
        for (const attack of attacks) found.push(await stationsReachedBy(attack));
        return found;
      };
      expect(await all()).toEqual([[B], [B], [], 'failed']);
      await database.exec(allowsUserIds(false));
      expect(await all()).toEqual([[], [], [], 'failed']);
    });

    /** What somebody who sends whole statements on a connection of their own reaches in the end. */
    async function stationsReachedBy(statements: readonly string[]): Promise<unknown> {
      const own = driver === 'postgres-js' ? postgres(database.serviceUrl, { max: 1, onnotice: () => {} }) : undefined;
      const reserved = await own?.reserve();
      const raw = own ? undefined : new pg.Client(database.serviceUrl);
      await raw?.connect();
      const send = async (statement: string): Promise<Record<string, string>[]> =>
        reserved ? [...(await reserved.unsafe(statement))] : ((await raw?.query(statement))?.rows ?? []);
      try {
        let kept: Record<string, string> | undefined;
        await send('BEGIN');
        for (const statement of statements) {
          if (statement !== keepSettings) await send(statement);
          else if (kept) await send(`SELECT ${forge(kept)}`);
          else [kept] = await send(keepSettings);
        }
        return (await send(`${readCustomers} GROUP BY station_id`)).map(({ station }) => station);
      } catch {
        return 'failed';
      } finally {
        reserved?.release();
        await own?.end();
        await raw?.end();
      }
    }
  });

  test('the token is in no log of Drizzle, and in no error of a failed entry', async () => {
    const { token } = await issue(both, A);
    const logged: string[] = [];
    const db = drizzle({
      client: database.service({ max: 1 }),
      logger: { logQuery: (query, parameters) => void logged.push(query, String(parameters)) },
    });
    await withStation(db, { token, stationId: A }, (tx) => stationsOf(tx, readCustomers));
    expect(logged.join('\n')).toContain(readCustomers);
    expect(logged.join('\n')).not.toContain(token);
    await database.exec('ALTER FUNCTION identity.enter_station_by_token RENAME TO elsewhere');
    try {
      const error = await refusalOf(db, { token, stationId: A });
      expect(error).toMatchObject({ name: 'StationAccessNotSetUp', userId: undefined });
      expect(inspect(error, { depth: 9 })).not.toContain(token);
    } finally {
      await database.exec('ALTER FUNCTION identity.elsewhere RENAME TO enter_station_by_token');
    }
  });

  test('status and check show whether ids of users are taken', async () => {
    const shown = async () => {
      const connection = connectionTo(database);
      const report = await check(connection, { drizzleKit: false });
      return [(await status(connection)).entryByUserId, report.entryByUserId];
    };
    expect(await shown()).toEqual([true, true]);
    await database.exec(allowsUserIds(false));
    expect(await shown()).toEqual([false, false]);
    await database.exec('DELETE FROM drizzle.canonical_models_station_access');
    expect(await shown()).toEqual([false, false]);
    await database.exec('INSERT INTO drizzle.canonical_models_station_access DEFAULT VALUES');
  });

  test('no service decides whether ids of users are taken, nor replaces the key, whatever it is granted', async () => {
    await database.exec(`GRANT USAGE ON SCHEMA drizzle TO ${database.serviceRole};
      GRANT ALL ON ALL TABLES IN SCHEMA drizzle TO ${database.serviceRole}`);
    await database.exec(allowsUserIds(false));
    const service = new pg.Client(database.serviceUrl);
    await service.connect();
    try {
      await service.query(allowsUserIds(true));
      await service.query('DELETE FROM drizzle.canonical_models_station_access');
      const insert = 'INSERT INTO drizzle.canonical_models_station_access VALUES (false, true)';
      await expect(service.query(insert)).rejects.toThrow();
      await expect(service.query('SELECT identity.replace_context_key()')).rejects.toMatchObject({ code: '42501' });
      expect((await service.query('SELECT identity.allows_entry_by_user_id() AS allowed')).rows).toEqual([
        { allowed: false },
      ]);
    } finally {
      await service.end();
    }
  });
});
