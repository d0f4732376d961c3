import { boolean, index, integer, jsonb, pgEnum, varchar } from 'drizzle-orm/pg-core';
import { createdAt, id, type JsonObject, timestamptz, updatedAt } from '../columns.ts';
import { identity } from './schema.ts';

export const AuthProvider = pgEnum('authprovider', ['email', 'google', 'microsoft', 'apple']);
export type AuthProvider = (typeof AuthProvider.enumValues)[number];

export const UserStatus = pgEnum('userstatus', ['pending', 'active', 'suspended', 'deactivated']);
export type UserStatus = (typeof UserStatus.enumValues)[number];

/** A person who can log in: staff, station managers, chefs and customers. */
export const User = identity.table(
  'users',
  {
    id: id(),

    // Login
    email: varchar('email', { length: 255 }).notNull().unique('users_email_key'),
    passwordHash: varchar('password_hash', { length: 255 }),

    // Person
    firstName: varchar('first_name', { length: 100 }),
    lastName: varchar('last_name', { length: 100 }),
    phone: varchar('phone', { length: 20 }),
    avatarUrl: varchar('avatar_url', { length: 500 }),

    // Provider
    authProvider: AuthProvider('auth_provider').notNull().default('email'),
    googleId: varchar('google_id', { length: 255 }).unique('users_google_id_key'),

    // State and security
    status: UserStatus('status').notNull().default('pending'),
    isSuperAdmin: boolean('is_super_admin').notNull().default(false),
    isEmailVerified: boolean('is_email_verified').notNull().default(false),
    mfaEnabled: boolean('mfa_enabled').notNull().default(false),
    failedLoginAttempts: integer('failed_login_attempts').notNull().default(0),
    lockedUntil: timestamptz('locked_until'),

    // Bookkeeping
    userMetadata: jsonb('user_metadata').$type<JsonObject>().notNull().default({}),
    lastLoginAt: timestamptz('last_login_at'),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [index('idx_users_created_at').on(table.createdAt), index('idx_users_status').on(table.status)],
);
export type User = typeof User.$inferSelect;
export type NewUser = typeof User.$inferInsert;
