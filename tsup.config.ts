import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { relative, resolve } from 'node:path';
import { transform } from 'esbuild';
import { defineConfig } from 'tsup';
import { entryPoints } from './src/tools/generate/entry-points.ts';

/** Every source file under a folder, as an entry of its own: `models/booking` for `src/legacy/models/booking.ts`. */
const entriesUnder = (folder: string) =>
  Object.fromEntries(
    readdirSync(`src/${folder}`, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => [`${folder}/${file.slice(0, -'.ts'.length)}`, `src/${folder}/${file}`]),
  );

const { domains, operations, tools } = entryPoints('.');

/** The folders of the packages that a build has taken files of: what is a development dependency and imported is bundled. */
const bundledPackages = (files: readonly string[]) => [
  ...new Set(files.flatMap((file) => /.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? [])),
];

/** What the package itself has to say of a package that is in its files: name, version and licence. */
function notice(folder: string): string {
  const { name, version } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
  const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
  if (file === undefined) throw new Error(`${folder}: found no licence; expected one. Next: do not bundle it`);
  return `${name} ${version}\n\n${readFileSync(`${folder}/${file}`, 'utf8').trim()}\n`;
}

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    schema: 'src/schema.ts',
    relations: 'src/relations.ts',
    renames: 'src/renames.ts',
    'drizzle.config': 'src/drizzle.config.ts',
    'drizzle-kit': 'src/drizzle-kit.ts',
    cli: 'src/tools/cli.ts',
    'codemod-worker': 'src/tools/codemod/worker.ts',
    ...Object.fromEntries(tools.map((tool) => [`tools/${tool}/index`, `src/tools/${tool}/index.ts`])),
    ...Object.fromEntries(
      domains.flatMap((domain) => [
        [`${domain}/index`, `src/${domain}/index.ts`],
        [`${domain}/zod`, `src/${domain}/zod.ts`],
      ]),
    ),
    ...Object.fromEntries(operations.map((path) => [`${path}/index`, `src/${path}/index.ts`])),
    ...entriesUnder('legacy'),
  },
  format: 'esm',
  target: 'node20',
  platform: 'node',
  clean: true,
  splitting: true,
  removeNodeProtocol: false,
  esbuildOptions(options) {
    // Files are named by where the project has them, wherever `node_modules` leads.
    options.preserveSymlinks = true;
  },
  async onSuccess() {
    // Tools and operations are packed small; models stay as a person would read them.
    for (const name of readdirSync('dist', { recursive: true, encoding: 'utf8' }).filter((each) =>
      each.endsWith('.js'),
    )) {
      const text = readFileSync(`dist/${name}`, 'utf8');
      if (!/^\/\/ .*(?:src\/(?:tools|(?!legacy)\w+\/\w+)|node_modules)\//m.test(text)) continue;
      await writeFile(`dist/${name}`, (await transform(text, { minify: true, target: 'node20' })).code);
    }
  },
  esbuildPlugins: [
    {
      // Two thirds of the package are the names that TypeScript's libraries declare; the codemod asks for none of them (`lib: []`).
      name: 'scope-manager-without-libraries',
      setup(build) {
        build.onLoad({ filter: /scope-manager[\\/]dist[\\/]lib[\\/]index\.js$/ }, () => ({
          contents: 'exports.lib = new Map();',
        }));
      },
    },
    {
      // Most of what the migrations leave is what the baseline left, so it is in the package once.
      name: 'expected-beside-the-baseline',
      setup(build) {
        build.onLoad({ filter: /check[\\/]expected\.json$/ }, async ({ path }) => {
          const baselineFile = '../baseline/expected.json';
          const [objects, ofBaseline] = [path, resolve(path, '..', baselineFile)].map((file) =>
            (JSON.parse(readFileSync(file, 'utf8')).objects as unknown[]).map((object) => JSON.stringify(object)),
          ) as [string[], string[]];
          const runs: (string | { from: number; to: number })[] = [];
          for (const object of objects) {
            const place = ofBaseline.indexOf(object);
            const last = runs.at(-1);
            if (place < 0) runs.push(object);
            else if (typeof last === 'object' && last.to === place) last.to++;
            else runs.push({ from: place, to: place + 1 });
          }
          const parts = runs.map((run) =>
            typeof run === 'string' ? run : `...baseline.objects.slice(${run.from},${run.to})`,
          );
          return {
            contents: `import baseline from '${baselineFile}' with { type: 'json' };
              export default { objects: [${parts}] };`,
            loader: 'js',
            resolveDir: resolve(path, '..'),
          };
        });
      },
    },
    {
      // Each old path carries its warning with it, so that it is one file to load, as its canonical path is.
      name: 'warning-in-each-old-path',
      setup(build) {
        build.onResolve({ filter: /\/deprecation\.ts$/ }, ({ path, resolveDir, importer }) => ({
          path: resolve(resolveDir, path),
          suffix: `?${relative(resolveDir, importer)}`,
        }));
      },
    },
    {
      name: 'bundled-packages-minified',
      setup(build) {
        build.onLoad({ filter: /node_modules[\\/].*\.c?js$/ }, async ({ path }) => ({
          contents: (await transform(await readFile(path, 'utf8'), { minify: true, sourcefile: path })).code,
        }));
      },
    },
    {
      // A bundled package that is CommonJS may require what Node.js has; an ES module can only import it.
      name: 'required-builtins',
      setup(build) {
        build.onResolve({ filter: /^[\w:/]+$/ }, ({ kind, path }) =>
          kind === 'require-call' && isBuiltin(path) ? { path, namespace: 'builtin' } : undefined,
        );
        build.onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
          contents: `export * from '${path}'; export { default } from '${path}';`,
        }));
      },
    },
    {
      name: 'licences',
      setup(build) {
        build.initialOptions.metafile = true;
        build.onEnd(async ({ metafile }) => {
          const folders = bundledPackages(Object.keys(metafile?.inputs ?? {})).sort();
          await mkdir('dist', { recursive: true });
          await writeFile('dist/THIRD-PARTY-LICENSES.txt', folders.map(notice).join(`\n${'-'.repeat(80)}\n\n`));
        });
      },
    },
  ],
});
