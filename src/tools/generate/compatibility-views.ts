import { is } from 'drizzle-orm';
import { PgSchema } from 'drizzle-orm/pg-core';
import type { Rename } from '../../renames.ts';
import { faces, type Model } from '../models.ts';

/** `public.social_accounts` as `PublicSocialAccounts`. Different names stay different: what a capital can't stand for is kept. */
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
 * The source of `src/compat.ts`: for each table entry of the registry, a view under the old name that answers reads and
 * writes with the canonical table, with the rights of whoever asks.
 */
export function compatibilityViewsSource(renames: readonly Rename[], models: readonly Model[]): string {
  const imports = new Map<string, Set<string>>();
  const from = (path: string, name: string) => imports.set(path, (imports.get(path) ?? new Set()).add(name));
  const views: string[] = [];
  for (const entry of renames) {
    if (entry.kind !== 'table') continue;
    const model = models.find(({ name }) => name === entry.to);
    if (!model) throw new Error(`${entry.from} → ${entry.to}: no model stands for the canonical table`);
    const [schema = '', name = ''] = entry.from.split('.');
    let makesView = 'pgView';
    if (schema === 'public') {
      from('drizzle-orm/pg-core', 'pgView');
    } else {
      const pgSchema = exportOfSchema(schema);
      from(`./${pgSchema.domain}/index.ts`, pgSchema.name);
      makesView = `${pgSchema.name}.view`;
    }
    from(`./${model.domain}/index.ts`, model.entity);
    views.push(
      `/** \`${entry.from}\`, which is \`${entry.to}\` since ${entry.since}${entry.removedIn ? `; goes in ${entry.removedIn}` : ''}. */\n` +
        `export const ${pascalCase(entry.from)}View = ${makesView}('${name}')\n` +
        `  .with({ securityInvoker: true })\n` +
        `  .as((query) => query.select().from(${model.entity}));\n`,
    );
  }
  return [
    '// Generated from src/renames.ts by `npm run db:generate`. Do not edit.',
    ...[...imports].sort().map(([path, names]) => `import { ${[...names].sort().join(', ')} } from '${path}';`),
    '',
    views.join('\n') || 'export {};\n',
  ].join('\n');
}
