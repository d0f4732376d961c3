import { randomUUID } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { drizzle as drizzleServer } from 'drizzle-orm/node-postgres';
import { alias } from 'drizzle-orm/pg-core';
import { drizzle as drizzlePGlite } from 'drizzle-orm/pglite';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { IdentitySocialAccountsView } from '../../../src/generated/views.ts';
import { setEncryptionKeys } from '../../../src/identity/encryption-keys.ts';
import { OAuthAccount, User } from '../../../src/identity/index.ts';
import { relations } from '../../../src/relations.ts';
import { eachEngineOfLongRuns, openDatabase, type TestDatabase } from '../../support/databases.ts';

const keys = { k1: new Uint8Array(32).fill(1) };

eachEngineOfLongRuns((engine) => {
  let database: TestDatabase;
  let db: ReturnType<typeof drizzleServer<typeof relations>>;
  let userId: string;
  beforeAll(async () => {
    const opened = await openDatabase(engine as 18, 'migrated');
    database = opened;
    db = ('pglite' in opened
      ? drizzlePGlite({ client: opened.pglite as never, relations })
      : drizzleServer({ client: opened.client, relations })) as unknown as typeof db;
    userId = String((await opened.query('SELECT id FROM identity.users ORDER BY id LIMIT 1')).rows[0]?.['id']);
  });
  beforeEach(() => setEncryptionKeys({ current: 'k1', keys }));
  afterAll(() => database.close());

  const named = () => ({ userId, provider: 'google', providerAccountId: randomUUID() }) as const;
  const storedTokens = async (id: string) =>
    (await database.query('SELECT access_token, refresh_token FROM identity.oauth_accounts WHERE id = $1', [id]))
      .rows[0];

  test('tokens are stored encrypted and read as they were, by every kind of query', async () => {
    const tokens = { accessToken: 'ya29.access', refreshToken: '1//refresh' };
    const [inserted] = await db
      .insert(OAuthAccount)
      .values({ ...named(), ...tokens })
      .returning();
    if (!inserted) throw new Error('nothing was inserted');
    expect(inserted).toMatchObject(tokens);
    expect(await storedTokens(inserted.id)).toEqual({
      access_token: expect.stringMatching(/^§encrypted:v1:k1:.+§$/),
      refresh_token: expect.stringMatching(/^§encrypted:v1:k1:.+§$/),
    });

    const it = eq(OAuthAccount.id, inserted.id);
    const other = alias(OAuthAccount, 'other');
    const inner = db.select().from(OAuthAccount).where(it).as('inner_accounts');
    const found = [
      (await db.select().from(OAuthAccount).where(it))[0],
      (await db.select().from(other).where(eq(other.id, inserted.id)))[0],
      (await db.select().from(inner))[0],
      (await db.select().from(User).innerJoin(OAuthAccount, eq(OAuthAccount.userId, User.id)).where(it))[0]
        ?.oauth_accounts,
      (await db.select().from(IdentitySocialAccountsView).where(eq(IdentitySocialAccountsView.id, inserted.id)))[0],
      await db.query.OAuthAccount.findFirst({ where: { id: inserted.id } }),
      (
        await db.query.User.findFirst({
          where: { id: userId },
          with: { oauthAccounts: { where: { id: inserted.id } } },
        })
      )?.oauthAccounts[0],
      (
        await db
          .select({ accessToken: sql`max(${OAuthAccount.accessToken})`.mapWith(OAuthAccount.accessToken) })
          .from(OAuthAccount)
          .where(it)
      )[0],
    ];
    for (const row of found) expect(row?.accessToken).toBe(tokens.accessToken);

    const change = db
      .update(OAuthAccount)
      .set({ accessToken: sql.placeholder('token'), refreshToken: null })
      .where(it)
      .returning({ accessToken: OAuthAccount.accessToken, refreshToken: OAuthAccount.refreshToken })
      .prepare('change_token');
    for (const token of ['ya29.second', '', '§']) {
      expect(await change.execute({ token })).toEqual([{ accessToken: token, refreshToken: null }]);
      expect(await storedTokens(inserted.id)).toEqual({
        access_token: expect.stringMatching(/^§encrypted:v1:k1:.+§$/),
        refresh_token: null,
      });
    }
  });

  test('rows written through the old name are read as they are', async () => {
    const { provider, providerAccountId } = named();
    await database.query(
      `INSERT INTO identity.social_accounts (user_id, provider, provider_account_id, access_token) VALUES ($1, $2, $3, 'plain')`,
      [userId, provider, providerAccountId],
    );
    const [row] = await db.select().from(OAuthAccount).where(eq(OAuthAccount.providerAccountId, providerAccountId));
    expect(row).toMatchObject({ accessToken: 'plain', refreshToken: null });
  });

  test('a token that is copied to the other column of its row is refused there', async () => {
    const [row] = await db
      .insert(OAuthAccount)
      .values({ ...named(), accessToken: 'ya29.access' })
      .returning({ id: OAuthAccount.id });
    const it = eq(OAuthAccount.id, row?.id ?? '');
    await db.update(OAuthAccount).set({ refreshToken: sql`access_token` }).where(it);
    await expect(db.select().from(OAuthAccount).where(it)).rejects.toMatchObject({
      name: 'NotSetUp',
      code: 'not-authentic',
      object: 'identity.oauth_accounts.refresh_token',
    });
    await db.delete(OAuthAccount).where(it);
  });

  test('without keys nothing is written; queries without tokens keep working', async () => {
    setEncryptionKeys(undefined);
    const account = named();
    const insert = async () => db.insert(OAuthAccount).values({ ...account, accessToken: 'ya29.access' });
    await expect(insert()).rejects.toMatchObject({ name: 'NotSetUp', code: 'no-keys' });
    expect(await db.$count(OAuthAccount, eq(OAuthAccount.providerAccountId, account.providerAccountId))).toBe(0);
    await db.insert(OAuthAccount).values(account);
    expect(await db.$count(OAuthAccount, eq(OAuthAccount.providerAccountId, account.providerAccountId))).toBe(1);
  });

  test('the error of a statement that PostgreSQL refuses holds no token', async () => {
    const account = named();
    const insert = async () => db.insert(OAuthAccount).values({ ...account, accessToken: 'ya29.access' });
    await insert();
    const error = await insert().catch((refusal: Error) => refusal);
    if (!(error instanceof Error)) throw new Error('the second insert was taken');
    const shown = [error.stack, JSON.stringify(error), String(error.cause), JSON.stringify(error.cause)].join();
    expect(shown).toContain('uq_oauth_accounts_provider');
    expect(shown).not.toContain('ya29');
  });
});
