import { applyEdits, type Edit, sortEdits } from './edits.ts';
import { blankStatements, type Imported, isPlaceOf, isWithinQuotes } from './known-edits.ts';
import type { LostUse, Rewrite } from './plan.ts';
import { getStart, type Reference, readScopes, type Scopes, type Variable } from './scopes.ts';
import { type Node, parse, readName } from './syntax.ts';

/**
 * Finds the uses that edits would take from what they mean, however the edits were planned: the edited statements, and those that use
 * what edits declare, are analysed again, and each reference in them has to be bound to what it was bound to before.
 *
 * A statement that was not read, or not analysed, has none of `rewrite.names`, which hold every local name that is renamed, every new
 * one and every enum: its uses can only lose a name that is not among these and is declared no longer, and only a new one that is not
 * among these can capture them. Both are found by the declarations alone.
 */
export function findLostUses(rewrite: Rewrite, edits: readonly Edit[]): LostUse[] {
  const { text, read, program, fileName } = rewrite;
  // What stands within quotes declares nothing and refers to nothing.
  const written = edits.filter((edit) => edit.end > edit.start && !isWithinQuotes(text, edit));
  if (written.length === 0) return [];
  const before = rewrite.scopes();
  const isEdited = (node: Name): boolean => written.some((edit) => overlaps(edit, getNameSpan(node)));
  const redeclared = new Set(before.variables.filter((variable) => variable.identifiers.some(isEdited)));
  if (redeclared.size === 0 && !before.references.some(({ identifier }) => isEdited(identifier))) return [];
  const used = [...redeclared].flatMap((variable) =>
    variable.references.map(({ identifier }) => getNameSpan(identifier)),
  );
  const words = new Set(edits.flatMap((edit) => edit.text.match(/[\p{ID_Continue}$]+/gu) ?? []));
  const namesakes = before.references.filter(({ identifier }) => words.has(String(identifier.name)));
  const alike = before.variables.filter(({ name }) => words.has(name)).flatMap(({ identifiers }) => identifiers);
  // What has a name that an edit writes may be captured by it.
  const captured = [...namesakes.map(({ identifier }) => identifier), ...alike].map(getNameSpan);
  const statements = listStatements(program.body, [...edits, ...used, ...captured]);
  const edited = applyEdits(
    blankStatements(fileName, read, program.body, (_, index) => statements[index]?.isKept === true),
    edits,
  );
  const parsed = parse(fileName, edited);
  if (!parsed) throw new Error('the edited statements do not parse');
  const comparison: Comparison = {
    before,
    after: readScopes(parsed.program, edited),
    redeclared,
    isAnalysed: (node) =>
      statements.some(({ isKept, start, end }) => isKept && start <= getStart(node) && getStart(node) < end),
    isPlaceOf: (was, now) => isPlaceOf(rewrite, was, now),
    ...createOffsets(edits),
  };
  const isKnown = ({ name }: Variable): boolean => rewrite.names?.includes(name) ?? true;
  return [
    ...compareReferences(comparison),
    ...listUnseen(comparison, isEdited),
    ...listMissing(comparison, isKnown),
    ...listCapturing(comparison, isKnown),
  ];
}

interface Comparison extends Offsets {
  readonly before: Scopes;
  readonly after: Scopes;
  /** The variables whose declarations are edited. */
  readonly redeclared: ReadonlySet<Variable>;
  /** Whether an import binds what another one bound: the same, or where that went. */
  isPlaceOf(was: Imported, now: Imported): boolean;
  /** Whether a name of the old text is in a statement that is analysed. */
  isAnalysed(node: Name): boolean;
}

function compareReferences(comparison: Comparison): LostUse[] {
  const { before, after, redeclared, isAnalysed, getOldOffset, findReplaced } = comparison;
  const free = new Set(before.references.flatMap(({ resolved, identifier }) => (resolved ? [] : [identifier.name])));
  for (const { name, identifiers } of before.variables) if (!identifiers.some(isAnalysed)) free.add(name);
  const lost: LostUse[] = [];
  for (const { identifier, resolved: now } of after.references) {
    const offset = getOldOffset(getStart(identifier));
    const replaced = findReplaced(getStart(identifier));
    const found = offset === undefined ? undefined : before.findReference({ start: offset });
    const covered = replaced
      ? before.references.filter((each) => overlaps(replaced, getNameSpan(each.identifier)))
      : [];
    const namesakes = covered.filter((each) => each.identifier.name === identifier.name);
    const olds = found ? [found] : namesakes.length > 0 ? namesakes : covered;
    if (offset !== undefined && !found) continue;
    const isWritten = offset === undefined;
    // A statement that was not analysed before may declare a name; what no edit touched is bound as before.
    const isUntouched = found && !found.resolved && now && !isDeclaredAnew(comparison, now);
    const isBound = now
      ? isUntouched ||
        olds.some(({ resolved }) => resolved && isSame(comparison, resolved, now)) ||
        (isWritten && !olds.some(({ resolved }) => resolved && readImported(resolved)) && isNew(comparison, now))
      : olds.every(({ resolved }) => !resolved?.identifiers.some(isAnalysed)) &&
        (olds.length > 0 || free.has(identifier.name));
    if (isBound) continue;
    lost.push({
      offset: olds[0] ? getStart(olds[0].identifier) : (replaced?.start ?? 0),
      name: String(identifier.name),
      variables: olds.flatMap(({ resolved }) => (resolved && redeclared.has(resolved) ? [resolved] : [])),
    });
  }
  return lost;
}

