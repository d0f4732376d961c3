import type { Node as SyntaxNode } from 'oxc-parser';
import { buildImportMap, listPackageRenames, type MovedModule } from '../../registry/import-map.ts';
import { renames } from '../../registry/renames.ts';
import { declaresRequire, readDottedName } from '../codemod/callee-names.ts';
import { mockFunctions } from '../codemod/mock-functions.ts';
import { createPackageResolver, listNeedles, listPossibleSpecifiers } from '../codemod/specifiers.ts';

/** The parts of ESLint's tree that the rule reads: imports and exports with what they name, calls, and paths. */
export interface Node {
  readonly type: string;
  readonly source?: Node | null;
  readonly value?: unknown;
  readonly specifiers?: readonly Node[];
  readonly imported?: Node;
  readonly local?: Node;
  readonly name?: string;
  readonly callee?: Node;
  readonly arguments?: readonly Node[];
  readonly argument?: Node;
  readonly literal?: Node;
  readonly expression?: Node;
  readonly id?: Node;
  readonly left?: Node;
  readonly quasis?: readonly { readonly value: { readonly cooked?: string | null } }[];
}

/** A comment in ESLint's tree. */
export interface Comment {
  readonly type: string;
  readonly value: string;
  readonly range?: readonly [number, number];
}

/** A scope of ESLint's analysis, as far as the rule reads it. */
export interface Scope {
  readonly set: ReadonlyMap<string, { readonly defs: readonly unknown[] }>;
  readonly upper: Scope | null;
}

/** What ESLint gives the rule. */
export interface Context {
  readonly sourceCode: {
    getScope(node: Node): Scope;
    getAllComments(): readonly Comment[];
    getLocFromIndex(index: number): { readonly line: number; readonly column: number };
  };
  report(
    problem: {
      readonly messageId: 'module' | 'symbol' | 'computed' | 'unknown';
      readonly data: Readonly<Record<string, string>>;
    } & ({ readonly node: Node } | { readonly loc: { readonly line: number; readonly column: number } }),
  ): void;
}

const map = buildImportMap(listPackageRenames(renames));
const { modules, kept = {} } = map;
const findOldModule = createPackageResolver(map);
const findKeptPath = createPackageResolver({
  version: 1,
  modules: Object.fromEntries(Object.keys(kept).map((path) => [path, {}])),
});
const needles = listNeedles(map);
const resolvingFunctions = ['require.resolve', 'import.meta.resolve'];
const functionsOfPath = new Set([...mockFunctions.map(({ name }) => name), 'require', ...resolvingFunctions]);

const noOldImports = {
  meta: {
    type: 'problem',
    docs: { description: 'Reports imports from old paths, with the path to import from.' },
    schema: [],
    messages: {
      module: "'{{from}}' is removed in version {{removedIn}}. Import from {{to}}.",
      symbol: "'{{name}}' of '{{from}}' is removed in version {{removedIn}}. Import '{{newName}}' from '{{to}}'.",
      computed:
        "Paths under '{{from}}' are removed in version {{removedIn}}, and this one is built at run time. Import from {{to}}.",
      unknown: "'{{from}}' does not export '{{name}}'.",
    },
  },
  create(context: Context) {
    /** Reports an old path: each named symbol with its own new home, or the path as a whole. */
    const check = (source: Node | null | undefined, specifiers: readonly Node[] = []) => {
      const path = source ? readPath(source) : undefined;
      if (!source || !path) return;
      if (!path.isWhole) {
        checkFolder(source, path.text);
        return;
      }
      const from = findOldModule(path.text);
      const moved = from === undefined ? undefined : modules[from];
      const names = specifiers.flatMap((node) => {
        const name = readSymbol(node);
        return name === undefined ? [] : [{ node, name }];
      });
      if (from === undefined || !moved) {
        const keptPath = findKeptPath(path.text);
        const exported = keptPath === undefined ? undefined : kept[keptPath];
        for (const { node, name } of names) {
          if (keptPath === undefined || !exported || exported.includes(name)) continue;
          context.report({ node, messageId: 'unknown', data: { from: keptPath, name } });
        }
        return;
      }
      const named = names.flatMap(({ node, name }) => {
        const target = moved.symbols?.[name];
        return target ? [{ node, name, target }] : [];
      });
      for (const { node, name, target } of named) {
        const { module: to, name: newName = name, removedIn = '' } = target;
        context.report({ node, messageId: 'symbol', data: { name, from, removedIn, newName, to } });
      }
      if (named.length < Math.max(1, specifiers.length)) {
        context.report({ node: source, messageId: 'module', data: { from, ...wholeModule([moved]) } });
      }
    };
    /** Reports a path that begins with a folder of old modules and goes on with an expression. */
    const checkFolder = (node: Node, folder: string) => {
      if (!folder.endsWith('/') || !needles.some((needle) => folder.includes(needle))) return;
      const possible = listPossibleSpecifiers(folder, map).flatMap((specifier) => modules[specifier] ?? []);
      if (possible.length === 0) return;
      context.report({ node, messageId: 'computed', data: { from: folder, ...wholeModule(possible) } });
    };
    const isNodeRequire = (node: Node): boolean => {
      for (let scope: Scope | null = context.sourceCode.getScope(node); scope; scope = scope.upper) {
        const [definition] = scope.set.get('require')?.defs ?? [];
        if (definition) return declaresRequire(definition as Parameters<typeof declaresRequire>[0]);
      }
      return true;
    };
    return {
      Program: () => {
        for (const comment of context.sourceCode.getAllComments()) {
          for (const { path, index } of listPaths(comment)) {
            const from = findOldModule(path);
            const moved = from === undefined ? undefined : modules[from];
            // Two characters begin a comment.
            const loc = context.sourceCode.getLocFromIndex((comment.range?.[0] ?? 0) + 2 + index);
            if (from !== undefined && moved) {
              context.report({ loc, messageId: 'module', data: { from, ...wholeModule([moved]) } });
            }
          }
        }
      },
      ImportDeclaration: (node: Node) => check(node.source, node.specifiers),
      ExportNamedDeclaration: (node: Node) => check(node.source, node.specifiers),
      ExportAllDeclaration: (node: Node) => check(node.source),
      ImportExpression: (node: Node) => check(node.source),
      CallExpression: (node: Node) => {
        const name = readDottedName(node.callee as unknown as SyntaxNode);
        if (name === undefined || !functionsOfPath.has(name)) return;
        if (!/^require(?:\.|$)/.test(name) || isNodeRequire(node)) check(node.arguments?.[0]);
      },
      TSExternalModuleReference: (node: Node) => check(node.expression),
      TSImportType: (node: Node) => check(node.source ?? node.argument?.literal ?? node.argument),
      TSModuleDeclaration: (node: Node) => check(node.id),
    };
  },
};

