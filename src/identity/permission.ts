import { text, unique, varchar } from 'drizzle-orm/pg-core';
import { createdAt, id } from '../columns.ts';
import { identity } from './schema.ts';

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
