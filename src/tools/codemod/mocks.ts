import { findEarlierMock, isMockedAlready, joinEarlier } from './join-mocks.ts';
import { getLoadedObject, getStatementList, leaveMock, type MockCall } from './mock-calls.ts';
import { needsOriginal } from './mock-original.ts';
import {
  findOriginals,
  findReplacement,
  listReplacedNames,
  type Originals,
  type Replacement,
} from './mock-replacement.ts';
import { moveModuleObject } from './module-objects.ts';
import { moveModule, noteModule, noteSymbol, type Rewrite, replaceName, replaceSpecifier } from './plan.ts';
import { renameMembers } from './rename-members.ts';
import { splitStatement } from './split-variable.ts';
import { spreadOriginal } from './spread-original.ts';
import { readName } from './syntax.ts';
import { findTarget, findWholeTarget, findWiderTarget, listTargetModules } from './targets.ts';
import { findStatementEnd, readIndent, readLineEnd, removeWithLine } from './text-layout.ts';

/** Moves a call of a test runner to the new module, or leaves it and with it all other uses of the module. */
export function moveMock(rewrite: Rewrite, mocked: MockCall): void {
  const { mention, call, calls } = mocked;
  const oldModule = mention.oldModule ?? '';
  if (calls.does === 'load' || calls.does === 'load-async') {
    moveModuleObject(rewrite, mention, getLoadedObject(rewrite, mocked));
    return;
  }
  const whole = findWholeTarget(rewrite.map, oldModule);
  if (whole !== undefined) {
    moveModule(rewrite, mention, whole);
    return;
  }
  const replacement = calls.does === 'replace' ? call.arguments[1] : undefined;
  const made = replacement && findReplacement(replacement);
  if (made) moveReplacement(rewrite, mocked, made);
  else if (replacement?.type === 'ObjectExpression' || !replacement) moveAutomatic(rewrite, mocked);
  else moveOpaque(rewrite, mocked);
}

/** Moves a mock without a replacement, or a call that only names the module. */
function moveAutomatic(rewrite: Rewrite, mocked: MockCall): void {
  const { mention, path, call, calls } = mocked;
  const oldModule = mention.oldModule ?? '';
  const [module, ...others] = listTargetModules(rewrite.map, oldModule);
  if (module === undefined || others.length > 0) {
    if (splitStatement(rewrite, mention, { path, promise: false, names: [mention] })) return;
    leaveMock(
      rewrite,
      mention,
      `what it covers went to ${[module, ...others].join(' and ')}, but the call takes one module`,
    );
    return;
  }
  const earlier = findEarlierMock(rewrite, mocked, module);
  const statement = path.at(-2);
  if (earlier?.name === calls.name && !earlier.object && call.arguments.length === 1 && statement) {
    // The same call is already there.
    if (statement.type === 'ExpressionStatement')
      removeWithLine(rewrite, statement.start, findStatementEnd(rewrite.text, statement));
    noteModule(rewrite, mention, module);
  } else if (earlier || isMockedAlready(rewrite, mocked, module)) {
    leaveMock(rewrite, mention, `this file already mocks ${module}, and only the last of two mocks takes effect`);
  } else {
    moveModule(rewrite, mention, module, `it now covers all of ${module}`);
    rewrite.plan.mocks.push({ name: calls.name, list: getStatementList(mocked), module, names: new Set() });
  }
}

/** Moves a mock whose replacement cannot be read, if every name of the module stayed. */
function moveOpaque(rewrite: Rewrite, mocked: MockCall): void {
  const { mention, calls } = mocked;
  const module = findWiderTarget(rewrite.map, mention.oldModule ?? '');
  if (module === undefined) {
    leaveMock(
      rewrite,
      mention,
      'the names in its replacement cannot be read, and some names of the module have changed',
    );
    return;
  }
  if (findEarlierMock(rewrite, mocked, module) || isMockedAlready(rewrite, mocked, module)) {
    leaveMock(rewrite, mention, `this file already mocks ${module}, and only the last of two mocks takes effect`);
    return;
  }
  moveModule(rewrite, mention, module, `it now covers all of ${module}`);
  rewrite.plan.mocks.push({ name: calls.name, list: getStatementList(mocked), module, names: new Set() });
}

