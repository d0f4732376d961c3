import { findDestination, noteLeft } from './destination.ts';
import { findUsesOfExpression, type ModuleObject } from './module-uses.ts';
import { noteModule, type Rewrite, replaceSpecifier } from './plan.ts';
import { renameMembers } from './rename-members.ts';
import type { Mention } from './specifiers.ts';
import { splitDeclaration, splitStatement } from './split-variable.ts';
import { listTargetModules } from './targets.ts';

/** Moves a module object that an expression loads, as `await import()` and `require()` do, or notes why it is left. */
export function moveModuleObject(rewrite: Rewrite, mention: Mention, object: ModuleObject): boolean {
  const oldModule = mention.oldModule ?? '';
  const uses = findUsesOfExpression(rewrite, object);
  let destination = findDestination(rewrite, oldModule, uses);
  if (destination.kind === 'none') {
    const [module, ...others] = listTargetModules(rewrite.map, oldModule);
    if (module !== undefined && others.length === 0) destination = { kind: 'one', module };
  }
  if (destination.kind === 'whole') {
    for (const name of object.names) replaceSpecifier(rewrite, name, destination.module);
    noteModule(rewrite, mention, destination.module);
    return true;
  }
  if (destination.kind === 'one') {
    for (const name of object.names) replaceSpecifier(rewrite, name, destination.module);
    if (uses.members.length === 0) noteModule(rewrite, mention, destination.module);
    renameMembers(rewrite, oldModule, uses.members);
    return true;
  }
  if (destination.kind === 'several' && splitDeclaration(rewrite, mention, object, uses, destination.modules))
    return true;
  if (destination.kind === 'none' && splitStatement(rewrite, mention, object)) return true;
  noteLeft(rewrite, mention, destination);
  return false;
}