/** The path in a string, or the part of it before the first expression. */
function readPath(node: Node): { readonly text: string; readonly isWhole: boolean } | undefined {
  if (node.type === 'BinaryExpression' && node.left) {
    const beginning = readPath(node.left);
    return beginning && { ...beginning, isWhole: false };
  }
  if (node.type === 'TemplateLiteral') {
    const [first, ...others] = node.quasis ?? [];
    return { text: first?.value.cooked ?? '', isWhole: others.length === 0 };
  }
  return typeof node.value === 'string' ? { text: node.value, isWhole: true } : undefined;
}

/** The symbol that a specifier names: an import names the module's symbol `imported`, an export `local`. */
function readSymbol(node: Node): string | undefined {
  const symbol = node.type === 'ExportSpecifier' ? node.local : node.imported;
  return symbol?.name ?? (typeof symbol?.value === 'string' ? symbol.value : undefined);
}

/** The paths of imports in a comment: of JSDoc, and of `/// <reference …>`. */
function listPaths({ type, value }: Comment): { readonly path: string; readonly index: number }[] {
  const pattern =
    type === 'Line'
      ? /^(\/\s*<reference\s+(?:[\w-]+=["'][^"']*["']\s+)*(?:types|path)=["'])([^"']+)/g
      : /((?:\bimport\s*\(\s*|@import\b[^@]*?\bfrom\s*)["'])([^"'\s]+)/g;
  if (type !== 'Line' && !value.startsWith('*')) return [];
  return Array.from(value.matchAll(pattern), ({ index, 1: before = '', 2: path = '' }) => ({
    path,
    index: index + before.length,
  }));
}

function wholeModule(moved: readonly MovedModule[]): { to: string; removedIn: string } {
  const targets = moved.flatMap(({ symbols = {} }) => Object.values(symbols));
  const to = [...new Set(targets.map(({ module }) => `'${module}'`))].sort().join(' or ');
  return { to, removedIn: targets[0]?.removedIn ?? '' };
}

const plugin = {
  meta: { name: 'canonical-models' },
  rules: { 'no-old-imports': noOldImports },
};

/**
 * A flat ESLint config that reports imports from old paths, each with the path to import from.
 *
 * @example
 * // eslint.config.js
 * import canonicalModels from 'canonical-models/eslint';
 *
 * export default [canonicalModels];
 */
const config: {
  readonly name: string;
  readonly plugins: { readonly 'canonical-models': typeof plugin };
  readonly rules: { readonly 'canonical-models/no-old-imports': 'error' };
} = {
  name: 'canonical-models/old-imports',
  plugins: { 'canonical-models': plugin },
  rules: { 'canonical-models/no-old-imports': 'error' },
};

export default config;
