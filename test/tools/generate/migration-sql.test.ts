import { pgTable, primaryKey, uuid } from 'drizzle-orm/pg-core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NotSetUp } from '../../../src/errors.ts';
import {
  completeChange,
  completeRename,
  dropsOf,
  plainNumericDefaults,
  statementsOf,
} from '../../../src/tools/generate/migration-sql.ts';

const sqlOf = (...statements: string[]) => statements.join('--> statement-breakpoint\n');
const lockTimeout = `SET LOCAL lock_timeout = '2s';`;
const messages = { from: 'public.messages', to: 'public.customer_messages' };
const accounts = { from: 'identity.social_accounts', to: 'identity.oauth_accounts' };
const view = 'CREATE VIEW "messages" WITH (security_invoker = true) AS (select "id" from "customer_messages");';
const accountsView = 'CREATE VIEW "identity"."social_accounts" AS (select "id" from "identity"."oauth_accounts");';
const keyed = pgTable('customer_messages', { id: uuid('id').primaryKey() });

/** The statements without the one that copies privileges, which is named by its view. */
const outline = (sql: string) =>
  statementsOf(sql).map((statement) =>
    statement.startsWith('DO $$') ? `privileges of ${/ALTER VIEW (\S+) OWNER/.exec(statement)?.[1]}` : statement,
  );

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

  test('a view that is made again is not lost, one that is not is, and a table of that name is', () => {
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
  test('limits its wait for a lock', () => {
    expect(completeChange('ALTER TABLE "notes" ADD COLUMN "body" text;', [messages], [])).toBe(
      `${lockTimeout}--> statement-breakpoint\nALTER TABLE "notes" ADD COLUMN "body" text;\n`,
    );
  });

  test('opens each compatibility view that it makes to whom its table is open', () => {
    const statements = ['DROP VIEW "messages";', 'ALTER TABLE "customer_messages" ADD COLUMN "edited_at" date;', view];
    expect(outline(completeChange(sqlOf(...statements), [accounts, messages], []))).toEqual([
      lockTimeout,
      ...statements,
      'privileges of "public"."messages"',
    ]);
  });

  test('makes a view anew, as it was last defined, around a new type of a column of its table', () => {
    const change = 'ALTER TABLE "customer_messages" ALTER COLUMN "body" SET DATA TYPE varchar(80);';
    const beside = view.replace('"messages"', '"messages_renaming"').replace('"customer_messages"', '"messages"');
    for (const last of [view, beside]) {
      const earlier = [sqlOf(view.replace('"id"', '"old"')), sqlOf('SELECT 1;', last), sqlOf(accountsView)];
      expect(outline(completeChange(change, [accounts, messages], earlier))).toEqual([
        lockTimeout,
        'DROP VIEW "messages";',
        change,
        view,
        'privileges of "public"."messages"',
      ]);
    }
  });

  test.each([
    ['a table that has no view', 'ALTER TABLE "chefs" ALTER COLUMN "bio" SET DATA TYPE varchar(80);'],
    ['what is no type', 'ALTER TABLE "customer_messages" ALTER COLUMN "body" SET NOT NULL;'],
    ['a table of that name elsewhere', 'ALTER TABLE "audit"."customer_messages" ALTER COLUMN "a" SET DATA TYPE text;'],
  ])('leaves views alone that a change does not touch: %s', (_, change) => {
    expect(outline(completeChange(change, [messages], [view]))).toEqual([lockTimeout, change]);
  });

  test('does not make a view that no migration has made', () => {
    const change = 'ALTER TABLE "customer_messages" ALTER COLUMN "body" SET DATA TYPE text;';
    expect(outline(completeChange(change, [messages], []))).toEqual([lockTimeout, change]);
  });
});

