import { execFile } from 'node:child_process';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, posix } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { is } from 'drizzle-orm';
import { getTableConfig, isPgEnum, PgTable } from 'drizzle-orm/pg-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { migrationFolders } from '../scripts/generate/migrated-tables.ts';
import { packageModules } from '../scripts/package-exports.ts';
import { type Compiler, compilers, runCompiler } from './support/compilers.ts';
import { eachOfFewMajors, thorough, withDatabase } from './support/databases.ts';
import { type CommandResult, kitAnswer, runNode } from './support/kit.ts';
import { type PackedPackage, packedPackage } from './support/package.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const fixtures = fileURLToPath(new URL('fixtures/consumer/', import.meta.url));

interface PackageJson {
  readonly exports: Readonly<Record<string, unknown>>;
  readonly bin: Readonly<Record<string, string>>;
}

let packed: PackedPackage;
let packageJson: PackageJson;
beforeAll(async () => {
  packed = await packedPackage();
  packageJson = JSON.parse(readFileSync(join(packed.folder, 'package.json'), 'utf8'));
}, 300_000);

/** What services import for code. */
const specifiersToLoad = () =>
  packageModules(packed.folder).flatMap(({ specifier, script }) => (script === undefined ? [] : [specifier]));
/** The files that are entries as they are. */
const dataFiles = () =>
  Object.values(packageJson.exports).flatMap((file) => (typeof file === 'string' ? [file.replace(/^\.\//, '')] : []));

/** A file of the service for the time of one test. */
let written: string[] = [];
beforeEach(() => {
  written = [];
});
afterEach(() => {
  for (const path of written) rmSync(path, { force: true });
});
function writeInService(name: string, source: string): string {
  const path = join(packed.service, name);
  writeFileSync(path, source);
  written.push(path);
  return path;
}

/** Runs a module of the service and returns what it printed as JSON. */
async function runInService(name: string, source: string): Promise<unknown> {
  const { exitCode, stdout, stderr } = await runNode([writeInService(name, source)], { cwd: packed.service });
  expect(exitCode, stderr).toBe(0);
  return JSON.parse(stdout);
}

/** The map of a script or a declaration: both kinds of a declaration have the same lines, and share one. */
const mapOf = (file: string) => `${file.replace(/\.d\.cts$/, '.d.ts')}.map`;

describe('the archive', () => {
  test('holds what a service needs and nothing else', () => {
    const unexpected = packed.files.filter(
      (file) =>
        !/^(README|CHANGELOG)\.md$|^docs\/(guides|reference)\/[\w-]+\.md$|^LICENSE$/.test(file) &&
        !dataFiles().includes(file) &&
        !/^dist\/([\w./-]+\.(js|d\.ts|d\.cts)(\.map)?|THIRD-PARTY-LICENSES\.txt)$/.test(file) &&
        !/^src\/[\w./-]+\.ts$/.test(file) &&
        !/^drizzle\/\d{14}_\w+\/migration\.sql$/.test(file),
    );
    expect(unexpected).toEqual([]);
    expect(packed.files).toEqual(expect.arrayContaining(['package.json', 'README.md', 'LICENSE', 'CHANGELOG.md']));
    const migrations = migrationFolders(join(packed.folder, 'drizzle'));
    expect(migrations).toEqual(migrationFolders(join(root, 'drizzle')));
    expect(migrations.length).toBeGreaterThan(0);
  });

  test('takes less than 6 MB installed', () => {
    expect(packed.unpackedSize).toBeGreaterThan(1_000_000);
    expect(packed.unpackedSize).toBeLessThan(6_000_000);
  });

  test('has a map for each script and declaration, and the sources that they lead to', () => {
    const text = (file: string) => readFileSync(join(packed.folder, file), 'utf8');
    const mapped = packed.files.filter((file) => /^dist\/.*\.(js|d\.ts|d\.cts)$/.test(file));
    expect(mapped.length).toBeGreaterThan(100);
    for (const file of mapped) {
      const map = mapOf(file);
      expect(text(file), file).toContain(`//# sourceMappingURL=${basename(map)}`);
      const { file: of = basename(map, '.map'), sources } = JSON.parse(text(map)) as {
        file?: string;
        sources: string[];
      };
      expect(`${of}.map`).toBe(basename(map));
      const paths = sources.map((source) => posix.join(dirname(map), source));
      // Bundled packages, modules of Node.js that they require, and data are named, and are not sources of ours.
      const ours = paths.filter((path) => !/^node_modules\/|^dist\/builtin:|\.json$/.test(path));
      expect(packed.files, map).toEqual(expect.arrayContaining(ours));
      if (file.endsWith('ts')) expect(ours, map).toHaveLength(1);
    }
  });

  test.each([
    ['dist/core/booking.d.ts', 'export declare const Booking:', 'export const Booking = '],
    ['dist/core/booking.d.cts', 'export declare const Booking:', 'export const Booking = '],
    // Below lines that the build leaves out.
    ['dist/core/booking.d.ts', 'export type NewBooking ', 'export type NewBooking '],
    ['dist/identity/tokens/issue.d.ts', '    readonly issuerId:', '  readonly issuerId:'],
  ])('the map of %s leads to the source of “%s”', async (file, declared, expected) => {
    const { SourceMap } = await import('node:module');
    const name = / (\w+)[: ]$/.exec(declared)?.[1] as string;
    const lines = readFileSync(join(packed.folder, file), 'utf8').split('\n');
    const line = lines.findIndex((each) => each.startsWith(declared));
    const map = new SourceMap(JSON.parse(readFileSync(join(packed.folder, mapOf(file)), 'utf8')));
    const entry = map.findEntry(line, declared.indexOf(name));
    if (!('originalLine' in entry)) throw new Error(`${file}: no entry for ${name}`);
    const source = readFileSync(join(packed.folder, file.replace(/^dist(.*)\.d\.c?ts$/, 'src$1.ts')), 'utf8').split(
      '\n',
    );
    expect(source[entry.originalLine]).toMatch(new RegExp(`^${expected}`));
    expect(source[entry.originalLine]?.slice(entry.originalColumn)).toMatch(new RegExp(`^${name}\\b`));
  });

  test('is readable: not minified, and with indented declarations', () => {
    const scripts = packed.files.filter((file) => file.startsWith('dist/') && file.endsWith('.js'));
    for (const file of scripts) {
      const text = readFileSync(join(packed.folder, file), 'utf8').replace(/^.* = JSON\.parse\(.*\);$/gm, '');
      expect(text.length / text.split('\n').length, `${file}: characters a line`).toBeLessThan(200);
    }
    expect(readFileSync(join(packed.folder, 'dist/core/booking.d.ts'), 'utf8')).toMatch(/^ {4}\w/m);
  });

  test('holds no row of the fixtures and no path of the machine that built it', () => {
    const row = /^\('([0-9a-f-]{36})'/m.exec(
      readFileSync(join(root, 'test/fixtures/legacy/legacy-data.sql'), 'utf8'),
    )?.[1];
    if (!row) throw new Error('the legacy data has no row');
    for (const file of packed.files) {
      const content = readFileSync(join(packed.folder, file), 'utf8');
      for (const text of [row, root, dirname(packed.service)]) {
        expect(content.includes(text), `${file} holds ${text}`).toBe(false);
      }
    }
  });
});

describe('the entries of exports', () => {
  /** The files that an entry names, in the order in which Node and TypeScript try them. */
  const filesOf = (value: unknown): string[] =>
    typeof value === 'string' ? [value] : Object.values(value as object).flatMap(filesOf);

  test('are all the domains, their schemas, and what goes with them', () => {
    expect(Object.keys(packageJson.exports)).toEqual(
      expect.arrayContaining([
        '.',
        './schema',
        './relations',
        './renames',
        './drizzle.config',
        './baseline',
        ...[
          'core',
          'feedback_marketing',
          'identity',
          'knowledge_base',
          'lead',
          'newsletter',
          'support_communications',
        ].flatMap((domain) => [`./${domain}`, `./${domain}/zod`, `./${domain}/json`]),
      ]),
    );
  });

  test('lead to files of the archive, with types before the code, and those of CommonJS before the others', () => {
    const modules = packageModules(packed.folder);
    expect(modules.length).toBeGreaterThan(50);
    for (const { specifier, declaration, hasCommonDeclaration, script } of modules) {
      const common = hasCommonDeclaration ? [declaration.replace(/\.d\.ts$/, '.d.cts')] : [];
      const files = [...common, declaration, ...(script === undefined ? [] : [script])];
      expect(filesOf(packageJson.exports[specifier.replace('canonical-models', '.')]), specifier).toEqual(
        files.map((file) => `./${file}`),
      );
      expect(packed.files, specifier).toEqual(expect.arrayContaining(files));
      for (const file of files) expect(statSync(join(packed.folder, file)).size, file).toBeGreaterThan(0);
    }
    for (const file of dataFiles()) expect(packed.files).toContain(file);
  });

  test('load with import and with require, as the same objects', async () => {
    const specifiers = specifiersToLoad();
    const loaded = await runInService(
      'load-all.mjs',
      `import { createRequire } from 'node:module';
      const require = createRequire(import.meta.url);
      const result = {};
      for (const specifier of ${JSON.stringify(specifiers)}) {
        const required = require(specifier);
        const imported = await import(specifier);
        const names = Object.keys(imported);
        result[specifier] = { names, same: names.every((name) => required[name] === imported[name]) };
      }
      process.stdout.write(JSON.stringify(result));`,
    );
    for (const specifier of specifiers) {
      expect(loaded, specifier).toMatchObject({ [specifier]: { same: true } });
    }
    expect(loaded).toMatchObject({
      'canonical-models/core': { names: expect.arrayContaining(['Booking', 'Customer']) },
    });
  });

  test('throw errors of one family, from any entry and however it was loaded', async () => {
    const thrown = await runInService(
      'errors.mjs',
      `import { createRequire } from 'node:module';
      const require = createRequire(import.meta.url);
      const families = [await import('canonical-models/errors'), require('canonical-models/errors')];
      const calls = {
        'canonical-models/identity/access': ({ withStation }) => withStation({}, { userId: 'x', stationId: 'x' }),
        'canonical-models/identity/audit': ({ recordDenial }) => recordDenial({ rollback() {} }, {}),
        'canonical-models/identity/oauth': async ({ setEncryptionKeys }) => setEncryptionKeys({ current: 'k1', keys: {} }),
        'canonical-models/identity/tokens': ({ issueStationToken }) => issueStationToken({}, { stationId: 'x' }),
        'canonical-models/migrate': ({ connect }) => connect('nowhere'),
      };
      const result = {};
      for (const [specifier, call] of Object.entries(calls)) {
        for (const entry of [await import(specifier), require(specifier)]) {
          const error = await call(entry).catch((error) => error);
          for (const { InvalidInput, NotSetUp, CanonicalModelsError } of families) {
            const meaning = [InvalidInput, NotSetUp].find((each) => error instanceof each)?.name;
            (result[specifier] ??= []).push(error instanceof CanonicalModelsError ? meaning : String(error));
          }
        }
      }
      process.stdout.write(JSON.stringify(result));`,
    );
    const fourTimes = (meaning: string) => Array.from({ length: 4 }, () => meaning);
    expect(thrown).toEqual({
      'canonical-models/identity/access': fourTimes('InvalidInput'),
      'canonical-models/identity/audit': fourTimes('InvalidInput'),
      'canonical-models/identity/oauth': fourTimes('NotSetUp'),
      'canonical-models/identity/tokens': fourTimes('InvalidInput'),
      'canonical-models/migrate': fourTimes('InvalidInput'),
    });
  });

  test('load from a service in CommonJS', async () => {
    const tables = await runInService(
      'service.cjs',
      `const { Booking } = require('canonical-models/core');
      const { User } = require('canonical-models/identity');
      const models = require('canonical-models');
      const { getTableName } = require('drizzle-orm');
      process.stdout.write(JSON.stringify([getTableName(Booking), getTableName(User), models.Booking === Booking]));`,
    );
    expect(tables).toEqual(['bookings', 'users', true]);
  });

  test('has the models where the plan puts them', async () => {
    const plan = {
      core: ['Booking', 'Customer'],
      identity: ['User', 'Station', 'StationUser', 'Role', 'Permission'],
      lead: ['Lead', 'BusinessSocialAccount', 'CustomerSocialIdentity'],
      newsletter: ['Campaign', 'Subscriber'],
      feedback_marketing: ['CustomerReview', 'DiscountCoupon'],
      support_communications: ['Escalation', 'CallRecording'],
    };
    const names = Object.values(plan).flat();
    const imports = Object.entries(plan).map(
      ([domain, models]) => `import { ${models.join(', ')} } from 'canonical-models/${domain}';`,
    );
    const tables = await runInService(
      'plan.mjs',
      `${imports.join('\n')}
      import { getTableName } from 'drizzle-orm';
      process.stdout.write(JSON.stringify([${names.join(', ')}].map(getTableName)));`,
    );
    expect(tables).toEqual([
      ...['bookings', 'customers'],
      ...['users', 'stations', 'station_users', 'roles', 'permissions'],
      ...['leads', 'business_social_accounts', 'customer_social_identities'],
      ...['campaigns', 'subscribers'],
      ...['event_customer_reviews', 'discount_coupons'],
      ...['escalations', 'call_recordings'],
    ]);
  });
});

describe('importing models', () => {
  /** An import that happened: what was written, where, and what it led to. */
  interface Import {
    readonly specifier: string;
    readonly from?: string;
    readonly url: string;
  }

  const trace = `import { register } from 'node:module';
    register('data:text/javascript,' + encodeURIComponent(\`
      import { writeSync } from 'node:fs';
      export async function resolve(specifier, context, next) {
        const found = await next(specifier, context);
        writeSync(1, JSON.stringify({ specifier, from: context.parentURL, url: found.url }) + '\\\\n');
        return found;
      }\`));`;

  const models = [
    'canonical-models/core',
    'canonical-models/identity',
    'canonical-models/lead',
    'canonical-models',
    'canonical-models/relations',
    'canonical-models/schema',
  ] as const;
  const alone = 'canonical-models/renames';

  /** Every import that happens when one process loads the entries below. Each module is resolved and loaded once. */
  let traced: readonly Import[];
  beforeAll(async () => {
    const hook = pathToFileURL(writeInService('trace.mjs', trace)).href;
    const imports = [alone, ...models].map((specifier) => `import '${specifier}';\n`);
    const module = writeInService('imports.mjs', imports.join(''));
    const { exitCode, stdout, stderr } = await runNode(['--import', hook, module], { cwd: packed.service });
    expect(exitCode, stderr).toBe(0);
    expect(stderr).toBe('');
    traced = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Import);
    for (const file of ['trace.mjs', 'imports.mjs']) rmSync(join(packed.service, file));
  });

  /** What an entry imports: the import of it, and those in whatever it leads to. */
  function importsOf(specifier: string): Import[] {
    const imports = traced.filter((it) => it.specifier === specifier && it.from?.endsWith('/imports.mjs'));
    const reached = new Set<string>();
    for (const { url } of imports) {
      if (reached.has(url)) continue;
      reached.add(url);
      imports.push(...traced.filter(({ from }) => from === url));
    }
    return imports;
  }

  const ours = (url = '') => url.startsWith(pathToFileURL(packed.folder).href);
  /** The source files that a built module says it is made of. */
  const sourcesOf = (url: string) =>
    [...readFileSync(fileURLToPath(url), 'utf8').matchAll(/^\/\/ (src\/\S+\.ts)$/gm)].map(([, source = '']) => source);

  test.each<[specifier: (typeof models)[number], sources: RegExp]>([
    [
      'canonical-models/core',
      /^src\/(columns|(core|identity|knowledge_base)\/[\w-]+|identity\/access\/(policies|scopes))\.ts$/,
    ],
    [
      'canonical-models/identity',
      /^src\/(columns|errors|driver-error|identity\/[\w-]+|identity\/access\/(grants|policies|scopes))\.ts$/,
    ],
    [
      'canonical-models/lead',
      /^src\/(columns|(lead|core|identity|knowledge_base)\/[\w-]+|identity\/access\/(policies|scopes))\.ts$/,
    ],
    [
      'canonical-models',
      /^src\/(columns|errors|driver-error|index|[a-z_]+\/[\w-]+|identity\/access\/(grants|policies|scopes))\.ts$/,
    ],
    [
      'canonical-models/relations',
      /^src\/(columns|errors|driver-error|index|relations|[a-z_]+\/[\w-]+|identity\/access\/(grants|policies|scopes))\.ts$/,
    ],
    [
      'canonical-models/schema',
      /^src\/(columns|errors|driver-error|index|schema|[a-z_]+\/[\w-]+|identity\/access\/(grants|policies|scopes))\.ts$/,
    ],
  ])(
    'from %s loads drizzle-orm’s tables and nothing else: no driver, no zod, no tool, no file system',
    (specifier, sources) => {
      const imports = importsOf(specifier);
      const foreign = imports.filter(({ from, url }) => ours(from) && !ours(url)).map((it) => it.specifier);
      expect(new Set(foreign)).toSatisfy((found: Set<string>) =>
        [...found].every((name) => ['drizzle-orm', 'drizzle-orm/pg-core'].includes(name)),
      );
      const packages = imports.map(({ url }) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1] ?? url);
      expect(new Set(packages)).toEqual(new Set(['canonical-models', 'drizzle-orm']));
      const loaded = [...new Set(imports.map(({ url }) => url).filter(ours))].flatMap(sourcesOf);
      expect(loaded.length).toBeGreaterThan(0);
      expect(loaded.filter((source) => !sources.test(source) || /zod|tools|legacy/.test(source))).toEqual([]);
    },
  );

  test(`from ${alone} loads nothing else at all`, () => {
    const imports = importsOf(alone);
    expect(imports.length).toBeGreaterThan(0);
    expect(imports.filter(({ url }) => !ours(url))).toEqual([]);
  });
});

describe('types', () => {
  const resolutions = { nodenext: 'nodenext', bundler: 'preserve' } as const;

  async function check(
    files: readonly string[],
    {
      compiler = '7.0',
      resolution = 'nodenext',
      ...options
    }: {
      readonly compiler?: Compiler;
      readonly resolution?: keyof typeof resolutions;
      readonly skipLibCheck?: boolean;
      readonly declaration?: boolean;
    } = {},
  ): Promise<CommandResult> {
    const compilerOptions = {
      module: resolutions[resolution],
      moduleResolution: resolution,
      target: 'es2023',
      lib: ['es2023'],
      types: ['node'],
      strict: true,
      noUncheckedIndexedAccess: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: true,
      noEmit: true,
      ...options,
    };
    const config = writeInService('tsconfig.json', JSON.stringify({ compilerOptions, files }));
    return runCompiler(compiler, ['-p', config], packed.service);
  }

  async function copyFixture(name: string): Promise<string> {
    const copy = join(packed.service, basename(name));
    await cp(join(fixtures, name), copy);
    written.push(copy);
    return basename(name);
  }

  const all = Object.keys(compilers).flatMap((compiler) =>
    Object.keys(resolutions).map((resolution) => ({ compiler, resolution })),
  ) as { compiler: Compiler; resolution: keyof typeof resolutions }[];

  // Both resolutions under the newest compiler, and under the oldest the one of Node.js for ES modules; all of them in a long run.
  const few = all.filter(
    ({ compiler, resolution }) => thorough || compiler === '7.0' || (compiler === '5.9' && resolution === 'nodenext'),
  );

  test.each(few)(
    'hold for a service under TypeScript $compiler with moduleResolution $resolution, and are named in its declarations',
    async (options) => {
      const { version } = createRequire(import.meta.url)(
        join(root, 'node_modules', compilers[options.compiler], 'package.json'),
      );
      expect(version).toMatch(new RegExp(`^${options.compiler.replace('.', '\\.')}\\.`));
      const names = ['service.ts', 'declarations/database.ts', 'declarations/schemas.ts'];
      if (options.resolution === 'nodenext' && (thorough || options.compiler === '7.0')) {
        names.push('common-service.cts', 'declarations/common.cts');
      }
      const files = await Promise.all(names.map(copyFixture));
      const everyEntry = packageModules(packed.folder).map(
        ({ specifier }, index) => `import * as entry${index} from '${specifier}';\nexport { entry${index} };\n`,
      );
      writeInService('every-entry.ts', everyEntry.join(''));
      const { exitCode, stdout } = await check([...files, 'every-entry.ts'], { ...options, declaration: true });
      expect(stdout).toBe('');
      expect(exitCode).toBe(0);
    },
    180_000,
  );

  /** A module that states for every model and enum what its type has to be. Does not compile where one is not so. */
  async function statements(more: { readonly models?: readonly string[]; readonly enums?: readonly string[] } = {}) {
    const exported = Object.entries(await import(pathToFileURL(join(packed.folder, 'dist/index.js')).href));
    const models = exported.flatMap(([name, value]) => (is(value, PgTable) ? [name] : [])).concat(more.models ?? []);
    const enums = exported
      .flatMap(([name, value]) => (isPgEnum(value) || isTextEnum(value) ? [name] : []))
      .concat(more.enums ?? []);
    const source = `import * as models from 'canonical-models';
      type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
      const holds = <_ extends true>(): void => {};
      ${models.map((name) => `holds<Equal<models.${name}, typeof models.${name}.$inferSelect>>();\nholds<Equal<models.New${name}, typeof models.${name}.$inferInsert>>();`).join('\n')}
      ${enums.map((name) => `holds<Equal<models.${name}, (typeof models.${name}.enumValues)[number]>>();\nholds<Equal<string extends models.${name} ? true : false, false>>();`).join('\n')}`;
    return { models, enums, source };
  }
  const isTextEnum = (value: unknown) =>
    typeof value === 'object' && value !== null && 'enumValues' in value && !isPgEnum(value);

  describe('checked together with the declarations of every package', () => {
    /** The names of the models and the enums that are checked. */
    let checked: { readonly models: readonly string[]; readonly enums: readonly string[] };
    /** What the compiler says: one error a line, which begins with its file. */
    let errors: readonly string[];
    beforeAll(async () => {
      const { source, ...names } = await statements();
      checked = names;
      writeInService('entities.ts', source);
      const wrong = await statements({ models: ['BookingStatus', 'identity'], enums: ['Booking'] });
      writeInService('wrong-entities.ts', wrong.source);
      const everyEntry = packageModules(packed.folder).map(({ specifier }) => `import '${specifier}';\n`);
      writeInService('every-entry.ts', everyEntry.join(''));
      const declarations = packed.files.filter((file) => file.endsWith('.d.ts'));
      const files = [
        ...declarations.map((file) => join(packed.folder, file)),
        ...['every-entry.ts', 'entities.ts', 'wrong-entities.ts'],
      ];
      const { stdout } = await check(files, { skipLibCheck: false });
      errors = stdout.split('\n').filter((line) => /error TS/.test(line));
    }, 180_000);
    afterAll(() => {
      for (const name of ['every-entry', 'entities', 'wrong-entities']) rmSync(join(packed.service, `${name}.ts`));
    });

    test('every model is its table, its row and its insert; every enum is its labels', () => {
      expect(checked.models).toHaveLength(52);
      expect(checked.enums).toEqual(expect.arrayContaining(['BookingStatus', 'StationRole', 'StationPermission']));
      expect(errors.filter((line) => line.startsWith('entities.ts'))).toEqual([]);
    });

    test('a model or an enum that lacks one of its types would be found', () => {
      const found = errors.filter((line) => line.startsWith('wrong-entities.ts')).join('\n');
      for (const name of ['NewBookingStatus', 'Newidentity', 'enumValues']) expect(found).toContain(`'${name}'`);
    });

    test('the package’s own declarations have no error of their own', () => {
      // drizzle-orm's declarations name drivers that are not installed; those errors are its own.
      const own = errors.filter((line) => !/node_modules\/(drizzle-orm|zod)\/|^wrong-entities\.ts/.test(line));
      expect(own).toEqual([]);
    });
  });
});

describe('with the package and drizzle-kit alone', () => {
  const config = join('node_modules', 'canonical-models', 'dist', 'drizzle.config.js');

  /** Runs the bin as a pipeline does. */
  const canonicalModels = (...parameters: readonly string[]) =>
    new Promise<CommandResult>((resolve) => {
      execFile(
        'npx',
        ['--no', '--', ...Object.keys(packageJson.bin), ...parameters],
        { cwd: packed.service, env: { ...process.env, NO_UPDATE_NOTIFIER: '1' } },
        (error, stdout, stderr) => {
          resolve({ exitCode: error ? Number(error.code ?? 255) : 0, stdout, stderr });
        },
      );
    });

  const kit = (url: string, ...parameters: readonly string[]) =>
    runNode([join('node_modules', 'drizzle-kit', 'bin.cjs'), ...parameters, '--config', config], {
      cwd: packed.service,
      env: { DATABASE_URL: url },
    });

  test('the bin is executable and answers', async () => {
    const bin = join(packed.folder, packageJson.bin['canonical-models'] ?? '');
    expect(existsSync(bin)).toBe(true);
    expect(statSync(bin).mode & 0o111).toBe(0o111);
    const { exitCode, stdout } = await canonicalModels('--help');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('baseline');
  });

  eachOfFewMajors((major) => {
    test(
      'a pipeline carries a legacy database to the canonical names',
      () =>
        withDatabase(major, 'legacy', async ({ url, query }) => {
          const count = async (table: string) =>
            Number((await query(`SELECT count(*) FROM ${table}`)).rows[0]?.['count']);
          const before = await count('messages');
          expect(before).toBeGreaterThan(0);

          const baseline = await canonicalModels('baseline', '--url', url);
          expect(baseline.exitCode, baseline.stderr).toBe(0);
          const migrate = await kit(url, 'migrate');
          expect(migrate.exitCode, migrate.stderr + migrate.stdout).toBe(0);

          expect(await count('customer_messages')).toBe(before);
          expect(await count('messages')).toBe(before);
          // That this configuration finds no drift in a migrated database, own-tables.test.ts shows as well.
          if (thorough) {
            const drift = await kit(url, 'push', '--explain', '--output', 'json');
            expect(kitAnswer(drift)).toMatchObject({ status: 'no_changes' });
          }
          const { rows } = await query('SELECT name FROM drizzle.canonical_models_migrations ORDER BY id');
          expect(rows.map(({ name }) => name)).toEqual(migrationFolders(join(packed.folder, 'drizzle')));
        }),
      120_000,
    );

    test(
      'a pipeline builds an empty database, and running it again changes nothing',
      () =>
        withDatabase(major, 'empty', async ({ url, query }) => {
          const tables = async () => {
            const { rows } = await query(
              `SELECT schemaname || '.' || tablename AS name FROM pg_tables WHERE schemaname IN ('public', 'identity')`,
            );
            return rows.map(({ name }) => name).sort();
          };
          expect(await kit(url, 'migrate')).toMatchObject({ exitCode: 0 });
          const models = Object.values(await import(pathToFileURL(join(packed.folder, 'dist/index.js')).href)).flatMap(
            (value) =>
              is(value, PgTable) ? [`${getTableConfig(value).schema ?? 'public'}.${getTableConfig(value).name}`] : [],
          );
          expect(await tables()).toEqual(models.sort());
          expect(await kit(url, 'migrate')).toMatchObject({ exitCode: 0 });
          expect(await tables()).toEqual(models);
        }),
      120_000,
    );
  });
});
