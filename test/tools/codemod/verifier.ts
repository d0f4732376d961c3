import ts from 'typescript';
import { createCompilerHost, libFile } from './compiler-host.ts';
import { canonicalNames, oldNames } from './models.ts';

/** Source files before and after the codemod, and what their specifiers mean. */
export interface Verified {
  readonly before: Readonly<Record<string, string>>;
  readonly after: Readonly<Record<string, string>>;
  /** The old module, or the file, that a specifier of a file means. */
  resolve(specifier: string, from: string): string | undefined;
  /** The old modules that are reported as left in a file. */
  leftIn(path: string): readonly string[];
}

/**
 * Compares files before and after the codemod with nothing but TypeScript: the same tokens except for moved specifiers and renamed
 * names, every name bound to the same thing, the same exports, no new error, and no old module left that is not reported.
 *
 * @returns what differs, a line each.
 */
export function listDifferences(verified: Verified): string[] {
  const before = readProgram(verified.before, verified);
  const after = readProgram(verified.after, verified);
  return Object.keys(verified.before).flatMap((path) => {
    if (!isSource(path)) return [];
    const [was, is] = [before.read(path), after.read(path)];
    const differences = (['tokens', 'exports', 'mocked'] as const).flatMap((what) => {
      const at = was[what].findIndex((each, index) => each !== is[what][index]);
      if (at === -1 && was[what].length === is[what].length) return [];
      const place = at === -1 ? was[what].length : at;
      const around = (list: readonly string[]): string => list.slice(Math.max(0, place - 3), place + 4).join(' ');
      return [`${path}: ${what} were … ${around(was[what])} … and are … ${around(is[what])} …`];
    });
    if (was.errors.length === 0) differences.push(...is.errors.map((error) => `${path}: ${error}`));
    const left = new Set(verified.leftIn(path));
    for (const oldModule of is.oldModules) if (!left.has(oldModule)) differences.push(`${path}: ${oldModule} is left`);
    return differences;
  });
}

function isSource(path: string): boolean {
  return /\.[cm]?[jt]sx?$/.test(path);
}

/** What a file says, so that it can be compared. */
interface Reading {
  readonly tokens: readonly string[];
  readonly exports: readonly string[];
  readonly mocked: readonly string[];
  readonly errors: readonly string[];
  /** Old modules that the file names. */
  readonly oldModules: readonly string[];
}

const root = '/corpus/';
const modulesRoot = '/modules/';
const lib = `
interface Array<T> { length: number; [index: number]: T }
interface Boolean {} interface CallableFunction {} interface Function {} interface IArguments {} interface NewableFunction {}
interface Number {} interface Object {} interface RegExp {} interface String {}
interface TypedPropertyDescriptor<T> { value?: T }
declare namespace JSX { interface Element {} interface IntrinsicElements { [name: string]: any } }
declare function use(...values: any[]): void;
declare function require(module: string): any;
declare const Mark: any; declare const Field: any; declare const Inject: any;
interface PromiseLike<T> { then<R>(then: (value: T) => R): PromiseLike<R> }
interface Promise<T> { then<R>(then: (value: T) => R): Promise<R> }
interface PromiseConstructor { new <T>(executor: (resolve: (value: T) => void) => void): Promise<T> }
declare const Promise: PromiseConstructor;
declare const vi: { mock(module: string, factory: (original: <T>() => Promise<T>) => any): void };
declare const jest: { mock(module: string, factory: () => any): void; requireActual<T = any>(module: string): T };
`;

/** The modules of the models: an old one has the new symbols under their old names. */
const modules = new Map<string, string>([
  ...[...canonicalNames].map(([module, names]): [string, string] => [
    `${modulesRoot}${module}.d.ts`,
    names.map((name) => `export declare const ${name}: any; export type ${name} = { row: '${name}' };`).join('\n'),
  ]),
  ...[...oldNames].map(([oldModule, moves]): [string, string] => [
    `${modulesRoot}${oldModule}.d.ts`,
    moves.map(({ name, oldName, module }) => `export { ${name} as ${oldName} } from '${module}';`).join('\n'),
  ]),
]);

