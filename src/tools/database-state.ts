/*
 * The words for how a database, a migration and a table name stand. Every report, text and exit code takes them from here; a word means
 * the same wherever it appears.
 */

/**
 * How far a database has come with the migrations.
 *
 * - `empty`: it has none of the tables, and no record of migrations.
 * - `legacy`: it has the tables of the baseline under their legacy names, and no record of migrations.
 * - `partly-migrated`: its record has some of the migrations.
 * - `up-to-date`: its record has all migrations.
 */
export type DatabaseState = 'empty' | 'legacy' | 'partly-migrated' | 'up-to-date';

/**
 * Whether a database agrees with the models.
 *
 * - `agrees`: all migrations have run, and nothing differs.
 * - `differs`: all migrations have run, and something differs.
 * - `empty`, `partly-migrated`: as in `DatabaseState`. Nothing else was compared.
 * - `unrecorded`: it has some of the tables, and no record of migrations. It may be a `legacy` database, or differ from one; `baseline`
 *   and `migrate` find out. Nothing else was compared.
 */
export type CheckStatus = 'agrees' | 'differs' | 'unrecorded' | Extract<DatabaseState, 'empty' | 'partly-migrated'>;

/**
 * What `baseline` found, and did if it could.
 *
 * - `recorded`: the tables are those of the baseline, and it is now recorded as applied.
 * - `already-recorded`: the record has it already. Nothing was written.
 * - `empty`: as in `DatabaseState`. Nothing was written.
 * - `differs`: something differs from the baseline. Nothing was written.
 * - `obstructed`: the tables are those of the baseline, and something is in the way of the migrations that follow. Nothing was written.
 */
export type BaselineStatus =
  | 'recorded'
  | 'already-recorded'
  | 'differs'
  | 'obstructed'
  | Extract<DatabaseState, 'empty'>;

/**
 * What a run did with a migration.
 *
 * - `applied`: its statements ran.
 * - `recorded`: its tables were there already, so it was only recorded.
 */
export type MigrationAction = 'applied' | 'recorded';

/** Where a migration stands: as the run left it that did it, or `pending`: the record does not have it. */
export type MigrationState = MigrationAction | 'pending';

/**
 * Where the rename of a table can stand, in the order in which reports count them.
 *
 * - `both names`: the table has its canonical name, and a view answers to the old one.
 * - `legacy`: the table has its old name.
 * - `canonical only`: the table has its canonical name, and nothing answers to the old one.
 * - `absent`: there is no such table.
 * - `unclear`: something else answers to one of the names.
 */
export const renameStates = ['both names', 'legacy', 'canonical only', 'absent', 'unclear'] as const;

/** Where the rename of a table stands. */
export type RenameState = (typeof renameStates)[number];

/**
 * What a statement that uses an old table name reaches.
 *
 * - `view`: a view, as with `both names`.
 * - `table`: a table, as with `legacy`, or another relation that is not a view.
 * - `gone`: nothing, as with `canonical only`.
 * - `missing`: nothing, and there is no table of the canonical name either, as with `absent`.
 */
export type OldNameState = 'view' | 'table' | 'gone' | 'missing';
