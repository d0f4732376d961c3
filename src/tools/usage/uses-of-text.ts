import { unqualifiedName } from '../../registry/qualified-name.ts';
import { mentionsIn } from './blind-spot.ts';
import { functionStatements } from './function-body.ts';
import type { NameResolution, OldName } from './name-resolution.ts';
import {
  type Action,
  fingerprintOf,
  type RelationReference,
  relationReferences,
  type StatementReferences,
} from './relation-references.ts';

/** An old name that a text uses. */
export interface TextUse {
  readonly oldName: OldName;
  /** What is done through it, the strongest first: a statement that writes and reads, writes. */
  readonly action: Action;
  /** The places where the statement itself names it; none if only a code block in it does. */
  readonly references: readonly RelationReference[];
}

/** The use of old names in a text. */
export interface TextUses {
  readonly uses: readonly TextUse[];
  /** The other relations that the statement itself names. */
  readonly others: readonly RelationReference[];
  /** Why it may use others, and which; undefined if all uses are known. */
  readonly unknown?: { readonly reason: string; readonly mentions: readonly string[] };
  /** Bare names of temporary tables that it creates. */
  readonly temporaryTables: readonly string[];
}

/** The point of view from which a text is read. */
export interface Reader {
  readonly names: NameResolution;
  /** The object identifier of the role that ran it. */
  readonly role?: string;
  /** A search_path that takes precedence over the role's. */
  readonly searchPath?: string;
  /** Whether a client sent it itself; a statement inside a function or block was not. */
  readonly topLevel?: boolean;
  /** Bare names that may stand for a temporary table in the session that ran it. */
  readonly temporaryTables?: ReadonlySet<string>;
  /** Fingerprints of statements of this package's migrations: they do not count as uses of an old name. */
  readonly migrations?: ReadonlySet<string>;
}

const nothing: TextUses = { uses: [], others: [], temporaryTables: [] };
const strength: readonly Action[] = ['write', 'read', 'lock', 'definition'];

/** Finds the old names that a statement uses, as the role that runs it understands names. Never throws: unreadable text is `unknown`. */
export function usesOfStatement(sql: string, reader: Reader): TextUses {
  let references: StatementReferences;
  try {
    references = relationReferences(sql);
  } catch (error) {
    const mentions = mentionsIn(sql, presentNames(reader));
    return { ...nothing, unknown: { reason: `not understood: ${messageOf(error)}`, mentions } };
  }
  if (isOfMigrations(sql, references, reader)) return nothing;
  const own = { ...usesOf(references.relations, reader), temporaryTables: references.temporaryTables };
  const blocks = references.blocks.map(({ language, body }) => {
    const quoted = `CREATE FUNCTION block() RETURNS void LANGUAGE ${language} AS ${quotedBody(body)}`;
    const within = usesOfFunction({ definition: quoted, language, body }, reader);
    return { ...within, uses: within.uses.map((use) => ({ ...use, references: [] })), others: [] };
  });
  return merged([own, ...blocks]);
}

/** A function whose body the database keeps as text. */
export interface FunctionText {
  /** The whole `CREATE FUNCTION`. */
  readonly definition: string;
  readonly language: string;
  readonly body: string;
}

/** Finds the old names that the body of a function uses, dynamic SQL as far as it consists of constants. Never throws. */
export function usesOfFunction(code: FunctionText, reader: Reader): TextUses {
  try {
    const { statements, types, dynamic } = functionStatements(code);
    const inner: Reader = { ...reader, topLevel: false };
    const read = (as: Reader) => merged([usesOf(types, as), ...statements.map((sql) => usesOfStatement(sql, as))]);
    const first = read(inner);
    const temporaryTables = new Set(first.temporaryTables);
    const all = temporaryTables.size === 0 ? first : read({ ...inner, temporaryTables });
    const unresolved = dynamic.flatMap((text) => mentionsIn(text, presentNames(reader)));
    if (unresolved.length === 0 || all.unknown) return all;
    return { ...all, unknown: { reason: 'it puts SQL together when it runs', mentions: [...new Set(unresolved)] } };
  } catch (error) {
    const mentions = mentionsIn(code.body, presentNames(reader));
    return { ...nothing, unknown: { reason: `not understood: ${messageOf(error)}`, mentions } };
  }
}

