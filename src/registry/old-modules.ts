import { buildImportMap, listPackageRenames } from './import-map.ts';
import type { Rename } from './renames.ts';

/** Where one symbol of an old module comes from today. */
export interface OldSymbol {
  /** The name that the old module exports. */
  readonly name: string;
  readonly domain: string;
  /** The canonical name in that domain. */
  readonly canonicalName: string;
  readonly reason: string;
}

/** An old import path, with all that it exports. */
export interface OldModule {
  /** As in `models/booking`, without the package's name. */
  readonly path: string;
  /** Whether other old paths lie under it, so that its file is an `index`. */
  readonly isFolder: boolean;
  readonly symbols: readonly OldSymbol[];
  readonly since: string;
  /** The version in which it is removed. Kept paths have none. */
  readonly removedIn?: string;
}

const packageName = 'canonical-models';

/** Every old import path of a registry, kept ones included, in alphabetical order. */
export function oldModules(renames: readonly Rename[]): OldModule[] {
  const inPackage = (specifier: string) => specifier.slice(packageName.length + 1);
  const { modules } = buildImportMap(listPackageRenames(renames), packageName);
  const moved = Object.entries(modules).map(([specifier, { symbols = {} }]) => {
    const entries = Object.entries(symbols);
    return {
      path: inPackage(specifier),
      symbols: entries.map(([name, symbol]) => ({
        name,
        domain: inPackage(symbol.module),
        canonicalName: symbol.name ?? name,
        reason: symbol.reason ?? '',
      })),
      since: entries[0]?.[1].since ?? '',
      removedIn: entries[0]?.[1].removedIn ?? '',
    };
  });
  const kept = renames.flatMap((entry) => {
    if (entry.kind !== 'module' || entry.removedIn !== undefined) return [];
    const { from, to, symbols, since, reason } = entry;
    return [{ path: from, symbols: symbols.map((name) => ({ name, domain: to, canonicalName: name, reason })), since }];
  });
  const all = [...moved, ...kept];
  return all
    .map((module) => ({ ...module, isFolder: all.some(({ path }) => path.startsWith(`${module.path}/`)) }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** The file of an old module under `src/generated/old-paths/`, without its extension: `models/booking`, or `models/index` for a folder. */
export function fileOf({ path, isFolder }: OldModule): string {
  return isFolder ? `${path}/index` : path;
}

/**
 * The source of an old module. Each export is the canonical object under its old name, as a value and as a type, and marked
 * deprecated; loading the module warns. A kept path exports the same objects without either.
 */
export function sourceOf(module: OldModule): string {
  const up = '../'.repeat(fileOf(module).split('/').length + 1);
  const lines = ['// Generated from src/registry/renames.ts by `npm run db:generate`. Do not edit.'];
  const domains = [...new Set(module.symbols.map(({ domain }) => domain))].sort();
  const of = (domain: string) => module.symbols.filter((symbol) => symbol.domain === domain);
  if (module.removedIn === undefined) {
    for (const domain of domains) {
      lines.push(
        `export { ${of(domain)
          .map(({ name }) => name)
          .join(', ')} } from '${up}${domain}/index.ts';`,
      );
    }
    return `${lines.join('\n')}\n`;
  }
  lines.push(`import { warnOfOldPath } from '${up}deprecation.ts';`);
  for (const domain of domains) {
    const names = of(domain).map(({ canonicalName }) => `${canonicalName} as ${localName(canonicalName)}`);
    lines.push(`import { ${[...new Set(names)].join(', ')} } from '${up}${domain}/index.ts';`);
  }
  const to = domains.map((domain) => `'${packageName}/${domain}'`);
  lines.push(
    '',
    `warnOfOldPath({ from: '${packageName}/${module.path}', to: [${to}], removedIn: '${module.removedIn}' });`,
  );
  for (const { name, domain, canonicalName } of module.symbols) {
    const comment = `/** @deprecated Import \`${canonicalName}\` from '${packageName}/${domain}'. Goes in ${module.removedIn}. */`;
    const canonical = localName(canonicalName);
    lines.push('', comment, `export const ${name}: typeof ${canonical} = ${canonical};`);
    lines.push(comment, `export type ${name} = ${canonical};`);
  }
  return `${lines.join('\n')}\n`;
}

const localName = (canonicalName: string) => `canonical${canonicalName}`;
