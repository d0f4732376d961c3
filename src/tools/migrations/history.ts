import { Conflict } from '../../errors.ts';
import type { Migration } from './migrations-folder.ts';
import { type AppliedMigration, recordTable } from './record.ts';

/** The migrations of a folder, split by whether the record has them. Both lists are oldest first. */
export interface History {
  readonly applied: readonly (Migration & { readonly appliedAt: Date })[];
  readonly pending: readonly Migration[];
}

/**
 * Compares the record of a database with the migrations of a folder.
 *
 * @param applied The result of `appliedMigrations`; a database without a record has applied none.
 * @throws {Conflict} if the record names a migration that was edited since, that the folder does not have, or that was recorded
 * twice.
 */
export function compareHistory(
  migrations: readonly Migration[],
  applied: readonly AppliedMigration[] | undefined = [],
): History {
  const recorded = new Map<string, AppliedMigration>();
  for (const entry of applied) {
    const migration = migrations.find(({ name }) => name === entry.name);
    if (!migration) {
      throw new Conflict({
        object: recordTable,
        found: `${entry.name}, which the migrations folder does not have`,
        expected: `the migrations up to ${migrations.at(-1)?.name} at most`,
        next: 'run the release of canonical-models that wrote it, or a later one',
      });
    }
    if (migration.hash !== entry.hash) {
      throw new Conflict({
        object: entry.name,
        found: `a text in the folder (${migration.hash}) other than the one that was applied (${entry.hash})`,
        expected: 'a migration that stays unchanged once it is applied',
        next: 'reinstall canonical-models; to change an applied migration, add another one',
      });
    }
    if (recorded.has(migration.name)) {
      throw new Conflict({
        object: entry.name,
        found: `two rows in ${recordTable}`,
        expected: 'one row per migration',
        next: `find out who applied it twice, then delete one of the rows`,
      });
    }
    recorded.set(migration.name, entry);
  }
  return {
    applied: migrations.flatMap((migration) => {
      const entry = recorded.get(migration.name);
      return entry ? [{ ...migration, appliedAt: entry.appliedAt }] : [];
    }),
    pending: migrations.filter(({ name }) => !recorded.has(name)),
  };
}
