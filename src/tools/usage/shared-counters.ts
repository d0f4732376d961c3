import { parseQualifiedName, unqualifiedName } from '../../registry/qualified-name.ts';
import type { NameResolution, OldName } from './name-resolution.ts';
import type { RelationReference } from './relation-references.ts';
import type { TextUses } from './uses-of-text.ts';

/**
 * What one counter of `pg_stat_statements` counts. It keeps the text of its first call; later calls count to it if they differ only in
 * what PostgreSQL leaves out of `queryid`:
 *
 * - Up to 17, a relation is its object identifier. A rename keeps it: the former `messages` is counted with `customer_messages`.
 * - From 18, a relation is its alias, or its name without the schema: `messages AS m` is counted with `customer_messages AS m`, and
 *   `messages` with `crm.messages`.
 */
export interface Counter {
  /** The major version of the server. */
  readonly major: number;
  /** What its text says. */
  readonly text: TextUses;
  /** When it began, or the earliest time at which it can have begun; undefined if it may be older than everything that is counted. */
  readonly began?: Date;
  /** The time from which its calls count. */
  readonly from: Date;
  /** When the last rename was applied, if the record has it. */
  readonly renamedAt?: Date;
  /** Whether calls are counted from a remembered point, which stands in for the rename if no record has its time. */
  readonly remembered: boolean;
}

/** An old name that may have been used by calls of a counter. */
export interface Doubt {
  readonly oldName: OldName;
  readonly reason: string;
}

/** The major version in which `queryid` changed from object identifiers to names. */
const namesSince = 18;

/** Why a counter's calls since `from` may not have used an old name in its text; undefined if one certainly did. */
export function doubtOfUse(
  counter: Counter,
  { oldName, references }: TextUses['uses'][number],
  names: NameResolution,
): string | undefined {
  const { major, began, from } = counter;
  // Its first call had this text. After the rename it meant the view, and in the counted time it was a use.
  if (began && began >= from && afterRename(began, counter)) return undefined;
  if (major < namesSince) {
    if (began && afterRename(began, counter)) return undefined;
    if (isCountedByText(references) && afterRename(from, counter)) return undefined;
    return `its counter may be older than the rename: calls of ${oldName.entry.to} count to it`;
  }
  if (!afterRename(from, counter)) return 'its calls may be from before the rename';
  if (isCountedByText(references)) return undefined;
  const ambiguous = references.filter(isCountedByAlias);
  const alias = ambiguous.every((reference) => reference.alias !== undefined) ? ambiguous[0]?.alias : undefined;
  if (alias !== undefined) return `its counter is older: calls of ${oldName.entry.to} as ${alias} count to it`;
  const bare = bareName(oldName);
  const others = names.oldNames.flatMap(({ entry, oid }) => (oid && entry !== oldName.entry ? [entry.from] : []));
  const namesake = [...names.namesakes, ...others].find((name) => unqualifiedName(name) === bare);
  return namesake === undefined ? undefined : `its counter is older: calls of ${namesake} count to it`;
}

/** The old names that may be hidden behind another relation in a counter's text. */
export function doubtsOfOthers({ major, text }: Counter, names: NameResolution): Doubt[] {
  if (major < namesSince) return [];
  const used = new Set(text.uses.map(({ oldName }) => oldName));
  const doubts = new Map<OldName, Doubt>();
  const references = [...text.others, ...text.uses.flatMap((use) => use.references)].filter(isCountedByAlias);
  for (const oldName of names.oldNames) {
    if (oldName.oid === undefined || used.has(oldName)) continue;
    const bare = bareName(oldName);
    for (const { schema, name, alias } of references) {
      const isCanonical = `${schema ?? parseQualifiedName(oldName.entry.to).schema}.${name}` === oldName.entry.to;
      const shared = alias === undefined ? name === bare : alias === bare || isCanonical || name === bare;
      if (!shared) continue;
      const written = alias === undefined ? name : `${oldName.entry.from} as ${alias}`;
      const through = alias === undefined ? `${name} of any schema count` : `${written} count`;
      doubts.set(oldName, { oldName, reason: `calls of ${through} to it, too` });
    }
  }
  return [...doubts.values()];
}

/** Whether a text names, under an alias, relations other than old names. From 18 on, nothing tells them apart. */
export function hasForeignAlias({ major, text }: Counter): boolean {
  return (
    major >= namesSince && text.others.some((reference) => isCountedByAlias(reference) && reference.alias !== undefined)
  );
}

function afterRename(time: Date, { renamedAt, remembered, from }: Counter): boolean {
  return renamedAt ? time > renamedAt : remembered && time >= from;
}

/** Utility commands are counted by their text, with names and schemas, and so are code blocks. */
function isCountedByText(references: readonly RelationReference[]): boolean {
  return references.every((reference) => !isCountedByAlias(reference)) || references.length === 0;
}

function isCountedByAlias({ action }: RelationReference): boolean {
  return action === 'read' || action === 'write';
}

function bareName({ entry }: OldName): string {
  return unqualifiedName(entry.from);
}
