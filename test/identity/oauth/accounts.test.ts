import { randomUUID } from 'node:crypto';
import { and, eq } from 'drizzle-orm';
import { drizzle as drizzleServer } from 'drizzle-orm/node-postgres';
import { drizzle as drizzlePGlite } from 'drizzle-orm/pglite';
import fc from 'fast-check';
import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { PostgresDatabase } from '../../../src/database.ts';
import { CanonicalModelsError } from '../../../src/errors.ts';
import { setEncryptionKeys } from '../../../src/identity/encryption-keys.ts';
import {
  type NewUser,
  OAuthAccount,
  Role,
  type RoleType,
  Station,
  StationUser,
  User,
  UserRole,
} from '../../../src/identity/index.ts';
import {
  findUserByOAuthAccount,
  linkOAuthAccount,
  type OAuthLogin,
  unlinkOAuthAccount,
} from '../../../src/identity/oauth/accounts.ts';
import {
  eachEngineOfLongRuns,
  eachOfFewMajors,
  openDatabase,
  openServerDatabase,
  type ServerDatabase,
  type TestDatabase,
} from '../../support/databases.ts';
import { openPool } from '../../support/servers.ts';

beforeEach(() => setEncryptionKeys({ current: 'k1', keys: { k1: new Uint8Array(32).fill(1) } }));

/** A new user: active and a super admin where `more` says nothing else. */
async function newUser(db: PostgresDatabase, more: Partial<NewUser> = {}): Promise<{ id: string; email: string }> {
  const values = { email: `${randomUUID()}@example.com`, status: 'active', isSuperAdmin: true, ...more } as const;
  const [user] = await db.insert(User).values(values).returning({ id: User.id, email: User.email });
  return user as { id: string; email: string };
}

/** What a provider says of a login with a new account of the user. */
const loginOf = ({ id, email }: { id: string; email: string }, more: Partial<OAuthLogin> = {}): OAuthLogin => ({
  userId: id,
  provider: 'google',
  providerAccountId: randomUUID(),
  email,
  emailVerified: true,
  ...more,
});

/** The meaning that each code is part of. */
const meanings: Readonly<Record<string, string>> = {
  'invalid-input': 'InvalidInput',
  'user-not-found': 'NotFound',
  'not-linked': 'NotFound',
  'user-not-active': 'NotPermitted',
  'not-admin-staff': 'NotPermitted',
  'email-not-verified': 'NotPermitted',
  'email-differs': 'NotPermitted',
  'linked-elsewhere': 'Conflict',
  'last-way-to-log-in': 'Conflict',
};
const failure = (code: string) => ({ name: meanings[code], code });

