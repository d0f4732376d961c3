import type { ImportMap } from '../../registry/import-map.ts';
import { moveDeclarations, type OldDeclaration } from './declarations.ts';
import { applyEdits, type Edit, inTextOrder, positionsIn } from './edits.ts';
import { type MockFunction, mockFunctions } from './mock-functions.ts';
import { mockCallAt, moveMock } from './mocks.ts';
import {
  destinationOf,
  freeName,
  moveModuleObject,
  noteLeft,
  noteModule,
  renameMembers,
  respecify,
  usesOfVariable,
  withAssertion,
} from './module-objects.ts';
import { rejectChains, targetModules, targetOf, widerTarget } from './moved.ts';
import { noNames } from './names.ts';
import { readScopes, type Scopes } from './scopes.ts';
import { findMentions, type Mention, packageResolver, type Resolver } from './specifiers.ts';
import { type Comment, commentAt, dottedName, isJavaScript, type Node, pathTo } from './syntax.ts';
import { moveAugmentation, moveComment, moveImportType } from './types.ts';
import { viewOf, wordsOfInterest } from './views.ts';
import { indentAt, lineEnd, type Plan, type PlannedLeft, type Work } from './work.ts';

/** What the codemod needs to know about a source text. */
export interface CodemodOptions {
  /** The file's name; its extension says which language it is. It is not opened. */
  readonly fileName: string;
  /** Where old imports went, as `importMap(renames)` or `--map file.json` has it. */
  readonly map: ImportMap;
  /** Tells which old module a specifier means. Without it, specifiers mean what the map calls them. */
  readonly resolve?: Resolver;
  /** Functions of test runners that take a module's path. Without it, those of Vitest, Jest, Bun and `node:test`. */
  readonly mockFunctions?: readonly MockFunction[];
}

/** An old import that was moved. */
export interface Change {
  /** From 1 on, in the text as it was. */
  readonly line: number;
  /** From 1 on, in UTF-16 code units. */
  readonly column: number;
  /** The old module, or a symbol of it, as in `canonical-models/models/social#SocialAccount`. */
  readonly from: string;
  /** The new module, or the symbol in it. */
  readonly to: string;
  /** What is worth a look although it was moved. */
  readonly note?: string;
}

/**
 * Why something is left for a person:
 *
 * - `unparsed`: the file does not parse.
 * - `computed-path`: the path of the module is put together when the program runs.
 * - `whole-module`: the module object is passed on, so that nobody can tell which members are used.
 * - `unknown-symbol`: the map does not say where the symbol went.
 * - `parts-ways`: what is used went to several modules, and the place takes one.
 * - `mock`: a mock whose replacement cannot be carried over.
 * - `augmentation`: a `declare module` whose members cannot be carried over.
 * - `kept-together`: could move, but something else about the same module in this file cannot, and the two belong together.
 * - `text`: a string that names an old module, but is no import.
 * - `not-writable`, `not-utf8`, `changed-meanwhile`: the file could not be replaced.
 * - `unexpected`: the codemod failed on the file, which is a bug.
 */
export type LeftReason =
  | 'unparsed'
  | 'computed-path'
  | 'whole-module'
  | 'unknown-symbol'
  | 'parts-ways'
  | 'mock'
  | 'augmentation'
  | 'kept-together'
  | 'text'
  | 'not-writable'
  | 'not-utf8'
  | 'changed-meanwhile'
  | 'unexpected';

/** An old import that was left for a person. */
export interface Left {
  /** From 1 on, in the text as it was. */
  readonly line: number;
  /** From 1 on, in UTF-16 code units. */
  readonly column: number;
  /** The old module, or a symbol of it. */
  readonly from: string;
  readonly reason: LeftReason;
  /** The reason in words. */
  readonly message: string;
}

/** A source text after the codemod. */
export interface CodemodResult {
  /** The new text; the old one, to the byte, where nothing was moved. */
  readonly text: string;
  /** How the old text becomes the new one, in the order of the text. */
  readonly edits: readonly Edit[];
  readonly changes: readonly Change[];
  readonly left: readonly Left[];
}

/**
 * Moves the old imports of one source text to where the map says they went. Reads no file and writes none. What it cannot decide
 * it leaves as it is and says so in `left`; it throws `InvalidInput` only for a map whose moves are chained.
 *
 * @example
 * const { text, changes, left } = codemod(`import { SocialAccount } from 'canonical-models/models/social';`, {
 *   fileName: 'account.ts',
 *   map: importMap(renames),
 * });
 * // text: import { BusinessSocialAccount } from 'canonical-models/lead';
 */
