import { requirePeer } from '../../peers.ts';

/** What a statement does with a relation that it names. */
export type Action = 'read' | 'write' | 'lock' | 'definition';

/** A place where a statement names a relation, with the names as PostgreSQL folds them. */
export interface RelationReference {
  /** The PostgreSQL schema if the statement names one. */
  readonly schema?: string;
  readonly name: string;
  readonly action: Action;
  /** The alias that the statement gives it; undefined if it gives none. */
  readonly alias?: string;
}

/** What a statement says about relations. */
export interface StatementReferences {
  readonly relations: readonly RelationReference[];
  /** Bare names of temporary tables that it creates: from then on they hide everything else with that name. */
  readonly temporaryTables: readonly string[];
  /** The texts of anonymous code blocks in it (`DO`), with their languages. */
  readonly blocks: readonly { readonly language: string; readonly body: string }[];
  /** Whether it is a grant, or changes the owner of a relation, and does nothing else. */
  readonly onlyPrivileges: boolean;
}

/** PostgreSQL's parser. */
export type SQLParser = Pick<
  typeof import('libpg-query'),
  'fingerprintSync' | 'parsePlPgSQLSync' | 'parseSync' | 'scanSync'
>;

let parser: SQLParser | undefined;

/**
 * Loads PostgreSQL's parser, the peer libpg-query. Call it before `relationReferences`.
 *
 * @throws {NotSetUp} if it is missing or another version.
 */
export async function loadParser(): Promise<void> {
  const peer = requirePeer<typeof import('libpg-query')>('libpg-query');
  await peer.loadModule();
  parser = peer;
}

/** Returns the parser that `loadParser` loaded. */
export function loadedParser(): SQLParser {
  if (!parser) throw new Error('loadParser was not awaited');
  return parser;
}

/**
 * The relations that a statement names, found with PostgreSQL's own grammar: relations that are read, written, locked or defined. Common
 * table expressions, aliases, columns, functions and strings do not count; neither does what the statement itself creates.
 *
 * @throws Error with the parser's message if the text is not SQL.
 *
 * @example
 * await loadParser();
 * relationReferences('UPDATE messages SET is_read = true').relations; // [{ name: 'messages', action: 'write' }]
 */
export function relationReferences(sql: string): StatementReferences {
  const { stmts = [] } = loadedParser().parseSync(sql) as { stmts?: readonly { readonly stmt?: Fields }[] };
  const found: Found = { relations: [], temporaryTables: [], blocks: [] };
  for (const { stmt } of stmts) visitNode(stmt, { tables: new Set(), action: 'definition' }, found);
  const onlyPrivileges = stmts.length > 0 && stmts.every(({ stmt }) => isPrivilegeStatement(stmt));
  return { ...found, onlyPrivileges };
}

/**
 * A fingerprint that two statements share if they differ only in constants and whitespace. A block of code is one constant, so its
 * fingerprint is the whole text. Undefined if the text is not SQL.
 */
export function fingerprintOf(sql: string): string | undefined {
  try {
    return /^\s*DO\b/i.test(sql) ? sql.trim().replace(/;$/, '') : loadedParser().fingerprintSync(sql);
  } catch {
    return undefined;
  }
}

type Fields = Readonly<Record<string, unknown>>;

interface Found {
  readonly relations: RelationReference[];
  readonly temporaryTables: string[];
  readonly blocks: { readonly language: string; readonly body: string }[];
}

/** The context of a node in a statement: the visible common table expressions, and what is done with a relation named here. */
interface Place {
  readonly tables: ReadonlySet<string>;
  readonly action: Action;
}

const noTables: ReadonlySet<string> = new Set();
/** Statements that name the relation they change; it is never a common table expression. */
const modifying = new Set(['InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt']);
/** Statements with the field that names what they create. */
const created: Readonly<Record<string, string>> = {
  CreateStmt: 'relation',
  ViewStmt: 'view',
  CreateSeqStmt: 'sequence',
  CompositeTypeStmt: 'typevar',
  ImportForeignSchemaStmt: 'table_list',
};

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function visitNode(value: unknown, place: Place, found: Found): void {
  if (Array.isArray(value)) {
    for (const item of value) visitNode(item, place, found);
    return;
  }
  if (!isFields(value)) return;
  if (typeof value['relname'] === 'string') {
    addRelation(value, place, found);
    return;
  }
  if (Array.isArray(value['names']) && 'typemod' in value) addType(value, found);
  for (const [key, inner] of Object.entries(value)) {
    if (isFields(inner) && /^[A-Z]/.test(key)) visitKind(key, inner, place, found);
    // The tree gives the operands of a set operation without their kind.
    else if (isFields(inner) && (key === 'larg' || key === 'rarg')) visitKind('SelectStmt', inner, place, found);
    else visitNode(inner, place, found);
  }
}

function visitKind(kind: string, fields: Fields, place: Place, found: Found): void {
  switch (kind) {
    case 'LockingClause': // FOR UPDATE OF names aliases.
    case 'DropStmt': // Dropping a name does not require it.
      break;
    case 'SelectStmt':
    case 'InsertStmt':
    case 'UpdateStmt':
    case 'DeleteStmt':
    case 'MergeStmt':
      visitQuery(kind, fields, place, found);
      break;
    case 'CopyStmt':
      visitAll(fields, { ...place, action: fields['is_from'] === true ? 'write' : 'read' }, found);
      break;
    case 'TruncateStmt':
      visitAll(fields, { ...place, action: 'write' }, found);
      break;
    case 'LockStmt':
      visitAll(fields, { ...place, action: 'lock' }, found);
      break;
    case 'DoStmt':
      found.blocks.push(blockOf(fields));
      break;
    case 'CommentStmt':
      addCommented(fields, found);
      break;
    case 'TypeCast':
      addRegclass(fields, found);
      visitAll(fields, place, found);
      break;
    case 'RangeVar':
      addRelation(fields, place, found);
      break;
    default: {
      const target = created[kind];
      if (target !== undefined) noteTemporary(fields[target], found);
      visitAll(fields, place, found, target === undefined ? [] : [target]);
    }
  }
}

