import ts from 'typescript';
import { createCompilerHost, libFile } from './compiler-host.ts';
import { canonicalNames, globalNames, oldNames, traceModule } from './models.ts';

/** The bindings of a program's names, in text order, and the checker's errors. */
export interface Bindings {
  /** A model by its canonical name; anything else by the name and place of its declaration among its like. */
  readonly bound: readonly string[];
  readonly diagnostics: readonly string[];
}

const programFile = '/program.ts';
const lib = `
interface Array<T> { length: number; push(...items: T[]): number; [index: number]: T }
interface Boolean {} interface CallableFunction {} interface Function {} interface IArguments {} interface NewableFunction {}
interface Number {} interface Object {} interface RegExp {} interface String {} interface TemplateStringsArray {}
interface Symbol {} interface SymbolConstructor { readonly iterator: unique symbol; readonly toStringTag: unique symbol }
declare const Symbol: SymbolConstructor;
interface IteratorResult<T> { done?: boolean; value: T }
interface Iterator<T> { next(): IteratorResult<T> }
interface Iterable<T> { [Symbol.iterator](): Iterator<T> }
interface IterableIterator<T> extends Iterator<T> { [Symbol.iterator](): IterableIterator<T> }
interface Array<T> { [Symbol.iterator](): IterableIterator<T> }
interface PromiseLike<T> { then<R>(then: (value: T) => R | PromiseLike<R>): PromiseLike<R> }
interface Promise<T> { then<R>(then: (value: T) => R | PromiseLike<R>): Promise<R> }
interface PromiseConstructor { all<T extends readonly unknown[] | []>(values: T): Promise<{ -readonly [P in keyof T]: Awaited<T[P]> }>; new <T>(executor: (resolve: (value: T) => void) => void): Promise<T> }
declare const Promise: PromiseConstructor;
type Awaited<T> = T extends PromiseLike<infer V> ? V : T;
interface ClassDecoratorContext {} interface ClassMethodDecoratorContext {} interface DecoratorMetadata {}
declare const Set: new (values: unknown[]) => { size: number };
declare const Object: { keys(value: object): string[] };
${globalNames.map((name) => `declare const ${name}: { id: 'global' };`).join('\n')}
`;

const declarations = new Map<string, string>([
  [libFile, lib],
  [
    fileOf(traceModule),
    'export declare function log(...values: unknown[]): void; export declare function mark(...values: unknown[]): (...target: any[]) => any; export declare const nothing: { id: "nothing" };',
  ],
  ...[...canonicalNames].map(([module, names]): [string, string] => [
    fileOf(module),
    names
      .map(
        (name) =>
          `export declare const ${name}: { id: '${module}#${name}' }; export type ${name} = { id: string; row: '${name}' };`,
      )
      .join('\n'),
  ]),
  ...[...oldNames].map(([oldModule, moves]): [string, string] => [
    fileOf(oldModule),
    moves.map((move) => `export { ${move.name} as ${move.oldName} } from '${move.module}';`).join('\n'),
  ]),
]);

function fileOf(module: string): string {
  return `/modules/${module.replaceAll('/', '_')}.d.ts`;
}

const options: ts.CompilerOptions = {
  noEmit: true,
  noLib: true,
  strict: true,
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.CommonJS,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  isolatedModules: true,
  ignoreDeprecations: '6.0',
  types: [],
};

const sourceFiles = new Map(
  [...declarations].map(([file, text]) => [file, ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true)]),
);
let last: ts.Program | undefined;

/** Binds and checks a program against the models. */
export function bind(text: string): Bindings {
  const source = ts.createSourceFile(programFile, text, ts.ScriptTarget.ES2022, true);
  const host = createCompilerHost({
    getSource: (file) => (file === programFile ? source : sourceFiles.get(file)),
    getText: (file) => (file === programFile ? text : declarations.get(file)),
    resolve(module) {
      const file = fileOf(module);
      return declarations.has(file) ? file : undefined;
    },
  });
  const program = ts.createProgram({
    rootNames: [libFile, programFile],
    options,
    host,
    ...(last && { oldProgram: last }),
  });
  last = program;
  const checker = program.getTypeChecker();
  const found = program.getSemanticDiagnostics(source).map(({ code, messageText }) => `${code} ${textOf(messageText)}`);
  return { bound: boundNames(source, checker), diagnostics: found };
}