export function codemod(source: string, options: CodemodOptions): CodemodResult {
  rejectChainsOnce(options.map);
  const resolve = options.resolve ?? packageResolver(options.map);
  const mark = source.startsWith('\uFEFF') ? '\uFEFF' : '';
  const text = source.slice(mark.length);
  const mentions = findMentions(text, options.map, options.resolve);
  if (mentions.length === 0) return { text: source, edits: [], changes: [], left: [] };

  const view = viewOf(options.fileName, text, mentions, options.map);
  if (!view) return leftWhole(source, mentions, 'unparsed', 'the file does not parse');

  let scopes: Scopes | undefined;
  const shared = {
    fileName: options.fileName,
    text,
    javaScript: isJavaScript(options.fileName),
    program: view.program,
    comments: view.comments,
    map: options.map,
    resolve,
    mockFunctions: options.mockFunctions ?? mockFunctions,
    mentions,
    scopes: () => {
      scopes ??= readScopes(view.program, text, wordsOfInterest(view.program, mentions, options.map));
      return scopes;
    },
  };
  try {
    const plan = planAll(shared);
    if (view.staysParsed(plan.edits)) return report(text, mark, plan);
    return leftWhole(source, mentions, 'unexpected', 'what the codemod made of it would not parse');
  } catch (error) {
    return leftWhole(source, mentions, 'unexpected', `the codemod failed on it: ${String(error)}`);
  }
}

type Shared = Omit<Work, 'names' | 'plan'>;

/**
 * Plans until what is held back stays the same: a mock that cannot be moved holds its module's imports in the file, and an import
 * that cannot be moved holds the mocks of its module.
 */
function planAll(shared: Shared): Plan {
  const held = new Map<string, readonly PlannedLeft[]>();
  for (;;) {
    const plan = planOnce(shared, held);
    const newlyHeld = [...plan.holding].filter((oldModule) => !held.has(oldModule));
    if (newlyHeld.length === 0) return plan;
    for (const oldModule of newlyHeld) {
      held.set(
        oldModule,
        plan.left.filter((each) => each.mention.oldModule === oldModule),
      );
    }
  }
}

/** Plans the mentions of one text. Of the modules that are held, only what was said before is said again. */
function planOnce(shared: Shared, held: ReadonlyMap<string, readonly PlannedLeft[]>): Plan {
  const plan: Plan = {
    edits: [],
    changes: [],
    left: [],
    holding: new Set(),
    exportedByStar: new Set(),
    renamedKeys: new Set(),
    mocks: [],
    settled: new Set(),
  };
  const work: Work = { ...shared, names: noNames(), plan };
  const places = shared.mentions.map((mention) => ({ mention, comment: commentAt(shared.comments, mention.start) }));
  const inCode: Place[] = [];
  const inComments: { mention: Mention; comment: Comment }[] = [];
  for (const { mention, comment } of places) {
    if (keepTogether(work, mention, held, comment !== undefined)) continue;
    if (!comment) inCode.push({ mention, path: pathTo(shared.program, mention.start, mention.end) });
    else if (mention.oldModule !== undefined) inComments.push({ mention, comment });
  }

  const mocks = inCode.map(({ mention, path }) =>
    mention.oldModule === undefined ? undefined : mockCallAt(work, mention, path),
  );
  // A mock settles what its replacement loads of the module, wherever that stands: the ones that replace go first.
  for (const mock of mocks) if (mock && !mock.calls.does.startsWith('load')) moveMock(work, mock);
  for (const mock of mocks) {
    if (mock?.calls.does.startsWith('load') && !plan.settled.has(mock.mention)) moveMock(work, mock);
  }
  const others = inCode.filter(({ mention }, index) => !mocks[index] && !plan.settled.has(mention));
  const declarations = others.filter(({ mention, path }) => oldDeclaration(mention, path));
  for (const list of new Set(declarations.map(({ path }) => listAround(path)))) {
    const alike = declarations.filter(({ path }) => listAround(path) === list);
    moveDeclarations(
      work,
      alike.flatMap(({ mention, path }) => oldDeclaration(mention, path) ?? []),
    );
  }
  // Types follow the module objects that they are the types of.
  const isType = ({ path }: Place): boolean => path.some((node) => node.type === 'TSImportType');
  const rest = others.filter(({ mention, path }) => !oldDeclaration(mention, path));
  for (const { mention, path } of [...rest.filter((place) => !isType(place)), ...rest.filter(isType)]) {
    if (!plan.settled.has(mention)) moveInCode(work, mention, path);
  }
  for (const { mention, comment } of inComments) moveComment(work, mention, comment);

  const replaced = mocks.filter((mock) => mock && !mock.calls.does.startsWith('load'));
  const mocked = new Set(replaced.map((mock) => mock?.mention.oldModule));
  for (const { mention, reason } of plan.left) {
    if (mention.oldModule !== undefined && mocked.has(mention.oldModule) && reason !== 'text') {
      plan.holding.add(mention.oldModule);
    }
  }
  return plan;
}

