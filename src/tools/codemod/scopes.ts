import { analyze, type Reference, type Scope, type Variable } from '@typescript-eslint/scope-manager';
import type { Node, Program } from './syntax.ts';

export type { Reference, Scope, Variable } from '@typescript-eslint/scope-manager';

/** The declarations and references of one source text. */
export interface Scopes {
  readonly variables: readonly Variable[];
  readonly references: readonly Reference[];
  /** The variable that an identifier declares. */
  findDeclared(identifier: { readonly start: number }): Variable | undefined;
  /** The reference at an identifier. */
  findReference(identifier: { readonly start: number }): Reference | undefined;
  /**
   * Whether a name is declared in one of several blocks of a `namespace` or an `enum`, which see each other's members, or in a
   * `declare module` or `declare global`, which see those of other files. Modules for which `apart` is true do not count.
   */
  isMember(name: string, apart?: (module: string) => boolean): boolean;
  /**
   * Whether an inner scope declares only a type under the variable's name and uses the name before a dot. TypeScript ignores types
   * there, but the analysis does not.
   */
  hidesInTypes(variable: Variable): boolean;
  /** Whether names are looked up at run time, by a direct `eval` or `with`. */
  readonly dynamic: boolean;
}

/**
 * Reads the scopes of a program. With `words`, statements that contain none of them are skipped, which are most of a long file; the
 * result is then reliable only for names that contain one of the words. Imports are read in any case.
 */
