import { Conflict } from '../../errors.ts';
import { createViewBesidePattern } from '../migrations/compatibility-view-sql.ts';
import { renameDerivedNames, renameDerivedNamesPattern } from '../migrations/derived-names-sql.ts';
import type { Migration } from '../migrations/migrations-folder.ts';

const identifier = '"(?:[^"]|"")+"';

/**
 * How each statement of a rename migration is undone; `null` needs no undoing, because it goes with the view or the transaction.
 * The schema of a renamed table appears before its old name only, as in `ALTER TABLE "identity"."a" RENAME TO "b"`.
 */
const inverses: readonly (readonly [pattern: RegExp, undo: (...parts: string[]) => string | null])[] = [
  [/^SET LOCAL lock_timeout\b/, () => null],
  [
    new RegExp(`^ALTER (TABLE|SEQUENCE) ((?:${identifier}\\.)?)(${identifier}) RENAME TO (${identifier})$`),
    (kind, schema, from, to) => `ALTER ${kind} ${schema}${to} RENAME TO ${from}`,
  ],
  // The table has its canonical name while this runs, as it had when its names were looked up.
  [
    renameDerivedNamesPattern,
    (table = '', oldWord = '', newWord = '') => renameDerivedNames(table, { oldWord: newWord, newWord: oldWord }),
  ],
  // The view is created under a temporary name, and dropped under the old name of its table.
  [createViewBesidePattern, () => null],
  [
    new RegExp(`^ALTER VIEW ((?:${identifier}\\.)?)${identifier} RENAME TO (${identifier})$`),
    (schema, to) => `DROP VIEW ${schema}${to}`,
  ],
  // The owner and the privileges of the dropped view.
  [/^DO \$\$\nDECLARE\n {2}table_owner name :=/, () => null],
];

/** Whether a migration renames a table. All others can't be undone: they stay, with everything they created. */
export function isRename({ statements }: Migration): boolean {
  return statements.some((statement) => /\bALTER\s+TABLE\b[^;]*\bRENAME\s+TO\b/i.test(statement));
}

/** A table by its names before and after a migration, as `public.messages`. */
export interface RenamedTable {
  readonly from: string;
  readonly to: string;
}

/** The tables that a migration renames. */
export function renamedTables({ statements }: Migration): RenamedTable[] {
  const rename = new RegExp(`^ALTER TABLE (?:(${identifier})\\.)?(${identifier}) RENAME TO (${identifier})`);
  return statements.flatMap((statement) => {
    const [, schema, from, to] = rename.exec(statement.trim()) ?? [];
    return from && to ? [{ from: plainName(schema, from), to: plainName(schema, to) }] : [];
  });
}

/** The views that these statements create, change or drop, as `public.messages`. */
export function viewsOf(statements: readonly string[]): string[] {
  const change = new RegExp(
    `^(?:CREATE(?: OR REPLACE)?|ALTER|DROP) VIEW (?:IF EXISTS )?(?:(${identifier})\\.)?(${identifier})`,
  );
  return statements.flatMap((statement) => {
    const [, schema, view] = change.exec(statement.trim()) ?? [];
    return view ? [plainName(schema, view)] : [];
  });
}

function plainName(schema: string = '"public"', relation: string): string {
  return [schema, relation].map((quoted) => quoted.slice(1, -1).replaceAll('""', '"')).join('.');
}

/**
 * Builds the statements that undo a rename migration, in the order in which they have to run.
 *
 * @throws {Conflict} if the migration does anything but rename tables and objects named after them, and leave
 * views under the old names: rows that it changed could not be told from rows that were written since.
 */
export function inverseOf({ name: migration, statements }: Migration): string[] {
  const undone = statements.map((statement) => {
    const text = statement.replace(/;\s*$/, '').trim();
    for (const [pattern, undo] of inverses) {
      const match = pattern.exec(text);
      if (match) return undo(...match.slice(1));
    }
    throw new Conflict({
      object: migration,
      found: `a statement that is not a rename: ${text.replace(/\s+/g, ' ').slice(0, 80)}`,
      expected: 'a migration that renames one table',
      next: 'give --to this migration or a later one; to undo what it did, add a new migration',
    });
  });
  const backwards = undone.filter((statement) => statement !== null).reverse();
  // The view first: until it is gone, clients reach the table through it.
  const isDrop = (statement: string) => statement.startsWith('DROP VIEW ');
  return [...backwards.filter(isDrop), ...backwards.filter((statement) => !isDrop(statement))];
}
