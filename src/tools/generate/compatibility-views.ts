import type { Rename } from '../../renames.ts';
import type { Model } from '../models.ts';

const pascalCase = (name: string) => name.replace(/(?:^|[._])([a-z0-9])/g, (_, first: string) => first.toUpperCase());

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
    if (schema === 'identity') from('./identity/index.ts', 'identity');
    else from('drizzle-orm/pg-core', 'pgView');
    from(`./${model.domain}/index.ts`, model.entity);
    views.push(
      `/** \`${entry.from}\`, which is \`${entry.to}\` since ${entry.since}${entry.removedIn ? `; goes in ${entry.removedIn}` : ''}. */\n` +
        `export const ${pascalCase(entry.from)}View = ${schema === 'identity' ? 'identity.view' : 'pgView'}('${name}')\n` +
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
