/**
 * The schema that drizzle-kit reads while some steps have no migration yet: the tables of pending renames have their old names, and so
 * do the objects named after them, and their compatibility views are left out, as is the row-level security of tables whose policies are
 * pending.
 *
 * The environment variable `CANONICAL_MODELS_PENDING_RENAMES` holds the pending entries, a JSON array of `{ from, to }`, and
 * `CANONICAL_MODELS_PENDING_POLICIES` the tables with their schemas, a JSON array.
 * Drizzle keeps a table's name and its extra configuration under registered symbols, which this file rewrites; drizzle-kit
 * loads it in a process of its own, so nothing else sees it.
 */

import { is, type SQL, sql } from 'drizzle-orm';
import { getTableConfig, getViewConfig, PgDialect, PgPolicy, PgTable, PgView } from 'drizzle-orm/pg-core';
import { qualifiedName } from '../../src/registry/models.ts';
import { unqualifiedName } from '../../src/registry/qualified-name.ts';
import * as schema from '../../src/schema.ts';
import { identifierWithTableName } from './identifiers.ts';

export * from '../../src/schema.ts';

interface PendingRename {
  readonly from: string;
  readonly to: string;
}

const nameSymbol = Symbol.for('drizzle:Name');
const extraConfigBuilderSymbol = Symbol.for('drizzle:ExtraConfigBuilder');
const viewConfigSymbol = Symbol.for('drizzle:ViewBaseConfig');

const pending: PendingRename[] = JSON.parse(process.env['CANONICAL_MODELS_PENDING_RENAMES'] ?? '[]');
const withoutPolicies: string[] = JSON.parse(process.env['CANONICAL_MODELS_PENDING_POLICIES'] ?? '[]');

for (const exported of Object.values(schema)) {
  if (is(exported, PgTable)) {
    if (withoutPolicies.includes(qualifiedName(exported))) changeExtras(exported, (item) => !is(item, PgPolicy));
    else changeExtras(exported, withOldNames);
    const entry = pending.find(({ to }) => to === qualifiedName(exported));
    if (entry) giveOldName(exported, entry);
  } else if (is(exported, PgView)) {
    const { schema: viewSchema, name } = getViewConfig(exported);
    const qualified = `${viewSchema ?? 'public'}.${name}`;
    if (pending.some(({ from }) => from === qualified)) {
      const internals = exported as unknown as Record<symbol, object>;
      internals[viewConfigSymbol] = { ...internals[viewConfigSymbol], isExisting: true };
    }
  }
}

function giveOldName(table: PgTable, { from, to }: PendingRename): void {
  const oldName = unqualifiedName(from);
  const canonicalName = unqualifiedName(to);
  const old = (name: string) => identifierWithTableName(name, canonicalName, oldName);
  for (const column of getTableConfig(table).columns) {
    if (column.uniqueName) Object.assign(column, { uniqueName: old(column.uniqueName) });
  }
  changeExtras(table, (item) => {
    const named = item as { name?: string; config?: { name?: string }; reference?: () => { name?: string } };
    if (is(item, PgPolicy)) return true;
    if (named.name) named.name = old(named.name);
    if (named.config?.name) named.config.name = old(named.config.name);
    if (named.reference) {
      const { name, ...reference } = named.reference();
      named.reference = () => (name ? { ...reference, name: old(name) } : reference);
    }
    return true;
  });
  (table as unknown as Record<symbol, unknown>)[nameSymbol] = oldName;
}

/** Makes a policy name the tables of pending renames by their old names. */
function withOldNames(item: unknown): boolean {
  if (!is(item, PgPolicy)) return true;
  const old = (condition: SQL | undefined) =>
    condition &&
    sql.raw(
      pending.reduce((text, { from, to }) => {
        const [canonicalName, oldName] = [unqualifiedName(to), unqualifiedName(from)];
        return canonicalName ? text.replace(new RegExp(`\\b${canonicalName}\\b`, 'g'), oldName ?? '') : text;
      }, new PgDialect().sqlToQuery(condition).sql),
    );
  Object.assign(item, { using: old(item.using), withCheck: old(item.withCheck) });
  return true;
}

/** Changes each item of a table's extra configuration, and leaves out those for which `change` returns false. */
function changeExtras(table: PgTable, change: (item: unknown) => boolean): void {
  const internals = table as unknown as Record<symbol, unknown>;
  const build = internals[extraConfigBuilderSymbol] as ((columns: unknown) => unknown[]) | undefined;
  if (build) internals[extraConfigBuilderSymbol] = (columns: unknown) => build(columns).filter(change);
}
