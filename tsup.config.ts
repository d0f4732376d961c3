import { defineConfig } from 'tsup';
import packageJson from './package.json' with { type: 'json' };
import { builtinsAsImports, thirdPartyLicenses, withoutTypeScriptLibraries } from './scripts/build/esbuild-plugins.ts';

/**
 * How the JavaScript of the package is made: each entry of `exports` is a file of `dist`, what several entries share is a chunk
 * beside them, and every file has a source map. The declarations are made by `scripts/build/declarations.ts`.
 *
 * Peer dependencies stay imports. Development dependencies that a source imports are bundled, so that a service installs nothing
 * for them.
 */
type Export =
  | string
  | { readonly default: string }
  | { readonly import: { readonly types: string; readonly default?: string } };

/** What `exports` leads to, as in `core/index`: `dist/core/index.js` is made of `src/core/index.ts`. Some entries are types alone. */
const entries = Object.values<Export>(packageJson.exports).flatMap((entry) => {
  if (typeof entry === 'string') return [];
  const script = 'import' in entry ? entry.import.default : entry.default;
  return script?.replace(/^\.\/dist\/(.*)\.js$/, '$1') ?? [];
});

export default defineConfig({
  entry: {
    ...Object.fromEntries(entries.map((path) => [path, `src/${path}.ts`])),
    cli: 'src/cli/main.ts',
    'codemod-worker': 'src/tools/codemod/worker.ts',
  },
  format: 'esm',
  platform: 'node',
  target: 'node20',
  splitting: true,
  sourcemap: true,
  clean: true,
  removeNodeProtocol: false,
  esbuildPlugins: [builtinsAsImports, withoutTypeScriptLibraries, thirdPartyLicenses],
  esbuildOptions(options) {
    // Names files by where the project has them, also if `node_modules` is a link: no path of this machine gets into the package.
    options.preserveSymlinks = true;
    // Source maps name the files of `src`, which is in the package; so do the maps of the declarations.
    options.sourcesContent = false;
  },
});
