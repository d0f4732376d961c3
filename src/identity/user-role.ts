import { foreignKey, primaryKey, uuid } from 'drizzle-orm/pg-core';
import { timestamptz } from '../columns.ts';
import { Role } from './role.ts';
import { identity } from './schema.ts';
import { User } from './user.ts';

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