eachEngineOfLongRuns((engine) => {
  let database: TestDatabase;
  let db: PostgresDatabase;
  beforeAll(async () => {
    const opened = await openDatabase(engine as 18, 'canonical');
    database = opened;
    db =
      'pglite' in opened ? drizzlePGlite({ client: opened.pglite as never }) : drizzleServer({ client: opened.client });
  });
  afterAll(() => database.close());

  const storedOf = async ({ providerAccountId }: OAuthLogin) =>
    (
      await database.query(
        'SELECT user_id, access_token, expires_at FROM identity.oauth_accounts WHERE provider_account_id = $1',
        [providerAccountId],
      )
    ).rows;

  describe('linking', () => {
    test('links the account to the user, its tokens encrypted, and returns it without them', async () => {
      const login = loginOf(await newUser(db), {
        accessToken: 'ya29.access',
        refreshToken: '1//refresh',
        expiresAt: new Date('2030-01-01T00:00:00Z'),
        profileData: { locale: 'en' },
      });
      const account = await linkOAuthAccount(db, login);
      const { userId, provider, providerAccountId, expiresAt, profileData } = login;
      expect(account).toMatchObject({ userId, provider, providerAccountId, expiresAt, profileData });
      expect(Object.keys(account).filter((key) => /token/i.test(key))).toEqual([]);
      const [row] = await db.select().from(OAuthAccount).where(eq(OAuthAccount.id, account.id));
      expect(row).toMatchObject({ accessToken: 'ya29.access', refreshToken: '1//refresh' });
      expect(await storedOf(login)).toMatchObject([{ access_token: expect.stringMatching(/^§encrypted:v1:k1:/) }]);
    });

    test('again renews the given values and keeps the rest', async () => {
      const login = loginOf(await newUser(db), {
        accessToken: 'first',
        refreshToken: 'refresh',
        profileData: { a: 1 },
      });
      const first = await linkOAuthAccount(db, login);
      const { refreshToken: _, profileData: __, ...second } = { ...login, accessToken: 'second' };
      const again = await linkOAuthAccount(db, second);
      expect(again).toMatchObject({ id: first.id, profileData: { a: 1 } });
      const [row] = await db.select().from(OAuthAccount).where(eq(OAuthAccount.id, first.id));
      expect(row).toMatchObject({ accessToken: 'second', refreshToken: 'refresh' });
    });

    test('without tokens needs no keys, with tokens it does and writes nothing', async () => {
      setEncryptionKeys(undefined);
      await linkOAuthAccount(db, loginOf(await newUser(db)));
      const login = loginOf(await newUser(db), { accessToken: 'ya29.access' });
      await expect(linkOAuthAccount(db, login)).rejects.toMatchObject({ name: 'NotSetUp', code: 'no-keys' });
      expect(await storedOf(login)).toEqual([]);
    });

    test('an account of another user is refused, and stays unchanged', async () => {
      const login = loginOf(await newUser(db), { accessToken: 'first' });
      await linkOAuthAccount(db, login);
      const before = await storedOf(login);
      const other = await newUser(db);
      const { providerAccountId } = login;
      const refused = linkOAuthAccount(db, loginOf(other, { providerAccountId, accessToken: 'second' }));
      await expect(refused).rejects.toMatchObject(failure('linked-elsewhere'));
      expect(await storedOf(login)).toEqual(before);
      await linkOAuthAccount(db, loginOf(other, { providerAccountId, provider: 'microsoft' }));
    });

    test('an e-mail address that is not verified, or another one, is refused', async () => {
      const user = await newUser(db, { email: `Kim.${randomUUID()}@Example.com` });
      for (const emailVerified of [false, undefined, null, 'false', 'true', 1] as unknown as boolean[]) {
        await expect(linkOAuthAccount(db, loginOf(user, { emailVerified }))).rejects.toMatchObject(
          failure('email-not-verified'),
        );
      }
      for (const email of [
        user.email.replace('@', '+@'),
        ` ${user.email}`,
        user.email.replace('Kim', '\u212aim'),
        user.email.replace('Kim', 'K\u0130m'),
        '',
        undefined as unknown as string,
      ]) {
        await expect(linkOAuthAccount(db, loginOf(user, { email }))).rejects.toMatchObject(failure('email-differs'));
      }
      for (const email of [user.email.toLowerCase(), user.email.toUpperCase()]) {
        await linkOAuthAccount(db, loginOf(user, { email }));
      }
    });

    test.each<[string, Partial<OAuthLogin>]>([
      ['a user id that is not a UUID', { userId: "' OR true --" }],
      ['the provider email', { provider: 'email' as never }],
      ['a provider that there is not', { provider: 'facebook' as never }],
      ['no account id', { providerAccountId: '' }],
      ['an account id of 256 characters', { providerAccountId: 'a'.repeat(256) }],
      ['an account id with U+0000', { providerAccountId: 'a\0b' }],
      ['an account id that is a number', { providerAccountId: 5 as never }],
    ])('%s is refused', async (_, input) => {
      const login = { ...loginOf({ id: randomUUID(), email: 'a@example.com' }), ...input };
      await expect(linkOAuthAccount(db, login)).rejects.toMatchObject(failure('invalid-input'));
    });

    test('an unknown user is refused', async () => {
      const login = loginOf({ id: randomUUID(), email: 'a@example.com' });
      await expect(linkOAuthAccount(db, login)).rejects.toMatchObject(failure('user-not-found'));
      await expect(unlinkOAuthAccount(db, login)).rejects.toMatchObject(failure('user-not-found'));
    });

    test('a refusal in a transaction undoes nothing else in it', async () => {
      const user = await newUser(db);
      await db.transaction(async (tx) => {
        await tx.update(User).set({ firstName: 'Kim' }).where(eq(User.id, user.id));
        await expect(linkOAuthAccount(tx, loginOf(user, { email: 'other@example.com' }))).rejects.toMatchObject(
          failure('email-differs'),
        );
        await expect(unlinkOAuthAccount(tx, loginOf(user))).rejects.toMatchObject(failure('not-linked'));
      });
      expect(await db.$count(User, and(eq(User.id, user.id), eq(User.firstName, 'Kim')))).toBe(1);
    });
  });

  describe('admin staff', () => {
    /** Everything that may make a user admin staff, or not quite. */
    const facts = fc.record({
      isSuperAdmin: fc.boolean(),
      roles: fc.array(
        fc.record({
          roleType: fc.constantFrom<RoleType>('super_admin', 'admin', 'manager', 'staff', 'chef', 'customer'),
          isActive: fc.boolean(),
        }),
        { maxLength: 2 },
      ),
      stations: fc.array(fc.record({ isActive: fc.boolean(), expires: fc.constantFrom(null, -60_000, 60_000) }), {
        maxLength: 2,
      }),
      status: fc.oneof(
        { weight: 4, arbitrary: fc.constant('active' as const) },
        fc.constantFrom('pending' as const, 'suspended' as const, 'deactivated' as const),
      ),
    });

    test('are the only users who may link accounts and log in with them', async () => {
      const seen = new Set<string>();
      const property = fc.asyncProperty(facts, async ({ isSuperAdmin, roles, stations, status }) => {
        const user = await newUser(db, { isSuperAdmin, status });
        for (const role of roles) {
          const [{ id } = { id: '' }] = await db
            .insert(Role)
            .values({ name: randomUUID(), ...role })
            .returning({ id: Role.id });
          await db.insert(UserRole).values({ userId: user.id, roleId: id });
        }
        for (const { isActive, expires } of stations) {
          const name = randomUUID();
          const [{ id } = { id: '' }] = await db
            .insert(Station)
            .values({ name, code: name.slice(0, 20), displayName: name })
            .returning({ id: Station.id });
          const expiresAt = expires === null ? null : new Date(Date.now() + expires);
          await db.insert(StationUser).values({ userId: user.id, stationId: id, isActive, expiresAt });
        }
        const isAdminStaff =
          isSuperAdmin ||
          roles.some(({ roleType, isActive }) => isActive && !['chef', 'customer'].includes(roleType)) ||
          stations.some(({ isActive, expires }) => isActive && (expires === null || expires > 0));
        const code = status !== 'active' ? 'user-not-active' : isAdminStaff ? null : 'not-admin-staff';
        seen.add(String(code));

        const login = loginOf(user);
        if (code === null) await linkOAuthAccount(db, login);
        else {
          await expect(linkOAuthAccount(db, login)).rejects.toMatchObject(failure(code));
          expect(await storedOf(login)).toEqual([]);
          const { userId, provider, providerAccountId } = login;
          await db.insert(OAuthAccount).values({ userId, provider, providerAccountId });
        }
        if (code === null) expect((await findUserByOAuthAccount(db, login))?.id).toBe(user.id);
        else await expect(findUserByOAuthAccount(db, login)).rejects.toMatchObject(failure(code));
      });
      await fc.assert(property, { numRuns: 60 });
      expect([...seen].sort()).toEqual(['not-admin-staff', 'null', 'user-not-active']);
    });

    test('a user is found without the hash of the password, and undefined if no user has the account', async () => {
      const user = await newUser(db, { passwordHash: 'a hash' });
      const login = loginOf(user, { accessToken: 'ya29.access' });
      await linkOAuthAccount(db, login);
      setEncryptionKeys(undefined);
      const found = await findUserByOAuthAccount(db, login);
      expect(found).toMatchObject({ id: user.id, email: user.email, status: 'active' });
      expect(JSON.stringify(found)).not.toContain('a hash');
      expect(await findUserByOAuthAccount(db, { ...login, provider: 'apple' })).toBeUndefined();
      expect(await findUserByOAuthAccount(db, { ...login, providerAccountId: 'another' })).toBeUndefined();
      await expect(findUserByOAuthAccount(db, { ...login, providerAccountId: 'a\0' })).rejects.toMatchObject(
        failure('invalid-input'),
      );
    });
  });

  describe('unlinking', () => {
    test('removes the account if another way to log in is left, and refuses otherwise', async () => {
      const property = fc.asyncProperty(
        fc.record({
          passwordHash: fc.constantFrom(null, '', 'a hash'),
          hasGoogleId: fc.boolean(),
          others: fc.uniqueArray(fc.constantFrom<OAuthLogin['provider'] | 'email'>('email', 'google', 'apple'), {
            maxLength: 2,
          }),
          status: fc.constantFrom('active' as const, 'suspended' as const),
        }),
        async ({ passwordHash, hasGoogleId, others, status }) => {
          const googleId = hasGoogleId ? randomUUID() : null;
          const user = await newUser(db, { passwordHash, googleId, status });
          const login = loginOf(user);
          for (const { provider, providerAccountId } of [
            login,
            ...others.map((provider) => ({ provider, providerAccountId: randomUUID() })),
          ]) {
            await db.insert(OAuthAccount).values({ userId: user.id, provider, providerAccountId });
          }
          const stays = passwordHash === 'a hash' || hasGoogleId || others.some((provider) => provider !== 'email');
          if (stays) await unlinkOAuthAccount(db, login);
          else await expect(unlinkOAuthAccount(db, login)).rejects.toMatchObject(failure('last-way-to-log-in'));
          expect(await storedOf(login)).toHaveLength(stays ? 0 : 1);
          expect(await db.$count(OAuthAccount, eq(OAuthAccount.userId, user.id))).toBe(others.length + (stays ? 0 : 1));
        },
      );
      await fc.assert(property, { numRuns: 40 });
    });

    test('an account that the user does not have is refused, even if another user has it', async () => {
      const owner = await newUser(db, { passwordHash: 'a hash' });
      const login = loginOf(owner);
      await linkOAuthAccount(db, login);
      const { id: userId } = await newUser(db, { passwordHash: 'a hash' });
      await expect(unlinkOAuthAccount(db, { ...login, userId })).rejects.toMatchObject(failure('not-linked'));
      await expect(unlinkOAuthAccount(db, { ...login, provider: 'apple' })).rejects.toMatchObject(
        failure('not-linked'),
      );
      expect(await storedOf(login)).toHaveLength(1);
    });

    test('an account at the provider email, as old rows have it, may be unlinked', async () => {
      const { id: userId } = await newUser(db, { passwordHash: 'a hash' });
      const account = { userId, provider: 'email', providerAccountId: randomUUID() } as const;
      await db.insert(OAuthAccount).values(account);
      await unlinkOAuthAccount(db, account);
      expect(await db.$count(OAuthAccount, eq(OAuthAccount.userId, userId))).toBe(0);
    });
  });

  test('no error holds an e-mail address or a token', async () => {
    const user = await newUser(db, { email: `secret.${randomUUID()}@example.com`, isSuperAdmin: false });
    const login = loginOf(user, { accessToken: 'ya29.access', refreshToken: '1//refresh' });
    const refused = async (run: Promise<unknown>) =>
      run.then(
        () => expect.fail('taken'),
        (error: Error) => error,
      );
    const errors = [
      await refused(linkOAuthAccount(db, { ...login, emailVerified: false })),
      await refused(linkOAuthAccount(db, login)),
    ];
    await db.update(User).set({ isSuperAdmin: true }).where(eq(User.id, user.id));
    errors.push(await refused(linkOAuthAccount(db, { ...login, email: 'secret.other@example.com' })));
    await linkOAuthAccount(db, login);
    const other = await newUser(db);
    errors.push(
      await refused(linkOAuthAccount(db, { ...login, userId: other.id, email: other.email })),
      await refused(unlinkOAuthAccount(db, login)),
    );
    for (const error of errors) {
      expect(error).toBeInstanceOf(CanonicalModelsError);
      expect(`${error.stack} ${JSON.stringify(error)}`).not.toMatch(/secret|example\.com|ya29|1\/\/refresh/);
    }
  });
});

