import { parseQualifiedName } from '../../registry/qualified-name.ts';
import { createViewBesidePattern } from './compatibility-view-sql.ts';
import type { Migration } from './migrations-folder.ts';

/** What stands by itself in a schema, or is one; `type` is any type of its own, `function` any routine. */
export type FreeKind = 'schema' | 'type' | 'table' | 'view' | 'sequence' | 'index' | 'function';

/** What belongs to a table. */
export type PartKind = 'column' | 'constraint' | 'trigger' | 'policy';

/**
 * Something that a statement of a migration needs. Tables have the names that they have while it runs, as `public.customer_messages`.
 *
 * - `creates`: a name that is free. With `replaces`, an object of that name may be there if an earlier migration created it.
 * - `adds`: a table without a part of that name.
 * - `renames`: a table under the old name, and a free new one.
 * - `unique`: a table that takes a unique key on these columns, which a partitioned one may not.
 * - `key`: a table with a unique key on these columns, for a foreign key that leads to it or an `ON CONFLICT`.
 * - `writes`: a table to which it adds rows, or from which it deletes some.
 * - `updates`: a table whose rows it updates, and the column.
 * - `roles`: roles of the server, which the statement checks, and creates if they are missing.
 */
export type Need =
  | { readonly needs: 'creates'; readonly kind: FreeKind; readonly name: string; readonly replaces: boolean }
  | {
      readonly needs: 'adds';
      readonly kind: PartKind;
      readonly table: string;
      readonly name: string;
      readonly replaces: boolean;
    }
  | { readonly needs: 'renames'; readonly from: string; readonly to: string }
  | { readonly needs: 'unique' | 'key'; readonly table: string; readonly columns: readonly string[] }
  | { readonly needs: 'writes'; readonly table: string; readonly event: 'INSERT' | 'DELETE' }
  | { readonly needs: 'updates'; readonly table: string; readonly column: string }
  | { readonly needs: 'roles'; readonly names: readonly string[]; readonly statement: string };

const part = '(?:"(?:[^"]|"")+"|[\\w$]+)';
const name = `(${part}(?:\\.${part})?)`;

const creates = (kind: FreeKind, of: string, replaces = false): Need => ({
  needs: 'creates',
  kind,
  name: of,
  replaces,
});
const adds = (kind: PartKind, table: string, of: string, replaces = false): Need => ({
  needs: 'adds',
  kind,
  table: qualified(table),
  name: unquoted(of),
  replaces,
});

const key = (needs: 'unique' | 'key', table: string, columns: string): Need => ({
  needs,
  table: qualified(table),
  columns: (columns.match(new RegExp(part, 'g')) ?? []).map(unquoted),
});

/** How statements say what they need. The forms are those that drizzle-kit and this package write. */
const forms: readonly (readonly [form: RegExp, needs: (...found: string[]) => readonly Need[]])[] = [
  [new RegExp(`^CREATE SCHEMA ${name}`), (of = '') => [creates('schema', unquoted(of))]],
  [new RegExp(`^CREATE TYPE ${name}`), (of = '') => [creates('type', qualified(of))]],
  [new RegExp(`^CREATE SEQUENCE ${name}`), (of = '') => [creates('sequence', qualified(of))]],
  [
    new RegExp(`^CREATE TABLE (IF NOT EXISTS )?${name} \\(([\\s\\S]*)`),
    (lenient, table = '', body = '') => [
      creates('table', qualified(table), lenient !== undefined),
      ...[...body.matchAll(new RegExp(`CONSTRAINT (${part}) (?:UNIQUE|PRIMARY KEY|EXCLUDE)`, 'g'))].map(([, of = '']) =>
        creates('index', beside(table, of), lenient !== undefined),
      ),
    ],
  ],
  [
    new RegExp(`^CREATE (UNIQUE )?INDEX (${part}) ON ${name}(?: USING \\w+)? ?\\(([^)]*)`),
    (unique, of = '', table = '', columns = '') => [
      creates('index', beside(table, of)),
      ...(unique ? [key('unique', table, columns)] : []),
    ],
  ],
  [new RegExp(`^CREATE (OR REPLACE )?VIEW ${name}`), (lenient, of = '') => [creates('view', qualified(of), !!lenient)]],
  [
    createViewBesidePattern,
    (_, statement = '') => {
      const [, of] = new RegExp(`'CREATE VIEW ${name} `).exec(statement) ?? [];
      return of === undefined ? [] : [creates('view', qualified(of))];
    },
  ],
  [
    new RegExp(`^CREATE (OR REPLACE )?(?:FUNCTION|PROCEDURE) ${name}\\(([\\s\\S]*?)\\)\\s+(?:RETURNS|LANGUAGE|AS)\\b`),
    (lenient, of = '', list = '') => [creates('function', `${qualified(of)}(${inputTypes(list)})`, !!lenient)],
  ],
  [
    new RegExp(`^CREATE (OR REPLACE )?(?:CONSTRAINT )?TRIGGER (${part})\\s[\\s\\S]*?\\sON ${name}`),
    (lenient, of = '', table = '') => [adds('trigger', table, of, !!lenient)],
  ],
  [new RegExp(`^CREATE POLICY (${part}) ON ${name}`), (of = '', table = '') => [adds('policy', table, of)]],
  [
    new RegExp(`^ALTER TABLE ${name} ADD COLUMN (IF NOT EXISTS )?(${part})`),
    (table = '', lenient, of = '') => [adds('column', table, of, !!lenient)],
  ],
  [
    new RegExp(
      `^ALTER TABLE ${name} ADD CONSTRAINT (${part}) (?:(UNIQUE|PRIMARY KEY|EXCLUDE)[^(]*\\(([^)]*)|FOREIGN KEY .*? REFERENCES ${name}\\(([^)]*))?`,
    ),
    (table = '', of = '', withIndex, columns = '', target, targetColumns = '') => [
      adds('constraint', table, of),
      ...(withIndex ? [creates('index', beside(table, of)), key('unique', table, columns)] : []),
      ...(target === undefined ? [] : [key('key', target, targetColumns)]),
    ],
  ],
  [
    new RegExp(`^ALTER TABLE ${name} RENAME TO (${part})`),
    (from = '', to = '') => [{ needs: 'renames', from: qualified(from), to: beside(from, to) }],
  ],
];

