import { destinationOf, noteLeft } from './destination.ts';
import { usesOfVariable } from './module-uses.ts';
import { noteModule, respecify, type Work } from './plan.ts';
import { renameMembers } from './rename-members.ts';
import type { Mention } from './specifiers.ts';
import { freeName } from './split-variable.ts';
import type { Node } from './syntax.ts';
import { targetModules, targetOf, widerTarget } from './targets.ts';
import { indentAt, lineEnd } from './text-layout.ts';

/** Moves `import x = require('…')`. */
export function moveImportEquals(work: Work, mention: Mention, path: readonly Node[]): void {
  const oldModule = mention.oldModule ?? '';
  const declaration = path.at(-2);
  if (declaration?.type !== 'TSImportEqualsDeclaration') return;
  const exported = path.at(-3)?.type === 'ExportNamedDeclaration';
  const uses = usesOfVariable(work, declaration.id);
  if (exported) uses.whole.push(declaration.id);
  let destination = destinationOf(work, oldModule, uses);
  const wider = exported ? widerTarget(work.map, oldModule) : undefined;
  if (wider !== undefined) destination = { kind: 'one', module: wider };
  const [first = ''] = targetModules(work.map, oldModule);
  if (destination.kind === 'none') destination = { kind: 'one', module: first };
  if (destination.kind === 'whole') {
    respecify(work, mention, destination.module);
    noteModule(work, mention, destination.module);
  } else if (destination.kind === 'one') {
    respecify(work, mention, destination.module);
    if (uses.members.length === 0) noteModule(work, mention, destination.module);
    renameMembers(work, oldModule, uses.members);
  } else if (destination.kind !== 'several' || !splitImportEquals(work, mention, declaration, destination.modules)) {
    noteLeft(work, mention, destination);
  }
}

/** Splits `import x = require('…')` into one a module, named for the modules. */
function splitImportEquals(work: Work, mention: Mention, declaration: Node, modules: readonly string[]): boolean {
  if (declaration.type !== 'TSImportEqualsDeclaration') return false;
  const oldModule = mention.oldModule ?? '';
  const variable = work.scopes().declaredAs(declaration.id);
  const uses = usesOfVariable(work, declaration.id);
  const objects = uses.members.map(({ path }) => objectIn(path.at(-1)));
  if (!variable || objects.some((object) => object === undefined)) return false;
  const names = modules.map((module) => freeName(work, variable, camelCase(module.slice(module.lastIndexOf('/') + 1))));
  uses.members.forEach((use, index) => {
    const module = targetOf(work.map, oldModule, use.name)?.module ?? '';
    const object = objects[index];
    const name = names[modules.indexOf(module)];
    if (object && name !== undefined) work.plan.edits.push({ start: object.start, end: object.end, text: name });
  });
  renameMembers(work, oldModule, uses.members);
  const { id } = declaration;
  const lines = modules.map(
    (module, index) =>
      work.text.slice(declaration.start, id.start) +
      names[index] +
      work.text.slice(id.end, mention.start) +
      module +
      work.text.slice(mention.end, declaration.end),
  );
  const text = lines.join(`${lineEnd(work.text)}${indentAt(work.text, declaration.start)}`);
  work.plan.edits.push({ start: declaration.start, end: declaration.end, text });
  return true;
}

/** The node that a member is taken of. */
function objectIn(node: Node | undefined): Node | undefined {
  if (node?.type === 'MemberExpression' || node?.type === 'JSXMemberExpression') return node.object;
  if (node?.type === 'TSQualifiedName') return node.left;
  return undefined;
}

function camelCase(words: string): string {
  return words.replace(/[-_.]+(.)?/g, (_, next: string | undefined) => next?.toUpperCase() ?? '');
}
