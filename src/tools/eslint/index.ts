import { importMap, listPackageRenames, type MovedModule } from '../../registry/import-map.ts';
import { renames } from '../../registry/renames.ts';

/** The parts of ESLint's tree that the rule reads: imports and exports, with what they name. */
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
}

/** What ESLint gives the rule. */
export interface Context {
  report(problem: {
    readonly node: Node;
    readonly messageId: 'module' | 'symbol';
    readonly data: Readonly<Record<string, string>>;
  }): void;
}

const { modules } = importMap(listPackageRenames(renames));

const noOldImports = {
  meta: {
    type: 'problem',
    docs: { description: 'Reports imports from old paths, with the path to import from.' },
    schema: [],
    messages: {
      module: "'{{from}}' is removed in version {{removedIn}}. Import from {{to}}.",
      symbol: "'{{name}}' of '{{from}}' is removed in version {{removedIn}}. Import '{{newName}}' from '{{to}}'.",
    },
  },
  create(context: Context) {
    /** Reports an old path: each named symbol with its own new home, or the path as a whole. */
    const check = (source: Node | null | undefined, specifiers: readonly Node[] = []) => {
      const from = typeof source?.value === 'string' ? specifierOf(source.value) : undefined;
      const moved = from === undefined ? undefined : modules[from];
      if (!source || from === undefined || !moved) return;
      const named = specifiers.flatMap((node) => {
        // An import names the module's symbol `imported`, an export `local`.
        const symbol = node.type === 'ExportSpecifier' ? node.local : node.imported;
        const name = symbol?.name ?? (typeof symbol?.value === 'string' ? symbol.value : undefined);
        const target = name === undefined ? undefined : moved.symbols?.[name];
        return target && name !== undefined ? [{ node, name, target }] : [];
      });
      for (const { node, name, target } of named) {
        const { module: to, name: newName = name, removedIn = '' } = target;
        context.report({ node, messageId: 'symbol', data: { name, from, removedIn, newName, to } });
      }
      if (named.length < Math.max(1, specifiers.length)) {
        context.report({ node: source, messageId: 'module', data: { from, ...wholeModule(moved) } });
      }
    };
    return {
      ImportDeclaration: (node: Node) => check(node.source, node.specifiers),
      ExportNamedDeclaration: (node: Node) => check(node.source, node.specifiers),
      ExportAllDeclaration: (node: Node) => check(node.source),
      ImportExpression: (node: Node) => check(node.source),
      CallExpression: (node: Node) => {
        if (node.callee?.type === 'Identifier' && node.callee.name === 'require') check(node.arguments?.[0]);
      },
      TSExternalModuleReference: (node: Node) => check(node.expression),
      TSImportType: (node: Node) => check(node.source ?? node.argument?.literal ?? node.argument),
    };
  },
};

/** An old path as the map names it: without extension and `/index`. */
function specifierOf(source: string): string {
  return source.replace(/\.[cm]?[jt]sx?$/, '').replace(/\/index$/, '');
}

function wholeModule({ symbols = {} }: MovedModule): { to: string; removedIn: string } {
  const targets = Object.values(symbols);
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
