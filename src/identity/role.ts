import {
  boolean,
  foreignKey,
  index,
  pgEnum,
  primaryKey,
  text,
  unique,
  uniqueIndex,
  uuid,
  varchar,
} from 'drizzle-orm/pg-core';
import { createdAt, id, timestamptz, updatedAt } from '../columns.ts';
import { identity } from './schema.ts';
import { User } from './user.ts';

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

/** One thing that a role may allow, as `resource.action`. */
export const Permission = identity.table(
  'permissions',
  {
    id: id(),
    name: varchar('name', { length: 100 }).notNull().unique('permissions_name_key'),
    displayName: varchar('display_name', { length: 100 }).notNull(),
    resource: varchar('resource', { length: 50 }).notNull(),
    action: varchar('action', { length: 50 }).notNull(),
    description: text('description'),
    createdAt: createdAt(),
  },
  (table) => [unique('uq_permissions_resource_action').on(table.resource, table.action)],
);
export type Permission = typeof Permission.$inferSelect;
export type NewPermission = typeof Permission.$inferInsert;

/** The grant of a permission to a role. */
export const RolePermission = identity.table(
  'role_permissions',
  {
    id: id(),
    roleId: uuid('role_id').notNull(),
    permissionId: uuid('permission_id').notNull(),
    createdAt: createdAt(),
  },
  (table) => [
    foreignKey({
      name: 'role_permissions_permission_id_fkey',
      columns: [table.permissionId],
      foreignColumns: [Permission.id],
    }),
    foreignKey({ name: 'role_permissions_role_id_fkey', columns: [table.roleId], foreignColumns: [Role.id] }),
    unique('uq_role_permissions').on(table.roleId, table.permissionId),
    index('idx_role_permissions_permission_id').on(table.permissionId),
    index('idx_role_permissions_role_id').on(table.roleId),
  ],
);
export type RolePermission = typeof RolePermission.$inferSelect;
export type NewRolePermission = typeof RolePermission.$inferInsert;

/** The grant of a role to a user. */
export const UserRole = identity.table(
  'user_roles',
  {
    userId: uuid('user_id').notNull(),
    roleId: uuid('role_id').notNull(),
    assignedAt: timestamptz('assigned_at').notNull().defaultNow(),
    assignedBy: uuid('assigned_by'),
  },
  (table) => [
    foreignKey({
      name: 'user_roles_assigned_by_fkey',
      columns: [table.assignedBy],
      foreignColumns: [User.id],
    }).onDelete('set null'),
    foreignKey({ name: 'user_roles_role_id_fkey', columns: [table.roleId], foreignColumns: [Role.id] }).onDelete(
      'cascade',
    ),
    foreignKey({ name: 'user_roles_user_id_fkey', columns: [table.userId], foreignColumns: [User.id] }).onDelete(
      'cascade',
    ),
    primaryKey({ name: 'user_roles_pkey', columns: [table.userId, table.roleId] }),
  ],
);
export type UserRole = typeof UserRole.$inferSelect;
export type NewUserRole = typeof UserRole.$inferInsert;
