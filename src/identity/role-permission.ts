import { foreignKey, index, unique, uuid } from 'drizzle-orm/pg-core';
import { createdAt, id } from '../columns.ts';
import { Permission } from './permission.ts';
import { Role } from './role.ts';
import { identity } from './schema.ts';

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
