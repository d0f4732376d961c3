import { type ExportAllDeclaration, isTyped, isTypedSpecifier, type OldDeclaration } from './declaration-draft.ts';
import { moveModule, noteSymbol, type Rewrite } from './plan.ts';
import { renderList } from './render-list.ts';
import { type Node, readName } from './syntax.ts';
import { findWholeTarget, findWiderTarget, listTargetModules, listTargets } from './targets.ts';
import { findStatementEnd, readIndent, readLineEnd } from './text-layout.ts';

/** Replaces `export * from` an old module by exports of the same names. */
export function moveExportAll(
  rewrite: Rewrite,
  { mention, siblings }: OldDeclaration,
  node: ExportAllDeclaration,
): void {
  const oldModule = mention.oldModule ?? '';
  const whole =
    findWholeTarget(rewrite.map, oldModule) ?? (node.exported ? findWiderTarget(rewrite.map, oldModule) : undefined);
  if (whole !== undefined) {
    moveModule(rewrite, mention, whole);
    return;
  }
  const listed = listTargets(rewrite.map, oldModule);
  if (node.exported || listed.length === 0 || rewrite.map.modules[oldModule]?.module !== undefined) {
    const message = node.exported
      ? 'the module is exported whole, and its members have new names or new modules'
      : 'the map does not list all of its exports';
    rewrite.plan.left.push({ mention, offset: node.start, from: oldModule, reason: 'whole-module', message });
    return;
  }
  const taken = listExportedNames(siblings);
  const hidden = listed.find(([name]) => node.exportKind !== 'type' && taken.get(name) === 'type')?.[0];
  if (hidden !== undefined) {
    const message = `this file exports a type ${hidden}, which hides the module's ${hidden} only as a type`;
    rewrite.plan.left.push({ mention, offset: node.start, from: oldModule, reason: 'whole-module', message });
    return;
  }
  for (const other of rewrite.plan.exportedByStar) taken.set(other, 'value');
  const groups = new Map<string, string[]>(listTargetModules(rewrite.map, oldModule).map((module) => [module, []]));
  for (const [name, target] of listed) {
    noteSymbol(rewrite, node.start, oldModule, name, target);
    if (name === 'default' || taken.has(name)) continue;
    rewrite.plan.exportedByStar.add(name);
    const typed = target.typeOnly && node.exportKind !== 'type' ? 'type ' : '';
    groups.get(target.module)?.push(`${typed}${target.name === name ? name : `${target.name} as ${name}`}`);
  }
  const indent = readIndent(rewrite.text, node.start);
  const end = findStatementEnd(rewrite.text, node);
  const after = rewrite.text.slice(mention.end, end);
  const quote = rewrite.text.charAt(mention.start - 1);
  const lines = [...groups]
    .filter(
      ([, names], index) =>
        names.length > 0 || (index === 0 && [...groups.values()].every((each) => each.length === 0)),
    )
    .map(([module, names]) => {
      const head = node.exportKind === 'type' ? 'export type ' : 'export ';
      const tail = ` from ${quote}${module}${after}`;
      return `${head}${renderList(rewrite.text, names, indent, head.length + tail.length)}${tail}`;
    });
  rewrite.plan.edits.push({ start: node.start, end, text: lines.join(`${readLineEnd(rewrite.text)}${indent}`) });
}

/** Names that statements export explicitly, which take precedence over `export *`, and whether each is only a type. */
function listExportedNames(statements: readonly Node[]): Map<string, 'type' | 'value'> {
  const names = new Map<string, 'type' | 'value'>();
  for (const statement of statements) {
    if (statement.type === 'ExportAllDeclaration' && statement.exported) {
      names.set(readName(statement.exported) ?? '', statement.exportKind === 'type' ? 'type' : 'value');
    }
    if (statement.type !== 'ExportNamedDeclaration') continue;
    for (const specifier of statement.specifiers) {
      const typed = isTyped(statement) || isTypedSpecifier(specifier);
      names.set(readName(specifier.exported) ?? '', typed ? 'type' : 'value');
    }
    const { declaration } = statement;
    if (declaration?.type === 'VariableDeclaration') {
      for (const { id } of declaration.declarations) for (const name of listBoundNames(id)) names.set(name, 'value');
    } else if (declaration && 'id' in declaration) {
      const typed = declaration.type === 'TSInterfaceDeclaration' || declaration.type === 'TSTypeAliasDeclaration';
      const name = readName(declaration.id) ?? '';
      if (!typed || names.get(name) !== 'value') names.set(name, typed ? 'type' : 'value');
    }
  }
  return names;
}

/** The names that a pattern binds. */
export function* listBoundNames(pattern: Node): Generator<string> {
  if (pattern.type === 'Identifier') yield pattern.name;
  if (pattern.type === 'AssignmentPattern') yield* listBoundNames(pattern.left);
  if (pattern.type === 'RestElement') yield* listBoundNames(pattern.argument);
  if (pattern.type === 'ArrayPattern')
    for (const element of pattern.elements) if (element) yield* listBoundNames(element);
  if (pattern.type === 'ObjectPattern') {
    for (const property of pattern.properties) {
      yield* listBoundNames(property.type === 'Property' ? property.value : property);
    }
  }
}
