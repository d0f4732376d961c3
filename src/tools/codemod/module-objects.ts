import { destinationOf, noteLeft } from './destination.ts';
import { type ModuleObject, usesOfExpression } from './module-uses.ts';
import { noteModule, respecify, type Work } from './plan.ts';
import { renameMembers } from './rename-members.ts';
import type { Mention } from './specifiers.ts';
import { splitDeclaration, splitStatement } from './split-variable.ts';
import { targetModules } from './targets.ts';

/** Moves a module object that an expression brings (`await import()`, `require()` and their kin), or says why not. */
export function moveModuleObject(work: Work, mention: Mention, object: ModuleObject): boolean {
  const oldModule = mention.oldModule ?? '';
  const uses = usesOfExpression(work, object);
  let destination = destinationOf(work, oldModule, uses);
  if (destination.kind === 'none') {
    const [module, ...others] = targetModules(work.map, oldModule);
    if (module !== undefined && others.length === 0) destination = { kind: 'one', module };
  }
  if (destination.kind === 'whole') {
    for (const name of object.names) respecify(work, name, destination.module);
    noteModule(work, mention, destination.module);
    return true;
  }
  if (destination.kind === 'one') {
    for (const name of object.names) respecify(work, name, destination.module);
    if (uses.members.length === 0) noteModule(work, mention, destination.module);
    renameMembers(work, oldModule, uses.members);
    return true;
  }
  if (destination.kind === 'several' && splitDeclaration(work, mention, object, uses, destination.modules)) return true;
  if (destination.kind === 'none' && splitStatement(work, mention, object)) return true;
  noteLeft(work, mention, destination);
  return false;
}
