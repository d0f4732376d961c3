import { declaresRequire } from './callee-names.ts';
import { noteLeft } from './destination.ts';
import { moveImportEquals } from './import-equals.ts';
import { moveAugmentation, moveImportType } from './import-types.ts';
import { moveModuleObject } from './module-objects.ts';
import { includeAssertion } from './module-uses.ts';
import { moveModule, type Rewrite } from './plan.ts';
import { createPackageResolver, type Mention } from './specifiers.ts';
import { type Node, readDottedName } from './syntax.ts';
import { listTargetModules } from './targets.ts';

/** Moves a mention that is neither a declaration nor a mock. */
export function moveInCode(rewrite: Rewrite, mention: Mention, path: readonly Node[]): void {
  const upTo = path.findLastIndex((node) => node.type === 'Literal' || node.type === 'TemplateLiteral');
  const literal = path[upTo];
  const parent = path[upTo - 1];
  const upwards = path.slice(0, upTo);
  if (mention.oldModule === undefined || parent?.type === 'BinaryExpression') {
    reportComputed(rewrite, mention, path);
    return;
  }
  // Within a longer string it is only text.
  if (!parent || literal?.start !== mention.start - 1 || literal.end !== mention.end + 1) return;
  if (parent.type === 'ImportExpression' && parent.source === literal) {
    moveModuleObject(
      rewrite,
      mention,
      includeAssertion(rewrite, mention, { path: upwards, promise: true, names: [mention] }),
    );
  } else if (parent.type === 'TSImportType' && parent.source === literal) {
    moveImportType(rewrite, mention, path, parent);
  } else if (parent.type === 'TSModuleDeclaration' && parent.id === literal) {
    moveAugmentation(rewrite, mention, parent);
  } else if (parent.type === 'TSExternalModuleReference') {
    moveImportEquals(rewrite, mention, upwards);
  } else if (parent.type === 'CallExpression' && parent.arguments[0] === literal && isRequire(rewrite, parent.callee)) {
    moveModuleObject(
      rewrite,
      mention,
      includeAssertion(rewrite, mention, { path: upwards, promise: false, names: [mention] }),
    );
  } else if (parent.type === 'CallExpression' && parent.arguments[0] === literal && isResolve(rewrite, parent.callee)) {
    moveResolved(rewrite, mention);
  } else {
    reportText(rewrite, mention);
  }
}

/** Moves a path that is only resolved, as in `require.resolve('…')`. */
function moveResolved(rewrite: Rewrite, mention: Mention): void {
  const [module, ...others] = listTargetModules(rewrite.map, mention.oldModule ?? '');
  if (module === undefined || others.length > 0) {
    noteLeft(rewrite, mention, { kind: 'several', modules: module === undefined ? [] : [module, ...others] });
    return;
  }
  moveModule(rewrite, mention, module);
}

/** Whether a callee is Node's `require`, or was made by `createRequire`. */
function isRequire(rewrite: Rewrite, callee: Node): boolean {
  if (callee.type !== 'Identifier' || callee.name !== 'require') return false;
  const [definition] = rewrite.scopes().findReference(callee)?.resolved?.defs ?? [];
  return !definition || declaresRequire(definition as unknown as Parameters<typeof declaresRequire>[0]);
}

function isResolve(rewrite: Rewrite, callee: Node): boolean {
  const name = readDottedName(callee);
  if (name === 'import.meta.resolve') return true;
  return name === 'require.resolve' && callee.type === 'MemberExpression' && isRequire(rewrite, callee.object);
}

/** Leaves a path that continues with an expression, if something loads it. */
function reportComputed(rewrite: Rewrite, mention: Mention, path: readonly Node[]): void {
  const upTo = path.findLastIndex((node) => node.type === 'ImportExpression' || node.type === 'CallExpression');
  const loading = path[upTo];
  const between = path.slice(upTo + 1, -1);
  const isPath = between.every((node) => node.type === 'BinaryExpression' || node.type === 'TemplateLiteral');
  const loads =
    loading?.type === 'ImportExpression' ||
    (loading?.type === 'CallExpression' &&
      (isRequire(rewrite, loading.callee) ||
        isResolve(rewrite, loading.callee) ||
        rewrite.mockFunctions.some((each) => each.name === readDottedName(loading.callee))));
  if (!isPath || !loads) return;
  const message = 'the path is built at run time';
  rewrite.plan.left.push({ mention, offset: mention.start, from: mention.specifier, reason: 'computed-path', message });
}

/** Leaves a string that is the package path of an old module but is not known to load it. */
function reportText(rewrite: Rewrite, mention: Mention): void {
  if (createPackageResolver(rewrite.map)(mention.specifier) === undefined) return;
  const message = 'a string names the module, and how it is used is unknown';
  const from = mention.oldModule ?? mention.specifier;
  rewrite.plan.left.push({ mention, offset: mention.start, from, reason: 'text', message });
}