export function readScopes(program: Program, text: string, words?: readonly string[]): Scopes {
  // A statement may begin before its node, with decorators before `export`: it reaches back to the end of the one before.
  const holdsWord = ({ type, end }: Node, index: number): boolean => {
    // Another import may get the names.
    if (type === 'ImportDeclaration') return true;
    const statement = text.slice(program.body[index - 1]?.end ?? 0, end);
    return words?.some((word) => statement.includes(word)) ?? true;
  };
  // Identifiers may contain escapes; then every statement is read.
  const body = words === undefined || text.includes('\\u') ? program.body : program.body.filter(holdsWord);
  const read = { ...program, body };
  giveRanges(read);
  const manager = analyze(read as unknown as Parameters<typeof analyze>[0], {
    sourceType: program.sourceType === 'module' ? 'module' : 'script',
    globalReturn: program.sourceType !== 'module',
    jsxPragma: null,
    lib: [],
  });

  const variables = manager.scopes.flatMap((scope) => scope.variables);
  const references = manager.scopes.flatMap((scope) => scope.references);
  let declaredAt: Map<number, Variable> | undefined;
  let referenceAt: Map<number, Reference> | undefined;
  let blocks: readonly Block[] | undefined;
  return {
    variables,
    references,
    findDeclared(identifier) {
      declaredAt ??= new Map(
        variables.flatMap((variable) => variable.identifiers.map((name) => [getStart(name), variable] as const)),
      );
      return declaredAt.get(identifier.start);
    },
    findReference(identifier) {
      referenceAt ??= new Map(references.map((each) => [getStart(each.identifier), each] as const));
      return referenceAt.get(identifier.start);
    },
    isMember(name, apart) {
      blocks ??= listBlocks(manager.scopes);
      return blocks.some(
        ({ scope, module, isShared }) => isShared && scope.set.has(name) && !(module !== undefined && apart?.(module)),
      );
    },
    hidesInTypes: ({ name, scope: own }) =>
      manager.scopes.some((scope) => {
        const other = scope === own ? undefined : scope.set.get(name);
        if (!other?.isTypeVariable || other.isValueVariable) return false;
        return other.references.some(({ identifier }) => /^\s*\./.test(text.slice(getSpan(identifier).end)));
      }),
    dynamic: /\beval\s*(?:\?\.\s*)?\(/.test(text) || manager.scopes.some((scope) => scope.type === 'with'),
  };
}

/** A block of a `namespace`, an `enum` or a `declare module`. */
interface Block {
  readonly scope: Scope;
  /** The module of a `declare module`. */
  readonly module?: string;
  /** Whether another block may see its members. */
  readonly isShared: boolean;
}

function listBlocks(scopes: readonly Scope[]): Block[] {
  const named = scopes.flatMap((scope) => {
    const block = scope.block as unknown as Node;
    if (block.type !== 'TSModuleDeclaration' && block.type !== 'TSEnumDeclaration') return [];
    return [{ scope, block, names: listNames(block.id) }];
  });
  const counts = new Map<string, number>();
  for (const name of named.flatMap(({ names }) => names)) counts.set(name, (counts.get(name) ?? 0) + 1);
  return named.map(({ scope, block, names }) => {
    if (block.id.type === 'Literal') return { scope, module: block.id.value, isShared: true };
    const isGlobal = block.type === 'TSModuleDeclaration' && block.kind === 'global';
    return { scope, isShared: isGlobal || names.some((name) => (counts.get(name) ?? 0) > 1) };
  });
}

/** The names of a block; `a.b` has two. */
function listNames(id: Node): string[] {
  if (id.type === 'Identifier') return [id.name];
  return id.type === 'TSQualifiedName' ? [...listNames(id.left), id.right.name] : [];
}

/**
 * Adds the ranges that the analysis reads, to names and function bodies. The parser would add one to every node, and converting
 * these takes longer than the whole analysis.
 */
function giveRanges(node: Node): void {
  const properties = node as unknown as Record<string, unknown>;
  if (node.type === 'Identifier' || node.type === 'JSXIdentifier') properties['range'] = [node.start, node.end];
  for (const key in properties) {
    const value = properties[key];
    if (typeof value !== 'object' || value === null) continue;
    if (key === 'body' && 'start' in value && 'end' in value) (value as Ranged).range = [value.start, value.end];
    if (Array.isArray(value)) {
      for (const item of value)
        if (typeof item === 'object' && item !== null && 'type' in item) giveRanges(item as Node);
    } else if ('type' in value) {
      giveRanges(value as Node);
    }
  }
}

interface Ranged {
  range?: [unknown, unknown];
}

/** Whether a variable is declared once and never assigned afterwards. */
export function isConstant(variable: Variable): boolean {
  return variable.defs.length === 1 && variable.references.every((reference) => !reference.isWrite() || reference.init);
}

/** The start of a node from the analysis. */
export function getStart(node: Reference['identifier'] | Scope['block']): number {
  return getSpan(node).start;
}

/** The start and end of a node from the analysis. */
export function getSpan(node: Reference['identifier'] | Scope['block']): { start: number; end: number } {
  return node as unknown as { start: number; end: number };
}

/** Whether a name already means something else where a variable is declared or used. */
export function isTaken(variable: Variable, name: string): boolean {
  if (variable.scope.set.has(name)) return true;
  if (variable.scope.through.some((reference) => reference.identifier.name === name)) return true;
  return variable.references.some((reference) => isShadowed(reference, variable.scope, name));
}

/** Whether a scope between a reference and the scope of what it refers to declares a name. */
export function isShadowed(reference: Reference, until: Scope, name: string): boolean {
  for (let scope: Scope | null = reference.from; scope && scope !== until; scope = scope.upper) {
    if (scope.set.has(name)) return true;
  }
  return false;
}

/** Whether one scope lies within another, or is the same. */
export function isWithin(scope: Scope, outer: Scope): boolean {
  for (let each: Scope | null = scope; each; each = each.upper) if (each === outer) return true;
  return false;
}

/** Whether a word can name a variable anywhere: it is an identifier and not reserved in JavaScript or TypeScript. */
export function isVariableName(word: string): boolean {
  return /^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u.test(word) && !reservedWords.has(word);
}

const reservedWords = new Set(
  (
    'arguments as async await break case catch class const continue debugger default delete do else enum eval export extends ' +
    'false finally for from function get if implements import in instanceof interface let new null of package private ' +
    'protected public return satisfies set static super switch this throw true try type typeof undefined using var void ' +
    'while with yield any unknown never string number boolean symbol object bigint'
  ).split(' '),
);
