import { noteLeft } from './destination.ts';
import { moveImportEquals } from './import-equals.ts';
import { moveAugmentation, moveImportType } from './import-types.ts';
import { moveModuleObject } from './module-objects.ts';
import { withAssertion } from './module-uses.ts';
import { noteModule, respecify, type Work } from './plan.ts';
import { type Mention, packageResolver } from './specifiers.ts';
import { dottedName, type Node } from './syntax.ts';
import { targetModules } from './targets.ts';

/** Moves a mention that is neither a declaration nor a mock. */
export function moveInCode(work: Work, mention: Mention, path: readonly Node[]): void {
  const upTo = path.findLastIndex((node) => node.type === 'Literal' || node.type === 'TemplateLiteral');
  const literal = path[upTo];
  const parent = path[upTo - 1];
  const upwards = path.slice(0, upTo);
  if (mention.oldModule === undefined || parent?.type === 'BinaryExpression') {
    reportComputed(work, mention, path);
    return;
  }
  // Inside of a longer string it is text.
  if (!parent || literal?.start !== mention.start - 1 || literal.end !== mention.end + 1) return;
  if (parent.type === 'ImportExpression' && parent.source === literal) {
    moveModuleObject(work, mention, withAssertion(work, mention, { path: upwards, promise: true, names: [mention] }));
  } else if (parent.type === 'TSImportType' && parent.source === literal) {
    moveImportType(work, mention, path, parent);
  } else if (parent.type === 'TSModuleDeclaration' && parent.id === literal) {
    moveAugmentation(work, mention, parent);
  } else if (parent.type === 'TSExternalModuleReference') {
    moveImportEquals(work, mention, upwards);
  } else if (parent.type === 'CallExpression' && parent.arguments[0] === literal && isRequire(work, parent.callee)) {
    moveModuleObject(work, mention, withAssertion(work, mention, { path: upwards, promise: false, names: [mention] }));
  } else if (parent.type === 'CallExpression' && parent.arguments[0] === literal && isResolve(work, parent.callee)) {
    moveResolved(work, mention);
  } else {
    reportText(work, mention);
  }
}

/** Moves a path that is only looked up, as in `require.resolve('…')`. */
function moveResolved(work: Work, mention: Mention): void {
  const [module, ...others] = targetModules(work.map, mention.oldModule ?? '');
  if (module === undefined || others.length > 0) {
    noteLeft(work, mention, { kind: 'several', modules: module === undefined ? [] : [module, ...others] });
    return;
  }
  respecify(work, mention, module);
  noteModule(work, mention, module);
}

/** Whether a function that is called is Node's `require`, or one made by `createRequire`. */
function isRequire(work: Work, callee: Node): boolean {
  if (callee.type !== 'Identifier' || callee.name !== 'require') return false;
  const [definition] = work.scopes().referenceAt(callee)?.resolved?.defs ?? [];
  if (!definition) return true;
  const node = definition.node as unknown as Node;
  if (node.type === 'TSDeclareFunction') return true;
  if (node.type !== 'VariableDeclarator') return false;
  if (!node.init) return definition.parent?.type === 'VariableDeclaration' && definition.parent.declare;
  return node.init.type === 'CallExpression' && /(?:^|\.)createRequire$/.test(dottedName(node.init.callee) ?? '');
}

function isResolve(work: Work, callee: Node): boolean {
  const name = dottedName(callee);
  if (name === 'import.meta.resolve') return true;
  return name === 'require.resolve' && callee.type === 'MemberExpression' && isRequire(work, callee.object);
}

/** Notes a path that is put together from here on, where it is the path of an import. */
function reportComputed(work: Work, mention: Mention, path: readonly Node[]): void {
  const upTo = path.findLastIndex((node) => node.type === 'ImportExpression' || node.type === 'CallExpression');
  const loading = path[upTo];
  const between = path.slice(upTo + 1, -1);
  const isPath = between.every((node) => node.type === 'BinaryExpression' || node.type === 'TemplateLiteral');
  const loads =
    loading?.type === 'ImportExpression' ||
    (loading?.type === 'CallExpression' &&
      (isRequire(work, loading.callee) ||
        isResolve(work, loading.callee) ||
        work.mockFunctions.some((each) => each.name === dottedName(loading.callee))));
  if (!isPath || !loads) return;
  const message = 'the path is put together when the program runs';
  work.plan.left.push({ mention, offset: mention.start, from: mention.specifier, reason: 'computed-path', message });
}

/** Notes a string that is the package path of an old module, but nothing that is known to load it. */
function reportText(work: Work, mention: Mention): void {
  if (packageResolver(work.map)(mention.specifier) === undefined) return;
  const message = 'a string names the module, and nobody can tell what is done with it';
  const from = mention.oldModule ?? mention.specifier;
  work.plan.left.push({ mention, offset: mention.start, from, reason: 'text', message });
}
