import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { gzipSync } from 'node:zlib';
import type { Plugin } from 'esbuild';

/** A bundled CommonJS package calls `require` for modules of Node.js, which an ES module lacks: this makes it import them. */
export const builtinsAsImports: Plugin = {
  name: 'builtins-as-imports',
  setup(build) {
    build.onResolve({ filter: /^[\w:/]+$/ }, ({ kind, path }) =>
      kind === 'require-call' && isBuiltin(path) ? { path, namespace: 'builtin' } : undefined,
    );
    build.onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents: `export * from '${path}'; export { default } from '${path}';`,
    }));
  },
};

/** The names declared by TypeScript's libraries are 1.2 MB of the parser's scope analysis. The codemod needs none of them (`lib: []`). */
export const withoutTypeScriptLibraries: Plugin = {
  name: 'without-typescript-libraries',
  setup(build) {
    build.onLoad({ filter: /scope-manager[\\/]dist[\\/]lib[\\/]index\.js$/ }, () => ({
      contents: 'exports.lib = new Map();',
    }));
  },
};

/**
 * Bundled packages are not mapped line by line, as their sources are not in this package: each gets a map with a single entry, which
 * esbuild takes over (https://github.com/evanw/esbuild/issues/4130).
 */
export const withoutMapsOfPackages: Plugin = {
  name: 'without-maps-of-packages',
  setup(build) {
    const singleEntry = Buffer.from('{"version":3,"sources":[""],"mappings":"AAAA"}').toString('base64');
    build.onLoad({ filter: /[\\/]node_modules[\\/].*\.[cm]?js$/ }, ({ path }) => ({
      contents: `${readFileSync(path, 'utf8')}\n//# sourceMappingURL=data:application/json;base64,${singleEntry}`,
    }));
  },
};

/**
 * What the migrations lead to, packed: as text it is a tenth of the package, and mapped property by property its source maps would be as
 * large again.
 */
export const packedExpectedObjects: Plugin = {
  name: 'packed-expected-objects',
  setup(build) {
    build.onLoad({ filter: /drizzle[\\/]expected[\\/]\w+\.json$/ }, ({ path }) => ({
      contents: `import { gunzipSync } from 'node:zlib';
export default JSON.parse(gunzipSync(Buffer.from('${gzipSync(JSON.stringify(JSON.parse(readFileSync(path, 'utf8')))).toString('base64')}', 'base64')).toString());`,
    }));
  },
};

/** Writes `dist/THIRD-PARTY-LICENSES.txt`: name, version and licence of each bundled package. */
export const thirdPartyLicenses: Plugin = {
  name: 'third-party-licenses',
  setup(build) {
    build.initialOptions.metafile = true;
    build.onEnd(({ metafile }) => {
      const files = Object.keys(metafile?.inputs ?? {});
      const folders = new Set(files.flatMap((file) => /.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []));
      mkdirSync('dist', { recursive: true });
      writeFileSync(
        'dist/THIRD-PARTY-LICENSES.txt',
        [...namesByLicence([...folders].sort())]
          .map(([licence, names]) => `${names.join('\n')}\n\n${licence}\n`)
          .join(`\n${'-'.repeat(80)}\n\n`),
      );
    });
  },
};

/** Packages with the same text share it. */
function namesByLicence(folders: readonly string[]): Map<string, string[]> {
  const names = new Map<string, string[]>();
  for (const folder of folders) {
    const { name, version } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
    const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
    if (file === undefined) throw new Error(`${folder}: found no licence; expected one. Next: do not bundle it`);
    const licence = readFileSync(`${folder}/${file}`, 'utf8').trim();
    names.set(licence, [...(names.get(licence) ?? []), `${name} ${version}`]);
  }
  return names;
}