/** A mention in code, and the nodes from the program down to it. */
interface Place {
  readonly mention: Mention;
  readonly path: readonly Node[];
}

/** Notes a mention of a module that is held, and says whether it was one. */
function keepTogether(
  work: Work,
  mention: Mention,
  held: ReadonlyMap<string, readonly PlannedLeft[]>,
  isComment: boolean,
): boolean {
  const before = mention.oldModule === undefined ? undefined : held.get(mention.oldModule);
  if (!before) return false;
  const own = before.filter((each) => each.mention === mention);
  work.plan.left.push(...own);
  work.plan.holding.add(mention.oldModule ?? '');
  if (own.length > 0 || isComment) return true;
  const from = mention.oldModule ?? '';
  const message = 'something else that this file has of the module cannot be moved, and the two belong together';
  work.plan.left.push({ mention, offset: mention.start, from, reason: 'kept-together', message });
  return true;
}

/** The statements among which the declaration at the end of a path stands. */
function listAround(path: readonly Node[]): Node | undefined {
  return path.at(-3);
}

/** The import or export declaration whose module a mention is. */
function oldDeclaration(mention: Mention, path: readonly Node[]): OldDeclaration | undefined {
  const node = path.at(-2);
  const list = listAround(path);
  // The parser takes declarations in blocks as well, though no compiler does.
  const siblings = list && 'body' in list && Array.isArray(list.body) ? (list.body as Node[]) : undefined;
  if (mention.oldModule === undefined || !siblings || !path.at(-1)) return undefined;
  if (node?.type === 'ExportNamedDeclaration' && node.source === path.at(-1)) return { mention, node, siblings };
  if (node?.type === 'ImportDeclaration' && node.source === path.at(-1)) return { mention, node, siblings };
  if (node?.type === 'ExportAllDeclaration' && node.source === path.at(-1)) return { mention, node, siblings };
  return undefined;
}

/** Moves a mention that is neither a declaration nor a mock. */
function moveInCode(work: Work, mention: Mention, path: readonly Node[]): void {
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

/** Moves `import x = require('…')`. */
function moveImportEquals(work: Work, mention: Mention, path: readonly Node[]): void {
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

/** A source text that is left as it is, for one reason. */
function leftWhole(source: string, mentions: readonly Mention[], reason: LeftReason, message: string): CodemodResult {
  const [first] = mentions;
  const from = first?.oldModule ?? first?.specifier ?? '';
  const position = positionsIn(source)((first?.start ?? 0) + (source.startsWith('\uFEFF') ? 1 : 0));
  return { text: source, edits: [], changes: [], left: [{ ...position, from, reason, message }] };
}

/** What a plan comes to, for a text before which a byte order mark may stand. */
function report(text: string, mark: string, plan: Plan): CodemodResult {
  const positionOf = positionsIn(text);
  const inOrder = (one: { offset: number }, other: { offset: number }): number => one.offset - other.offset;
  return {
    text: mark + applyEdits(text, plan.edits),
    edits: inTextOrder(plan.edits).map(({ start, end, text: written }) => ({
      start: start + mark.length,
      end: end + mark.length,
      text: written,
    })),
    changes: plan.changes.toSorted(inOrder).map(({ offset, from, to, note }) => ({
      ...positionOf(offset),
      from,
      to,
      ...(note === undefined ? {} : { note }),
    })),
    left: plan.left
      .toSorted(inOrder)
      .map(({ offset, from, reason, message }) => ({ ...positionOf(offset), from, reason, message })),
  };
}

const checkedMaps = new WeakSet<ImportMap>();

function rejectChainsOnce(map: ImportMap): void {
  if (checkedMaps.has(map)) return;
  rejectChains(map);
  checkedMaps.add(map);
}