/** Moves a mock with an object literal: its keys take the new names, and the other exports of the new module stay. */
function moveReplacement(rewrite: Rewrite, mocked: MockCall, replacement: Replacement): void {
  const { mention } = mocked;
  const oldModule = mention.oldModule ?? '';
  const originals = findOriginals(rewrite, mocked, replacement);
  if (!originals) {
    leaveMock(rewrite, mention, 'its replacement passes the original on in a way that cannot be followed');
    return;
  }
  const modules = new Set<string>();
  const unknown: string[] = [];
  for (const property of replacement.object.properties) {
    if (property.type === 'SpreadElement') continue;
    const name = property.computed ? undefined : readName(property.key);
    if (name === '__esModule') continue;
    const target = name === undefined ? undefined : findTarget(rewrite.map, oldModule, name);
    if (target) modules.add(target.module);
    else unknown.push(name ?? 'a computed key');
  }
  for (const use of originals.members) modules.add(findTarget(rewrite.map, oldModule, use.name)?.module ?? oldModule);
  if (modules.size === 0 && unknown.length === 0)
    for (const module of listTargetModules(rewrite.map, oldModule)) modules.add(module);
  const [module, ...others] = modules;
  if (unknown.length > 0)
    leaveMock(rewrite, mention, `the map does not say where ${unknown.join(', ')} of ${oldModule} went`);
  else if (module === undefined || others.length > 0) {
    leaveMock(
      rewrite,
      mention,
      `what it replaces went to ${[...modules].join(' and ')}, but a mock replaces one module`,
    );
  } else if (joinEarlier(rewrite, mocked, replacement, module)) return;
  else writeReplacement(rewrite, mocked, replacement, originals, module);
}

function writeReplacement(
  rewrite: Rewrite,
  mocked: MockCall,
  replacement: Replacement,
  originals: Originals,
  module: string,
): void {
  const { mention, calls } = mocked;
  const oldModule = mention.oldModule ?? '';
  replaceSpecifier(rewrite, mention, module);
  for (const name of originals.names) replaceSpecifier(rewrite, name, module);
  for (const each of originals.settled) rewrite.plan.settled.add(each);
  renameMembers(rewrite, oldModule, originals.members);
  const named = replacement.object.properties.some(
    (property) =>
      property.type === 'Property' && findTarget(rewrite.map, oldModule, readName(property.key) ?? '') !== undefined,
  );
  const wanted = !originals.spread && named && needsOriginal(rewrite, mocked, replacement, module);
  const separator = wanted ? spreadOriginal(rewrite, mocked, replacement, module) : undefined;
  for (const property of replacement.object.properties) {
    const name = property.type === 'Property' ? readName(property.key) : undefined;
    const target = name === undefined ? undefined : findTarget(rewrite.map, oldModule, name);
    if (property.type !== 'Property' || name === undefined || !target) continue;
    noteSymbol(rewrite, property.start, oldModule, name, target);
    if (target.name === name) continue;
    if (property.shorthand) {
      rewrite.plan.edits.push({ start: property.start, end: property.start, text: `${target.name}: ` });
      rewrite.plan.renamedKeys.add(property.start);
    } else {
      replaceName(rewrite, property.key, target.name);
    }
  }
  if (separator !== undefined) {
    noteModule(rewrite, mention, module, `its factory now gets the original, for the other exports of ${module}`);
  } else if (!originals.spread) {
    noteModule(rewrite, mention, module, `it now covers all of ${module}`);
  }
  const { object } = replacement;
  const last = object.properties.at(-1);
  const onOneLine = !last || !rewrite.text.slice(object.start, last.start).includes('\n');
  const between =
    separator ?? (onOneLine ? ' ' : `${readLineEnd(rewrite.text)}${readIndent(rewrite.text, last.start)}`);
  const names = new Set(listReplacedNames(rewrite, oldModule, object));
  rewrite.plan.mocks.push({
    name: calls.name,
    list: getStatementList(mocked),
    module,
    object,
    separator: `,${between}`,
    names,
  });
}
