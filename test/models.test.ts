import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { defineRelations, is } from 'drizzle-orm';
import {
  foreignKey,
  getTableConfig,
  index,
  isPgEnum,
  PgTable,
  pgEnum,
  pgTable,
  text,
  unique,
  uuid,
} from 'drizzle-orm/pg-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { migrationFolders } from '../scripts/generate/migrated-tables.ts';
import type { Rename } from '../src/registry/renames.ts';
import { retiredTables } from '../src/registry/retired.ts';
import { referencesOfAuditTrail } from '../src/tools/check/soft-references.ts';
import { legacyFixture } from './support/legacy.ts';
import { type Faces, type ModelSet, modelProblems } from './support/model-problems.ts';
import { packedPackage } from './support/package.ts';

const domains = [
  'core',
  'feedback_marketing',
  'identity',
  'knowledge_base',
  'lead',
  'newsletter',
  'support_communications',
];

/** The references between tables that the plan keeps without a foreign key. */
const softReferences = [
  { from: 'public.customer_social_identities.customer_id', to: 'public.customers.id' },
  { from: 'public.business_social_accounts.connected_by', to: 'identity.users.id' },
  ...referencesOfAuditTrail,
];

/** The tables of the legacy database under their canonical names. */
function legacyTables(renames: readonly Rename[]): string[] {
  const names = [...legacyFixture('legacy-schema.sql').matchAll(/^CREATE TABLE (\S+) \(/gm)].map(
    ([, name = '']) => name,
  );
  return names
    .map((name) => renames.find((entry) => entry.kind === 'table' && entry.from === name) ?? name)
    .map((it) => (typeof it === 'string' ? it : it.kind === 'table' ? it.to : ''));
}

/** The tables that migrations after the baseline create. */
function laterTables(migrations: string): string[] {
  return migrationFolders(migrations)
    .slice(1)
    .flatMap((folder) => [
      ...readFileSync(join(migrations, folder, 'migration.sql'), 'utf8').matchAll(
        /^CREATE TABLE (?:"([^"]+)"\.)?"([^"]+)" \(/gm,
      ),
    ])
    .map(([, schema = 'public', name]) => `${schema}.${name}`);
}

function legacyEnums(): Record<string, string[]> {
  const types = legacyFixture('legacy-schema.sql').matchAll(/^CREATE TYPE (\S+) AS ENUM \(([^)]*)\)/gm);
  return Object.fromEntries(
    [...types].map(([, name, labels = '']) => [
      name,
      [...labels.matchAll(/'([^']*)'/g)].map(([, label = '']) => label),
    ]),
  );
}

/** The models as a service gets them: from the faces of the built package. */
let built: ModelSet;
beforeAll(async () => {
  const { folder } = await packedPackage();
  const load = (path: string) => import(pathToFileURL(join(folder, 'dist', path)).href);
  const { renames } = await load('registry/renames.js');
  built = {
    faces: Object.fromEntries(
      await Promise.all(domains.map(async (domain) => [domain, await load(`${domain}/index.js`)])),
    ),
    all: await load('index.js'),
    relations: (await load('relations.js')).relations,
    tables: [...legacyTables(renames), ...laterTables(join(folder, 'drizzle'))],
    enums: legacyEnums(),
    retired: retiredTables.map(({ name }) => name),
    softReferences,
  };
}, 300_000);

const models = (faces: Faces) =>
  Object.entries(faces).flatMap(([domain, face]) =>
    Object.entries(face).flatMap(([entity, table]) => (is(table, PgTable) ? [{ domain, entity, table }] : [])),
  );

/** The set with a domain's face changed, and the package's own face with it. */
function withFace(domain: string, change: (face: Record<string, unknown>) => void): ModelSet {
  const face = { ...built.faces[domain] };
  change(face);
  const faces = { ...built.faces, [domain]: face };
  return { ...built, faces, all: Object.assign({}, ...Object.values(faces)) };
}

/** A table like another under another name. */
function renamed(table: PgTable, name: string): PgTable {
  const copy = Object.assign(Object.create(Object.getPrototypeOf(table)), table);
  return Object.assign(copy, { [Symbol.for('drizzle:Name')]: name });
}

const chosen: [domain: string, entity: string, table: string][] = [
  ['core', 'Booking', 'public.bookings'],
  ['identity', 'OAuthAccount', 'identity.oauth_accounts'],
  ['lead', 'BusinessSocialAccount', 'public.business_social_accounts'],
];

describe('one model a table, in the built package', () => {
  test('holds: a model for each legacy table but the retired one, and for each later table; nothing points at a missing object', () => {
    expect(modelProblems(built)).toEqual([]);
    expect(built.tables.length).toBeGreaterThan(44);
    expect(models(built.faces)).toHaveLength(built.tables.length - 1);
    expect(built.retired).toEqual(['public.reviews']);
    expect(Object.keys(built.enums)).toHaveLength(31);
  });

  describe.each(chosen)('is reported missing if %s#%s', (domain, entity, table) => {
    test('is deleted', () => {
      const problems = modelProblems(withFace(domain, (face) => delete face[entity]));
      expect(problems).toContain(`${table} has no model and is not retired`);
      expect(problems).toContain(`relations of ${entity}: no model has that name`);
    });

    test('is another table', () => {
      const problems = modelProblems(
        withFace(domain, (face) => {
          face[entity] = renamed(face[entity] as PgTable, 'elsewhere');
        }),
      );
      expect(problems).toContain(`${table} has no model and is not retired`);
    });

    test('has another name', () => {
      const problems = modelProblems(
        withFace(domain, (face) => {
          face['Renamed'] = face[entity];
          delete face[entity];
        }),
      );
      expect(problems).toContain(`${domain}#Renamed: relations know another table as Renamed, or none`);
      expect(problems).toContain(`relations of ${entity}: no model has that name`);
    });

    test('exists twice, in its domain or in another', () => {
      for (const other of ['core', 'newsletter']) {
        const problems = modelProblems(
          withFace(other, (face) => {
            face['Again'] = built.faces[domain]?.[entity];
          }),
        );
        const both = [`${domain}#${entity}`, `${other}#Again`];
        const [first, second] = domains.indexOf(other) < domains.indexOf(domain) ? both.reverse() : both;
        expect(problems).toContain(`${table} has more than one model: ${first}, ${second}`);
      }
    });
  });

  test('is reported for any model that is deleted, renamed or duplicated', () => {
    for (const { domain, entity, table } of models(built.faces)) {
      const { schema = 'public', name } = getTableConfig(table);
      const deleted = modelProblems(withFace(domain, (face) => delete face[entity]));
      expect(deleted).toContain(`${schema}.${name} has no model and is not retired`);
      const elsewhere = modelProblems(
        withFace(domain, (face) => Object.assign(face, { [entity]: renamed(table, 'x') })),
      );
      expect(elsewhere).toContain(`${schema}.${name} has no model and is not retired`);
      const twice = modelProblems(withFace(domain, (face) => Object.assign(face, { Again: table })));
      expect(twice).toContain(`${schema}.${name} has more than one model: ${domain}#${entity}, ${domain}#Again`);
    }
  });
});

describe('every other disagreement is named', () => {
  const person = pgTable('people', { id: uuid('id').primaryKey(), name: text('name') });
  const stranger = pgTable('strangers', { id: uuid('id').primaryKey() });
  /** The problems of two small tables, `people` and one that a test makes, whose relations say nothing. */
  const problemsOf = (table: PgTable, more: Partial<ModelSet> = {}) => {
    const face = { Person: person, Note: table };
    return modelProblems({
      faces: { core: face },
      all: face,
      relations: defineRelations(face),
      tables: [],
      enums: {},
      retired: [],
      softReferences: [],
      ...more,
    });
  };
  const id = () => uuid('id').primaryKey();

  test('a foreign key to a table without a model', () => {
    const note = pgTable('notes', { id: id(), personId: uuid('person_id') }, (table) => [
      foreignKey({ name: 'notes_person_id_fkey', columns: [table.personId], foreignColumns: [stranger.id] }),
    ]);
    expect(problemsOf(note)).toContain(
      'core#Note: foreign key notes_person_id_fkey leads to public.strangers, which has no model',
    );
  });

  test('a foreign key to columns that are not unique, or of another type', () => {
    const note = pgTable('notes', { id: id(), personId: uuid('person_id') }, (table) => [
      foreignKey({ name: 'notes_person_id_fkey', columns: [table.personId], foreignColumns: [person.name] }),
    ]);
    expect(problemsOf(note)).toEqual(
      expect.arrayContaining([
        'core#Note: foreign key notes_person_id_fkey leads to public.people.name, which is not unique',
        'core#Note: foreign key notes_person_id_fkey leads from uuid to text',
      ]),
    );
  });

  test('a foreign key, an index or a unique constraint without a name, which a rename would miss', () => {
    const note = pgTable(
      'notes',
      { id: id(), personId: uuid('person_id').references(() => person.id), slug: text('slug').unique() },
      (table) => [index().on(table.slug), unique().on(table.personId, table.slug)],
    );
    const problems = problemsOf(note).filter((problem) => problem.includes('name of its own'));
    expect(problems).toHaveLength(4);
  });

  test('an index or a unique constraint on a column of another table', () => {
    const note = pgTable('notes', { id: id() }, () => [
      index('idx_notes_name').on(person.name),
      unique('uq_notes_name').on(person.name),
    ]);
    expect(problemsOf(note)).toEqual(
      expect.arrayContaining([
        'core#Note: index idx_notes_name has the column name, which the table does not have',
        'core#Note: unique constraint uq_notes_name has a column of another table',
      ]),
    );
  });

  test('two indexes of one name, even on two tables', () => {
    const first = pgTable('people', { id: id() }, (table) => [index('idx_id').on(table.id)]);
    const second = pgTable('notes', { id: id() }, (table) => [index('idx_id').on(table.id)]);
    const face = { Person: first, Note: second };
    expect(problemsOf(second, { faces: { core: face }, all: face, relations: defineRelations(face) })).toEqual([
      'public.idx_id is the name of two indexes or constraints',
    ]);
  });

  test('a table without a primary key', () => {
    expect(problemsOf(pgTable('notes', { name: text('name') }))).toEqual(['core#Note: has no primary key']);
  });

  describe('a relation', () => {
    const note = pgTable(
      'notes',
      { id: id(), personId: uuid('person_id').notNull(), authorId: uuid('author_id') },
      (table) => [foreignKey({ name: 'notes_person_id_fkey', columns: [table.personId], foreignColumns: [person.id] })],
    );
    const face = { Person: person, Note: note };

    test('is reported missing in either direction', () => {
      expect(problemsOf(note)).toEqual([
        'public.notes.person_id → public.people.id has no relation',
        'public.notes.person_id → public.people.id has no relation back',
      ]);
      const forward = defineRelations(face, (r) => ({
        Note: { person: r.one.Person({ from: r.Note.personId, to: r.Person.id, optional: false }) },
      }));
      expect(problemsOf(note, { relations: forward })).toEqual([
        'public.notes.person_id → public.people.id has no relation back',
      ]);
    });

    test('that is optional along a column that is never null, or leads to one row if there may be many', () => {
      const relations = defineRelations(face, (r) => ({
        Note: { person: r.one.Person({ from: r.Note.personId, to: r.Person.id }) },
        Person: { note: r.one.Note({ from: r.Person.id, to: r.Note.personId }) },
      }));
      expect(problemsOf(note, { relations })).toEqual([
        'relation Person.note leads back to one row, and there may be many',
        'relation Note.person is optional',
      ]);
    });

    test('without a foreign key is wrong, unless the reference is a soft one', () => {
      const relations = defineRelations(face, (r) => ({
        Note: {
          person: r.one.Person({ from: r.Note.personId, to: r.Person.id, optional: false }),
          author: r.one.Person({ from: r.Note.authorId, to: r.Person.id, alias: 'author' }),
        },
        Person: {
          notes: r.many.Note({ from: r.Person.id, to: r.Note.personId }),
          written: r.many.Note({ from: r.Person.id, to: r.Note.authorId, alias: 'author' }),
        },
      }));
      expect(problemsOf(note, { relations })).toEqual([
        'relation Person.written leads from public.people.id to public.notes.author_id, and no foreign key does',
        'relation Note.author leads from public.notes.author_id to public.people.id, and no foreign key does',
      ]);
      const soft = [{ from: 'public.notes.author_id', to: 'public.people.id' }];
      expect(problemsOf(note, { relations, softReferences: soft })).toEqual([]);
      const gone = [...soft, { from: 'public.notes.editor_id', to: 'public.people.id' }];
      expect(problemsOf(note, { relations, softReferences: gone })).toEqual([
        'soft reference public.notes.editor_id → public.people.id: no model has that column',
      ]);
    });

    test('to a table that no domain exports', () => {
      const relations = defineRelations({ ...face, Stranger: stranger }, (r) => ({
        Note: { stranger: r.one.Stranger({ from: r.Note.authorId, to: r.Stranger.id }) },
      }));
      expect(problemsOf(note, { relations })).toContain(
        'relation Note.stranger leads to public.strangers, which has no model',
      );
    });
  });

  describe('an enum', () => {
    const mood = pgEnum('mood', ['sad', 'happy']);
    const note = pgTable('notes', { id: id(), mood: mood('mood') });
    const face = { Person: person, Note: note, Mood: mood };
    const set = { faces: { core: face }, all: face };

    test('that no domain exports', () => {
      expect(problemsOf(note, { enums: { 'public.mood': ['sad', 'happy'] } })).toEqual([
        'enum public.mood is not exported',
        'core#Note: column mood has the enum mood, which no domain exports',
      ]);
    });

    test('with other labels, or labels in another order, than the database has', () => {
      expect(problemsOf(note, { ...set, enums: { 'public.mood': ['happy', 'sad'] } })).toEqual([
        'core#Mood: found the labels sad, happy; the database has happy, sad',
      ]);
      expect(problemsOf(note, { ...set, enums: { 'public.mood': ['sad', 'happy'] } })).toEqual([]);
    });

    test('that is exported twice', () => {
      const again = { ...face, Again: mood };
      expect(problemsOf(note, { faces: { core: again }, all: again })).toEqual([
        'enum public.mood is exported more than once',
      ]);
    });

    test('for any enum of the package: deleted or duplicated', () => {
      for (const [domain, exports] of Object.entries(built.faces)) {
        for (const [name, value] of Object.entries(exports)) {
          if (!isPgEnum(value)) continue;
          const expected = `enum public.${value.enumName} is`;
          expect(modelProblems(withFace(domain, (face) => delete face[name]))).toContain(`${expected} not exported`);
          expect(modelProblems(withFace(domain, (face) => Object.assign(face, { Again: value })))).toContain(
            `${expected} exported more than once`,
          );
        }
      }
    });
  });

  test('a name that two domains export, or that the package’s own face does not', () => {
    const faces = { core: { Person: person }, lead: { Person: person } };
    expect(modelProblems({ ...built, faces, all: {} })).toEqual(
      expect.arrayContaining([
        'Person is exported by two domains',
        'core#Person is not what the package exports as Person',
      ]),
    );
    expect(modelProblems({ ...built, all: { ...built.all, Extra: 1 } })).toEqual([
      'Extra is exported by the package and by no domain',
    ]);
  });

  test('a retired table that has a model, or that the database does not have', () => {
    expect(modelProblems({ ...built, retired: ['public.reviews', 'public.bookings', 'public.nothing'] })).toEqual([
      'public.bookings is retired and has a model: core#Booking',
      'public.nothing is retired and is not a table',
    ]);
    expect(modelProblems({ ...built, retired: [] })).toEqual(['public.reviews has no model and is not retired']);
  });
});