function textOf(message: string | ts.DiagnosticMessageChain): string {
  return ts.flattenDiagnosticMessageText(message, ' ');
}

/** What each name is bound to, outside of import declarations. */
function boundNames(source: ts.SourceFile, checker: ts.TypeChecker): string[] {
  const bound: string[] = [];
  const ordinals = new Map<ts.Declaration, number>();
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isImportEqualsDeclaration(node)) return;
    if (ts.isIdentifier(node) || (ts.isStringLiteral(node) && isMemberName(node))) {
      const name = nameOfBound(node, checker, ordinals);
      if (name !== undefined) bound.push(name);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return bound;
}

function isMemberName(node: ts.StringLiteral): boolean {
  return ts.isElementAccessExpression(node.parent) || ts.isLiteralTypeNode(node.parent);
}

function nameOfBound(
  node: ts.Identifier | ts.StringLiteral,
  checker: ts.TypeChecker,
  ordinals: Map<ts.Declaration, number>,
): string | undefined {
  const symbol = symbolAt(node, checker);
  if (!symbol) return undefined;
  const target = aliased(symbol, checker);
  const [declaration] = target.declarations ?? [];
  if (!declaration) return undefined;
  const file = declaration.getSourceFile().fileName;
  if (file.startsWith('/modules/canonical')) return ts.isSourceFile(declaration) ? undefined : `${file}#${target.name}`;
  if (file === libFile) return `global ${target.name}`;
  if (file !== programFile) return undefined;
  // A variable that a pattern takes from a module stands for the model, whatever it is called.
  const model = ts.isBindingElement(declaration) ? modelOf(declaration, checker) : undefined;
  if (model !== undefined) return ts.isBindingElement(node.parent) ? undefined : model;
  if (ts.isBindingElement(declaration)) return `element ${target.name}`;
  // A variable with a whole module stands for none of its members, and may be taken apart.
  if (
    ts.isVariableDeclaration(declaration) &&
    /^await import\([^)]*\)$/.test(declaration.initializer?.getText() ?? '')
  ) {
    return undefined;
  }
  if (!ordinals.has(declaration)) ordinals.set(declaration, ordinals.size);
  return `${target.name} ${ordinals.get(declaration)}`;
}

/** The symbol that a name means, be it a key that is a value as well, or a name in quotes. */
function symbolAt(node: ts.Identifier | ts.StringLiteral, checker: ts.TypeChecker): ts.Symbol | undefined {
  const { parent } = node;
  if (ts.isShorthandPropertyAssignment(parent) && parent.name === node) {
    return checker.getShorthandAssignmentValueSymbol(parent);
  }
  if (ts.isPropertyAssignment(parent) && parent.name === node) return undefined;
  if (ts.isExportSpecifier(parent)) {
    if (parent.parent.parent.moduleSpecifier) return undefined;
    if (parent.propertyName && parent.name === node) return undefined;
    return checker.getExportSpecifierLocalTargetSymbol(parent);
  }
  if (ts.isLiteralTypeNode(parent) && ts.isIndexedAccessTypeNode(parent.parent)) {
    return checker.getPropertyOfType(checker.getTypeFromTypeNode(parent.parent.objectType), node.text);
  }
  if (ts.isBindingElement(parent) && parent.propertyName === node) return undefined;
  return checker.getSymbolAtLocation(node);
}

function aliased(symbol: ts.Symbol, checker: ts.TypeChecker): ts.Symbol {
  return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
}

/** The model that an element of a pattern takes, if it takes one. */
function modelOf(element: ts.BindingElement, checker: ts.TypeChecker): string | undefined {
  const name = element.propertyName ?? element.name;
  const member = checker.getPropertyOfType(checker.getTypeAtLocation(element.parent), name.getText());
  const target = member && aliased(member, checker);
  const file = target?.declarations?.[0]?.getSourceFile().fileName ?? '';
  return file.startsWith('/modules/canonical') ? `${file}#${target?.name}` : undefined;
}
