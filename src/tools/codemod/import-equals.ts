import { findDestination, noteLeft } from './destination.ts';
import { findUsesOfVariable } from './module-uses.ts';
import { moveModule, noteModule, type Rewrite, replaceSpecifier } from './plan.ts';
import { renameMembers } from './rename-members.ts';
import type { Mention } from './specifiers.ts';
import { claimFreeName } from './split-variable.ts';
import type { Node } from './syntax.ts';
import { findTarget, findWiderTarget, listTargetModules } from './targets.ts';
import { readIndent, readLineEnd } from './text-layout.ts';

/** Moves `import x = require('…')`. */
export function moveImportEquals(rewrite: Rewrite, mention: Mention, path: readonly Node[]): void {
  const oldModule = mention.oldModule ?? '';
  const declaration = path.at(-2);
  if (declaration?.type !== 'TSImportEqualsDeclaration') return;
  const exported = path.at(-3)?.type === 'ExportNamedDeclaration';
  const uses = findUsesOfVariable(rewrite, declaration.id);
  if (exported) uses.whole.push(declaration.id);
  let destination = findDestination(rewrite, oldModule, uses);
  const wider = exported ? findWiderTarget(rewrite.map, oldModule) : undefined;
  if (wider !== undefined) destination = { kind: 'one', module: wider };
  const [first = ''] = listTargetModules(rewrite.map, oldModule);
  if (destination.kind === 'none') destination = { kind: 'one', module: first };
  if (destination.kind === 'whole') {
    moveModule(rewrite, mention, destination.module);
  } else if (destination.kind === 'one') {
    replaceSpecifier(rewrite, mention, destination.module);
    if (uses.members.length === 0) noteModule(rewrite, mention, destination.module);
    renameMembers(rewrite, oldModule, uses.members);
  } else if (destination.kind !== 'several' || !splitImportEquals(rewrite, mention, declaration, destination.modules)) {
    noteLeft(rewrite, mention, destination);
  }
}

/** Splits `import x = require('…')` into one statement per module, named after the modules. */
function splitImportEquals(rewrite: Rewrite, mention: Mention, declaration: Node, modules: readonly string[]): boolean {
  if (declaration.type !== 'TSImportEqualsDeclaration') return false;
  const oldModule = mention.oldModule ?? '';
  const variable = rewrite.scopes().findDeclared(declaration.id);
  const uses = findUsesOfVariable(rewrite, declaration.id);
  const objects = uses.members.map(({ path }) => getObject(path.at(-1)));
  if (!variable || objects.some((object) => object === undefined)) return false;
  const names = modules.map((module) =>
    claimFreeName(rewrite, variable, toCamelCase(module.slice(module.lastIndexOf('/') + 1))),
  );
  uses.members.forEach((use, index) => {
    const module = findTarget(rewrite.map, oldModule, use.name)?.module ?? '';
    const object = objects[index];
    const name = names[modules.indexOf(module)];
    if (object && name !== undefined) rewrite.plan.edits.push({ start: object.start, end: object.end, text: name });
  });
  renameMembers(rewrite, oldModule, uses.members);
  const { id } = declaration;
  const lines = modules.map(
    (module, index) =>
      rewrite.text.slice(declaration.start, id.start) +
      names[index] +
      rewrite.text.slice(id.end, mention.start) +
      module +
      rewrite.text.slice(mention.end, declaration.end),
  );
  const text = lines.join(`${readLineEnd(rewrite.text)}${readIndent(rewrite.text, declaration.start)}`);
  rewrite.plan.edits.push({ start: declaration.start, end: declaration.end, text });
  return true;
}

/** The object of a member expression. */
function getObject(node: Node | undefined): Node | undefined {
  if (node?.type === 'MemberExpression' || node?.type === 'JSXMemberExpression') return node.object;
  if (node?.type === 'TSQualifiedName') return node.left;
  return undefined;
}

function toCamelCase(words: string): string {
  return words.replace(/[-_.]+(.)?/g, (_, next: string | undefined) => next?.toUpperCase() ?? '');
}
