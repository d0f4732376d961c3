import { getTableColumns, is } from 'drizzle-orm';
import { PgSchema } from 'drizzle-orm/pg-core';
import { Conflict } from '../../src/errors.ts';
import { faces, type Model } from '../../src/registry/models.ts';
import { parseQualifiedName } from '../../src/registry/qualified-name.ts';
import type { Rename } from '../../src/registry/renames.ts';
import type { MigratedViews } from './migrated-views.ts';

/** `public.social_accounts` as `PublicSocialAccounts`. Different names stay different: characters that a capital can't replace are kept. */
const pascalCase = (name: string) =>
  name
    .split('.')
    .map((part) => part.replace(/(?:^|(?<=[a-z0-9])_)([a-z])/g, (_, first: string) => first.toUpperCase()))
    .join('');

/** The domain that exports a PostgreSQL schema, and under which name. */
function exportOfSchema(schema: string): { readonly domain: string; readonly name: string } {
  for (const [domain, face] of Object.entries(faces)) {
    for (const [name, value] of Object.entries(face)) {
      if (is(value, PgSchema) && value.schemaName === schema) return { domain, name };
    }
  }
  throw new Error(`no domain exports the PostgreSQL schema ${schema}`);
}

/**
 * The source of `src/generated/views.ts`: for each table entry of the registry, a view under the old name that passes reads and
 * writes to the canonical table, with the rights of the querying role. A view that a migration has created keeps its columns;
 * a new one gets those of the model.
 *
 * @param migrated The views that the migrations leave behind.
 * @throws {Conflict} if a view reads a column that its model no longer has.
 */
export function compatibilityViewsSource(
  renames: readonly Rename[],
  models: readonly Model[],
  migrated: MigratedViews['present'],
): string {
  const imports = new Map<string, Set<string>>();
  const from = (path: string, name: string) => imports.set(path, (imports.get(path) ?? new Set()).add(name));
  const views: string[] = [];
  for (const entry of renames) {
    if (entry.kind !== 'table') continue;
    const model = models.find(({ name }) => name === entry.to);
    if (!model) throw new Error(`${entry.from} → ${entry.to}: found no model of the canonical table`);
    const { schema, name } = parseQualifiedName(entry.from);
    let makesView = 'pgView';
    if (schema === 'public') {
      from('drizzle-orm/pg-core', 'pgView');
    } else {
      const pgSchema = exportOfSchema(schema);
      from(`../${pgSchema.domain}/index.ts`, pgSchema.name);
      makesView = `${pgSchema.name}.view`;
    }
    from(`../${model.domain}/index.ts`, model.entity);
    from('../compatibility-view.ts', 'type CompatibilityView');
    const properties = propertiesOfView(entry.from, model, migrated.get(entry.from));
    views.push(
      `/** \`${entry.from}\`, which is \`${entry.to}\` since ${entry.since}${entry.removedIn ? `; removed in ${entry.removedIn}` : ''}. */\n` +
        `export const ${pascalCase(entry.from)}View: CompatibilityView<'${name}', ${schema === 'public' ? 'undefined' : `'${schema}'`}, typeof ${model.entity}, ${properties.map((property) => `'${property}'`).join(' | ')}> = ${makesView}('${name}')\n` +
        `  .with({ securityInvoker: true })\n` +
        `  .as((query) => query.select({\n` +
        properties.map((property) => `    ${property}: ${model.entity}.${property},\n`).join('') +
        `  }).from(${model.entity}));\n`,
    );
  }
  return [
    '// Generated from src/registry/renames.ts by `npm run db:generate`. Do not edit.',
    ...[...imports].sort().map(([path, names]) => `import { ${[...names].sort().join(', ')} } from '${path}';`),
    '',
    views.join('\n') || 'export {};\n',
  ].join('\n');
}

/** The properties of a model that its view under an old name has, in the view's order. */
function propertiesOfView(
  view: string,
  { entity, domain, table }: Model,
  columns: readonly string[] | undefined,
): string[] {
  const properties = new Map(Object.entries(getTableColumns(table)).map(([property, { name }]) => [name, property]));
  return (columns ?? [...properties.keys()]).map((column) => {
    const property = properties.get(column);
    if (property !== undefined) return property;
    throw new Conflict({
      object: `${domain}#${entity}`,
      found: `no column ${column}, which the view under the old name ${view} reads`,
      expected: `every column of the view, for as long as services may use ${view}`,
      next: `put ${column} back into the model; drop it after the old name is gone (npm run db:contract)`,
    });
  });
}
