import { InvalidInput } from '../../errors.ts';
import type { ImportMap, MovedModule } from '../../registry/import-map.ts';

/** Where a symbol of an old module lives now. */
export interface Target {
  /** The specifier that exports it. */
  readonly module: string;
  /** Its name there. */
  readonly name: string;
  readonly typeOnly: boolean;
}

/** Where a symbol of an old module lives now; nothing where the map does not know the module or the symbol. */
export function findTarget(map: ImportMap, oldModule: string, name: string): Target | undefined {
  const moved = findMovedModule(map, oldModule);
  const target = moved && readTargets(moved).get(name);
  if (target) return target;
  return moved?.module === undefined ? undefined : { module: moved.module, name, typeOnly: false };
}

/** The symbols that the map lists for an old module, by their old names, in its order. */
export function listTargets(map: ImportMap, oldModule: string): readonly (readonly [name: string, target: Target])[] {
  const moved = findMovedModule(map, oldModule);
  return moved ? [...readTargets(moved)] : [];
}

/** The targets of what a module lists, made once: every file asks for them. */
function readTargets(moved: MovedModule): ReadonlyMap<string, Target> {
  const known = knownTargets.get(moved);
  if (known) return known;
  const targets = new Map(
    Object.entries(moved.symbols ?? {}).map(([name, symbol]) => [
      name,
      { module: symbol.module, name: symbol.name ?? name, typeOnly: symbol.typeOnly ?? false },
    ]),
  );
  knownTargets.set(moved, targets);
  return targets;
}

const knownTargets = new WeakMap<MovedModule, ReadonlyMap<string, Target>>();

/** The new specifier of an old module that moved as a whole, so that it exports exactly what it did. */
export function findWholeTarget(map: ImportMap, oldModule: string): string | undefined {
  const moved = findMovedModule(map, oldModule);
  return Object.keys(moved?.symbols ?? {}).length === 0 ? moved?.module : undefined;
}

/** The specifiers that everything from an old module went to, in the map's order. */
export function listTargetModules(map: ImportMap, oldModule: string): string[] {
  const moved = findMovedModule(map, oldModule);
  const modules = new Set<string>();
  for (const { module } of moved ? readTargets(moved).values() : []) modules.add(module);
  if (moved?.module !== undefined) modules.add(moved.module);
  return [...modules];
}

/**
 * The one module that has everything an old module had, under the same names; it may have more. An object of it serves wherever
 * an object of the old module did, unless somebody lists its members.
 */
export function findWiderTarget(map: ImportMap, oldModule: string): string | undefined {
  const [only, ...others] = listTargetModules(map, oldModule);
  const kept = listTargets(map, oldModule).every(([name, target]) => target.name === name);
  return others.length === 0 && kept ? only : undefined;
}

/** Throws `InvalidInput` if a new place is itself an old module: a second run would move things on. */
export function rejectChains(map: ImportMap, object = 'import map'): void {
  for (const oldModule of Object.keys(map.modules)) {
    const chained = listTargetModules(map, oldModule).find((module) => findMovedModule(map, module) !== undefined);
    if (chained === undefined) continue;
    throw new InvalidInput({
      object: `${object}: ${oldModule}`,
      found: `a move to ${chained}, which is an old module itself`,
      expected: 'moves that end at a module that stays',
      next: `name the module where the symbols of ${oldModule} are in the end`,
    });
  }
}

/** A property of a record that is the record's own: names such as `constructor` come from source text. */
export function getOwn<T>(record: { readonly [name: string]: T }, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

function findMovedModule(map: ImportMap, oldModule: string): MovedModule | undefined {
  return getOwn(map.modules, oldModule);
}
