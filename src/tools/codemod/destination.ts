import { isExportedDeclaration, type MemberUse, type ModuleUses } from './module-uses.ts';
import { symbolIn, type Work } from './plan.ts';
import type { Mention } from './specifiers.ts';
import { type Node, pathTo } from './syntax.ts';
import { targetModules, targetOf, wholeTarget, widerTarget } from './targets.ts';

/** Where the members that are used of a module object went. */
export type Destination =
  | { readonly kind: 'whole' | 'one'; readonly module: string }
  | { readonly kind: 'several'; readonly modules: readonly string[] }
  | { readonly kind: 'none' }
  | { readonly kind: 'unknown'; readonly unknown: readonly MemberUse[] }
  | { readonly kind: 'opaque'; readonly whole: readonly Node[] };

/** Where what is used of an old module's object went, as far as it can be told. */
export function destinationOf(work: Work, oldModule: string, uses: ModuleUses): Destination {
  const whole = wholeTarget(work.map, oldModule);
  if (whole !== undefined) return { kind: 'whole', module: whole };
  const wider = widerTarget(work.map, oldModule);
  const opaque = uses.whole.filter((node) => wider === undefined || !isExported(work, node));
  if (opaque.length > 0) return { kind: 'opaque', whole: opaque };
  const unknown = uses.members.filter((use) => targetOf(work.map, oldModule, use.name) === undefined);
  if (unknown.length > 0) return { kind: 'unknown', unknown };
  const modules = new Set(uses.members.map((use) => targetOf(work.map, oldModule, use.name)?.module ?? ''));
  if (uses.whole.length > 0 && wider !== undefined) modules.add(wider);
  const [module, ...others] = modules;
  if (module === undefined) return { kind: 'none' };
  return others.length === 0 ? { kind: 'one', module } : { kind: 'several', modules: [...modules] };
}

/** Whether a module object goes no further than an export: who imports it from here uses its members. */
function isExported(work: Work, node: Node): boolean {
  const path = pathTo(work.program, node.start, node.end);
  return path.at(-2)?.type === 'ExportSpecifier' || (node.type === 'Identifier' && isExportedDeclaration(path));
}

/** Notes why a module object could not be moved. */
export function noteLeft(work: Work, mention: Mention, destination: Destination): void {
  const from = mention.oldModule ?? mention.specifier;
  if (destination.kind === 'unknown') {
    for (const use of destination.unknown) {
      const offset = use.path.at(-1)?.start ?? mention.start;
      const message = `the map does not say where ${use.name} of ${from} went`;
      work.plan.left.push({ mention, offset, from: symbolIn(from, use.name), reason: 'unknown-symbol', message });
    }
    return;
  }
  if (destination.kind === 'opaque') {
    const offset = destination.whole[0]?.start ?? mention.start;
    const message = 'the module is passed on whole, so nobody can tell which members are used';
    work.plan.left.push({ mention, offset, from, reason: 'whole-module', message });
    return;
  }
  const modules = destination.kind === 'several' ? destination.modules : targetModules(work.map, from);
  const message = `what is used of it went to ${modules.join(' and ')}, and this place takes one module`;
  work.plan.left.push({ mention, offset: mention.start, from, reason: 'parts-ways', message });
}
