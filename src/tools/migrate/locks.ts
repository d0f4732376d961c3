import { importPeer, rethrow } from '../../peers.ts';
import { type LockMode, lockModes } from '../migrations/blockers.ts';
import type { Migration } from '../migrations/migrations-folder.ts';
import { statementsOf } from './migrate.ts';

/** A lock that a statement takes on a relation that existed before its migration. */
export interface StatementLock {
  /** By the name that it has before the migration, as `public.messages`. */
  readonly relation: string;
  readonly mode: LockMode;
}

/** A statement with its locks; they are unknown if PGlite is not installed. */
export interface PlannedStatement {
  readonly sql: string;
  readonly locks: readonly StatementLock[] | null;
}

/** The statements of migrations by their names, if no locks are asked for or PGlite is not installed. */
export function statementsWithoutLocks(
  migrations: readonly Migration[],
): ReadonlyMap<string, readonly PlannedStatement[]> {
  return new Map(
    migrations.map((migration) => [migration.name, statementsOf(migration).map((sql) => ({ sql, locks: null }))]),
  );
}

/**
 * The statements of pending migrations, with the locks that each takes beyond those before it. They are not guessed from the text: all
 * migrations run on an empty PGlite in this process, which is PostgreSQL itself, and is asked for its locks.
 */
export async function plannedStatements(
  migrations: readonly Migration[],
  pending: readonly Migration[],
): Promise<ReadonlyMap<string, readonly PlannedStatement[]>> {
  const key = JSON.stringify([migrations, pending].map((list) => list.map(({ hash }) => hash)));
  const known = plans.get(key) ?? runOnEmptyDatabase(migrations, pending);
  plans.set(key, known);
  return known.catch((error: unknown) => {
    plans.delete(key);
    throw error;
  });
}

/** Plans of this process by the hashes of their migrations: a run takes seconds, and its answer depends on nothing else. */
const plans = new Map<string, ReturnType<typeof runOnEmptyDatabase>>();

async function runOnEmptyDatabase(
  migrations: readonly Migration[],
  pending: readonly Migration[],
): Promise<ReadonlyMap<string, readonly PlannedStatement[]>> {
  const { PGlite } = await importPeer('@electric-sql/pglite', () =>
    import('@electric-sql/pglite').catch(rethrow),
  ).catch(() => ({
    PGlite: undefined,
  }));
  if (!PGlite) return statementsWithoutLocks(pending);
  const planned = new Map<string, readonly PlannedStatement[]>();
  const database = await PGlite.create();
  try {
    const held = async (): Promise<Row[]> => (await database.query<Row>(heldLocks)).rows;
    for (const migration of migrations) {
      const isPending = pending.includes(migration);
      const { rows } = await database.query<{ oid: number; name: string }>(
        `SELECT c.oid::int AS oid, format('%I.%I', nspname, relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace`,
      );
      const names = new Map(rows.map(({ oid, name }) => [oid, name]));
      const known = new Set<string>();
      const statements: PlannedStatement[] = [];
      await database.exec('BEGIN; SET LOCAL search_path = public');
      for (const sql of statementsOf(migration)) {
        await database.exec(sql);
        if (!isPending) continue;
        const fresh = (await held()).filter(({ oid, mode }) => names.has(oid) && !known.has(`${oid} ${mode}`));
        for (const { oid, mode } of fresh) known.add(`${oid} ${mode}`);
        const locks = fresh.map(({ oid, mode }) => ({ relation: names.get(oid) as string, mode }));
        statements.push({ sql, locks: locks.sort((a, b) => lockModes.indexOf(b.mode) - lockModes.indexOf(a.mode)) });
      }
      await database.exec('COMMIT');
      if (isPending) planned.set(migration.name, statements);
    }
    return planned;
  } finally {
    await database.close();
  }
}

/**
 * The locks that a statement has to wait for: those that it takes, or, if they are unknown, the one on the table that it alters. A
 * table that has its name from a statement before is passed over by callers that look it up.
 */
export function wantedLocks({ sql, locks }: PlannedStatement): readonly StatementLock[] {
  if (locks !== null) return locks;
  const [, schema = '"public".', table] = /^ALTER TABLE (?:ONLY )?("(?:[^"]|"")+"\.)?("(?:[^"]|"")+")/.exec(sql) ?? [];
  return table === undefined ? [] : [{ relation: `${schema}${table}`, mode: 'AccessExclusiveLock' }];
}

interface Row {
  readonly oid: number;
  readonly mode: LockMode;
}

/** Locks on user relations. Those on PostgreSQL's own catalogs are brief and everywhere. */
const heldLocks = `
  SELECT l.relation::int AS oid, l.mode
  FROM pg_locks l JOIN pg_class c ON c.oid = l.relation JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE l.locktype = 'relation' AND l.granted AND l.pid = pg_backend_pid() AND nspname !~ '^pg_' AND nspname <> 'information_schema'
  ORDER BY nspname, relname, l.mode`;
