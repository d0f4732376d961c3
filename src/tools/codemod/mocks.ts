import type { MockFunction } from './mock-functions.ts';
import {
  type MemberUse,
  type ModuleObject,
  moveModuleObject,
  noteModule,
  noteSymbol,
  renameMembers,
  replaceName,
  respecify,
  splitStatement,
  typeOfModule,
  usesOfExpression,
  withAssertion,
} from './module-objects.ts';
import { targetModules, targetOf, wholeTarget, widerTarget } from './moved.ts';
import { spanOf } from './scopes.ts';
import type { Mention } from './specifiers.ts';
import { childrenOf, dottedName, findOutsideComments, type Node, nameOf, pathTo } from './syntax.ts';
import {
  endOfStatement,
  hasComment,
  indentAt,
  indentStep,
  lineEnd,
  lineWidth,
  type MovedMock,
  removeWithLine,
  type Work,
} from './work.ts';

type Call = Extract<Node, { type: 'CallExpression' }>;
type ObjectExpression = Extract<Node, { type: 'ObjectExpression' }>;
type Maker =
  | Extract<Node, { type: 'ArrowFunctionExpression' }>
  | Extract<Node, { params: unknown; generator: boolean }>;

/** A call of a test runner that names an old module. */
export interface MockCall {
  readonly mention: Mention;
  /** From the program down to the call. */
  readonly path: readonly Node[];
  readonly call: Call;
  readonly calls: MockFunction;
}

/** The call of a test runner that a mention is the first argument of, given as a string or as `import('…')`. */
export function mockCallAt(work: Work, mention: Mention, path: readonly Node[]): MockCall | undefined {
  const literal = path.findLastIndex((node) => node.type === 'Literal' || node.type === 'TemplateLiteral');
  const imported = path[literal - 1]?.type === 'ImportExpression';
  const upTo = imported ? literal - 2 : literal - 1;
  const call = path[upTo];
  if (call?.type !== 'CallExpression' || call.arguments[0] !== path[upTo + 1]) return undefined;
  const name = dottedName(call.callee);
  const calls = work.mockFunctions.find((each) => each.name === name);
  if (!calls || (imported && calls.does !== 'replace')) return undefined;
  return { mention, path: path.slice(0, upTo + 1), call, calls };
}

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

