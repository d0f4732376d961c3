/**
 * What drizzle-kit reads while some renames of the registry have no migration yet: the schema with their tables under the old
 * names, with the old names of what is named after them, and without their compatibility views.
 *
 * The pending entries come in the environment variable `CANONICAL_MODELS_PENDING_RENAMES`, a JSON array of `{ from, to }`.
 * Drizzle keeps a table's name and its extra configuration under registered symbols, which are what this file rewrites; it is
 * loaded by drizzle-kit in a process of its own, so nothing else sees it.
 */
import { is } from 'drizzle-orm';
import { getTableConfig, getViewConfig, PgTable, PgView } from 'drizzle-orm/pg-core';
import * as schema from '../../schema.ts';
import { qualifiedName } from '../models.ts';
import { identifierWithTableName } from './identifiers.ts';

export * from '../../schema.ts';

interface PendingRename {
  readonly from: string;
  readonly to: string;
}

const nameSymbol = Symbol.for('drizzle:Name');
const extraConfigBuilderSymbol = Symbol.for('drizzle:ExtraConfigBuilder');
const viewConfigSymbol = Symbol.for('drizzle:ViewBaseConfig');

const pending: PendingRename[] = JSON.parse(process.env['CANONICAL_MODELS_PENDING_RENAMES'] ?? '[]');

for (const exported of Object.values(schema)) {
  if (is(exported, PgTable)) {
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
  const [, oldName = ''] = from.split('.');
  const [, canonicalName = ''] = to.split('.');
  const old = (name: string) => identifierWithTableName(name, canonicalName, oldName);
  for (const column of getTableConfig(table).columns) {
    if (column.uniqueName) Object.assign(column, { uniqueName: old(column.uniqueName) });
  }
  const internals = table as unknown as Record<symbol, unknown>;
  const build = internals[extraConfigBuilderSymbol] as ((columns: unknown) => unknown[]) | undefined;
  if (build) {
    internals[extraConfigBuilderSymbol] = (columns: unknown) =>
      build(columns).map((item) => {
        const named = item as { name?: string; config?: { name?: string }; reference?: () => { name?: string } };
        if (named.name) named.name = old(named.name);
        if (named.config?.name) named.config.name = old(named.config.name);
        if (named.reference) {
          const { name, ...reference } = named.reference();
          named.reference = () => (name ? { ...reference, name: old(name) } : reference);
        }
        return item;
      });
  }
  internals[nameSymbol] = oldName;
}
