import { enumLabels } from '../generated/enum-labels.ts';
import type { Rename, ServiceModuleRename } from './renames.ts';

/** Where one symbol of an old module went. */
export interface MovedSymbol {
  /** The specifier that exports it now, as in `canonical-models/lead`. */
  readonly module: string;
  /** The name it has there; left out where the name stayed. */
  readonly name?: string;
  /** Whether it is a type and no value: where the codemod writes an export of its own for it, it writes `type`. */
  readonly typeOnly?: boolean;
  /** The labels, if it is an enum builder such as Drizzle's `pgEnum`. An import whose uses need a member for each is left. */
  readonly labels?: readonly string[];
  /** Why it moved, in one sentence for people. */
  readonly reason?: string;
  /** The version in which the new place appeared. */
  readonly since?: string;
  /** The version in which the old place goes. */
  readonly removedIn?: string;
}

/**
 * Where the symbols of one old module went. With `module` alone the module moved as a whole and exports what it did; with
 * `symbols` alone these are all that it exported; with both, the symbols named went their own ways and the rest went to `module`.
 */
export interface MovedModule {
  /** The specifier under which the module itself lives on, as in `@acme/identity`. */
  readonly module?: string;
  /** Symbols by the name that the old module exported them under; `default` is its default export. */
  readonly symbols?: { readonly [name: string]: MovedSymbol };
  /** Why it moved, in one sentence for people. */
  readonly reason?: string;
  /** The version in which the new place appeared. */
  readonly since?: string;
  /** The version in which the old place goes. */
  readonly removedIn?: string;
}

/**
 * Old imports and where they went, as data: what the codemod reads, and what `--map file.json` takes.
 *
 * @example
 * const map: ImportMap = {
 *   version: 1,
 *   modules: {
 *     '@acme/models/user': { symbols: { User: { module: '@acme/identity', name: 'Account' } } },
 *     '@acme/models/clock': { module: '@acme/time' },
 *   },
 * };
 */
export interface ImportMap {
  /** Where the JSON Schema of this shape is, for editors. */
  readonly $schema?: string;
  /** The version of this shape. */
  readonly version: 1;
  /** Old modules by their specifier, without extension and without `/index`. */
  readonly modules: { readonly [specifier: string]: MovedModule };
  /** Paths that stay, each with all that it exports: an import of anything else is left for a person. */
  readonly kept?: { readonly [specifier: string]: readonly string[] };
}

/**
 * The import map of a registry: every old import path that goes away, with each of its symbols, and the modules that only services
 * had, which have no `removedIn`. Paths that stay are apart from them, in `kept`. A barrel has what the deprecated modules under its path
 * exported; a name that two of them used for different things is left out, as `export *` leaves it out.
 *
 * @example
 * buildImportMap(renames).modules['canonical-models/models/social']?.symbols?.['SocialAccount'];
 * // { module: 'canonical-models/lead', name: 'BusinessSocialAccount', reason: …, since: '1.0.0', removedIn: '2.0.0' }
 */
export function buildImportMap(renames: readonly Rename[], packageName = 'canonical-models'): ImportMap {
  const modules: Record<string, { symbols: Record<string, MovedSymbol> } & MovedModule> = {};
  const labelsOf = (domain: string, name: string): Pick<MovedSymbol, 'labels'> => {
    const labels = enumLabels[`${domain}#${name}`];
    return labels ? { labels } : {};
  };
  const symbolsOf = (path: string): Record<string, MovedSymbol> => {
    modules[`${packageName}/${path}`] ??= { symbols: {} };
    return modules[`${packageName}/${path}`]?.symbols ?? {};
  };

  for (const entry of renames) {
    if (entry.kind === 'table' || entry.kind === 'service-module' || entry.removedIn === undefined) continue;
    const { reason, since, removedIn } = entry;
    if (entry.kind === 'module') {
      const symbols = symbolsOf(entry.from);
      for (const name of entry.symbols) {
        const module = `${packageName}/${entry.to}`;
        symbols[name] = { module, name, ...labelsOf(entry.to, name), reason, since, removedIn };
      }
    }
    if (entry.kind === 'symbol') {
      const [path = '', name = ''] = entry.from.split('#');
      const [domain = '', newName = ''] = entry.to.split('#');
      const module = `${packageName}/${domain}`;
      symbolsOf(path)[name] = { module, name: newName, ...labelsOf(domain, newName), reason, since, removedIn };
    }
  }

  for (const entry of renames) {
    if (entry.kind !== 'barrel' || entry.removedIn === undefined) continue;
    const gathered = Object.keys(modules).filter((specifier) => specifier.startsWith(`${packageName}/${entry.from}/`));
    const symbols = symbolsOf(entry.from);
    const ambiguous = new Set<string>();
    for (const specifier of gathered) {
      for (const [name, symbol] of Object.entries(modules[specifier]?.symbols ?? {})) {
        const other = symbols[name];
        if (other && (other.module !== symbol.module || other.name !== symbol.name)) ambiguous.add(name);
        symbols[name] ??= symbol;
      }
    }
    for (const name of ambiguous) delete symbols[name];
  }

  // After the barrels, which gather only what this package has.
  for (const entry of renames) {
    if (entry.kind !== 'service-module') continue;
    const { from, to, reason, since, renamed = {} } = entry;
    const names = [...entry.symbols.map((name) => [name, name] as const), ...Object.entries(renamed)];
    for (const [name, newName] of names) {
      symbolsOf(from)[name] = {
        module: `${packageName}/${to}`,
        name: newName,
        reason,
        since,
        ...labelsOf(to, newName),
      };
    }
  }

  const kept: Record<string, string[]> = {};
  for (const entry of renames) {
    if (entry.kind !== 'module' || entry.removedIn !== undefined) continue;
    const specifier = `${packageName}/${entry.from}`;
    if (!modules[specifier]) kept[specifier] = [...(kept[specifier] ?? []), ...entry.symbols];
  }
  return { version: 1, modules, kept };
}

/** The part of a registry that paths of this package answer for, without the modules that only services had. */
export function listPackageRenames(renames: readonly Rename[]): Exclude<Rename, ServiceModuleRename>[] {
  return renames.filter((entry) => entry.kind !== 'service-module');
}
