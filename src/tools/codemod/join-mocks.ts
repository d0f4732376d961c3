import { hold, listOf, type MockCall, mockCallAt } from './mock-calls.ts';
import { namesIn, type Replacement } from './mock-replacement.ts';
import { hasComment, type MovedMock, noteSymbol, type Work } from './plan.ts';
import { type Node, nameOf, pathTo } from './syntax.ts';
import { targetOf } from './targets.ts';
import { endOfStatement, removeWithLine } from './text-layout.ts';

/** A mock of the same new module that was moved before, among the same statements. */
export function earlierMock(work: Work, mocked: MockCall, module: string): MovedMock | undefined {
  return work.plan.mocks.find((each) => each.module === module && each.list === listOf(mocked));
}

/** Whether the file mocks a new module itself. */
export function isMockedAlready(work: Work, mocked: MockCall, module: string): boolean {
  for (const quote of [`'`, `"`, '`']) {
    const quoted = `${quote}${module}${quote}`;
    for (let at = work.text.indexOf(quoted); at !== -1; at = work.text.indexOf(quoted, at + 1)) {
      const mention = { start: at + 1, end: at + 1 + module.length, specifier: module };
      const path = pathTo(work.program, mention.start, mention.end);
      const other = mockCallAt(work, mention, path);
      if (other?.calls.name === mocked.calls.name && listOf(other) === listOf(mocked)) return true;
    }
  }
  return false;
}

/**
 * Joins a mock with an earlier one of what is now the same module: of two, only the last would count. True where the mock is
 * dealt with, joined or left.
 */
export function joinEarlier(work: Work, mocked: MockCall, replacement: Replacement, module: string): boolean {
  const { mention, path, calls } = mocked;
  const oldModule = mention.oldModule ?? '';
  const earlier = earlierMock(work, mocked, module);
  if (!earlier && !isMockedAlready(work, mocked, module)) return false;
  const statement = path.at(-2);
  const last = earlier?.object?.properties.at(-1);
  const { object, maker } = replacement;
  const names = namesIn(work, oldModule, object);
  const joinable =
    earlier?.name === calls.name &&
    last &&
    names.every((name) => !earlier.names.has(name)) &&
    statement?.type === 'ExpressionStatement' &&
    maker?.type === 'ArrowFunctionExpression' &&
    maker.body === object &&
    maker.params.length === 0 &&
    object.properties.every((property) => property.type === 'Property' && !property.computed) &&
    work.mentions.every((other) => other === mention || other.start < statement.start || other.end > statement.end) &&
    !hasComment(work, statement.start, statement.end) &&
    !usesImports(work, statement);
  if (!joinable) {
    hold(work, mention, `${module} is mocked in this file already, and of two mocks the last one counts`);
    return true;
  }
  const { separator = ', ' } = earlier;
  for (const name of names) earlier.names.add(name);
  let text = '';
  for (const property of object.properties) {
    if (property.type !== 'Property') continue;
    const name = nameOf(property.key) ?? '';
    const target = targetOf(work.map, oldModule, name);
    const written = work.text.slice(property.start, property.end);
    if (!target) continue;
    noteSymbol(work, property.start, oldModule, name, target);
    if (target.name === name) text += separator + written;
    else if (property.shorthand) text += `${separator}${target.name}: ${name}`;
    else text += separator + target.name + work.text.slice(property.key.end, property.end);
  }
  work.plan.edits.push({ start: last.end, end: last.end, text });
  removeWithLine(work, statement.start, endOfStatement(work.text, statement));
  return true;
}

/** Whether a statement has the name of anything that an old module is imported as. */
function usesImports(work: Work, statement: Node): boolean {
  const text = work.text.slice(statement.start, statement.end);
  return work.program.body.some(
    (node) =>
      node.type === 'ImportDeclaration' &&
      work.resolve(node.source.value) !== undefined &&
      node.specifiers.some((specifier) => new RegExp(`(?<![\\w$.])${specifier.local.name}(?![\\w$])`).test(text)),
  );
}
