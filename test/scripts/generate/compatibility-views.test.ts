import { getTableColumns, is } from 'drizzle-orm';
import { getViewConfig, PgDialect, PgView } from 'drizzle-orm/pg-core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compatibilityViewsSource } from '../../../scripts/generate/compatibility-views.ts';
import { migratedViews } from '../../../scripts/generate/migrated-views.ts';
import * as compat from '../../../src/generated/views.ts';
import { type Model, models } from '../../../src/registry/models.ts';
import type { TableRename } from '../../../src/registry/renames.ts';
import { tableRenames } from '../../../src/registry/table-renames.ts';
import { packageMigrationsFolder } from '../../../src/tools/migrations/migrations-folder.ts';

const views = Object.values(compat as Record<string, unknown>).filter((value) => is(value, PgView));

const entry = (from: string, to: string): TableRename => ({
  kind: 'table',
  from,
  to,
  migration: 'rename_tables',
  since: '1.0.0',
  removedIn: '2.0.0',
  reason: 'A test.',
});

test('each renamed table has one view, under its old name', () => {
  const names = views.map((view) => getViewConfig(view)).map(({ schema, name }) => `${schema ?? 'public'}.${name}`);
  expect(names).toEqual(tableRenames.map(({ from }) => from));
});

test('a view reads with the rights of the querying role, and has the columns from its migration, in that order', () => {
  const dialect = new PgDialect();
  const { present } = migratedViews(packageMigrationsFolder());
  for (const [index, view] of views.entries()) {
    const { query, with: options } = getViewConfig(view);
    const model = models().find(({ name }) => name === tableRenames[index]?.to);
    if (!model || !query) throw new Error('no model or no query');
    const columns = present.get(tableRenames[index]?.from ?? '')?.map((name) => `"${name}"`) ?? [];
    expect(columns.length).toBeGreaterThan(0);
    const [schema, name] = model.name.split('.');
    expect(dialect.sqlToQuery(query).sql).toBe(
      `select ${columns.join(', ')} from ${schema === 'public' ? '' : `"${schema}".`}"${name}"`,
    );
    expect(options).toMatchObject({ securityInvoker: true });
  }
});

test('a registry without tables makes an empty module', () => {
  expect(compatibilityViewsSource([], models(), new Map())).toBe(
    '// Generated from src/registry/renames.ts by `npm run db:generate`. Do not edit.\n\nexport {};\n',
  );
});

test('an entry whose table has no model is named', () => {
  expect(() => compatibilityViewsSource([entry('public.notes', 'public.chef_notes')], models(), new Map())).toThrow(
    'public.notes → public.chef_notes: found no model of the canonical table',
  );
});

test('a table of a PostgreSQL schema gets its view from that schema, one of public from pgView', () => {
  const source = compatibilityViewsSource(
    [entry('identity.people', 'identity.users'), entry('public.cooks', 'public.chefs')],
    models(),
    new Map(),
  );
  expect(source).toContain("import { User, identity } from '../identity/index.ts';");
  expect(source).toMatch(
    /export const IdentityPeopleView: CompatibilityView<'people', 'identity', typeof User, 'id' \|[^>]*> = identity\.view\('people'\)/,
  );
  expect(source).toMatch(
    /export const PublicCooksView: CompatibilityView<'cooks', undefined, typeof Chef, 'id' \|[^>]*> = pgView\('cooks'\)/,
  );
  expect(source.match(/\.with\(\{ securityInvoker: true \}\)/g)).toHaveLength(2);
  const elsewhere = models().map((model): Model => ({ ...model, name: model.name.replace('public.', 'audit.') }));
  expect(() => compatibilityViewsSource([entry('audit.cooks', 'audit.chefs')], elsewhere, new Map())).toThrow(
    'no domain exports the PostgreSQL schema audit',
  );
});

test('a view that a migration has created keeps its columns; a new one gets those of the model', () => {
  const cooks = [entry('public.cooks', 'public.chefs')];
  const properties = (source: string) => [...source.matchAll(/(\w+): Chef\.\1,/g)].map(([, property]) => property);
  const made = new Map([['public.cooks', ['last_name', 'id']]]);
  expect(properties(compatibilityViewsSource(cooks, models(), made))).toEqual(['lastName', 'id']);
  const chef = models().find(({ name }) => name === 'public.chefs') as Model;
  expect(properties(compatibilityViewsSource(cooks, models(), new Map()))).toEqual(
    Object.keys(getTableColumns(chef.table)),
  );
});

test('a view that reads a column which its model no longer has is refused, with the advice to keep the column', () => {
  const made = new Map([['public.cooks', ['id', 'hat_size']]]);
  expect(() => compatibilityViewsSource([entry('public.cooks', 'public.chefs')], models(), made)).toThrow(
    /core#Chef: found no column hat_size, which the view under the old name public\.cooks reads;.*put hat_size back/s,
  );
});

test('every old name becomes a separate export, with a valid TypeScript name', () => {
  const oldName = fc.stringMatching(/^[a-b_][a-b1_]{0,6}$/);
  fc.assert(
    fc.property(fc.uniqueArray(oldName, { minLength: 1, maxLength: 20 }), (names) => {
      const source = compatibilityViewsSource(
        names.map((name) => entry(`public.${name}`, 'public.chefs')),
        models(),
        new Map(),
      );
      const exported = [...source.matchAll(/export const (\S+): CompatibilityView<[^>]*> = pgView\('(\w+)'\)/g)];
      expect(exported.map(([, , name]) => name)).toEqual(names);
      const identifiers = exported.map(([, identifier = '']) => identifier);
      expect(new Set(identifiers).size).toBe(names.length);
      for (const identifier of identifiers) expect(identifier).toMatch(/^[A-Za-z_$][\w$]*$/);
    }),
  );
});