function readProgram(files: Verified['before'], { resolve }: Verified): { read(path: string): Reading } {
  const texts = new Map([[libFile, lib], ...modules]);
  for (const [path, text] of Object.entries(files)) if (isSource(path)) texts.set(root + path, text);
  const options: ts.CompilerOptions = {
    allowJs: true,
    noEmit: true,
    noLib: true,
    strict: false,
    experimentalDecorators: true,
    jsx: ts.JsxEmit.Preserve,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.Preserve,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    types: [],
  };
  /** The file that a specifier means: one of the corpus, or of the models. */
  const find = (specifier: string, from: string): string | undefined => {
    if (texts.has(`${modulesRoot}${specifier}.d.ts`) && !oldNames.has(specifier))
      return `${modulesRoot}${specifier}.d.ts`;
    if (!from.startsWith(root)) return undefined;
    const found = resolve(specifier, from.slice(root.length));
    if (found === undefined) return undefined;
    return oldNames.has(found) ? `${modulesRoot}${found}.d.ts` : root + found;
  };
  const host = createCompilerHost({
    getSource(file) {
      const text = texts.get(file);
      return text === undefined ? undefined : ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true);
    },
    getText: (file) => texts.get(file),
    resolve: find,
  });
  const program = ts.createProgram({ rootNames: [...texts.keys()], options, host });
  const checker = program.getTypeChecker();
  return {
    read(path) {
      const source = program.getSourceFile(root + path);
      if (!source) throw new Error(`${path} is not in the program`);
      const reader = new Reader(source, checker, (specifier) => find(specifier, root + path));
      const errors = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
      return {
        ...reader.read(),
        errors: errors.map(({ code, messageText }) => `${code} ${ts.flattenDiagnosticMessageText(messageText, ' ')}`),
      };
    },
  };
}

/** Reads the tokens of a file, with what each name is bound to. */
class Reader {
  readonly #source: ts.SourceFile;
  readonly #checker: ts.TypeChecker;
  readonly #find: (specifier: string) => string | undefined;
  readonly #ordinals = new Map<ts.Node, number>();
  readonly #tokens: string[] = [];
  readonly #mocked: string[] = [];
  readonly #oldModules = new Set<string>();

  constructor(source: ts.SourceFile, checker: ts.TypeChecker, find: (specifier: string) => string | undefined) {
    this.#source = source;
    this.#checker = checker;
    this.#find = find;
  }

