import { findLostUses } from './check-bindings.ts';
import { closeGaps } from './close-gaps.ts';
import { moveComment } from './comments.ts';
import type { OldDeclaration } from './declaration-draft.ts';
import { moveDeclarations } from './declarations.ts';
import { moveInCode } from './expressions.ts';
import { proveEdits } from './known-edits.ts';
import { findMockCall } from './mock-calls.ts';
import { moveMock } from './mocks.ts';
import { findMerged } from './obstacles.ts';
import { createPlan, type LostUse, type Plan, type PlannedLeft, type Rewrite } from './plan.ts';
import { getStart } from './scopes.ts';
import type { Mention } from './specifiers.ts';
import { type Comment, findCommentAt, findPath, type Node } from './syntax.ts';

/** A source text before anything is planned. */
type SourceContext = Omit<Rewrite, 'plan' | 'keptApart' | 'keptNames'>;

/** A plan that keeps what each use means. */
export interface CheckedPlan extends Plan {
  /** Whether the edits were proven to, and so are known to leave a text that parses. */
  readonly areProven: boolean;
}

/**
 * Plans a source text again until nothing more is held back: symbols that would become one stay apart, a mock that cannot move
 * keeps the file's imports of its module, an import that cannot move keeps the mocks of its module, and a name stays if one of its
 * uses would lose its meaning.
 */
export function planSource(shared: SourceContext): CheckedPlan {
  const held = new Map<string, readonly PlannedLeft[]>();
  const keptApart = new Map<string, string>();
  const keptNames = new Map<number, LostUse>();
  for (;;) {
    const rewrite = planOnce({ ...shared, keptApart, keptNames }, held);
    const { plan } = rewrite;
    const merged = findMerged(rewrite);
    if (merged.size > 0) {
      for (const [symbol, message] of merged) keptApart.set(symbol, message);
      continue;
    }
    const newlyHeld = [...plan.holding].filter((oldModule) => !held.has(oldModule));
    if (newlyHeld.length === 0) {
      const edits = closeGaps(shared.text, plan.edits);
      const areProven = proveEdits(rewrite, edits);
      const lost = areProven ? [] : findLostUses(rewrite, edits);
      if (lost.length === 0) return { ...plan, edits, areProven };
      const before = keptNames.size;
      for (const use of lost) {
        for (const node of use.variables.flatMap(({ identifiers }) => identifiers)) keptNames.set(getStart(node), use);
      }
      if (keptNames.size === before) throw new Error(`the use of ${lost[0]?.name} would lose its meaning`);
    }
    for (const oldModule of newlyHeld) {
      held.set(
        oldModule,
        plan.left.filter((each) => each.mention.oldModule === oldModule),
      );
    }
  }
}

/** Plans the mentions of one text. For modules that are held back, only the reasons found before are repeated. */
function planOnce(shared: Omit<Rewrite, 'plan'>, held: ReadonlyMap<string, readonly PlannedLeft[]>): Rewrite {
  const plan = createPlan();
  const rewrite: Rewrite = { ...shared, plan };
  const places = shared.mentions.map((mention) => ({
    mention,
    comment: findCommentAt(shared.comments, mention.start),
  }));
  const inCode: Place[] = [];
  const inComments: { mention: Mention; comment: Comment }[] = [];
  for (const { mention, comment } of places) {
    if (keepTogether(rewrite, mention, held, comment !== undefined)) continue;
    if (!comment) inCode.push({ mention, path: findPath(shared.program, mention.start, mention.end) });
    else if (mention.oldModule !== undefined) inComments.push({ mention, comment });
  }

  const mocks = inCode.map(({ mention, path }) =>
    mention.oldModule === undefined ? undefined : findMockCall(rewrite, mention, path),
  );
  // A mock also settles the loading calls in its replacement, so mocks with a replacement come first.
  for (const mock of mocks) if (mock && !mock.calls.does.startsWith('load')) moveMock(rewrite, mock);
  for (const mock of mocks) {
    if (mock?.calls.does.startsWith('load') && !plan.settled.has(mock.mention)) moveMock(rewrite, mock);
  }
  const others = inCode.filter(({ mention }, index) => !mocks[index] && !plan.settled.has(mention));
  const declarations = others.filter(({ mention, path }) => findOldDeclaration(mention, path));
  for (const list of new Set(declarations.map(({ path }) => findStatementList(path)))) {
    const alike = declarations.filter(({ path }) => findStatementList(path) === list);
    moveDeclarations(
      rewrite,
      alike.flatMap(({ mention, path }) => findOldDeclaration(mention, path) ?? []),
    );
  }
  // Types follow the module objects that they describe.
  const isType = ({ path }: Place): boolean => path.some((node) => node.type === 'TSImportType');
  const rest = others.filter(({ mention, path }) => !findOldDeclaration(mention, path));
  for (const { mention, path } of [...rest.filter((place) => !isType(place)), ...rest.filter(isType)]) {
    if (!plan.settled.has(mention)) moveInCode(rewrite, mention, path);
  }
  for (const { mention, comment } of inComments) moveComment(rewrite, mention, comment);

  const replaced = mocks.filter((mock) => mock && !mock.calls.does.startsWith('load'));
  const mocked = new Set(replaced.map((mock) => mock?.mention.oldModule));
  for (const { mention, reason } of plan.left) {
    if (mention.oldModule !== undefined && mocked.has(mention.oldModule) && reason !== 'text') {
      plan.holding.add(mention.oldModule);
    }
  }
  return rewrite;
}

/** A mention in code, and the nodes from the program down to it. */
interface Place {
  readonly mention: Mention;
  readonly path: readonly Node[];
}

/**
 * Leaves a mention if its module is held back.
 *
 * @returns whether it is.
 */
function keepTogether(
  rewrite: Rewrite,
  mention: Mention,
  held: ReadonlyMap<string, readonly PlannedLeft[]>,
  isComment: boolean,
): boolean {
  const before = mention.oldModule === undefined ? undefined : held.get(mention.oldModule);
  if (!before) return false;
  const own = before.filter((each) => each.mention === mention);
  rewrite.plan.left.push(...own);
  rewrite.plan.holding.add(mention.oldModule ?? '');
  if (own.length > 0 || isComment) return true;
  const from = mention.oldModule ?? '';
  const message = 'another use of the module in this file cannot be moved, and both must stay together';
  rewrite.plan.left.push({ mention, offset: mention.start, from, reason: 'kept-together', message });
  return true;
}

/** The statement list that contains the declaration at the end of a path. */
function findStatementList(path: readonly Node[]): Node | undefined {
  return path.at(-3);
}

/** The import or export declaration whose module a mention is. */
function findOldDeclaration(mention: Mention, path: readonly Node[]): OldDeclaration | undefined {
  const node = path.at(-2);
  const list = findStatementList(path);
  // The parser accepts declarations in blocks, although no compiler does.
  const siblings = list && 'body' in list && Array.isArray(list.body) ? (list.body as Node[]) : undefined;
  if (mention.oldModule === undefined || !siblings || !path.at(-1)) return undefined;
  if (node?.type === 'ExportNamedDeclaration' && node.source === path.at(-1)) return { mention, node, siblings };
  if (node?.type === 'ImportDeclaration' && node.source === path.at(-1)) return { mention, node, siblings };
  if (node?.type === 'ExportAllDeclaration' && node.source === path.at(-1)) return { mention, node, siblings };
  return undefined;
}
