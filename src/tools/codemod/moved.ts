import type { ImportMap, MovedModule } from '../../import-map.ts';
import { Failure } from '../failure.ts';

/** Where a symbol of an old module lives now. */
export interface Target {
  /** The specifier that exports it. */
  readonly module: string;
  /** Its name there. */
  readonly name: string;
  readonly typeOnly: boolean;
}

/** Where a symbol of an old module lives now; nothing where the map does not know the module or the symbol. */
export function targetOf(map: ImportMap, oldModule: string, name: string): Target | undefined {
  const moved = movedModule(map, oldModule);
  const symbol = moved?.symbols && own(moved.symbols, name);
  if (symbol) return { module: symbol.module, name: symbol.name ?? name, typeOnly: symbol.typeOnly ?? false };
  return moved?.module === undefined ? undefined : { module: moved.module, name, typeOnly: false };
}

/** The symbols that the map lists for an old module, by their old names, in its order. */
export function listedTargets(map: ImportMap, oldModule: string): [name: string, target: Target][] {
  const symbols = movedModule(map, oldModule)?.symbols ?? {};
  return Object.entries(symbols).map(([name, symbol]) => [
    name,
    { module: symbol.module, name: symbol.name ?? name, typeOnly: symbol.typeOnly ?? false },
  ]);
}

/** The new specifier of an old module that moved as a whole, so that it exports exactly what it did. */
export function wholeTarget(map: ImportMap, oldModule: string): string | undefined {
  const moved = movedModule(map, oldModule);
  return Object.keys(moved?.symbols ?? {}).length === 0 ? moved?.module : undefined;
}

/** The specifiers that everything from an old module went to, in the map's order. */
export function targetModules(map: ImportMap, oldModule: string): string[] {
  const rest = movedModule(map, oldModule)?.module;
  const modules = new Set(listedTargets(map, oldModule).map(([, target]) => target.module));
  if (rest !== undefined) modules.add(rest);
  return [...modules];
}

/**
 * The one module that has everything an old module had, under the same names; it may have more. An object of it serves wherever
 * an object of the old module did, unless somebody lists its members.
 */
export function widerTarget(map: ImportMap, oldModule: string): string | undefined {
  const [only, ...others] = targetModules(map, oldModule);
  const kept = listedTargets(map, oldModule).every(([name, target]) => target.name === name);
  return others.length === 0 && kept ? only : undefined;
}

/** Throws a `Failure` where a new place is itself an old module: a second run would move things on. */
export function rejectChains(map: ImportMap, object = 'import map'): void {
  for (const oldModule of Object.keys(map.modules)) {
    const chained = targetModules(map, oldModule).find((module) => movedModule(map, module) !== undefined);
    if (chained === undefined) continue;
    throw new Failure({
      object: `${object}: ${oldModule}`,
      found: `a move to ${chained}, which is an old module itself`,
      expected: 'moves that end at a module that stays',
      next: `name the module where the symbols of ${oldModule} are in the end`,
      exitCode: 2,
    });
  }
}

/** A property of a record that is the record's own: names such as `constructor` come from source text. */
export function own<T>(record: { readonly [name: string]: T }, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

function movedModule(map: ImportMap, oldModule: string): MovedModule | undefined {
  return own(map.modules, oldModule);
}
