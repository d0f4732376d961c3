import { foreignKey, index, jsonb, unique, uuid, varchar } from 'drizzle-orm/pg-core';
import { createdAt, id, type JsonObject, timestamptz, updatedAt } from '../columns.ts';
import { encryptedText } from './encrypted-text.ts';
import { identity } from './schema.ts';
import { AuthProvider, User } from './user.ts';

/** A login of admin staff at an OAuth provider. */
export const OAuthAccount = identity.table(
  'oauth_accounts',
  {
    id: id(),
    userId: uuid('user_id').notNull(),
    provider: AuthProvider('provider').notNull(),
    providerAccountId: varchar('provider_account_id', { length: 255 }).notNull(),

    // Tokens: encrypted if this package wrote them, plain in older rows
    accessToken: encryptedText('access_token', { boundTo: 'identity.oauth_accounts.access_token' }),
    refreshToken: encryptedText('refresh_token', { boundTo: 'identity.oauth_accounts.refresh_token' }),
    expiresAt: timestamptz('expires_at'),

    // Bookkeeping
    profileData: jsonb('profile_data').$type<JsonObject>().notNull().default({}),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    foreignKey({ name: 'oauth_accounts_user_id_fkey', columns: [table.userId], foreignColumns: [User.id] }),
    unique('uq_oauth_accounts_provider').on(table.provider, table.providerAccountId),
    index('idx_oauth_accounts_provider').on(table.provider),
    index('idx_oauth_accounts_user_id').on(table.userId),
  ],
);
export type OAuthAccount = typeof OAuthAccount.$inferSelect;
export type NewOAuthAccount = typeof OAuthAccount.$inferInsert;