  read(): Omit<Reading, 'errors'> {
    this.#visit(this.#source);
    const symbol = this.#checker.getSymbolAtLocation(this.#source);
    const exported = symbol ? this.#checker.getExportsOfModule(symbol) : [];
    return {
      tokens: this.#tokens,
      exports: exported.map((each) => `${each.name} = ${this.#nameOf(each)}`).sort(),
      mocked: [...new Set(this.#mocked)].sort(),
      oldModules: [...this.#oldModules],
    };
  }

  #visit(node: ts.Node): void {
    if (ts.isStringLiteralLike(node)) {
      this.#readString(node);
      return;
    }
    if (ts.isImportDeclaration(node) || (ts.isExportDeclaration(node) && node.moduleSpecifier)) {
      // What they bind is compared where it is used; what they export, by the exports.
      if (node.moduleSpecifier) this.#noteModule((node.moduleSpecifier as ts.StringLiteral).text);
      return;
    }
    if (this.#isMock(node) || this.#takesModule(node)) {
      node.forEachChild((child) => this.#noteModules(child));
      return;
    }
    // What a callback takes from a loaded module stands for the symbols, too.
    if (ts.isObjectBindingPattern(node) && this.#givenModule(node)) return;
    const member = this.#readMember(node);
    if (member !== undefined) this.#tokens.push(member);
    else if (ts.isShorthandPropertyAssignment(node)) {
      const symbol = this.#checker.getShorthandAssignmentValueSymbol(node);
      this.#tokens.push(node.name.text, ':', symbol ? this.#nameOf(symbol) : node.name.text);
    } else if (ts.isExportSpecifier(node)) {
      const symbol = this.#checker.getExportSpecifierLocalTargetSymbol(node);
      this.#tokens.push(symbol ? this.#nameOf(symbol) : 'unbound', 'as', node.name.text);
    } else if (ts.isIdentifier(node)) this.#tokens.push(this.#readIdentifier(node));
    else if (node.getChildCount(this.#source) === 0) this.#tokens.push(node.getText(this.#source));
    else for (const child of node.getChildren(this.#source)) this.#visit(child);
  }

  #readString(node: ts.StringLiteralLike): void {
    const file = this.#find(node.text);
    if (file === undefined || !file.startsWith(modulesRoot)) this.#tokens.push(node.getText(this.#source));
    else {
      this.#noteModule(node.text);
      this.#tokens.push('a module');
    }
  }

  #noteModules(node: ts.Node): void {
    if (ts.isStringLiteralLike(node)) this.#noteModule(node.text);
    node.forEachChild((child) => this.#noteModules(child));
  }

  #noteModule(specifier: string): void {
    const name = this.#find(specifier)?.slice(modulesRoot.length, -'.d.ts'.length);
    if (name !== undefined && oldNames.has(name)) this.#oldModules.add(name);
  }

  /** Whether a statement mocks a module of the models: the symbols that it replaces are compared, not how. */
  #isMock(node: ts.Node): boolean {
    if (!ts.isExpressionStatement(node) || !ts.isCallExpression(node.expression)) return false;
    const [module, factory] = node.expression.arguments;
    if (!/^(?:vi|jest)\.mock$/.test(node.expression.expression.getText(this.#source))) return false;
    if (!module || !ts.isStringLiteralLike(module) || !factory) return false;
    const file = this.#find(module.text) ?? '';
    const exports = new Map(this.#exportsOf(module));
    const visit = (child: ts.Node): void => {
      if (ts.isObjectLiteralExpression(child)) {
        for (const property of child.properties) {
          const name = property.name?.getText(this.#source) ?? '';
          if (ts.isPropertyAssignment(property)) this.#mocked.push(exports.get(name) ?? `${file}#${name}`);
        }
      } else child.forEachChild(visit);
    };
    visit(factory);
    return true;
  }

  #exportsOf(specifier: ts.StringLiteralLike): [string, string][] {
    const file = this.#find(specifier.text)?.slice(modulesRoot.length, -'.d.ts'.length) ?? '';
    const moves = oldNames
      .get(file)
      ?.map(({ oldName, module, name }): [string, string] => [oldName, `${module}#${name}`]);
    return moves ?? (canonicalNames.get(file) ?? []).map((name) => [name, `${file}#${name}`]);
  }

  /** Whether a statement only takes variables from a module of the models: these stand for the symbols wherever they are used. */
  #takesModule(node: ts.Node): boolean {
    if (!ts.isVariableStatement(node)) return false;
    return node.declarationList.declarations.every(
      ({ initializer, name }) =>
        initializer &&
        (ts.isObjectBindingPattern(name) || findLoaded(initializer)) &&
        this.#isModuleObject(initializer),
    );
  }

  /** The symbol that a member of a module object is. */
  #readMember(node: ts.Node): string | undefined {
    const object = ts.isPropertyAccessExpression(node)
      ? node.expression
      : ts.isQualifiedName(node)
        ? node.left
        : undefined;
    const name = ts.isPropertyAccessExpression(node) ? node.name : ts.isQualifiedName(node) ? node.right : undefined;
    if (!object || !name || !this.#isModuleObject(object)) return undefined;
    const symbol = this.#memberOf(object, name.text);
    return symbol ? this.#nameOf(symbol) : `unbound ${name.text}`;
  }

  #isModuleObject(node: ts.Node): boolean {
    return this.#moduleOf(node) !== undefined;
  }

  #moduleOf(node: ts.Node): ts.Symbol | undefined {
    const specifier = findLoaded(node);
    if (specifier) return this.#checker.getSymbolAtLocation(specifier);
    if (!ts.isIdentifier(node)) return undefined;
    const symbol = this.#checker.getSymbolAtLocation(node);
    const target = symbol && this.#resolveAlias(symbol);
    const declaration = target?.declarations?.[0];
    if (target && declaration && ts.isSourceFile(declaration)) return target;
    return declaration &&
      ts.isVariableDeclaration(declaration) &&
      declaration.initializer &&
      findLoaded(declaration.initializer)
      ? this.#moduleOf(declaration.initializer)
      : undefined;
  }

  /** The module that a pattern takes apart as the parameter of `import('…').then(…)`. */
  #givenModule({ parent }: ts.BindingPattern): ts.Symbol | undefined {
    if (!ts.isParameter(parent) || parent.parent.parameters[0] !== parent) return undefined;
    const call = parent.parent.parent;
    if (!ts.isCallExpression(call) || !ts.isPropertyAccessExpression(call.expression)) return undefined;
    const { expression: loaded, name } = call.expression;
    if (name.text !== 'then' || !ts.isCallExpression(loaded) || loaded.expression.kind !== ts.SyntaxKind.ImportKeyword)
      return undefined;
    const [specifier] = loaded.arguments;
    return specifier && this.#checker.getSymbolAtLocation(specifier);
  }

  #memberOf(object: ts.Node, name: string): ts.Symbol | undefined {
    return this.#exportOf(this.#moduleOf(object), name);
  }

  #exportOf(module: ts.Symbol | undefined, name: string): ts.Symbol | undefined {
    return module && this.#checker.getExportsOfModule(module).find((each) => each.name === name);
  }

  #readIdentifier(node: ts.Identifier): string {
    // A key of an object is not a variable, and stays as it is.
    if (ts.isPropertyAssignment(node.parent) && node.parent.name === node) return node.text;
    const symbol = this.#checker.getSymbolAtLocation(node);
    return symbol ? this.#nameOf(symbol) : node.text;
  }

  #resolveAlias(symbol: ts.Symbol): ts.Symbol {
    return symbol.flags & ts.SymbolFlags.Alias ? this.#checker.getAliasedSymbol(symbol) : symbol;
  }

  /** A model by its module and name, a variable of the file by the order of the declarations, anything else by its file and name. */
  #nameOf(symbol: ts.Symbol): string {
    const target = this.#resolveAlias(symbol);
    const [declaration] = target.declarations ?? [];
    if (!declaration) return `unbound ${symbol.name}`;
    const file = declaration.getSourceFile().fileName;
    if (file.startsWith(modulesRoot)) return `${file.slice(modulesRoot.length, -'.d.ts'.length)}#${target.name}`;
    if (file !== this.#source.fileName) return `${file}#${target.name}`;
    if (ts.isBindingElement(declaration)) {
      const holder = declaration.parent.parent;
      const initializer = ts.isVariableDeclaration(holder) ? holder.initializer : undefined;
      const module = initializer ? this.#moduleOf(initializer) : this.#givenModule(declaration.parent);
      const member = this.#exportOf(module, (declaration.propertyName ?? declaration.name).getText(this.#source));
      if (member) return this.#nameOf(member);
    }
    const ordinal = this.#ordinals.get(declaration) ?? this.#ordinals.size;
    this.#ordinals.set(declaration, ordinal);
    return `${target.name} ${ordinal}`;
  }
}

/** The specifier of what `require()` or `await import()` loads. */
function findLoaded(node: ts.Node): ts.Expression | undefined {
  if (ts.isParenthesizedExpression(node)) return findLoaded(node.expression);
  const call = ts.isAwaitExpression(node) ? node.expression : node;
  if (!ts.isCallExpression(call)) return undefined;
  const loads = ts.isAwaitExpression(node)
    ? call.expression.kind === ts.SyntaxKind.ImportKeyword
    : ts.isIdentifier(call.expression) && call.expression.text === 'require';
  return loads ? call.arguments[0] : undefined;
}
