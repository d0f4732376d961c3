import { is } from 'drizzle-orm';
import { getViewConfig, PgDialect, PgView } from 'drizzle-orm/pg-core';
import type { SQL } from 'drizzle-orm/sql';
import { findPeerProblem, importPeer, rethrow } from '../../peers.ts';
import { relationFilters } from '../../registry/relation-names.ts';
import * as schema from '../../schema.ts';
import type { Query } from '../database/query.ts';

type Kit = typeof import('drizzle-kit/api-postgres');
type Hint = NonNullable<NonNullable<Parameters<Kit['pushSchema']>[4]>['hints']>[number];

/** What drizzle-kit would run to make the database what the models say, or why it can't tell. */
export type KitDiff =
  | { readonly status: 'compared'; readonly statements: readonly string[] }
  | { readonly status: 'not-installed' }
  | { readonly status: 'unusable'; readonly reason: string }
  | { readonly status: 'failed'; readonly reason: string };

/** The peer drizzle-kit, or why its diff is left out. */
export type LoadedKit = Kit | Extract<KitDiff, { status: 'not-installed' | 'unusable' }>;

/** Loads the peer drizzle-kit. It is optional: one that can't be used is left out. It is large: begin early, and await it late. */
export async function loadKit(): Promise<LoadedKit> {
  const problem = findPeerProblem('drizzle-kit');
  if (problem?.version) {
    return { status: 'unusable', reason: `found version ${problem.version}; expected ${problem.range}` };
  }
  try {
    return await importPeer(
      'drizzle-kit',
      () => import('drizzle-kit/api-postgres').catch(rethrow),
      'drizzle-kit/api-postgres',
    );
  } catch (error) {
    if (problem) return { status: 'not-installed' };
    const [reason] = (error instanceof Error ? error.message : String(error)).split('\n');
    return { status: 'unusable', reason: `it does not load: ${reason}` };
  }
}

/**
 * drizzle-kit's own diff between the models and a database: what `drizzle-kit push` would run. Nothing of it is run. The queries go
 * through `query` one after the other; where that is a transaction that may only read, PostgreSQL itself refuses all else.
 *
 * @param kit What `loadKit` answers.
 * @param withoutViews Compatibility views that may be missing, as in `public.messages`.
 */
export async function kitDiff(
  kit: LoadedKit,
  query: Query,
  withoutViews: ReadonlySet<string> = new Set(),
): Promise<KitDiff> {
  if ('status' in kit) return kit;
  const dialect = new PgDialect();
  let last: Promise<unknown> = Promise.resolve();
  const database = {
    execute(statement: SQL) {
      const { sql } = dialect.sqlToQuery(statement);
      const next = last.then(() => query(sql));
      last = next.catch(() => {});
      return next;
    },
  };
  const models = Object.fromEntries(
    Object.entries(schema).filter(([, value]) => !(is(value, PgView) && withoutViews.has(qualifiedViewName(value)))),
  );
  const entities = {
    schemas: relationFilters.schemaFilter,
    tables: relationFilters.tablesFilter,
    entities: undefined,
    extensions: [],
  };
  try {
    // Every question whether something new is something old renamed is answered with "new", and no loss is feared: nothing runs.
    const hints: Hint[] = [];
    for (;;) {
      try {
        const { sqlStatements } = await kit.pushSchema(models, database as never, entities, undefined, { hints });
        return { status: 'compared', statements: sqlStatements };
      } catch (error) {
        const { missingHints = [] } = error as { missingHints?: readonly { readonly type: string }[] };
        if (missingHints.length === 0) throw error;
        hints.push(
          ...missingHints.map((missing) => {
            const { kind, entity } = missing as unknown as { kind: string; entity: readonly string[] };
            return { type: missing.type === 'rename_or_create' ? 'create' : missing.type, kind, entity } as Hint;
          }),
        );
      }
    }
  } catch (error) {
    return { status: 'failed', reason: error instanceof Error ? error.message : String(error) };
  } finally {
    await last;
  }
}

/** The names in quotes that a statement holds: `bookings` and `tip` of `ALTER TABLE "bookings" DROP COLUMN "tip"`. */
export function namesIn(statement: string): ReadonlySet<string> {
  return new Set([...statement.matchAll(/"((?:[^"]|"")+)"/g)].map(([, name = '']) => name.replaceAll('""', '"')));
}

function qualifiedViewName(view: PgView): string {
  const { schema: schemaName, name } = getViewConfig(view);
  return `${schemaName ?? 'public'}.${name}`;
}
