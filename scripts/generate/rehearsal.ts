import { PGlite } from '@electric-sql/pglite';
import { refused, runMigrations } from '../../src/tools/baseline/expected.ts';
import { type DatabaseDescription, describeDatabase } from '../../src/tools/database/describe.ts';
import { queryOf } from '../../src/tools/database/query.ts';
import { readMigrations } from '../../src/tools/migrations/migrations-folder.ts';
import type { TableLock } from './table-locks.ts';

/** An empty database in this process on which migrations run as they are written, each in a transaction of its own. */
export class Rehearsal {
  readonly #work: string;
  /** Created when the first migration is to run: it takes seconds, and often there is nothing to write. */
  #created: Promise<PGlite> | undefined;
  readonly #done = new Set<string>();

  /** @param work The folder that the migrations are written to. */
  constructor(work: string) {
    this.#work = work;
  }

  /**
   * The locks that a migration takes on tables that are there before it: for each table the strongest.
   *
   * @param name The migration's folder. Those before it run, and stay; the migration itself leaves nothing behind.
   * @throws {Conflict} if PostgreSQL refuses a statement.
   */
  async listLocks(name: string, statements: readonly string[]): Promise<readonly TableLock[]> {
    await this.#run((other) => other < name);
    const database = await this.#database();
    const { rows: tables } = await database.query<{ oid: number; table: string }>(existingTables);
    const names = new Map(tables.map(({ oid, table }) => [oid, table]));
    let held: readonly { readonly oid: number; readonly mode: string }[] = [];
    await database.transaction(async (transaction) => {
      for (const statement of statements) {
        await transaction.exec(statement).catch((error) => {
          throw refused(name, statement, error);
        });
      }
      held = (await transaction.query<{ oid: number; mode: string }>(heldLocks)).rows;
      await transaction.rollback();
    });
    return held.flatMap(({ oid, mode }) => {
      const table = names.get(oid);
      return table === undefined ? [] : [{ table, mode }];
    });
  }

  /**
   * Describes the database once every migration has run.
   *
   * @throws {Conflict} if PostgreSQL refuses a statement.
   */
  async describe(): Promise<DatabaseDescription> {
    await this.#run(() => true);
    return describeDatabase(queryOf(await this.#database()));
  }

  async end(): Promise<void> {
    await (await this.#created)?.close();
  }

  #database(): Promise<PGlite> {
    this.#created ??= PGlite.create();
    return this.#created;
  }

  async #run(wanted: (name: string) => boolean): Promise<void> {
    const due = readMigrations(this.#work).filter(({ name }) => wanted(name) && !this.#done.has(name));
    await runMigrations(await this.#database(), due);
    for (const { name } of due) this.#done.add(name);
  }
}

const existingTables = `
  SELECT c.oid::int AS oid, format('"%s"."%s"', nspname, relname) AS table
  FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
  WHERE relkind IN ('r', 'p') AND nspname !~ '^pg_' AND nspname <> 'information_schema'`;

/** The strongest lock of this session on each relation, by the words of LOCK TABLE. */
const heldLocks = `
  SELECT DISTINCT ON (relation) relation::int AS oid, words.mode
  FROM pg_locks
  JOIN (VALUES
    (1, 'AccessShareLock', 'ACCESS SHARE'),
    (2, 'RowShareLock', 'ROW SHARE'),
    (3, 'RowExclusiveLock', 'ROW EXCLUSIVE'),
    (4, 'ShareUpdateExclusiveLock', 'SHARE UPDATE EXCLUSIVE'),
    (5, 'ShareLock', 'SHARE'),
    (6, 'ShareRowExclusiveLock', 'SHARE ROW EXCLUSIVE'),
    (7, 'ExclusiveLock', 'EXCLUSIVE'),
    (8, 'AccessExclusiveLock', 'ACCESS EXCLUSIVE')
  ) AS words (strength, name, mode) ON words.name = pg_locks.mode
  WHERE locktype = 'relation' AND granted AND pid = pg_backend_pid()
  ORDER BY relation, strength DESC`;
