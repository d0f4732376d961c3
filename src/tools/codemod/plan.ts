import type { ImportMap } from '../../registry/import-map.ts';
import type { Edit } from './edits.ts';
import type { MockFunction } from './mock-functions.ts';
import type { LeftReason } from './result.ts';
import type { Scope, Scopes } from './scopes.ts';
import type { Mention, Resolver } from './specifiers.ts';
import type { Comment, Node, Program } from './syntax.ts';
import type { Target } from './targets.ts';

/** A move, with the offset at which it was written. */
export interface PlannedChange {
  readonly offset: number;
  readonly from: string;
  readonly to: string;
  readonly note?: string;
}

/** What is left, with the offset at which it stands. */
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
  readonly list: Node | undefined;
  /** The replacement, if it is written out, and what stands between its properties. */
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

/** What is to be done to one source text. Planners add to it. */
export interface Plan {
  readonly edits: Edit[];
  readonly changes: PlannedChange[];
  readonly left: PlannedLeft[];
  /** Old modules of which something is left that holds back the rest of what this file has of them. */
  readonly holding: Set<string>;
  /** Names that an `export *` was written out to, so that another one does not export them again. */
  readonly exportedByStar: Set<string>;
  /** Shorthand properties that got a key of their own, by their offset. */
  readonly renamedKeys: Set<number>;
  /** Mocks that were moved, with the statements among which they stand. */
  readonly mocks: MovedMock[];
  /** Mentions that were decided together with another one. */
  readonly settled: Set<Mention>;
  readonly claimedNames: ClaimedName[];
}

/** One source text while its old imports are moved: what it says, what is known of the moves, and the plan as it grows. */
export interface Rewrite {
  readonly fileName: string;
  readonly text: string;
  readonly javaScript: boolean;
  readonly program: Program;
  readonly comments: readonly Comment[];
  readonly map: ImportMap;
  readonly resolve: Resolver;
  readonly mockFunctions: readonly MockFunction[];
  readonly mentions: readonly Mention[];
  /** Read when first asked for. */
  readonly scopes: () => Scopes;
  readonly plan: Plan;
}

/** Whether any comment lies in a range. */
export function hasComment(rewrite: Rewrite, start: number, end: number): boolean {
  return rewrite.comments.some((comment) => comment.start < end && comment.end > start);
}

/** An old symbol as reports name it, as in `canonical-models/models/social#SocialAccount`. */
export function formatSymbol(module: string, name: string): string {
  return `${module}#${name}`;
}

/** Puts a new specifier between quotes. */
export function replaceSpecifier(
  rewrite: Rewrite,
  range: { readonly start: number; readonly end: number },
  module: string,
): void {
  rewrite.plan.edits.push({ start: range.start, end: range.end, text: module });
}

/** Writes a new name in the place of an identifier, or between the quotes of a string. */
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
