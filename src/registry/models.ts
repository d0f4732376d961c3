import { getTableName, getTableSchema, is } from 'drizzle-orm';
import { PgTable } from 'drizzle-orm/pg-core';
import * as core from '../core/index.ts';
import * as feedbackMarketing from '../feedback_marketing/index.ts';
import * as identity from '../identity/index.ts';
import * as knowledgeBase from '../knowledge_base/index.ts';
import * as lead from '../lead/index.ts';
import * as newsletter from '../newsletter/index.ts';
import * as supportCommunications from '../support_communications/index.ts';
import type { Domain } from './domains.ts';

/** What each domain exports, by the domain's name. */
export const faces: Readonly<Record<Domain, Readonly<Record<string, unknown>>>> = {
  core,
  feedback_marketing: feedbackMarketing,
  identity,
  knowledge_base: knowledgeBase,
  lead,
  newsletter,
  support_communications: supportCommunications,
};

/** A table of the models: where it is exported, under which name, and what it is called in the database. */
export interface Model {
  readonly domain: Domain;
  /** The entity's name, as in `Booking`. */
  readonly entity: string;
  /** The table's name with its PostgreSQL schema, as in `public.bookings`. */
  readonly name: string;
  readonly table: PgTable;
}

/** The name of a table with its PostgreSQL schema, as in `public.bookings`. */
export function qualifiedName(table: PgTable): string {
  // Not getTableConfig, which builds every index and policy of the table each time.
  return `${getTableSchema(table) ?? 'public'}.${getTableName(table)}`;
}

/** Every exported table of every domain, by domain and entity. Two exports of one table are two models. */
export function models(): Model[] {
  return Object.entries(faces).flatMap(([domain, face]) =>
    Object.entries(face).flatMap(([entity, table]) =>
      is(table, PgTable) ? [{ domain: domain as Domain, entity, name: qualifiedName(table), table }] : [],
    ),
  );
}
