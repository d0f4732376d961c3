import { sql } from 'drizzle-orm';
import {
  check,
  foreignKey,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
  unique,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hintsForRename, namesOfTable } from '../../../scripts/generate/hints.ts';
import { models } from '../../../src/registry/models.ts';
import { tableRenames } from '../../../src/registry/table-renames.ts';
import { legacyFixture } from '../../support/legacy.ts';

/** A table with something of every kind that PostgreSQL keeps by name. */
const notes = (name: string) => {
  const other = pgTable('chefs', { id: uuid('id').primaryKey() });
  return pgTable(
    name,
    { id: uuid('id'), chefId: uuid('chef_id'), slug: text('slug').unique(`${name}_slug_key`), stars: integer('stars') },
    (table) => [
      primaryKey({ name: `${name}_pkey`, columns: [table.id, table.chefId] }),
      foreignKey({ name: `${name}_chef_id_fkey`, columns: [table.chefId], foreignColumns: [other.id] }),
      unique(`uq_${name}`).on(table.chefId, table.slug),
      index(`idx_${name}_chef_id`).on(table.chefId),
      uniqueIndex(`ix_${name}_slug`).on(table.slug),
      check(`${name}_stars_positive`, sql`${table.stars} > 0`),
      check('stars_below_six', sql`${table.stars} < 6`),
    ],
  );
};

describe('namesOfTable', () => {
  test('lists every index and constraint that the model names, with drizzle-kit’s kind', () => {
    expect(namesOfTable(notes('notes'))).toEqual([
      { kind: 'unique', name: 'notes_slug_key' },
      { kind: 'unique', name: 'uq_notes' },
      { kind: 'foreign key', name: 'notes_chef_id_fkey' },
      { kind: 'index', name: 'idx_notes_chef_id' },
      { kind: 'index', name: 'ix_notes_slug' },
      { kind: 'check', name: 'notes_stars_positive' },
      { kind: 'check', name: 'stars_below_six' },
      { kind: 'primary_key', name: 'notes_pkey' },
    ]);
  });

  test('leaves out what has no name of its own', () => {
    expect(namesOfTable(pgTable('plain', { id: uuid('id').primaryKey(), name: text('name') }))).toEqual([]);
  });
});

describe('hintsForRename', () => {
  test('renames the table first, then everything that carries its name, and nothing else', () => {
    const from = (name: string) => ['public', 'chef_notes', name];
    expect(hintsForRename({ from: 'public.notes', to: 'public.chef_notes' }, notes('chef_notes'))).toEqual([
      { type: 'rename', kind: 'table', from: ['public', 'notes'], to: ['public', 'chef_notes'] },
      { type: 'rename', kind: 'unique', from: from('notes_slug_key'), to: from('chef_notes_slug_key') },
      { type: 'rename', kind: 'unique', from: from('uq_notes'), to: from('uq_chef_notes') },
      { type: 'rename', kind: 'foreign key', from: from('notes_chef_id_fkey'), to: from('chef_notes_chef_id_fkey') },
      { type: 'rename', kind: 'index', from: from('idx_notes_chef_id'), to: from('idx_chef_notes_chef_id') },
      { type: 'rename', kind: 'index', from: from('ix_notes_slug'), to: from('ix_chef_notes_slug') },
      { type: 'rename', kind: 'check', from: from('notes_stars_positive'), to: from('chef_notes_stars_positive') },
      { type: 'rename', kind: 'primary_key', from: from('notes_pkey'), to: from('chef_notes_pkey') },
    ]);
  });

  test('leads from names of the old table to names of the model, for any pair of names', () => {
    const name = fc.stringMatching(/^[a-c]{1,5}(_[a-c]{1,5}){0,2}$/);
    fc.assert(
      fc.property(name, name, (oldName, newName) => {
        fc.pre(oldName !== newName);
        const table = notes(newName);
        const [first, ...others] = hintsForRename({ from: `public.${oldName}`, to: `public.${newName}` }, table);
        expect(first).toMatchObject({ kind: 'table', from: ['public', oldName], to: ['public', newName] });
        const before = new Set(namesOfTable(notes(oldName)).map(({ kind, name }) => `${kind} ${name}`));
        const after = new Set(namesOfTable(table).map(({ kind, name }) => `${kind} ${name}`));
        for (const hint of others) {
          if (hint.type !== 'rename') throw new Error('not a rename');
          expect(before).toContain(`${hint.kind} ${hint.from[2]}`);
          expect(after).toContain(`${hint.kind} ${hint.to[2]}`);
        }
        expect(others).toHaveLength(7);
      }),
    );
  });

  test.each(tableRenames)('of $from leads from names that the legacy database has', (entry) => {
    const model = models().find(({ name }) => name === entry.to);
    if (!model) throw new Error(`found no model of ${entry.to}`);
    const schema = legacyFixture('legacy-schema.sql');
    const [tableHint, ...others] = hintsForRename(entry, model.table);
    expect(tableHint).toMatchObject({ from: entry.from.split('.'), to: entry.to.split('.') });
    for (const hint of others) {
      if (hint.type !== 'rename') throw new Error('not a rename');
      // The column came after the rename.
      if (hint.from[2]?.includes('_station_id')) continue;
      expect(schema).toMatch(new RegExp(`(CONSTRAINT|INDEX) ${hint.from[2]} `));
    }
    const old = entry.from.split('.')[1];
    const carried = namesOfTable(model.table).filter(({ name }) => name.includes(entry.to.split('.')[1] ?? ''));
    expect(others, `what carries ${old}`).toHaveLength(carried.length);
  });
});
