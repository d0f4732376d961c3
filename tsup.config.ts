import { defineConfig } from 'tsup';
import {
  builtinsAsImports,
  packedExpectedObjects,
  thirdPartyLicenses,
  withoutMapsOfPackages,
  withoutTypeScriptLibraries,
} from './scripts/build/esbuild-plugins.ts';
import { packageModules } from './scripts/package-exports.ts';

/**
 * How the JavaScript of the package is made: each entry of `exports` is a file of `dist`, what several entries share is a chunk
 * beside them, and every file has a source map. The declarations are made by `scripts/build/declarations.ts`.
 *
 * Peer dependencies stay imports. Development dependencies that a source imports are bundled, so that a service installs nothing
 * for them.
 */

/** By their names in `dist`, as in `core/index`, the sources that the modules of the package are made of. */
const entries = packageModules('.').flatMap(({ script, source }) =>
  script === undefined ? [] : [[script.replace(/^dist\/(.*)\.js$/, '$1'), source]],
);

export default defineConfig({
  entry: {
    ...Object.fromEntries(entries),
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
  esbuildPlugins: [
    builtinsAsImports,
    withoutTypeScriptLibraries,
    withoutMapsOfPackages,
    packedExpectedObjects,
    thirdPartyLicenses,
  ],
  esbuildOptions(options) {
    // Names files by where the project has them, also if `node_modules` is a link: no path of this machine gets into the package.
    options.preserveSymlinks = true;
    // Source maps name the files of `src`, which is in the package; so do the maps of the declarations.
    options.sourcesContent = false;
  },
});