function visitAll(fields: Fields, place: Place, found: Found, without: readonly string[] = []): void {
  const { into, intoClause, ...others } = fields;
  for (const clause of [into, intoClause]) if (isFields(clause)) noteTemporary(clause['rel'], found);
  visitNode(Object.fromEntries(Object.entries(others).filter(([key]) => !without.includes(key))), place, found);
}

function visitQuery(kind: string, fields: Fields, place: Place, found: Found): void {
  const inner: Place = { tables: withTables(fields['withClause'], place, found), action: 'read' };
  const target = modifying.has(kind) ? ['relation'] : [];
  if (target.length > 0) visitNode(fields['relation'], { tables: noTables, action: 'write' }, found);
  visitAll(fields, inner, found, ['withClause', ...target]);
}

/** Visits the common table expressions of a statement, and returns the names that the rest of it sees. */
function withTables(clause: unknown, place: Place, found: Found): ReadonlySet<string> {
  if (!isFields(clause)) return place.tables;
  const items = (clause['ctes'] ?? []) as readonly { readonly CommonTableExpr?: Fields }[];
  const expressions = items.map(({ CommonTableExpr = {} }) => CommonTableExpr);
  const names = expressions.map((expression) => String(expression['ctename']));
  const all = new Set([...place.tables, ...names]);
  expressions.forEach((expression, index) => {
    const tables = clause['recursive'] === true ? all : new Set([...place.tables, ...names.slice(0, index)]);
    visitNode(expression, { tables, action: 'read' }, found);
  });
  return all;
}

function addRelation(fields: Fields, { tables, action }: Place, found: Found): void {
  const name = String(fields['relname']);
  const schema = fields['schemaname'];
  const named = (fields['alias'] as Fields | undefined)?.['aliasname'];
  const alias = typeof named === 'string' ? { alias: named } : {};
  if (typeof schema === 'string') found.relations.push({ schema, name, action, ...alias });
  else if (!tables.has(name)) found.relations.push({ name, action, ...alias });
}

/** A relation is also a type: of its rows. */
function addType(fields: Fields, found: Found): void {
  addName(stringsOf(fields['names']), 'read', found);
}

/** A constant that is cast to `regclass` names a relation. */
function addRegclass(fields: Fields, found: Found): void {
  const { arg, typeName } = fields as { arg?: Fields; typeName?: Fields };
  if (stringsOf(typeName?.['names']).at(-1) !== 'regclass') return;
  const constant = ((arg?.['A_Const'] as Fields | undefined)?.['sval'] as Fields | undefined)?.['sval'];
  if (typeof constant === 'string') addName(identifiersOf(constant), 'read', found);
}

/** The object of COMMENT, as a list of strings. */
function addCommented({ objtype: kind, object }: Fields, found: Found): void {
  if (!['OBJECT_TABLE', 'OBJECT_VIEW', 'OBJECT_COLUMN'].includes(String(kind))) return;
  const names = stringsOf(((object as Fields | undefined)?.['List'] as Fields | undefined)?.['items']);
  addName(kind === 'OBJECT_COLUMN' ? names.slice(0, -1) : names, 'definition', found);
}

function addName(names: readonly string[], action: Action, found: Found): void {
  const name = names.at(-1);
  const schema = names.at(-2);
  if (name === undefined || schema === 'pg_catalog') return;
  found.relations.push({ ...(schema !== undefined && { schema }), name, action });
}

function noteTemporary(relation: unknown, found: Found): void {
  if (!isFields(relation) || typeof relation['relname'] !== 'string') return;
  const isTemporary = relation['relpersistence'] === 't' || String(relation['schemaname']).startsWith('pg_temp');
  if (isTemporary) found.temporaryTables.push(relation['relname']);
}

function blockOf(fields: Fields): { language: string; body: string } {
  const items = (fields['args'] ?? []) as readonly { readonly DefElem?: Fields }[];
  const options = items.map(({ DefElem = {} }) => DefElem);
  const option = (name: string) => {
    const value = options.find(({ defname }) => defname === name)?.['arg'] as Fields | undefined;
    return (value?.['String'] as Fields | undefined)?.['sval'];
  };
  return { language: String(option('language') ?? 'plpgsql'), body: String(option('as') ?? '') };
}

function isPrivilegeStatement(statement: Fields | undefined): boolean {
  if (statement?.['GrantStmt']) return true;
  const commands = (statement?.['AlterTableStmt'] as Fields | undefined)?.['cmds'] as readonly Fields[] | undefined;
  return commands?.every((item) => (item['AlterTableCmd'] as Fields)['subtype'] === 'AT_ChangeOwner') ?? false;
}

function stringsOf(items: unknown): string[] {
  if (!Array.isArray(items)) return [];
  return items.flatMap((item: Fields) => {
    const text = (item['String'] as Fields | undefined)?.['sval'];
    return typeof text === 'string' ? [text] : [];
  });
}

/** The parts of a qualified name as SQL writes it: `identity."Accounts"` is `identity`, `Accounts`. */
export function identifiersOf(text: string): string[] {
  return [...text.matchAll(/"((?:[^"]|"")*)"|[^".,\s]+/g)].map(([whole, quoted]) =>
    quoted === undefined ? whole.toLowerCase() : quoted.replaceAll('""', '"'),
  );
}
