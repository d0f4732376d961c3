import type { ImportMap } from '../../registry/import-map.ts';
import { applyEdits, createLocator, sortEdits } from './edits.ts';
import { mockFunctions } from './mock-functions.ts';
import { parseSource } from './parsed-source.ts';
import type { Plan } from './plan.ts';
import { planSource } from './plan-source.ts';
import type { CodemodOptions, CodemodResult, Left, LeftReason } from './result.ts';
import { readScopes, type Scopes } from './scopes.ts';
import { createPackageResolver, findMentions, findWrapped, hasWrapped, type Mention } from './specifiers.ts';
import { findCommentAt, isJavaScript, parse } from './syntax.ts';
import { getOwn, mapOfKept, rejectChains } from './targets.ts';
import { findUnresolved } from './unresolved.ts';

/**
 * Moves the old imports of one source text to their new places in the map. Reads and writes no file. An import that cannot be
 * decided stays as it is and is listed in `left`.
 *
 * @throws {InvalidInput} if a move of the map leads to another old module.
 *
 * @example
 * const { text, changes, left } = codemod(`import { SocialAccount } from 'canonical-models/models/social';`, {
 *   fileName: 'account.ts',
 *   map: buildImportMap(renames),
 * });
 * // text: import { BusinessSocialAccount } from 'canonical-models/lead';
 */
export function codemod(source: string, options: CodemodOptions): CodemodResult {
  rejectChainsOnce(options.map);
  const mark = source.startsWith('\uFEFF') ? '\uFEFF' : '';
  const text = source.slice(mark.length);
  const stays = mapOfKept(options.map);
  const all = findMentions(text, options.map, options.resolve);
  const isKept = ({ oldModule }: Mention): boolean =>
    oldModule !== undefined && getOwn(options.map.modules, oldModule) === undefined;
  const mentions = all.filter((mention) => !isKept(mention));
  // A resolver knows the kept paths, too; without one they are found by their names.
  const kept = options.resolve ? all.filter(isKept) : findMentions(text, stays);
  const moved = mentions.length > 0 ? move(source, mark, text, mentions, options) : leaveAsIs(source, []);
  const unknown = kept.length > 0 ? move(source, mark, text, kept, { ...options, map: stays }).left : [];
  const wrapped =
    hasWrapped(text, options.map) || (options.resolve && queried.test(text))
      ? listUnresolved(source, options, (specifier) => explainWrapped(specifier, options))
      : [];
  if (unknown.length === 0 && wrapped.length === 0) return moved;
  const left = [...moved.left, ...unknown.filter(({ reason }) => reason === 'unknown-symbol'), ...wrapped];
  return { ...moved, left: left.sort((one, other) => one.line - other.line || one.column - other.column) };
}

/** A quoted path with a query, which may be the path of an old module. */
const queried = /["'`][^"'`\s?]+\?[^"'`\s]*["'`]/;

/** Lists what a source text loads, and nobody knows what it is. */
export function listUnresolved(
  source: string,
  options: CodemodOptions,
  explain: (specifier: string) => Pick<Left, 'reason' | 'message'> | undefined,
): Left[] {
  const found = findUnresolved(source, (specifier) => explain(specifier) !== undefined, options.mockFunctions);
  if (found.length === 0) return [];
  const comments = parse(options.fileName, source)?.comments ?? [];
  const positionOf = createLocator(source);
  return found
    .filter(({ start }) => findCommentAt(comments, start) === undefined)
    .flatMap(({ start, specifier }) => {
      const why = explain(specifier);
      return why ? [{ ...positionOf(start), from: specifier, ...why }] : [];
    });
}

function explainWrapped(
  specifier: string,
  { map, resolve }: CodemodOptions,
): Pick<Left, 'reason' | 'message'> | undefined {
  if (resolve?.(specifier) !== undefined) return undefined;
  const queriedModule = resolve?.(specifier.replace(/\?.*$/, ''));
  const isOld = queriedModule !== undefined && getOwn(map.modules, queriedModule) !== undefined;
  const oldModule = findWrapped(specifier, map) ?? (isOld ? queriedModule : undefined);
  if (oldModule === undefined) return undefined;
  return { reason: 'unresolved', message: `it has ${oldModule} in a form that the codemod does not write` };
}

/** Moves the mentions of a text. */
function move(
  source: string,
  mark: string,
  text: string,
  mentions: readonly Mention[],
  options: CodemodOptions,
): CodemodResult {
  const view = parseSource(options.fileName, text, mentions, options.map);
  if (!view) return leaveWhole(source, mentions, 'unparsed', 'the file does not parse');

  let scopes: Scopes | undefined;
  const shared = {
    fileName: options.fileName,
    text,
    javaScript: isJavaScript(options.fileName),
    program: view.program,
    read: view.read,
    names: view.names,
    comments: view.comments,
    map: options.map,
    resolve: options.resolve ?? createPackageResolver(options.map),
    mockFunctions: options.mockFunctions ?? mockFunctions,
    mentions,
    scopes: () => {
      scopes ??= readScopes(view.program, text, view.names);
      return scopes;
    },
  };
  try {
    const plan = planSource(shared);
    if (plan.areProven || view.staysParsed(plan.edits)) return buildResult(text, mark, plan);
    return leaveWhole(source, mentions, 'unexpected', 'the rewritten file would not parse');
  } catch (error) {
    return leaveWhole(source, mentions, 'unexpected', `the codemod failed on it: ${String(error)}`);
  }
}

function leaveAsIs(source: string, left: readonly Left[]): CodemodResult {
  return { text: source, edits: [], changes: [], left };
}

/** Leaves a whole source text as it is, for one reason. */
function leaveWhole(source: string, mentions: readonly Mention[], reason: LeftReason, message: string): CodemodResult {
  const [first] = mentions;
  const from = first?.oldModule ?? first?.specifier ?? '';
  const position = createLocator(source)((first?.start ?? 0) + (source.startsWith('\uFEFF') ? 1 : 0));
  return leaveAsIs(source, [{ ...position, from, reason, message }]);
}

/** Carries out a plan. `mark` is the byte order mark before the text, or empty. */
function buildResult(text: string, mark: string, plan: Plan): CodemodResult {
  const positionOf = createLocator(text);
  const inOrder = (one: { offset: number }, other: { offset: number }): number => one.offset - other.offset;
  return {
    text: mark + applyEdits(text, plan.edits),
    edits: sortEdits(plan.edits).map(({ start, end, text: written }) => ({
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