// Also those of a block that fills rows and takes locks.
const updating = new RegExp(`^UPDATE ${name}(?: AS \\w+)? SET (${part})`, 'gm');
const writing = new RegExp(`\\b(INSERT) INTO ${name}|\\b(DELETE) FROM ${name}`, 'g');
const onConflict = new RegExp(`\\bINSERT INTO ${name}[\\s\\S]*\\bON CONFLICT \\(([^)]*)\\)`);
const creatingRole = /'CREATE ROLE (\w+)/g;

/** What the statements of a migration need, in their order. A need of a table that they created themselves is among them. */
export function neededBy({ statements }: Pick<Migration, 'statements'>): readonly Need[] {
  return statements.flatMap((each) => {
    const statement = each.replace(/^(?:--.*\n|\s)+/, '');
    for (const [form, needs] of forms) {
      const found = form.exec(statement);
      if (found) return needs(...found.slice(1), ...(found.length === 1 ? ['', statement] : []));
    }
    const roles = [...statement.matchAll(creatingRole)].map(([, role = '']) => role);
    if (roles.length > 0) return [{ needs: 'roles', names: [...new Set(roles)], statement: each } as const];
    const [, target, columns = ''] = onConflict.exec(statement) ?? [];
    const updates = [...statement.matchAll(updating)].map(
      ([, table = '', column = '']): Need => ({ needs: 'updates', table: qualified(table), column: unquoted(column) }),
    );
    const writes = [...statement.matchAll(writing)].map(
      ([, inserts, target, , source]): Need => ({
        needs: 'writes',
        table: qualified(target ?? source ?? ''),
        event: inserts ? 'INSERT' : 'DELETE',
      }),
    );
    return [...updates, ...writes, ...(target === undefined ? [] : [key('key', target, columns)])];
  });
}

/** The name that a table has before some needs are met: a rename among them gives it the one in later statements. */
export function nameBefore(needs: readonly Need[], table: string): string {
  const rename = needs.findLast((need) => need.needs === 'renames' && need.to === table);
  return rename?.needs === 'renames' ? nameBefore(needs, rename.from) : table;
}

/** A name as in SQL, as `public.messages`; without its quotes. */
function qualified(written: string): string {
  const parts = (written.match(new RegExp(part, 'g')) ?? []).map(unquoted);
  return parts.length === 1 ? `public.${parts[0]}` : parts.join('.');
}

/** A name in the schema of a table. */
function beside(table: string, of: string): string {
  return `${parseQualifiedName(qualified(table)).schema}.${unquoted(of)}`;
}

function unquoted(written: string): string {
  return written.startsWith('"') ? written.slice(1, -1).replaceAll('""', '"') : written;
}

/** The types of a function's input arguments, as `oidvectortypes` shows them: `uuid, text` of `of_user uuid, note text, OUT role text`. */
function inputTypes(list: string): string {
  return list
    .split(/,(?![^(]*\))/)
    .map((argument) => argument.trim())
    .filter((argument) => argument !== '' && !/^OUT\b/i.test(argument))
    .map((argument) => argument.replace(/\s+DEFAULT\b[\s\S]*$/i, ''))
    .map((argument) => (/\s/.test(argument) ? argument.replace(/^(?:IN(?:OUT)? )?\S+\s+/i, '') : argument))
    .join(', ');
}
