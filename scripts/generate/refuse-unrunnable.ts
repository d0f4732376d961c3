import { Conflict } from '../../src/errors.ts';

const name = '(?:"(?:[^"]|"")+"\\.)?"(?:[^"]|"")+"';

/** What no migration of this package can do although an empty database would accept it, and what to do instead. */
const unrunnable: readonly {
  readonly pattern: RegExp;
  /** Whether a statement of that pattern can run after all. It gets the statement without quoted texts and names. */
  readonly canRun?: (statement: string) => boolean;
  readonly found: string;
  readonly expected: string;
  readonly next: string;
}[] = [
  {
    pattern: new RegExp(`^(?:CREATE (?:UNIQUE )?INDEX|DROP INDEX) CONCURRENTLY (?:IF (?:NOT )?EXISTS )?(${name})`, 'i'),
    found: 'CONCURRENTLY, which PostgreSQL refuses in a transaction',
    expected: 'statements that run in the transaction of their migration',
    next: 'take .concurrently() off the index in its model',
  },
  {
    pattern: new RegExp(`^ALTER TABLE (${name} ADD COLUMN ${name})`, 'i'),
    canRun: (statement) =>
      !/\b(NOT NULL|PRIMARY KEY)\b/i.test(statement) || /\b(DEFAULT|GENERATED|(small|big)?serial)\b/i.test(statement),
    found: 'a new column that is NOT NULL and has no default, which PostgreSQL refuses if the table has rows',
    expected: 'a column that existing rows can have, and that services which do not know it can leave out',
    next: 'give it a default, or let it be null: a later migration can make it NOT NULL, when every row has a value',
  },
];

/**
 * Checks that every statement of a change can run on a database with rows, and in a transaction.
 *
 * @throws {Conflict} if one can't.
 */
export function refuseUnrunnable(statements: readonly string[]): void {
  for (const { pattern, canRun, found, expected, next } of unrunnable) {
    for (const statement of statements) {
      const [, object] = pattern.exec(statement) ?? [];
      if (object === undefined || canRun?.(statement.replace(/'(?:[^']|'')*'|"(?:[^"]|"")*"/g, ''))) continue;
      throw new Conflict({
        object: object.replace(' ADD COLUMN ', '.').replaceAll('"', ''),
        found,
        expected,
        next,
      });
    }
  }
}
