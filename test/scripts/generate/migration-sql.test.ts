import { index as indexOn, pgTable, uuid } from 'drizzle-orm/pg-core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { commitGuard, labelsUsedAtOnce } from '../../../scripts/generate/enum-labels.ts';
import {
  completeChange,
  completeRename,
  dropsOf,
  plainNumericDefaults,
  statementsOf,
} from '../../../scripts/generate/migration-sql.ts';
import { refuseUnrunnable } from '../../../scripts/generate/refuse-unrunnable.ts';
import { Conflict, NotSetUp } from '../../../src/errors.ts';

const sqlOf = (...statements: string[]) => statements.join('--> statement-breakpoint\n');
const lockTimeout = `SET LOCAL lock_timeout = '2s';`;
const messages = { from: 'public.messages', to: 'public.customer_messages' };
const accounts = { from: 'identity.social_accounts', to: 'identity.oauth_accounts' };
const view = 'CREATE VIEW "messages" WITH (security_invoker = true) AS (select "id" from "customer_messages");';
const accountsView = 'CREATE VIEW "identity"."social_accounts" AS (select "id" from "identity"."oauth_accounts");';
const keyed = pgTable('customer_messages', { id: uuid('id').primaryKey() });

/** The statements, with the long ones named by their view. */
const outline = (sql: string) =>
  statementsOf(sql).map((statement) => {
    if (!statement.startsWith('DO $$')) return statement;
    const [, table, names] = /^DO \$\$ -- On (\S+), (.*)\.\n/.exec(statement) ?? [];
    if (table) return `names on ${table}: ${names}`;
    const [, owned, made, kept, back] =
      /ALTER VIEW (\S+) OWNER|format\('CREATE VIEW (\S+) |DROP VIEW (\S+);|'CREATE VIEW (\S+) /.exec(statement) ?? [];
    if (owned) return `privileges of ${owned}`;
    if (made) return `view ${made}`;
    return kept ? `take away ${kept}` : `bring back ${back}`;
  });

describe('dropsOf', () => {
  test.each([
    ['DROP TABLE "notes";', 'table', 'public.notes'],
    ['DROP TABLE "identity"."users" CASCADE;', 'table', 'identity.users'],
    ['DROP TABLE IF EXISTS "notes";', 'table', 'public.notes'],
    ['drop table "notes";', 'table', 'public.notes'],
    ['DROP TABLE "we ""said"" so";', 'table', 'public.we ""said"" so'],
    ['DROP VIEW "messages";', 'view', 'public.messages'],
    ['DROP MATERIALIZED VIEW "identity"."totals";', 'materialized view', 'identity.totals'],
    ['DROP TYPE "thread_status";', 'type', 'public.thread_status'],
    ['DROP SEQUENCE "notes_id_seq";', 'sequence', 'public.notes_id_seq'],
    ['ALTER TABLE "notes" DROP COLUMN "body";', 'column', 'public.notes.body'],
    ['ALTER TABLE "identity"."users" DROP COLUMN "phone";', 'column', 'identity.users.phone'],
    ['DROP SCHEMA "identity";', 'schema', 'identity'],
  ])('finds %s', (statement, kind, name) => {
    expect(dropsOf(sqlOf('SELECT 1;', statement))).toEqual([{ kind, name }]);
  });

  test.each([
    'DROP INDEX "idx_notes";',
    'ALTER TABLE "notes" DROP CONSTRAINT "notes_pkey";',
    'ALTER TABLE "notes" ALTER COLUMN "body" DROP DEFAULT;',
    'ALTER TABLE "notes" ALTER COLUMN "body" DROP NOT NULL;',
    `COMMENT ON TABLE "notes" IS 'DROP TABLE "notes"';`,
    `CREATE TABLE "notes" ("body" text DEFAULT 'DROP TABLE "notes";');`,
  ])('finds nothing that is lost in %s', (statement) => {
    expect(dropsOf(sqlOf(statement, 'SELECT 1;'))).toEqual([]);
  });

  test('a view that is created again is not lost, but one that is not, or a table of that name, is', () => {
    expect(dropsOf(sqlOf('DROP VIEW "messages";', view))).toEqual([]);
    expect(dropsOf(sqlOf('DROP VIEW "identity"."social_accounts";', accountsView))).toEqual([]);
    expect(dropsOf(sqlOf('DROP VIEW "identity"."messages";', view))).toEqual([
      { kind: 'view', name: 'identity.messages' },
    ]);
    expect(dropsOf(sqlOf('DROP TABLE "messages";', view))).toEqual([{ kind: 'table', name: 'public.messages' }]);
  });

  test('finds each drop among any other statements, in order', () => {
    const name = fc.stringMatching(/^[a-z_]{1,8}$/);
    const harmless = name.map((it) => ({ sql: `ALTER TABLE "${it}" ADD COLUMN "drop" text;`, drop: [] as string[] }));
    const harmful = fc
      .tuple(name, fc.constantFrom('DROP TABLE "%";', 'ALTER TABLE "%" DISABLE ROW LEVEL SECURITY;'))
      .map(([it, statement]) => ({ sql: statement.replace('%', it), drop: [`public.${it}`] }));
    fc.assert(
      fc.property(fc.array(fc.oneof(harmless, harmful), { maxLength: 8 }), (statements) => {
        const sql = sqlOf(...statements.map((statement) => statement.sql));
        expect(dropsOf(sql).map((drop) => drop.name)).toEqual(statements.flatMap(({ drop }) => drop));
      }),
    );
  });
});

test('defaults of numeric columns lose their quotes, those of other columns keep them', () => {
  expect(
    plainNumericDefaults(
      `"a" numeric(5,2) DEFAULT '0' NOT NULL, "b" numeric DEFAULT '-1.50', "c" varchar(5) DEFAULT '0', "d" numeric(5) DEFAULT '12'`,
    ),
  ).toBe(
    `"a" numeric(5,2) DEFAULT 0 NOT NULL, "b" numeric DEFAULT -1.50, "c" varchar(5) DEFAULT '0', "d" numeric(5) DEFAULT 12`,
  );
});

describe('a migration that changes tables', () => {
  const views = new Map([['public.messages', ['id', 'body']]]);

  test('limits its wait for a lock', () => {
    expect(completeChange('ALTER TABLE "notes" ADD COLUMN "body" text;', [messages], new Map())).toBe(
      `${lockTimeout}--> statement-breakpoint\nALTER TABLE "notes" ADD COLUMN "body" text;\n`,
    );
  });

  test('gives each compatibility view that it creates the privileges of its table', () => {
    expect(outline(completeChange(view, [accounts, messages], new Map()))).toEqual([
      lockTimeout,
      view,
      'privileges of "public"."messages"',
    ]);
  });

  test('drops a view, and restores it, around a new type of a column that it reads', () => {
    const change = 'ALTER TABLE "customer_messages" ALTER COLUMN "body" SET DATA TYPE varchar(80);';
    expect(outline(completeChange(change, [accounts, messages], views))).toEqual([
      lockTimeout,
      'take away "public"."messages"',
      change,
      'bring back "public"."messages"',
      'privileges of "public"."messages"',
    ]);
  });

  test.each([
    ['a new column of its table', 'ALTER TABLE "customer_messages" ADD COLUMN "edited_at" date;'],
    ['a column that it does not read', 'ALTER TABLE "customer_messages" ALTER COLUMN "note" SET DATA TYPE text;'],
    ['a table that has no view', 'ALTER TABLE "chefs" ALTER COLUMN "bio" SET DATA TYPE varchar(80);'],
    ['a change other than of a type', 'ALTER TABLE "customer_messages" ALTER COLUMN "body" SET NOT NULL;'],
    [
      'a table of that name elsewhere',
      'ALTER TABLE "audit"."customer_messages" ALTER COLUMN "body" SET DATA TYPE text;',
    ],
  ])('leaves unaffected views alone: %s', (_, change) => {
    expect(outline(completeChange(change, [messages], views))).toEqual([lockTimeout, change]);
  });

  test('does not drop a view that no migration has created', () => {
    const change = 'ALTER TABLE "customer_messages" ALTER COLUMN "body" SET DATA TYPE text;';
    expect(outline(completeChange(change, [messages], new Map()))).toEqual([lockTimeout, change]);
  });
});

describe('a migration that drops a foreign key', () => {
  const drop = (name: string) => `ALTER TABLE "messages" DROP CONSTRAINT "${name}";`;
  const foreignKey = { table: 'public.messages', columns: ['thread_id'], to: 'public.message_threads' };
  const known = new Map([['public.messages messages_thread_id_fkey', foreignKey]]);

  test('finds it by its definition', () => {
    const [, dropped] = statementsOf(completeChange(drop('messages_thread_id_fkey'), [], new Map(), known));
    expect(dropped).toMatch(/^DO \$\$ -- The foreign key of public\.messages \(thread_id\), whatever its name\./);
    expect(dropped).not.toContain('messages_thread_id_fkey');
  });

  test('leaves another constraint to its name', () => {
    const change = drop('uq_messages_number');
    expect(statementsOf(completeChange(change, [], new Map(), known))).toEqual([lockTimeout, change]);
  });
});

describe('a migration that renames a table', () => {
  const rename = 'ALTER TABLE "messages" RENAME TO "customer_messages";';
  const index = 'ALTER INDEX "idx_messages" RENAME TO "idx_customer_messages";';
  const foreignKey =
    'ALTER TABLE "customer_messages" RENAME CONSTRAINT "messages_a_fkey" TO "customer_messages_a_fkey";';

  test('limits its wait, gives the view its privileges, and looks up the names of indexes and constraints', () => {
    expect(outline(completeRename(sqlOf(rename, index, foreignKey, view), messages, keyed))).toEqual([
      lockTimeout,
      'view "public"."messages_renaming"',
      'privileges of "public"."messages_renaming"',
      rename,
      'ALTER VIEW "messages_renaming" RENAME TO "messages";',
      'names on public.customer_messages: messages becomes customer_messages',
    ]);
  });

  test('creates the view under a name that is not too long for PostgreSQL', () => {
    const from = 'a'.repeat(63);
    const long = `CREATE VIEW "${from}" WITH (security_invoker = true) AS (select "id" from "b");`;
    const sql = completeRename(
      sqlOf(`ALTER TABLE "${from}" RENAME TO "b";`, long),
      { from: `public.${from}`, to: 'public.b' },
      keyed,
    );
    expect(outline(sql)[1]).toBe(`view "public"."${'a'.repeat(54)}_renaming"`);
    expect(sql).toContain(`SELECT %s FROM "public"."${from}"'`);
    expect(sql).toContain(`ALTER VIEW "${'a'.repeat(54)}_renaming" RENAME TO "${from}";`);
  });

  test('names the PostgreSQL schema if it is not public', () => {
    const statements = ['ALTER TABLE "identity"."social_accounts" RENAME TO "oauth_accounts";', accountsView];
    expect(outline(completeRename(sqlOf(...statements), accounts, keyed)).slice(1)).toEqual([
      'view "identity"."social_accounts_renaming"',
      'privileges of "identity"."social_accounts_renaming"',
      'ALTER TABLE "identity"."social_accounts" RENAME TO "oauth_accounts";',
      'ALTER VIEW "identity"."social_accounts_renaming" RENAME TO "social_accounts";',
      'names on identity.oauth_accounts: social_accounts becomes oauth_accounts',
    ]);
  });

  test('is refused if the model has a name that carries the old one, as the database would rename it', () => {
    const named = pgTable('customer_messages', { id: uuid('id') }, (table) => [
      indexOn('idx_messages_id').on(table.id),
    ]);
    expect(() => completeRename(sqlOf(rename, view), messages, named)).toThrow(
      'public.customer_messages: index idx_messages_id: found a name that carries messages, the old name of its table; expected idx_customer_messages_id.',
    );
  });

  test('leaves views under still older names, and policies, to follow the table by themselves', () => {
    const older = view.replace('"messages"', '"letters"');
    const policy = 'ALTER POLICY "readers" ON "customer_messages" TO public USING (true);';
    const statements = ['DROP VIEW "letters";', rename, view, older, policy];
    expect(outline(completeRename(sqlOf(...statements), messages, keyed))).toEqual([
      lockTimeout,
      'view "public"."messages_renaming"',
      'privileges of "public"."messages_renaming"',
      rename,
      'ALTER VIEW "messages_renaming" RENAME TO "messages";',
      'names on public.customer_messages: messages becomes customer_messages',
    ]);
  });

  test('that does not rename the table is refused, with its actual statement', () => {
    const refused = () => completeRename(sqlOf('DROP TABLE "messages";'), messages, keyed);
    expect(refused).toThrow(NotSetUp);
    expect(refused).toThrow(
      /public\.messages → public\.customer_messages: found DROP TABLE "messages";; expected ALTER TABLE "messages" RENAME/,
    );
  });
});

describe('a label of an enum that a change adds', () => {
  const add = `ALTER TYPE "identity"."hobby" ADD VALUE 'o''clock' BEFORE 'tea';`;
  const use = `ALTER TABLE "chefs" ALTER COLUMN "hobby" SET DEFAULT 'o''clock'::"hobby";`;

  test('is separated if the change uses it, and guarded by a statement that names it', () => {
    const [label, ...others] = labelsUsedAtOnce([use, add]);
    expect(others).toEqual([]);
    expect(label).toEqual({ statement: add, type: '"identity"."hobby"', label: "'o''clock'" });
    expect(label && commitGuard(label)).toContain(`PERFORM 'o''clock'::"identity"."hobby";`);
  });

  test('stays with a change that does not use it', () => {
    expect(labelsUsedAtOnce([add])).toEqual([]);
    expect(labelsUsedAtOnce([add, `COMMENT ON TABLE "chefs" IS 'o clock';`])).toEqual([]);
  });
});

describe('a statement that fails on a database with rows but not on an empty one', () => {
  test.each([
    ['ALTER TABLE "chefs" ADD COLUMN "hobby" text NOT NULL;', 'chefs.hobby', 'NOT NULL and has no default'],
    [`ALTER TABLE "identity"."users" ADD COLUMN "DEFAULT" "hobby" NOT NULL;`, 'identity.users.DEFAULT', 'NOT NULL'],
    ['ALTER TABLE "chefs" ADD COLUMN "key" uuid PRIMARY KEY;', 'chefs.key', 'NOT NULL and has no default'],
    ['CREATE UNIQUE INDEX CONCURRENTLY "uq_chefs" ON "chefs" ("email");', 'uq_chefs', 'CONCURRENTLY'],
    ['DROP INDEX CONCURRENTLY "uq_chefs";', 'uq_chefs', 'CONCURRENTLY'],
  ])('is refused, with what to do: %s', (statement, object, found) => {
    const refused = () => refuseUnrunnable(['SELECT 1;', statement]);
    expect(refused).toThrow(Conflict);
    expect(refused).toThrow(`${object}: found `);
    expect(refused).toThrow(found);
  });

  test.each([
    'ALTER TABLE "chefs" ADD COLUMN "hobby" text;',
    `ALTER TABLE "chefs" ADD COLUMN "hobby" text DEFAULT 'NOT NULL' NOT NULL;`,
    'ALTER TABLE "chefs" ADD COLUMN "NOT NULL" text;',
    'ALTER TABLE "chefs" ADD COLUMN "number" serial NOT NULL;',
    'ALTER TABLE "chefs" ADD COLUMN "number" bigint NOT NULL GENERATED ALWAYS AS IDENTITY;',
    'CREATE TABLE "hobbies" ("id" uuid PRIMARY KEY, "name" text NOT NULL);',
    'CREATE INDEX "concurrently" ON "chefs" ("email");',
  ])('is not: %s', (statement) => {
    expect(() => refuseUnrunnable([statement])).not.toThrow();
  });
});
