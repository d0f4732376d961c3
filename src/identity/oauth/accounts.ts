import { and, eq, exists, getColumns, gt, inArray, isNull, or, type SQL, sql } from 'drizzle-orm';
import type { JsonObject } from '../../columns.ts';
import type { PostgresDatabase } from '../../database.ts';
import { Conflict, InvalidInput, NotFound, NotPermitted } from '../../errors.ts';
import { assertId } from '../../id.ts';
import { OAuthAccount } from '../oauth-account.ts';
import { Role, type RoleType } from '../role.ts';
import { StationUser } from '../station-user.ts';
import { AuthProvider, User } from '../user.ts';
import { UserRole } from '../user-role.ts';

/** A provider that logs users in with OAuth. */
export type OAuthProvider = Exclude<AuthProvider, 'email'>;

/** An account at a provider. */
export interface OAuthAccountName {
  readonly provider: OAuthProvider;
  /** The provider's id of the account, as in the claim `sub`: 1 to 255 characters. Never its e-mail address, which may change hands. */
  readonly providerAccountId: string;
}

/** What a provider says about an account after a login. Verify the provider's signature first. */
export interface OAuthLogin extends OAuthAccountName {
  /** The user to link the account to. */
  readonly userId: string;
  /** The provider's claim `email`. */
  readonly email: string;
  /** The provider's claim `email_verified`. */
  readonly emailVerified: boolean;
  /** Stored encrypted, as is the refresh token. Left as it is if omitted. */
  readonly accessToken?: string | null;
  readonly refreshToken?: string | null;
  /** When the access token expires. */
  readonly expiresAt?: Date | null;
  /** What else the provider says about the account. No tokens: it is stored as it is. */
  readonly profileData?: JsonObject;
}

const { accessToken: _accessToken, refreshToken: _refreshToken, ...accountColumns } = getColumns(OAuthAccount);
const { passwordHash: _passwordHash, ...userColumns } = getColumns(User);

/** A linked account, without its tokens. */
export type LinkedOAuthAccount = Omit<OAuthAccount, 'accessToken' | 'refreshToken'>;

/** A user, without the hash of the password. */
export type OAuthUser = Omit<User, 'passwordHash'>;

/** The role types of admin staff. Chefs and customers are not admin staff. */
const adminStaffRoles: readonly RoleType[] = ['super_admin', 'admin', 'manager', 'staff'];

/**
 * Links an account at a provider to a user, with its tokens. If the user already has it, the tokens and the profile are renewed, so it
 * may be called after each login.
 *
 * Admin staff are users with `is_super_admin`, with an active role of the type `super_admin`, `admin`, `manager` or `staff`
 * (`user_roles`), or with an active assignment to a station that is not expired (`station_users`).
 *
 * It runs in a transaction, or in a savepoint of a given one.
 *
 * @throws {InvalidInput} `invalid-input`.
 * @throws {NotFound} `user-not-found`.
 * @throws {NotPermitted} `user-not-active`, `not-admin-staff`, `email-not-verified`, `email-differs` (ignoring the case of A to Z).
 * @throws {Conflict} `linked-elsewhere`.
 * @throws {NotSetUp} `no-keys`, if there are tokens and no keys.
 *
 * @example
 * const claims = await verifiedClaims(idToken);
 * await linkOAuthAccount(db, {
 *   userId: session.userId,
 *   provider: 'google',
 *   providerAccountId: claims.sub,
 *   email: claims.email,
 *   emailVerified: claims.email_verified,
 *   accessToken: tokens.access_token,
 *   refreshToken: tokens.refresh_token,
 * });
 */