/** Whether what a name means afterwards is what a variable was before. */
function isSame(comparison: Comparison, variable: Variable, now: Variable): boolean {
  const { redeclared, getOldOffset, isPlaceOf } = comparison;
  if (redeclared.has(variable)) {
    const [was, is] = [readImported(variable), readImported(now)];
    return was ? is !== undefined && isPlaceOf(was, is) : !holdsModule(variable) && isNew(comparison, now);
  }
  if (variable.identifiers.length === 0) return now.identifiers.length === 0;
  const places = new Set(variable.identifiers.map(getStart));
  return now.identifiers.some((node) => places.has(getOldOffset(getStart(node)) ?? -1));
}

/** Whether a variable may be what uses were renamed to: an edit declares it, or an import does, which they share. */
function isNew(comparison: Comparison, now: Variable): boolean {
  return isDeclaredAnew(comparison, now) || now.defs.some(({ type }) => type === 'ImportBinding');
}

/** Whether a variable may hold a whole module: then another one is not the same, even under the same name. */
function holdsModule(variable: Variable): boolean {
  return variable.defs.some(({ node }) => !('id' in node) || node.id?.type === 'Identifier');
}

/** The symbol that a variable is, if an import names it. */
function readImported(variable: Variable): Imported | undefined {
  const { node, parent } = (variable.defs[0] ?? {}) as { node?: Node; parent?: Node | null };
  if (parent?.type !== 'ImportDeclaration') return undefined;
  const module = parent.source.value;
  if (node?.type === 'ImportDefaultSpecifier') return { module, name: 'default' };
  return node?.type === 'ImportSpecifier' ? { module, name: readName(node.imported) ?? '' } : undefined;
}

/** Whether an edit writes the declaration of a variable. */
function isDeclaredAnew({ getOldOffset }: Comparison, now: Variable): boolean {
  return now.defs.some(({ name }) => getOldOffset(getStart(name)) === undefined);
}

/** The uses of redeclared variables that no edit covers and that are not references afterwards. */
function listUnseen({ after, redeclared, getOldOffset }: Comparison, isEdited: (node: Name) => boolean): LostUse[] {
  const seen = new Set(after.references.map(({ identifier }) => getOldOffset(getStart(identifier))));
  return [...redeclared].flatMap((variable) =>
    variable.references
      .filter(({ identifier }) => !isEdited(identifier) && !seen.has(getStart(identifier)))
      .map(({ identifier }) => ({ offset: getStart(identifier), name: variable.name, variables: [variable] })),
  );
}

/** The variables that edits no longer declare although not all of their uses are known. */
function listMissing({ after, redeclared }: Comparison, isKnown: (variable: Variable) => boolean): LostUse[] {
  const declared = new Set(after.variables.map(({ name }) => name));
  return [...redeclared]
    .filter((variable) => !isKnown(variable) && !declared.has(variable.name))
    .map((variable) => {
      const offset = Math.min(...variable.identifiers.map(getStart));
      return { offset, name: variable.name, variables: [variable] };
    });
}

/** The names that edits bring into a file although it declares them, or may use others of that name in a statement that was not read. */
function listCapturing(comparison: Comparison, isKnown: (variable: Variable) => boolean): LostUse[] {
  const { before, after } = comparison;
  const declared = new Set(before.variables.map(({ name }) => name));
  return after.variables
    .filter(({ scope }) => scope.type === 'module' || scope.type === 'global')
    .filter((variable) => isDeclaredAnew(comparison, variable))
    .filter((variable) => (!isKnown(variable) && !declared.has(variable.name)) || isMerged(comparison, variable))
    .map(({ name }) => ({ offset: 0, name, variables: [] }));
}

/** Whether an edit declares what a declaration that it leaves declares, too. */
function isMerged({ before, redeclared, getOldOffset }: Comparison, now: Variable): boolean {
  return now.identifiers.some((node) => {
    const start = getOldOffset(getStart(node));
    const variable = start === undefined ? undefined : before.findDeclared({ start });
    return variable !== undefined && !redeclared.has(variable);
  });
}

type Name = Reference['identifier'];

interface Statement {
  /** From the end of the statement before, so that decorators before `export` are in it. */
  readonly start: number;
  readonly end: number;
  readonly isKept: boolean;
}

/** The statements of a program, and which of them are analysed: those that ranges touch, and imports, which renamed uses may share. */
function listStatements(body: readonly Node[], ranges: readonly Range[]): Statement[] {
  return body.map(({ type, end }, index) => {
    const start = body[index - 1]?.end ?? 0;
    const isTouched = ranges.some((range) => range.start <= end && range.end >= start);
    return { start, end, isKept: isTouched || type === 'ImportDeclaration' };
  });
}

interface Range {
  readonly start: number;
  readonly end: number;
}

/** The range of a name. The node of a declared one reaches to the end of its type. */
function getNameSpan(node: Name): Range {
  const start = getStart(node);
  return { start, end: start + String(node.name).length };
}

function overlaps(one: Range, other: Range): boolean {
  return one.start < other.end && other.start < one.end;
}

interface Offsets {
  /** The offset in the old text; undefined if an edit wrote what is there. */
  getOldOffset(offset: number): number | undefined;
  /** The edit that wrote what is at an offset of the new text. */
  findReplaced(offset: number): Edit | undefined;
}

function createOffsets(edits: readonly Edit[]): Offsets {
  let shift = 0;
  const places = sortEdits(edits).map((edit) => {
    const start = edit.start + shift;
    shift += edit.text.length - (edit.end - edit.start);
    return { edit, start, end: start + edit.text.length, shift };
  });
  const find = (offset: number): (typeof places)[number] | undefined => places.findLast(({ start }) => start <= offset);
  return {
    getOldOffset(offset) {
      const place = find(offset);
      if (!place) return offset;
      return offset < place.end ? undefined : offset - place.shift;
    },
    findReplaced(offset) {
      const place = find(offset);
      return place && offset < place.end ? place.edit : undefined;
    },
  };
}
