import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { migratedTables, migrationFolders } from '../../../scripts/generate/migrated-tables.ts';
import { models } from '../../../src/registry/models.ts';
import { renames } from '../../../src/registry/renames.ts';

const committed = fileURLToPath(new URL('../../../drizzle', import.meta.url));

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'canonical-models-migrated-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, snapshot: unknown): void {
  mkdirSync(join(folder, name));
  writeFileSync(join(folder, name, 'migration.sql'), '');
  writeFileSync(join(folder, name, 'snapshot.json'), JSON.stringify(snapshot));
}

const table = (schema: string, name: string) => ({ entityType: 'tables', schema, name });
const key = (...path: string[]) => `tables\u0000${JSON.stringify(path)}`;

test('a folder without migrations, or no folder, has no tables', () => {
  expect(migratedTables(folder)).toEqual(new Set());
  expect(migratedTables(join(folder, 'nowhere'))).toEqual(new Set());
});

test('the first snapshot holds tables; later ones create, rename, move and drop them, in the order of the folders', () => {
  write('20260101000003_c', {
    deltas: [
      { op: 'rename', key: key('public', 'letters'), set: { name: 'customer_letters' } },
      { op: 'drop', key: key('identity', 'users') },
      { op: 'alter', key: key('public', 'notes'), set: { name: 'not a rename' } },
      { op: 'drop', key: `columns\u0000${JSON.stringify(['public', 'notes', 'body'])}` },
    ],
  });
  write('20260101000001_a', {
    ddl: [
      { entityType: 'schemas', name: 'identity' },
      table('public', 'messages'),
      table('identity', 'users'),
      table('public', 'notes'),
      { entityType: 'columns', schema: 'public', table: 'notes', name: 'body' },
    ],
  });
  write('20260101000002_b', {
    deltas: [
      { op: 'rename', key: key('public', 'messages'), set: { name: 'letters' } },
      { op: 'create', row: table('public', 'stamps') },
      { op: 'create', row: { entityType: 'indexes', schema: 'public', name: 'idx' } },
    ],
  });
  writeFileSync(join(folder, 'README.md'), 'not a migration');
  mkdirSync(join(folder, 'empty'));

  expect(migrationFolders(folder)).toEqual(['20260101000001_a', '20260101000002_b', '20260101000003_c']);
  expect(migratedTables(folder)).toEqual(new Set(['public.notes', 'public.stamps', 'public.customer_letters']));
});

test('a snapshot that is not JSON, as after a merge, is named', () => {
  write('20260101000001_a', { ddl: [] });
  writeFileSync(join(folder, '20260101000001_a', 'snapshot.json'), '<<<<<<< HEAD\n{}\n');
  expect(() => migratedTables(folder)).toThrow(/^20260101000001_a\/snapshot\.json: found Unexpected token/);
});

test('the package’s own migrations lead to one table per model', () => {
  expect([...migratedTables(committed)].sort()).toEqual(
    models()
      .map(({ name }) => name)
      .sort(),
  );
});

test('the package’s baseline has every renamed table under its old name', () => {
  const [baseline = ''] = migrationFolders(committed);
  cpSync(join(committed, baseline), join(folder, baseline), { recursive: true });
  const tables = migratedTables(folder);
  for (const entry of renames) {
    if (entry.kind !== 'table') continue;
    expect(tables).toContain(entry.from);
    expect(tables).not.toContain(entry.to);
  }
});
