import { isExportedDeclaration, type MemberUse, type ModuleUses } from './module-uses.ts';
import { listObstacles, noteObstacles, type Obstacle } from './obstacles.ts';
import { formatSymbol, type Rewrite } from './plan.ts';
import { getStart } from './scopes.ts';
import type { Mention } from './specifiers.ts';
import { findPath, type Node } from './syntax.ts';
import { findTarget, findWholeTarget, findWiderTarget, listTargetModules } from './targets.ts';

/** Where the used members of a module object went. */
export type Destination =
  | { readonly kind: 'whole' | 'one'; readonly module: string }
  | { readonly kind: 'several'; readonly modules: readonly string[] }
  | { readonly kind: 'none' }
  | { readonly kind: 'unknown'; readonly unknown: readonly MemberUse[] }
  | { readonly kind: 'obstructed'; readonly by: readonly ObstructedMember[] }
  | { readonly kind: 'opaque'; readonly whole: readonly Node[] };

/** A used member that cannot move. */
interface ObstructedMember {
  readonly name: string;
  readonly obstacles: readonly Obstacle[];
}

/** Finds where the used members of an old module's object went. */
export function findDestination(rewrite: Rewrite, oldModule: string, uses: ModuleUses): Destination {
  const whole = findWholeTarget(rewrite.map, oldModule);
  if (whole !== undefined) return { kind: 'whole', module: whole };
  const wider = findWiderTarget(rewrite.map, oldModule);
  const kept = uses.variables.flatMap(({ identifiers }) => {
    const use = identifiers.map((node) => rewrite.keptNames.get(getStart(node))).find((lost) => lost !== undefined);
    return use ? findPath(rewrite.program, use.offset, use.offset + use.name.length).slice(-1) : [];
  });
  if (kept.length > 0) return { kind: 'opaque', whole: kept };
  const opaque = uses.whole.filter((node) => wider === undefined || !isExported(rewrite, node));
  if (opaque.length > 0) return { kind: 'opaque', whole: opaque };
  const unknown = uses.members.filter((use) => findTarget(rewrite.map, oldModule, use.name) === undefined);
  if (unknown.length > 0) return { kind: 'unknown', unknown };
  const bound = uses.members.flatMap(({ name, path }) => {
    const target = findTarget(rewrite.map, oldModule, name);
    return target ? [{ oldModule, name, target, path }] : [];
  });
  const by = bound.map(({ name, target, path }) => {
    const symbol = { oldModule, name, offset: path.at(-1)?.start ?? 0 };
    return { name, obstacles: listObstacles(rewrite, symbol, target, getMember(path)) };
  });
  if (by.some(({ obstacles }) => obstacles.length > 0)) return { kind: 'obstructed', by };
  rewrite.plan.bound.push(...bound);
  const modules = new Set(uses.members.map((use) => findTarget(rewrite.map, oldModule, use.name)?.module ?? ''));
  if (uses.whole.length > 0 && wider !== undefined) modules.add(wider);
  const [module, ...others] = modules;
  if (module === undefined) return { kind: 'none' };
  return others.length === 0 ? { kind: 'one', module } : { kind: 'several', modules: [...modules] };
}

/** The path down to the member of a module object: the expression or type, or what a pattern takes it into. */
function getMember(path: readonly Node[]): readonly Node[] {
  const property = path.at(-1);
  if (property?.type !== 'Property') return path;
  const { value } = property;
  return [...path, value.type === 'AssignmentPattern' ? value.left : value];
}

/** Whether a module object is only exported: the files that import it use its members. */
function isExported(rewrite: Rewrite, node: Node): boolean {
  const path = findPath(rewrite.program, node.start, node.end);
  return path.at(-2)?.type === 'ExportSpecifier' || (node.type === 'Identifier' && isExportedDeclaration(path));
}

/** Notes why a module object could not be moved. */
export function noteLeft(rewrite: Rewrite, mention: Mention, destination: Destination): void {
  const from = mention.oldModule ?? mention.specifier;
  if (destination.kind === 'unknown') {
    for (const use of destination.unknown) {
      const offset = use.path.at(-1)?.start ?? mention.start;
      const message = `the map does not say where ${use.name} of ${from} went`;
      rewrite.plan.left.push({
        mention,
        offset,
        from: formatSymbol(from, use.name),
        reason: 'unknown-symbol',
        message,
      });
    }
    return;
  }
  if (destination.kind === 'obstructed') {
    for (const { name, obstacles } of destination.by) noteObstacles(rewrite, mention, name, obstacles);
    return;
  }
  if (destination.kind === 'opaque') {
    const offset = destination.whole[0]?.start ?? mention.start;
    const message = 'the module object is passed on, so its used members are unknown';
    rewrite.plan.left.push({ mention, offset, from, reason: 'whole-module', message });
    return;
  }
  const modules = destination.kind === 'several' ? destination.modules : listTargetModules(rewrite.map, from);
  const message = `its used symbols went to ${modules.join(' and ')}, but only one module fits here`;
  rewrite.plan.left.push({ mention, offset: mention.start, from, reason: 'parts-ways', message });
}
