import { findMockCall, getStatementList, leaveMock, type MockCall } from './mock-calls.ts';
import { listReplacedNames, type Replacement } from './mock-replacement.ts';
import { hasComment, type MovedMock, noteSymbol, type Rewrite } from './plan.ts';
import { findPath, type Node, readName } from './syntax.ts';
import { findTarget } from './targets.ts';
import { findStatementEnd, removeWithLine } from './text-layout.ts';

/** An already moved mock of the same new module in the same statement list. */
export function findEarlierMock(rewrite: Rewrite, mocked: MockCall, module: string): MovedMock | undefined {
  return rewrite.plan.mocks.find((each) => each.module === module && each.list === getStatementList(mocked));
}

/** Whether the file already mocks a new module. */
export function isMockedAlready(rewrite: Rewrite, mocked: MockCall, module: string): boolean {
  for (const quote of [`'`, `"`, '`']) {
    const quoted = `${quote}${module}${quote}`;
    for (let at = rewrite.text.indexOf(quoted); at !== -1; at = rewrite.text.indexOf(quoted, at + 1)) {
      const mention = { start: at + 1, end: at + 1 + module.length, specifier: module };
      const path = findPath(rewrite.program, mention.start, mention.end);
      const other = findMockCall(rewrite, mention, path);
      // Of any test runner, as among the mocks that were moved.
      if (other?.calls.does === mocked.calls.does && getStatementList(other) === getStatementList(mocked)) return true;
    }
  }
  return false;
}

/**
 * Joins a mock with an earlier one of what is now the same module, because only the last of two takes effect.
 *
 * @returns true if the mock was joined or left.
 */
export function joinEarlier(rewrite: Rewrite, mocked: MockCall, replacement: Replacement, module: string): boolean {
  const { mention, path, calls } = mocked;
  const oldModule = mention.oldModule ?? '';
  const earlier = findEarlierMock(rewrite, mocked, module);
  if (!earlier && !isMockedAlready(rewrite, mocked, module)) return false;
  const statement = path.at(-2);
  const last = earlier?.object?.properties.at(-1);
  const { object, maker } = replacement;
  const names = listReplacedNames(rewrite, oldModule, object);
  const joinable =
    earlier?.name === calls.name &&
    last &&
    names.every((name) => !earlier.names.has(name)) &&
    statement?.type === 'ExpressionStatement' &&
    maker?.type === 'ArrowFunctionExpression' &&
    maker.body === object &&
    maker.params.length === 0 &&
    object.properties.every((property) => property.type === 'Property' && !property.computed) &&
    rewrite.mentions.every(
      (other) => other === mention || other.start < statement.start || other.end > statement.end,
    ) &&
    !hasComment(rewrite, statement.start, statement.end) &&
    !usesImports(rewrite, statement);
  if (!joinable) {
    leaveMock(rewrite, mention, `this file already mocks ${module}, and only the last of two mocks takes effect`);
    return true;
  }
  const { separator = ', ' } = earlier;
  for (const name of names) earlier.names.add(name);
  let text = '';
  for (const property of object.properties) {
    if (property.type !== 'Property') continue;
    const name = readName(property.key) ?? '';
    const target = findTarget(rewrite.map, oldModule, name);
    const written = rewrite.text.slice(property.start, property.end);
    if (!target) continue;
    noteSymbol(rewrite, property.start, oldModule, name, target);
    if (target.name === name) text += separator + written;
    else if (property.shorthand) text += `${separator}${target.name}: ${name}`;
    else text += separator + target.name + rewrite.text.slice(property.key.end, property.end);
  }
  rewrite.plan.edits.push({ start: last.end, end: last.end, text });
  removeWithLine(rewrite, statement.start, findStatementEnd(rewrite.text, statement));
  return true;
}

/** Whether a statement contains the local name of an old import. */
function usesImports(rewrite: Rewrite, statement: Node): boolean {
  const text = rewrite.text.slice(statement.start, statement.end);
  return rewrite.program.body.some(
    (node) =>
      node.type === 'ImportDeclaration' &&
      rewrite.resolve(node.source.value) !== undefined &&
      node.specifiers.some((specifier) => new RegExp(`(?<![\\w$.])${specifier.local.name}(?![\\w$])`).test(text)),
  );
}