export async function linkOAuthAccount(db: PostgresDatabase, login: OAuthLogin): Promise<LinkedOAuthAccount> {
  const { userId, provider, providerAccountId, email, emailVerified } = login;
  assertId('userId', userId);
  assertAccountName(login, oauthProviders);
  if (emailVerified !== true) {
    throw new NotPermitted({
      code: 'email-not-verified',
      object: accountText(login),
      found: 'an e-mail address that the provider did not verify',
      expected: 'a verified one',
      next: `verify the address at ${provider}, then log in again`,
    });
  }
  const { accessToken, refreshToken, expiresAt, profileData } = login;
  const given = { accessToken, refreshToken, expiresAt, profileData };
  return db.transaction(async (tx) => {
    const [user] = await tx
      .select({ email: User.email, status: User.status, isAdminStaff: isAdminStaff(tx) })
      .from(User)
      .where(eq(User.id, userId))
      .for('no key update')
      .$withCache(false);
    if (!user) throw userNotFound(userId);
    assertActiveAdminStaff(userId, user);
    if (!isSameAddress(user.email, email)) {
      throw new NotPermitted({
        code: 'email-differs',
        object: accountText(login),
        found: "an e-mail address other than the user's",
        expected: `that of the user ${userId}`,
        next: 'log in with the account that has the address of the user, or change the address of the user first',
      });
    }
    const [account] = await tx
      .insert(OAuthAccount)
      .values({ userId, provider, providerAccountId, ...given })
      .onConflictDoUpdate({
        target: [OAuthAccount.provider, OAuthAccount.providerAccountId],
        set: { ...given, updatedAt: new Date() },
        setWhere: eq(OAuthAccount.userId, userId),
      })
      .returning(accountColumns);
    if (account) return account;
    throw new Conflict({
      code: 'linked-elsewhere',
      object: accountText(login),
      found: 'an account that another user has',
      expected: 'one that nobody else has',
      next: 'unlink it from the other user first',
    });
  });
}

/**
 * Finds the user who has an account at a provider. It reads no tokens, so it needs no keys.
 *
 * The caller has to check for a lock-out after failed logins (`locked_until`).
 *
 * @returns undefined if nobody has the account.
 * @throws {InvalidInput} `invalid-input`.
 * @throws {NotPermitted} `user-not-active` and `not-admin-staff` (see {@link linkOAuthAccount}), if the user who has the account may
 * not log in with it.
 *
 * @example
 * const user = await findUserByOAuthAccount(db, { provider: 'google', providerAccountId: claims.sub });
 * if (!user) return redirect('/link');
 */
export async function findUserByOAuthAccount(
  db: PostgresDatabase,
  account: OAuthAccountName,
): Promise<OAuthUser | undefined> {
  assertAccountName(account, oauthProviders);
  const [found] = await db
    .select({ user: userColumns, isAdminStaff: isAdminStaff(db) })
    .from(OAuthAccount)
    .innerJoin(User, eq(User.id, OAuthAccount.userId))
    .where(isNamed(account))
    .$withCache(false);
  if (!found) return undefined;
  assertActiveAdminStaff(found.user.id, { status: found.user.status, isAdminStaff: found.isAdminStaff });
  return found.user;
}

/**
 * Removes an account at a provider, and its tokens, from a user, who may have any status. The user always keeps a password, a Google id
 * (`users.google_id`, which is not touched) or another linked account, even if several accounts are unlinked at once. An account at the
 * provider `email`, found in old rows, is not a way to log in; it may be unlinked.
 *
 * It runs in a transaction, or in a savepoint of a given one. At REPEATABLE READ or SERIALIZABLE, one of two concurrent calls for the
 * same user fails with a serialization failure (40001).
 *
 * @throws {InvalidInput} `invalid-input`.
 * @throws {NotFound} `user-not-found`, `not-linked`.
 * @throws {Conflict} `last-way-to-log-in`.
 *
 * @example
 * await unlinkOAuthAccount(db, { userId, provider: 'google', providerAccountId });
 */
export async function unlinkOAuthAccount(
  db: PostgresDatabase,
  account: { readonly userId: string; readonly provider: AuthProvider; readonly providerAccountId: string },
): Promise<void> {
  const { userId } = account;
  assertId('userId', userId);
  assertAccountName(account, AuthProvider.enumValues);
  await db.transaction(async (tx) => {
    // An update and not just a lock: at REPEATABLE READ a second run would otherwise still see the account that this one removes.
    const [user] = await tx
      .update(User)
      .set({ updatedAt: new Date() })
      .where(eq(User.id, userId))
      .returning({
        hasPassword: sql<boolean>`coalesce(${User.passwordHash}, '') <> ''`,
        hasGoogleId: sql<boolean>`coalesce(${User.googleId}, '') <> ''`,
      });
    if (!user) throw userNotFound(userId);
    const linked = await tx
      .select({ id: OAuthAccount.id, provider: OAuthAccount.provider, isIt: sql<boolean>`${isNamed(account)}` })
      .from(OAuthAccount)
      .where(eq(OAuthAccount.userId, userId))
      .$withCache(false);
    const taken = linked.find(({ isIt }) => isIt);
    if (!taken) {
      throw new NotFound({
        code: 'not-linked',
        object: accountText(account),
        found: `no such account of the user ${userId}`,
        expected: 'an account that the user has',
        next: 'list the accounts of the user in identity.oauth_accounts',
      });
    }
    const hasOther = linked.some(({ isIt, provider }) => !isIt && provider !== 'email');
    if (!user.hasPassword && !user.hasGoogleId && !hasOther) {
      throw new Conflict({
        code: 'last-way-to-log-in',
        object: accountText(account),
        found: `the only way for the user ${userId} to log in`,
        expected: 'a password, a Google id or another linked account beside it',
        next: 'set a password or link another account first',
      });
    }
    await tx.delete(OAuthAccount).where(eq(OAuthAccount.id, taken.id));
  });
}