/** The module object that a loading call brings, with the type arguments and assertions that say what it is. */
function loadedObject(work: Work, { mention, path, call, calls }: MockCall): ModuleObject {
  const type = typeOfModule(work, mention, call.typeArguments?.params[0]);
  if (type) work.plan.settled.add(type);
  const names = type ? [mention, type] : [mention];
  return withAssertion(work, mention, { path, promise: calls.does === 'load-async', names });
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

/** A mock of the same new module that was moved before, among the same statements. */
function earlierMock(work: Work, mocked: MockCall, module: string): MovedMock | undefined {
  return work.plan.mocks.find((each) => each.module === module && each.list === listOf(mocked));
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

/** What a mock puts in the place of a module: the object, and the function that makes it if there is one. */
interface Replacement {
  readonly object: ObjectExpression;
  readonly maker?: Maker;
}

/** The object literal that is or makes a replacement, where there is exactly one. */
function madeBy(node: Node): Replacement | undefined {
  if (node.type === 'ObjectExpression') {
    const named = node.properties.find((each) => each.type === 'Property' && nameOf(each.key) === 'namedExports');
    const object = named?.type === 'Property' ? named.value : undefined;
    return object?.type === 'ObjectExpression' ? { object } : undefined;
  }
  if (node.type !== 'ArrowFunctionExpression' && node.type !== 'FunctionExpression') return undefined;
  if (node.type === 'FunctionExpression' && node.generator) return undefined;
  const returned = node.body?.type === 'BlockStatement' ? [...returnedBy(node.body)] : [node.body as Node];
  const object = withoutAssertions(returned[0]);
  return returned.length === 1 && object?.type === 'ObjectExpression' ? { object, maker: node } : undefined;
}

function* returnedBy(node: Node): Generator<Node | undefined> {
  if (node.type === 'ReturnStatement') yield node.argument ?? undefined;
  if (/Function|Class/.test(node.type)) return;
  for (const child of childrenOf(node)) yield* returnedBy(child);
}

function withoutAssertions(node: Node | undefined): Node | undefined {
  if (node?.type === 'TSAsExpression' || node?.type === 'TSSatisfiesExpression')
    return withoutAssertions(node.expression);
  return node;
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

/** The new names of what an object literal replaces. */
function namesIn(work: Work, oldModule: string, object: ObjectExpression): string[] {
  return object.properties.flatMap((property) => {
    const name = property.type === 'Property' ? nameOf(property.key) : undefined;
    const target = name === undefined ? undefined : targetOf(work.map, oldModule, name);
    return target ? [target.name] : [];
  });
}

/** What the function that makes a replacement does with the module that it replaces. */
interface Originals {
  readonly members: MemberUse[];
  readonly names: { start: number; end: number }[];
  readonly settled: Mention[];
  /** Whether the replacement has all of the original, except what it replaces. */
  readonly spread: boolean;
}

/** The original in a replacement; nothing where it is passed on other than by spreading it into the replacement. */
function originalsIn(work: Work, { mention }: MockCall, { object, maker }: Replacement): Originals | undefined {
  const result = {
    members: [] as MemberUse[],
    names: [] as Originals['names'],
    settled: [] as Mention[],
    spread: false,
  };
  if (!maker) return result;
  const objects: ModuleObject[] = [];
  for (const other of work.mentions) {
    if (other.oldModule !== mention.oldModule || other.start < maker.start || other.end > maker.end) continue;
    const loading = mockCallAt(work, other, pathTo(work.program, other.start, other.end));
    if (!loading?.calls.does.startsWith('load')) continue;
    const loaded = loadedObject(work, loading);
    objects.push(loaded);
    result.settled.push(other);
    result.names.push(...loaded.names);
  }
  const [parameter] = maker.params;
  if (parameter?.type === 'Identifier') {
    const variable = work.scopes().declaredAs(parameter);
    for (const reference of variable?.references ?? []) {
      const { start, end } = spanOf(reference.identifier);
      const path = pathTo(work.program, start, end);
      const original = path.at(-2);
      if (original?.type !== 'CallExpression' || original.callee !== path.at(-1)) return undefined;
      const calls = { name: parameter.name, does: 'load-async' } as const;
      const loaded = loadedObject(work, { mention, path: path.slice(0, -1), call: original, calls });
      objects.push(loaded);
      result.names.push(...loaded.names.filter((name) => name !== mention));
    }
  } else if (parameter) {
    return undefined;
  }
  for (const loaded of objects) {
    const uses = usesOfExpression(work, loaded);
    result.members.push(...uses.members);
    for (const node of uses.whole) {
      const path = pathTo(work.program, node.start, node.end);
      const at = path.indexOf(node);
      const isSpread = path[at - 1]?.type === 'SpreadElement' && path[at - 2] === object;
      if (!isSpread) return undefined;
      result.spread = true;
    }
  }
  return result;
}

/**
 * Spreads the original into a replacement, whose module had less than the new one has. Gives what stands between the properties
 * then; nothing where there is no way to the original.
 */
function spreadOriginal(
  work: Work,
  { mention, calls }: MockCall,
  replacement: Replacement,
  module: string,
): string | undefined {
  const { object, maker } = replacement;
  const [first] = object.properties;
  if (!calls.original || !maker || !first) return undefined;
  const quote = work.text.charAt(mention.start - 1);
  const edit = (at: number, text: string): void => {
    work.plan.edits.push({ start: at, end: at, text });
  };
  let original: string;
  if ('call' in calls.original) {
    original = `${calls.original.call}(${quote}${module}${quote})`;
  } else {
    const [parameter] = maker.params;
    if (parameter && parameter.type !== 'Identifier') return undefined;
    const name = parameter?.type === 'Identifier' ? parameter.name : calls.original.parameter;
    const type = work.javaScript ? '' : `<typeof import(${quote}${module}${quote})>`;
    original = `(await ${name}${type}())`;
    if (!parameter) {
      const open = findOutsideComments(work.text, '(', maker.start, maker.end, work.comments);
      edit(open + 1, name);
    }
    if (!maker.async) edit(maker.start, 'async ');
  }
  const isSpread = work.text.slice(object.start, first.start).includes('\n');
  const line = lineAround(work.text, maker.start);
  const head =
    'parameter' in calls.original
      ? `${maker.async ? '' : 'async '}${maker.params[0] ? '' : calls.original.parameter}`
      : '';
  const added = head.length + original.length + '..., '.length + module.length - mention.specifier.length;
  let separator = isSpread ? `${lineEnd(work.text)}${indentAt(work.text, first.start)}` : ' ';
  if (!isSpread && line.length + added > lineWidth(work.text) && spreadOverLines(work, object)) {
    separator = `${lineEnd(work.text)}${indentAt(work.text, object.start)}${indentStep(work.text)}`;
  }
  edit(first.start, `...${original},${separator}`);
  return separator;
}

function lineAround(text: string, offset: number): string {
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  return text.slice(start, text.indexOf('\n', offset) === -1 ? text.length : text.indexOf('\n', offset)).trimEnd();
}

/** Gives each property of a one-line object literal a line of its own. False where a comment stands between them. */
function spreadOverLines(work: Work, object: ObjectExpression): boolean {
  const { text } = work;
  const indent = indentAt(text, object.start);
  const line = `${lineEnd(text)}${indent}${indentStep(text)}`;
  const gaps: [start: number, end: number, text: string][] = [];
  let position = object.start + 1;
  for (const property of object.properties) {
    const comma = position === object.start + 1 ? '' : ',';
    gaps.push([position, property.start, `${comma}${line}`]);
    position = property.end;
  }
  gaps.push([position, object.end - 1, `,${lineEnd(text)}${indent}`]);
  if (gaps.some(([start, end]) => !/^[\s,]*$/.test(text.slice(start, end)))) return false;
  for (const [start, end, between] of gaps) work.plan.edits.push({ start, end, text: between });
  return true;
}

/** The statements among which a mock stands. */
function listOf({ path }: MockCall): Node | undefined {
  return path.findLast((node) => node.type === 'BlockStatement' || node.type === 'Program');
}

/**
 * Joins a mock with an earlier one of what is now the same module: of two, only the last would count. True where the mock is
 * dealt with, joined or left.
 */
function joinEarlier(work: Work, mocked: MockCall, replacement: Replacement, module: string): boolean {
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

/** Whether the file mocks a new module itself. */
function isMockedAlready(work: Work, mocked: MockCall, module: string): boolean {
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

/** Leaves a mock, and with it everything else that the file has of the module. */
function hold(work: Work, mention: Mention, message: string): void {
  const from = mention.oldModule ?? mention.specifier;
  work.plan.left.push({ mention, offset: mention.start, from, reason: 'mock', message });
  work.plan.holding.add(from);
}
