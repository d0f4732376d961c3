import { buildImportMap } from '../../../src/registry/import-map.ts';
import { renames } from '../../../src/registry/renames.ts';

/** The map that the generated programs are moved by. */
export const map = buildImportMap(renames);

/** What each canonical module exports, by its specifier. */
export const canonicalNames: ReadonlyMap<string, readonly string[]> = new Map(
  [...new Set(allMoves().map((move) => move.module))].map((module) => [
    module,
    [...new Set(allMoves().flatMap((move) => (move.module === module ? [move.name] : [])))],
  ]),
);

/** What each old module exported, by its specifier: the old name, and the canonical module and name. */
export const oldNames: ReadonlyMap<string, readonly Move[]> = new Map(
  Object.keys(map.modules).map((oldModule) => [oldModule, allMoves().filter((move) => move.oldModule === oldModule)]),
);

/** One symbol of the map, with every part filled in. */
export interface Move {
  readonly oldModule: string;
  readonly oldName: string;
  readonly module: string;
  readonly name: string;
}

function allMoves(): Move[] {
  return Object.entries(map.modules).flatMap(([oldModule, { symbols = {} }]) =>
    Object.entries(symbols).map(([oldName, { module, name = oldName }]) => ({ oldModule, oldName, module, name })),
  );
}

/** A module that every generated program may import besides the models: it notes what it is given. */
export const traceModule = 'trace';

/** Names that are there without being declared or imported: new names of symbols, so that imports under them would hide them. */
export const globalNames = ['BusinessSocialAccount', 'LeadSocialThread', 'StationUser'];
