import { expect, test } from 'vitest';
import { baseline } from '../../../src/tools/baseline/baseline.ts';
import { type DatabaseDescription, describeDatabase } from '../../../src/tools/database/describe.ts';
import { migrate } from '../../../src/tools/migrate/migrate.ts';
import { revert } from '../../../src/tools/revert/revert.ts';
import { connectionTo, eachEngineOfLongRuns, eachMajor, withDatabase } from '../../support/databases.ts';
import { applyMigrations } from '../../support/migrate.ts';

/** What a legacy database has of its own on a table that gets another name, after its baseline was recorded. */
const ofItsOwn = `
  ALTER INDEX idx_messages_thread_id RENAME TO by_thread;
  DROP INDEX idx_messages_created_at;
  ALTER TABLE messages RENAME CONSTRAINT messages_thread_id_fkey TO fk_thread;
  ALTER TABLE messages RENAME CONSTRAINT messages_pkey TO "Key of messages";
  ALTER TABLE messages ADD COLUMN internal_note text;
  CREATE INDEX messages_extra ON messages (internal_note);
  CREATE INDEX in_order ON messages (created_at);
  CREATE INDEX ${'x'.repeat(54)}_messages ON messages (created_at);
  CREATE INDEX idx_customer_messages_here_before ON chefs (email);
  CREATE INDEX idx_messages_here_before ON messages (created_at);
  ALTER TABLE messages ADD CONSTRAINT messages_note_check CHECK (internal_note <> '');
  ALTER TABLE messages ADD CONSTRAINT uq_messages_note UNIQUE (internal_note, id);
  ALTER TABLE messages ADD CONSTRAINT note_of_messages_and_messages UNIQUE (id, internal_note)`;

/** The names of the indexes and constraints of a table, each once. */
const namesOn = (database: DatabaseDescription, table: string) => [
  ...new Set(
    database
      .filter(({ kind, table: of }) => of === table && (kind === 'index' || kind === 'constraint'))
      .map(({ name }) => name.split('.').at(-1)),
  ),
];

const after = [
  ...[`"Key of customer_messages"`, 'customer_messages_note_check', 'fk_thread'],
  ...['note_of_customer_messages_and_messages', 'uq_customer_messages_note', 'by_thread', 'customer_messages_extra'],
  // Left as they are: the name would be too long, or is taken.
  ...[`${'x'.repeat(54)}_messages`, 'idx_messages_here_before', 'in_order'],
];

eachMajor((engine) => {
  test('other indexes, constraints and columns than the baseline has do not stop a rename, and come back with revert', () =>
    withDatabase(engine, 'legacy', async (database) => {
      const { query, exec } = database;
      const connection = connectionTo(database);
      expect(await baseline(query)).toMatchObject({ status: 'recorded' });
      await exec(ofItsOwn);
      const before = await describeDatabase(query);
      const tablesBefore = (all: DatabaseDescription) =>
        all.filter(({ name, table }) => [name, table].includes('public.messages'));

      await migrate(connection);
      const migrated = await describeDatabase(query);
      expect(namesOn(migrated, 'public.customer_messages').sort()).toEqual([...after].sort());
      const { rows } = await query('SELECT * FROM messages LIMIT 1');
      expect(Object.keys(rows[0] ?? {})).toContain('internal_note');

      await revert(connection, { to: 'baseline' });
      const reverted = tablesBefore(await describeDatabase(query)).filter(({ kind }) => kind !== 'policy');
      expect(reverted.filter(({ kind }) => kind !== 'table')).toEqual(
        tablesBefore(before).filter(({ kind }) => kind !== 'table'),
      );

      await migrate(connection);
      expect(await describeDatabase(query)).toEqual(migrated);
    }));
});

eachEngineOfLongRuns((engine) => {
  test('they do not stop drizzle-kit migrate either, which runs the same statements', () =>
    withDatabase(engine, 'legacy', async ({ query, exec }) => {
      await exec(ofItsOwn);
      await applyMigrations(query);
      expect(namesOn(await describeDatabase(query), 'public.customer_messages').sort()).toEqual([...after].sort());
    }));
});