eachOfFewMajors((major) => {
  let database: ServerDatabase;
  let pool: pg.Pool;
  beforeAll(async () => {
    database = await openServerDatabase(major, 'migrated');
    pool = openPool(database.url, { max: 8 });
  });
  afterAll(async () => {
    await pool.end();
    await database.close();
  });

  /** A user whose only ways to log in are two accounts. */
  async function userOfTwoAccounts(db: PostgresDatabase) {
    const user = await newUser(db);
    const logins = [loginOf(user), loginOf(user, { provider: 'apple' })] as const;
    for (const login of logins) await linkOAuthAccount(db, login);
    return { userId: user.id, logins };
  }

  const isWaiting = async () =>
    (
      await database.query(`SELECT 1 FROM pg_stat_activity WHERE datname = $1 AND wait_event_type = 'Lock'`, [
        database.name,
      ])
    ).rows.length > 0;

  test('of two accounts that are unlinked at once, one stays', async () => {
    const db = drizzleServer({ client: pool });
    const { userId, logins } = await userOfTwoAccounts(db);
    let second: Promise<unknown> | undefined;
    await db.transaction(async (tx) => {
      await unlinkOAuthAccount(tx, logins[0]);
      second = unlinkOAuthAccount(db, logins[1]).catch((error: unknown) => error);
      await expect.poll(isWaiting).toBe(true);
    });
    expect(await second).toMatchObject(failure('last-way-to-log-in'));
    expect(await db.$count(OAuthAccount, eq(OAuthAccount.userId, userId))).toBe(1);
  });

  test('also at REPEATABLE READ, if the second transaction began before the first one ended', async () => {
    const db = drizzleServer({ client: pool });
    const { userId, logins } = await userOfTwoAccounts(db);
    const second = db.transaction(
      async (tx) => {
        expect(await tx.$count(OAuthAccount, eq(OAuthAccount.userId, userId))).toBe(2);
        await unlinkOAuthAccount(db, logins[0]);
        await unlinkOAuthAccount(tx, logins[1]);
      },
      { isolationLevel: 'repeatable read' },
    );
    await expect(second).rejects.toMatchObject({ cause: { code: '40001' } });
    expect(await db.$count(OAuthAccount, eq(OAuthAccount.userId, userId))).toBe(1);
  });

  test('with many concurrent links and unlinks, nobody is locked out and no account has two users', async () => {
    const db = drizzleServer({ client: pool });
    const users = await Promise.all(Array.from({ length: 4 }, () => userOfTwoAccounts(db)));
    const contested = { provider: 'microsoft', providerAccountId: randomUUID() } as const;
    const outcomes = await Promise.all(
      users.flatMap(({ userId, logins }) => [
        ...logins.map((login) => unlinkOAuthAccount(db, login).then(() => 'unlinked', codeOf)),
        linkOAuthAccount(db, { ...logins[0], userId, ...contested }).then(() => 'linked', codeOf),
      ]),
    );
    const codes = new Set(outcomes);
    expect(
      [...codes].filter((code) => !['unlinked', 'linked', 'linked-elsewhere', 'last-way-to-log-in'].includes(code)),
    ).toEqual([]);
    expect(outcomes.filter((outcome) => outcome === 'linked')).toHaveLength(1);
    for (const { userId } of users) {
      expect(await db.$count(OAuthAccount, eq(OAuthAccount.userId, userId))).toBeGreaterThan(0);
    }
  });
});

const codeOf = (error: { code?: string }) => error.code ?? String(error);
