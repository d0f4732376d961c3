import type { MovedModule } from '../../registry/import-map.ts';
import { listEnumMisuses } from './enum-members.ts';
import { type BoundSymbol, formatSymbol, type Rewrite } from './plan.ts';
import type { LeftReason } from './result.ts';
import type { Mention } from './specifiers.ts';
import type { Node } from './syntax.ts';
import { findTarget, getOwn, type Target } from './targets.ts';

/** Why a symbol cannot move although the map has its new place. */
export interface Obstacle {
  readonly offset: number;
  readonly reason: LeftReason;
  readonly message: string;
}

/**
 * Lists what keeps a symbol of an old module from moving: uses that its new place does not serve, and another symbol that would
 * become the same.
 *
 * @param path From the program down to the symbol's declared name, or to an expression or type that is the symbol; none if the file
 * only exports it.
 */
export function listObstacles(
  rewrite: Rewrite,
  { oldModule, name, offset }: { readonly oldModule: string; readonly name: string; readonly offset: number },
  target: Target,
  path: readonly Node[] | undefined,
): Obstacle[] {
  const apart = rewrite.keptApart.get(formatSymbol(oldModule, name));
  if (apart !== undefined) return [{ offset, reason: 'become-one', message: apart }];
  const lost = rewrite.keptNames.get(path?.at(-1)?.start ?? -1);
  if (lost) {
    const message = `a use of ${lost.name} is in a form that the codemod does not know`;
    return [{ offset: lost.offset, reason: 'unexpected', message }];
  }
  const misuses = path ? listEnumMisuses(rewrite, path, target) : [];
  return misuses.map((misuse) => ({ ...misuse, reason: 'unknown-member' }));
}

/** Notes the obstacles of a symbol. */
export function noteObstacles(rewrite: Rewrite, mention: Mention, name: string, obstacles: readonly Obstacle[]): void {
  const from = formatSymbol(mention.oldModule ?? '', name);
  for (const obstacle of obstacles) rewrite.plan.left.push({ mention, from, ...obstacle });
}

/**
 * Finds the symbols that were two before the move and would be one after it: two old ones with the same new place, or an old one
 * beside an import of that place which may stand for another old one.
 *
 * @returns the message for each of them, by its name in reports.
 */
export function findMerged(rewrite: Rewrite): Map<string, string> {
  const merged = new Map<string, string>();
  const groups = new Map<string, BoundSymbol[]>();
  for (const symbol of rewrite.plan.bound) {
    const place = formatSymbol(symbol.target.module, symbol.target.name);
    const group = groups.get(place) ?? [];
    groups.set(place, group);
    if (!group.some((other) => formatOld(other) === formatOld(symbol))) group.push(symbol);
  }
  for (const [place, group] of groups) {
    for (const symbol of group) {
      const others = group.filter((other) => !isSame(symbol, other)).map(formatOld);
      if (others.length === 0 && isImported(rewrite, symbol.target) && hasNamesake(rewrite, symbol)) others.push(place);
      if (others.length === 0) continue;
      const all = others.includes(place) ? 'is imported' : `${others.length === 1 ? 'is' : 'are'} in this file`;
      merged.set(
        formatOld(symbol),
        `${others.join(' and ')} ${all}, too, and both become ${place}: decide which of them the file needs`,
      );
    }
  }
  return merged;
}

function formatOld({ oldModule, name }: BoundSymbol): string {
  return formatSymbol(oldModule, name);
}

/** Whether two old names mean the same symbol: a barrel exports what the modules under its path export. */
function isSame(one: BoundSymbol, other: BoundSymbol): boolean {
  if (one.name !== other.name) return false;
  const [short = '', long = ''] = [one.oldModule, other.oldModule].sort((a, b) => a.length - b.length);
  return short === long || long.startsWith(`${short}/`);
}

/** Whether the file imports a symbol from its new place. */
function isImported({ program }: Rewrite, { module, name }: Target): boolean {
  return program.body.some(
    (statement) =>
      statement.type === 'ImportDeclaration' &&
      statement.source.value === module &&
      statement.specifiers.some(
        (specifier) =>
          specifier.type === 'ImportSpecifier' &&
          (specifier.imported.type === 'Identifier' ? specifier.imported.name : specifier.imported.value) === name,
      ),
  );
}

/**
 * Whether the map gives a symbol that is not the same one the same new place. What only services had, and so has no `removedIn` in its
 * whole module, does not count beside what a package takes away: the file's import of the new place is then of a half-moved file.
 */
function hasNamesake({ map }: Rewrite, symbol: BoundSymbol): boolean {
  const own = getOwn(map.modules, symbol.oldModule);
  const isRemoved = own !== undefined && hasRemoval(own);
  return Object.entries(map.modules).some(([oldModule, moved]) => {
    if (isRemoved && !hasRemoval(moved)) return false;
    return Object.keys(moved.symbols ?? {}).some((name) => {
      const target = findTarget(map, oldModule, name);
      const isAlike = target?.module === symbol.target.module && target.name === symbol.target.name;
      return isAlike && !isSame(symbol, { oldModule, name, target });
    });
  });
}

function hasRemoval({ removedIn, symbols = {} }: MovedModule): boolean {
  return removedIn !== undefined || Object.values(symbols).some((symbol) => symbol.removedIn !== undefined);
}