const oauthProviders = AuthProvider.enumValues.filter((provider): provider is OAuthProvider => provider !== 'email');

function isNamed({ provider, providerAccountId }: { provider: AuthProvider; providerAccountId: string }): SQL {
  return sql`${eq(OAuthAccount.provider, provider)} AND ${eq(OAuthAccount.providerAccountId, providerAccountId)}`;
}

/** Whether the user of a query from `User` is admin staff, by the database's clock. */
function isAdminStaff(db: PostgresDatabase): SQL<boolean> {
  const ofRole = db
    .select({ userId: UserRole.userId })
    .from(UserRole)
    .innerJoin(Role, eq(Role.id, UserRole.roleId))
    .where(and(eq(UserRole.userId, User.id), eq(Role.isActive, true), inArray(Role.roleType, [...adminStaffRoles])));
  const ofStation = db
    .select({ userId: StationUser.userId })
    .from(StationUser)
    .where(
      and(
        eq(StationUser.userId, User.id),
        eq(StationUser.isActive, true),
        or(isNull(StationUser.expiresAt), gt(StationUser.expiresAt, sql`clock_timestamp()`)),
      ),
    );
  return sql<boolean>`(${User.isSuperAdmin} OR ${exists(ofRole)} OR ${exists(ofStation)})`;
}

function assertActiveAdminStaff(
  userId: string,
  { status, isAdminStaff }: { readonly status: User['status']; readonly isAdminStaff: boolean },
): void {
  if (status !== 'active') {
    throw new NotPermitted({
      code: 'user-not-active',
      object: `user ${userId}`,
      found: `the status ${status}`,
      expected: 'active',
      next: 'activate the user first',
    });
  }
  if (!isAdminStaff) {
    throw new NotPermitted({
      code: 'not-admin-staff',
      object: `user ${userId}`,
      found: 'no admin role and no active assignment to a station',
      expected: 'admin staff: OAuth accounts are for them alone',
      next: 'give the user a role or a station first',
    });
  }
}

/**
 * Whether two e-mail addresses are the same, ignoring the case of A to Z. No other case is folded: a Kelvin sign is not a K, though
 * its lower case is a k.
 */
function isSameAddress(one: string, other: unknown): boolean {
  return typeof other === 'string' && folded(one) === folded(other);
}

function folded(address: string): string {
  return address.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

function assertAccountName(
  { provider, providerAccountId }: { readonly provider: unknown; readonly providerAccountId: unknown },
  providers: readonly string[],
): void {
  if (!providers.some((known) => known === provider)) {
    throw new InvalidInput({
      object: 'provider',
      found: provider === 'email' ? 'email, which is not an OAuth provider' : 'a provider that is not known',
      expected: `one of ${providers.join(', ')}`,
      next: 'give the provider that the user logged in at',
    });
  }
  const characters = typeof providerAccountId === 'string' ? [...providerAccountId] : [];
  if (characters.length < 1 || characters.length > 255 || characters.includes('\0')) {
    throw new InvalidInput({
      object: 'providerAccountId',
      found:
        typeof providerAccountId === 'string' ? `${characters.length} characters` : `a ${typeof providerAccountId}`,
      expected: '1 to 255 characters without U+0000',
      next: 'give the id of the account at its provider, as the claim sub',
    });
  }
}

function userNotFound(userId: string): NotFound {
  return new NotFound({
    code: 'user-not-found',
    object: `user ${userId}`,
    found: 'no such user',
    expected: 'a row of identity.users',
    next: 'create the user first',
  });
}

function accountText({ provider, providerAccountId }: { provider: string; providerAccountId: string }): string {
  return `${provider} account ${providerAccountId}`;
}
