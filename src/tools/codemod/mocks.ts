import { earlierMock, isMockedAlready, joinEarlier } from './join-mocks.ts';
import { hold, listOf, loadedObject, type MockCall } from './mock-calls.ts';
import { madeBy, namesIn, type Originals, originalsIn, type Replacement } from './mock-replacement.ts';
import { moveModuleObject } from './module-objects.ts';
import { noteModule, noteSymbol, replaceName, respecify, type Work } from './plan.ts';
import { renameMembers } from './rename-members.ts';
import { splitStatement } from './split-variable.ts';
import { spreadOriginal } from './spread-original.ts';
import { nameOf } from './syntax.ts';
import { targetModules, targetOf, wholeTarget, widerTarget } from './targets.ts';
import { endOfStatement, indentAt, lineEnd, removeWithLine } from './text-layout.ts';

/** Moves a call of a test runner to where the module went. What holds back the module's other mentions is noted. */
export function moveMock(work: Work, mocked: MockCall): void {
  const { mention, call, calls } = mocked;
  const oldModule = mention.oldModule ?? '';
  if (calls.does === 'load' || calls.does === 'load-async') {
    moveModuleObject(work, mention, loadedObject(work, mocked));
    return;
  }
  const whole = wholeTarget(work.map, oldModule);
  if (whole !== undefined) {
    respecify(work, mention, whole);
    noteModule(work, mention, whole);
    return;
  }
  const replacement = calls.does === 'replace' ? call.arguments[1] : undefined;
  const made = replacement && madeBy(replacement);
  if (made) moveReplacement(work, mocked, made);
  else if (replacement?.type === 'ObjectExpression' || !replacement) moveAutomatic(work, mocked);
  else moveOpaque(work, mocked);
}

/** Moves a mock that makes up its own replacement, or a call that only names the module. */
function moveAutomatic(work: Work, mocked: MockCall): void {
  const { mention, path, call, calls } = mocked;
  const oldModule = mention.oldModule ?? '';
  const [module, ...others] = targetModules(work.map, oldModule);
  if (module === undefined || others.length > 0) {
    if (splitStatement(work, mention, { path, promise: false, names: [mention] })) return;
    hold(work, mention, `what it covers went to ${[module, ...others].join(' and ')}, and the call takes one module`);
    return;
  }
  const earlier = earlierMock(work, mocked, module);
  const statement = path.at(-2);
  if (earlier?.name === calls.name && !earlier.object && call.arguments.length === 1 && statement) {
    // The same call stands there already.
    if (statement.type === 'ExpressionStatement')
      removeWithLine(work, statement.start, endOfStatement(work.text, statement));
    noteModule(work, mention, module);
  } else if (earlier || isMockedAlready(work, mocked, module)) {
    hold(work, mention, `${module} is mocked in this file already, and of two mocks the last one counts`);
  } else {
    respecify(work, mention, module);
    noteModule(work, mention, module, `it now covers all of ${module}`);
    work.plan.mocks.push({ name: calls.name, list: listOf(mocked), module, names: new Set() });
  }
}

/** Moves a mock whose replacement cannot be read: possible where every name of it stayed. */
function moveOpaque(work: Work, mocked: MockCall): void {
  const { mention, calls } = mocked;
  const module = widerTarget(work.map, mention.oldModule ?? '');
  if (module === undefined) {
    hold(work, mention, 'the names that its replacement has cannot be read, and some of them have changed');
    return;
  }
  if (earlierMock(work, mocked, module) || isMockedAlready(work, mocked, module)) {
    hold(work, mention, `${module} is mocked in this file already, and of two mocks the last one counts`);
    return;
  }
  respecify(work, mention, module);
  noteModule(work, mention, module, `it now covers all of ${module}`);
  work.plan.mocks.push({ name: calls.name, list: listOf(mocked), module, names: new Set() });
}

/** Moves a mock with an object literal: its keys take the new names, and what else the new module has stays as it is. */
function moveReplacement(work: Work, mocked: MockCall, replacement: Replacement): void {
  const { mention } = mocked;
  const oldModule = mention.oldModule ?? '';
  const originals = originalsIn(work, mocked, replacement);
  if (!originals) {
    hold(work, mention, 'its replacement passes the original on in a way that cannot be followed');
    return;
  }
  const modules = new Set<string>();
  const unknown: string[] = [];
  for (const property of replacement.object.properties) {
    if (property.type === 'SpreadElement') continue;
    const name = property.computed ? undefined : nameOf(property.key);
    if (name === '__esModule') continue;
    const target = name === undefined ? undefined : targetOf(work.map, oldModule, name);
    if (target) modules.add(target.module);
    else unknown.push(name ?? 'a computed key');
  }
  for (const use of originals.members) modules.add(targetOf(work.map, oldModule, use.name)?.module ?? oldModule);
  if (modules.size === 0 && unknown.length === 0)
    for (const module of targetModules(work.map, oldModule)) modules.add(module);
  const [module, ...others] = modules;
  if (unknown.length > 0) hold(work, mention, `the map does not say where ${unknown.join(', ')} of ${oldModule} went`);
  else if (module === undefined || others.length > 0) {
    hold(work, mention, `what it replaces went to ${[...modules].join(' and ')}, and a mock replaces one module`);
  } else if (joinEarlier(work, mocked, replacement, module)) return;
  else writeReplacement(work, mocked, replacement, originals, module);
}

function writeReplacement(
  work: Work,
  mocked: MockCall,
  replacement: Replacement,
  originals: Originals,
  module: string,
): void {
  const { mention, calls } = mocked;
  const oldModule = mention.oldModule ?? '';
  respecify(work, mention, module);
  for (const name of originals.names) respecify(work, name, module);
  for (const each of originals.settled) work.plan.settled.add(each);
  renameMembers(work, oldModule, originals.members);
  const named = replacement.object.properties.some(
    (property) =>
      property.type === 'Property' && targetOf(work.map, oldModule, nameOf(property.key) ?? '') !== undefined,
  );
  const separator = originals.spread || !named ? undefined : spreadOriginal(work, mocked, replacement, module);
  for (const property of replacement.object.properties) {
    const name = property.type === 'Property' ? nameOf(property.key) : undefined;
    const target = name === undefined ? undefined : targetOf(work.map, oldModule, name);
    if (property.type !== 'Property' || name === undefined || !target) continue;
    noteSymbol(work, property.start, oldModule, name, target);
    if (target.name === name) continue;
    if (property.shorthand) {
      work.plan.edits.push({ start: property.start, end: property.start, text: `${target.name}: ` });
      work.plan.renamedKeys.add(property.start);
    } else {
      replaceName(work, property.key, target.name);
    }
  }
  if (!originals.spread && separator === undefined) {
    noteModule(work, mention, module, `it now covers all of ${module}`);
  }
  const { object } = replacement;
  const last = object.properties.at(-1);
  const onOneLine = !last || !work.text.slice(object.start, last.start).includes('\n');
  const between = separator ?? (onOneLine ? ' ' : `${lineEnd(work.text)}${indentAt(work.text, last.start)}`);
  const names = new Set(namesIn(work, oldModule, object));
  work.plan.mocks.push({ name: calls.name, list: listOf(mocked), module, object, separator: `,${between}`, names });
}