describe('a migration that renames a table', () => {
  const rename = 'ALTER TABLE "messages" RENAME TO "customer_messages";';
  const index = 'ALTER INDEX "idx_messages" RENAME TO "idx_customer_messages";';
  const foreignKey =
    'ALTER TABLE "customer_messages" RENAME CONSTRAINT "messages_a_fkey" TO "customer_messages_a_fkey";';
  const beside = view.replace('"messages"', '"messages_renaming"').replace('"customer_messages"', '"messages"');

  test('limits its wait, renames a primary key that the model does not name, and opens the view', () => {
    expect(outline(completeRename(sqlOf(rename, index, foreignKey, view), messages, keyed, [messages]))).toEqual([
      lockTimeout,
      beside,
      'privileges of "public"."messages_renaming"',
      'ALTER INDEX "messages_pkey" RENAME TO "customer_messages_pkey";',
      index,
      rename,
      'ALTER VIEW "messages_renaming" RENAME TO "messages";',
      foreignKey,
    ]);
  });

  test('makes the view under a name that is not too long for PostgreSQL', () => {
    const from = 'a'.repeat(63);
    const long = `CREATE VIEW "${from}" WITH (security_invoker = true) AS (select "id" from "b");`;
    const sql = completeRename(
      sqlOf(`ALTER TABLE "${from}" RENAME TO "b";`, long),
      { from: `public.${from}`, to: 'public.b' },
      keyed,
      [],
    );
    expect(sql).toContain(`CREATE VIEW "${'a'.repeat(54)}_renaming" `);
    expect(sql).toContain(`from "${from}");`);
    expect(sql).toContain(`ALTER VIEW "${'a'.repeat(54)}_renaming" RENAME TO "${from}";`);
  });

  test('names the PostgreSQL schema where it is not public', () => {
    const statements = ['ALTER TABLE "identity"."social_accounts" RENAME TO "oauth_accounts";', accountsView];
    expect(outline(completeRename(sqlOf(...statements), accounts, keyed, [messages, accounts])).slice(2)).toEqual([
      'privileges of "identity"."social_accounts_renaming"',
      'ALTER INDEX "identity"."social_accounts_pkey" RENAME TO "oauth_accounts_pkey";',
      'ALTER TABLE "identity"."social_accounts" RENAME TO "oauth_accounts";',
      'ALTER VIEW "identity"."social_accounts_renaming" RENAME TO "social_accounts";',
    ]);
  });

  test('leaves a primary key alone that the model names, and one that is not there', () => {
    const named = pgTable('customer_messages', { id: uuid('id') }, (table) => [
      primaryKey({ name: 'customer_messages_pkey', columns: [table.id] }),
    ]);
    const none = pgTable('customer_messages', { id: uuid('id') });
    for (const table of [named, none]) {
      expect(completeRename(sqlOf(rename, view), messages, table, [messages])).not.toContain('_pkey');
    }
  });

  test('opens every view that it makes: one under each name that the table ever had', () => {
    const letters = { from: 'public.letters', to: 'public.customer_messages' };
    const statements = ['DROP VIEW "letters";', rename, view, view.replace('"messages"', '"letters"')];
    expect(outline(completeRename(sqlOf(...statements), messages, keyed, [letters, messages]))).toEqual([
      lockTimeout,
      beside,
      'privileges of "public"."messages_renaming"',
      'ALTER INDEX "messages_pkey" RENAME TO "customer_messages_pkey";',
      'DROP VIEW "letters";',
      rename,
      'ALTER VIEW "messages_renaming" RENAME TO "messages";',
      view.replace('"messages"', '"letters"'),
      'privileges of "public"."letters"',
    ]);
  });

  test('that does not rename the table is refused, with what it has in its place', () => {
    const refused = () => completeRename(sqlOf('DROP TABLE "messages";'), messages, keyed, [messages]);
    expect(refused).toThrow(NotSetUp);
    expect(refused).toThrow(
      /public\.messages → public\.customer_messages: found DROP TABLE "messages";; expected ALTER TABLE "messages" RENAME/,
    );
  });
});
