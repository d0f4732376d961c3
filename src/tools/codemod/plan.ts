import type { ImportMap } from '../../registry/import-map.ts';
import type { Edit } from './edits.ts';
import type { MockFunction } from './mock-functions.ts';
import type { LeftReason } from './result.ts';
import type { Scope, Scopes, Variable } from './scopes.ts';
import type { Mention, Resolver } from './specifiers.ts';
import type { Comment, Node, Program } from './syntax.ts';
import type { Target } from './targets.ts';

/** A planned move, and the offset of the old name. */
export interface PlannedChange {
  readonly offset: number;
  readonly from: string;
  readonly to: string;
  readonly note?: string;
}

/** An old import that is left for a person, and its offset. */
export interface PlannedLeft {
  readonly mention: Mention;
  readonly offset: number;
  readonly from: string;
  readonly reason: LeftReason;
  readonly message: string;
}

/** A mock that was moved, for later ones of the same module to join. */
export interface MovedMock {
  /** The function that was called, as in `vi.mock`. */
  readonly name: string;
  /** The new module. */
  readonly module: string;
  /** The statement list that contains the call. */
  readonly list: Node | undefined;
  /** The replacement, if it is an object literal, and the text that separates its properties. */
  readonly object?: Extract<Node, { type: 'ObjectExpression' }>;
  readonly separator?: string;
  /** The new names of what is replaced. */
  readonly names: Set<string>;
}

/** A name that the plan brings into a scope, so that nothing else takes it there. */
export interface ClaimedName {
  readonly scope: Scope;
  readonly name: string;
}

/** A symbol of an old module that gets another place. */
export interface BoundSymbol {
  readonly oldModule: string;
  readonly name: string;
  readonly target: Target;
}

/** A use that a plan would bind to something else than before, or to nothing. */
export interface LostUse {
  readonly offset: number;
  readonly name: string;
  /** What the use means, if the plan declares it elsewhere, under another name, or no longer. */
  readonly variables: readonly Variable[];
}

/** All edits to one source text, and what the report will say about them. Each `move…` function adds to it. */
export interface Plan {
  readonly edits: Edit[];
  readonly changes: PlannedChange[];
  readonly left: PlannedLeft[];
  /** Old modules with a use that cannot move and so keeps all other uses in this file. */
  readonly holding: Set<string>;
  /** Names that a rewritten `export *` already exports, so that another one does not export them again. */
  readonly exportedByStar: Set<string>;
  /** Offsets of shorthand properties that were given a key. */
  readonly renamedKeys: Set<number>;
  /** Mocks that were moved. */
  readonly mocks: MovedMock[];
  /** Mentions that were already decided together with another one. */
  readonly settled: Set<Mention>;
  /** Symbols that get another place, and have a name in the file or are used there. */
  readonly bound: BoundSymbol[];
  /** Names that earlier edits bring into scopes. */
  readonly claimedNames: ClaimedName[];
}

/** Creates a plan in which nothing is planned yet. */
export function createPlan(): Plan {
  return {
    edits: [],
    changes: [],
    left: [],
    holding: new Set(),
    exportedByStar: new Set(),
    renamedKeys: new Set(),
    mocks: [],
    settled: new Set(),
    bound: [],
    claimedNames: [],
  };
}

/** One source text whose old imports are being moved: its syntax, the map, and the plan so far. */
export interface Rewrite {
  readonly fileName: string;
  readonly text: string;
  readonly javaScript: boolean;
  readonly program: Program;
  /** The text that was parsed for the program: blank where statements are left out. */
  readonly read: string;
  /** The names of which every use counts; undefined if all do. A statement without any of them may be left out or not analysed. */
  readonly names: readonly string[] | undefined;
  readonly comments: readonly Comment[];
  readonly map: ImportMap;
  readonly resolve: Resolver;
  readonly mockFunctions: readonly MockFunction[];
  readonly mentions: readonly Mention[];
  /** Analysed on the first call. */
  readonly scopes: () => Scopes;
  /** Why symbols stay that would become the same as another one of the file, by their names in reports. */
  readonly keptApart: ReadonlyMap<string, string>;
  /** The offsets of names that stay as they are declared, each with a use that an edit would take from its meaning. */
  readonly keptNames: ReadonlyMap<number, LostUse>;
  readonly plan: Plan;
}

/** Whether a comment overlaps a range. */
export function hasComment(rewrite: Rewrite, start: number, end: number): boolean {
  return rewrite.comments.some((comment) => comment.start < end && comment.end > start);
}

/** Formats a symbol for reports, as in `canonical-models/models/social#SocialAccount`. */
export function formatSymbol(module: string, name: string): string {
  return `${module}#${name}`;
}

/** Replaces the specifier between two quotes. */
export function replaceSpecifier(
  rewrite: Rewrite,
  range: { readonly start: number; readonly end: number },
  module: string,
): void {
  rewrite.plan.edits.push({ start: range.start, end: range.end, text: module });
}

/** Moves a mention to a module that has all that it needs. */
export function moveModule(rewrite: Rewrite, mention: Mention, module: string, note?: string): void {
  replaceSpecifier(rewrite, mention, module);
  noteModule(rewrite, mention, module, note);
}

/** Replaces an identifier, or the text between the quotes of a string. */
export function replaceName(rewrite: Rewrite, node: Node | undefined, name: string): void {
  if (!node) return;
  const inset = node.type === 'Literal' ? 1 : 0;
  rewrite.plan.edits.push({ start: node.start + inset, end: node.end - inset, text: name });
}

/** Notes that a symbol of an old module was moved. */
export function noteSymbol(rewrite: Rewrite, offset: number, oldModule: string, name: string, target: Target): void {
  rewrite.plan.changes.push({
    offset,
    from: formatSymbol(oldModule, name),
    to: formatSymbol(target.module, target.name),
  });
}

/** Notes that an old module itself was moved. */
export function noteModule(rewrite: Rewrite, mention: Mention, module: string, note?: string): void {
  rewrite.plan.changes.push({
    offset: mention.start,
    from: mention.oldModule ?? mention.specifier,
    to: module,
    ...(note === undefined ? {} : { note }),
  });
}
