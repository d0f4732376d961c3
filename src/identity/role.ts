import { boolean, index, pgEnum, text, uniqueIndex, varchar } from 'drizzle-orm/pg-core';
import { createdAt, id, updatedAt } from '../columns.ts';
import { identity } from './schema.ts';

export const RoleType = pgEnum('roletype', ['super_admin', 'admin', 'manager', 'staff', 'chef', 'customer']);
export type RoleType = (typeof RoleType.enumValues)[number];

/** A named set of permissions. */
export const Role = identity.table(
  'roles',
  {
    id: id(),
    name: varchar('name', { length: 100 }).notNull(),
    description: text('description'),
    roleType: RoleType('role_type').notNull(),
    isActive: boolean('is_active').notNull().default(true),
    isSystemRole: boolean('is_system_role').notNull().default(false),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    index('idx_roles_active').on(table.isActive),
    index('idx_roles_name').on(table.name),
    index('idx_roles_role_type').on(table.roleType),
    uniqueIndex('ix_roles_name').on(table.name),
  ],
);
export type Role = typeof Role.$inferSelect;
export type NewRole = typeof Role.$inferInsert;
