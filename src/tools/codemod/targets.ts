import { InvalidInput } from '../../errors.ts';
import type { ImportMap, MovedModule } from '../../registry/import-map.ts';

/** The new place of a symbol of an old module. */
export interface Target {
  /** The specifier that exports it. */
  readonly module: string;
  /** Its name in that module. */
  readonly name: string;
  readonly typeOnly: boolean;
  /** The labels of an enum builder. */
  readonly labels?: readonly string[];
}

/**
 * Finds the new place of a symbol of an old module.
 *
 * @returns undefined if the map has neither the symbol nor a place for the whole module.
 */
export function findTarget(map: ImportMap, oldModule: string, name: string): Target | undefined {
  const moved = findMovedModule(map, oldModule);
  const target = moved && readTargets(moved).get(name);
  if (target) return target;
  return moved?.module === undefined ? undefined : { module: moved.module, name, typeOnly: false };
}

/**
 * The kept paths of a map as if each moved to itself. Planning with it finds the symbols that a kept path never exported; its moves
 * change nothing and are not carried out.
 */
export function mapOfKept(map: ImportMap): ImportMap {
  const known = knownKept.get(map);
  if (known) return known;
  const modules = Object.entries(map.kept ?? {}).map(([module, names]): [string, MovedModule] => [
    module,
    { symbols: Object.fromEntries(names.map((name) => [name, { module }])) },
  ]);
  const kept: ImportMap = { version: 1, modules: Object.fromEntries(modules) };
  knownKept.set(map, kept);
  return kept;
}

const knownKept = new WeakMap<ImportMap, ImportMap>();

/** The symbols that the map lists for an old module, by their old names, in map order. */
export function listTargets(map: ImportMap, oldModule: string): readonly (readonly [name: string, target: Target])[] {
  const moved = findMovedModule(map, oldModule);
  return moved ? [...readTargets(moved)] : [];
}

/** The targets of a module's listed symbols, cached because every file needs them. */
function readTargets(moved: MovedModule): ReadonlyMap<string, Target> {
  const known = knownTargets.get(moved);
  if (known) return known;
  const targets = new Map(
    Object.entries(moved.symbols ?? {}).map(([name, symbol]) => [
      name,
      {
        module: symbol.module,
        name: symbol.name ?? name,
        typeOnly: symbol.typeOnly ?? false,
        ...(symbol.labels && { labels: symbol.labels }),
      },
    ]),
  );
  knownTargets.set(moved, targets);
  return targets;
}

const knownTargets = new WeakMap<MovedModule, ReadonlyMap<string, Target>>();

/** The new specifier of an old module that moved as a whole, with exactly the same exports. */
export function findWholeTarget(map: ImportMap, oldModule: string): string | undefined {
  const moved = findMovedModule(map, oldModule);
  return Object.keys(moved?.symbols ?? {}).length === 0 ? moved?.module : undefined;
}

/** All specifiers that symbols of an old module went to, in map order. */
export function listTargetModules(map: ImportMap, oldModule: string): string[] {
  const moved = findMovedModule(map, oldModule);
  const modules = new Set<string>();
  for (const { module } of moved ? readTargets(moved).values() : []) modules.add(module);
  if (moved?.module !== undefined) modules.add(moved.module);
  return [...modules];
}

/**
 * The one module that has every export of an old module under the same name; it may have more. Its module object can replace the
 * old one, unless something lists the members.
 */
export function findWiderTarget(map: ImportMap, oldModule: string): string | undefined {
  const [only, ...others] = listTargetModules(map, oldModule);
  const kept = listTargets(map, oldModule).every(([name, target]) => target.name === name);
  return others.length === 0 && kept ? only : undefined;
}

/** @throws {InvalidInput} if a new place is itself an old module: a second run would move the import again. */
export function rejectChains(map: ImportMap, object = 'import map'): void {
  for (const oldModule of Object.keys(map.modules)) {
    const chained = listTargetModules(map, oldModule).find((module) => findMovedModule(map, module) !== undefined);
    if (chained === undefined) continue;
    throw new InvalidInput({
      object: `${object}: ${oldModule}`,
      found: `a move to ${chained}, which is an old module itself`,
      expected: 'moves that end at a module that stays',
      next: `map ${oldModule} to the module that has its symbols in the end`,
    });
  }
}

/** An own property of a record. Names come from source text, so `constructor` must not find an inherited one. */
export function getOwn<T>(record: { readonly [name: string]: T }, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

function findMovedModule(map: ImportMap, oldModule: string): MovedModule | undefined {
  return getOwn(map.modules, oldModule);
}