function usesOf(relations: readonly RelationReference[], reader: Reader): TextUses {
  const uses: TextUse[] = [];
  const others: RelationReference[] = [];
  const unknown = new Map<string, string>();
  const note = (names: readonly OldName[], reason: string) => {
    for (const { entry } of names) unknown.set(entry.from, reason);
  };
  for (const reference of relations) {
    if (reference.schema === undefined && reader.temporaryTables?.has(reference.name)) {
      const names = reader.names.oldNames.filter(({ entry }) => unqualifiedName(entry.from) === reference.name);
      note(names, 'it may mean a temporary table');
      continue;
    }
    const meaning = reader.names.meaningOf(reference, reader.role, reader.searchPath);
    const unknownPath = 'it ran under an unknown search_path';
    if (meaning.kind === 'unknown') note(meaning.names, unknownPath);
    if (meaning.kind === 'old') {
      note(meaning.perhaps, unknownPath);
      uses.push({ oldName: meaning.oldName, action: reference.action, references: [reference] });
    } else others.push(reference);
  }
  const reason = [...new Set(unknown.values())].join(', ');
  const all = { uses, others, temporaryTables: [] };
  return merged([unknown.size > 0 ? { ...all, unknown: { reason, mentions: [...unknown.keys()] } } : all]);
}

/** Merges the uses of several texts. A certain use is not unknown. */
function merged(all: readonly TextUses[]): TextUses {
  const uses = new Map<OldName, TextUse>();
  for (const use of all.flatMap((one) => one.uses)) {
    const { oldName, action, references } = use;
    const before = uses.get(oldName);
    const stronger = before && strength.indexOf(before.action) <= strength.indexOf(action) ? before.action : action;
    uses.set(oldName, { oldName, action: stronger, references: [...(before?.references ?? []), ...references] });
  }
  const used = new Set([...uses.keys()].map(({ entry }) => entry.from));
  const unknowns = all.flatMap(({ unknown }) => unknown ?? []);
  const mentions = new Set(unknowns.flatMap((one) => one.mentions).filter((name) => !used.has(name)));
  const reason = unknowns.find((one) => one.mentions.some((name) => mentions.has(name)))?.reason ?? unknowns[0]?.reason;
  const known = unknowns.length > 0 && unknowns.every((one) => one.mentions.length > 0) && mentions.size === 0;
  return {
    uses: [...uses.values()],
    others: all.flatMap(({ others }) => others),
    temporaryTables: all.flatMap(({ temporaryTables }) => temporaryTables),
    ...(reason !== undefined && !known && { unknown: { reason, mentions: [...mentions] } }),
  };
}

/** Whether the migrations of this package contain the statement, or the code block in them that copies privileges. */
function isOfMigrations(
  sql: string,
  { relations, onlyPrivileges, blocks }: StatementReferences,
  reader: Reader,
): boolean {
  if (onlyPrivileges && reader.topLevel === false) return true;
  const defines =
    blocks.length > 0 || /^\s*CREATE\b/i.test(sql) || relations.some(({ action }) => action === 'definition');
  if (!reader.migrations || !defines) return false;
  const fingerprint = fingerprintOf(sql);
  return fingerprint !== undefined && reader.migrations.has(fingerprint);
}

function presentNames({ names }: Reader): OldName[] {
  return names.oldNames.filter(({ oid }) => oid !== undefined);
}

function quotedBody(body: string): string {
  let tag = '$block$';
  while (body.includes(tag)) tag = `$${tag.slice(1, -1)}_$`;
  return `${tag}${body}${tag}`;
}

/** The parser's message, without the quoted piece of the text: it may be a constant. */
function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/ at or near [\s\S]*/, '');
}
