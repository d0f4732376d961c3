import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { derivedFiles, formattedFiles, obsoleteFiles } from '../scripts/generate/derived-files.ts';
import { buildImportMap } from '../src/registry/import-map.ts';
import { faces, models } from '../src/registry/models.ts';
import { fileOf, oldModules } from '../src/registry/old-modules.ts';
import { type Rename, renames } from '../src/registry/renames.ts';
import { type CommandResult, runNode } from './support/kit.ts';
import { type PackedPackage, packedPackage } from './support/package.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const modules = oldModules(renames);
const deprecated = modules.filter(({ removedIn }) => removedIn !== undefined);
const kept = modules.filter(({ removedIn }) => removedIn === undefined);

let installed: PackedPackage;
beforeAll(async () => {
  installed = await packedPackage();
}, 300_000);

/** Loads the installed package in a service. */
const load = (code: string, flags: readonly string[] = []): Promise<CommandResult> =>
  runNode([...flags, '--input-type=module', '--eval', code], { cwd: installed.service });

test('the files derived from the registry are not stale', () => {
  const files = formattedFiles(root, derivedFiles(root, renames, models()));
  for (const [file, text] of files) expect([file, readFileSync(join(root, file), 'utf8')]).toEqual([file, text]);
  expect(obsoleteFiles(root, renames)).toEqual([]);
});

test('the old paths are those of the design, with their symbols', () => {
  expect(Object.fromEntries(modules.map(({ path, symbols }) => [path, symbols.map(({ name }) => name)]))).toEqual({
    'core/auth/models': ['StationUser'],
    'core/auth/station_models': [
      'Station',
      'StationAuditLog',
      'StationAccessToken',
      'StationRole',
      'StationPermission',
      'StationStatus',
      'UserStationAssignment',
    ],
    models: expect.any(Array),
    'models/booking': ['Booking', 'BookingStatus'],
    'models/call_recording': ['CallRecording', 'RecordingStatus', 'RecordingType'],
    'models/customer': ['Customer'],
    'models/escalation': ['Escalation', 'EscalationStatus', 'EscalationPriority', 'EscalationMethod'],
    'models/knowledge_base': ['PricingTier', 'PricingTierLevel'],
    'models/lead': [
      'Lead',
      'LeadContact',
      'LeadContext',
      'LeadEvent',
      'LeadSource',
      'LeadStatus',
      'LeadQuality',
      'ContactChannel',
    ],
    'models/newsletter': [
      'Subscriber',
      'Campaign',
      'CampaignEvent',
      'SMSDeliveryEvent',
      'CampaignChannel',
      'CampaignStatus',
      'CampaignEventType',
      'SMSDeliveryStatus',
    ],
    'models/review': ['CustomerReviewBlogPost', 'ReviewApprovalLog'],
    'models/role': ['Role', 'Permission', 'RoleType'],
    'models/social': ['SocialAccount', 'SocialIdentity', 'SocialThread', 'CustomerReview', 'DiscountCoupon'],
  });
});

test('the barrel has what the deprecated modules under its path have', () => {
  const names = (path: string) => modules.find((module) => module.path === path)?.symbols.map(({ name }) => name) ?? [];
  const gathered = deprecated.filter(({ path }) => path.startsWith('models/')).flatMap(({ path }) => names(path));
  expect(names('models').sort()).toEqual(gathered.sort());
});

describe('each old path', () => {
  /** By the old paths: the names that they export, and whether these are the objects of the canonical modules. */
  let found: Readonly<Record<string, { readonly names: readonly string[]; readonly same: boolean }>>;
  beforeAll(async () => {
    const code = `
      const result = {};
      for (const { path, symbols } of ${JSON.stringify(modules)}) {
        const old = await import('canonical-models/' + path);
        const same = [];
        for (const { name, domain, canonicalName } of symbols) {
          const face = await import('canonical-models/' + domain);
          same.push(old[name] !== undefined && old[name] === face[canonicalName]);
        }
        result[path] = { names: Object.keys(old).sort(), same: same.every(Boolean) };
      }
      console.log(JSON.stringify(result));`;
    const { stdout, stderr, exitCode } = await load(code);
    expect(exitCode, stderr).toBe(0);
    found = JSON.parse(stdout);
  });

  test.each(modules)(
    '$path exports the very same objects as the canonical modules, and nothing else',
    ({ path, symbols }) => {
      expect(found[path]).toEqual({ names: symbols.map(({ name }) => name).sort(), same: true });
    },
  );
});

// In the one order or in the other, a path that loaded another one would have that one's warning beside its own.
describe.each([
  ['in one order', deprecated],
  ['in the other order', deprecated.toReversed()],
])('each deprecated path, loaded %s', (_, inOrder) => {
  /** By the old paths: what stood on standard error when a process had loaded them twice. */
  let said: ReadonlyMap<string, string>;
  beforeAll(async () => {
    const { stderr, exitCode } = await load(`
      import { createRequire } from 'node:module';
      const require = createRequire(import.meta.resolve('canonical-models'));
      for (const path of ${JSON.stringify(inOrder.map(({ path }) => path))}) {
        process.stderr.write('\\0' + path + '\\n');
        await import('canonical-models/' + path);
        require('canonical-models/' + path);
        await new Promise((done) => setTimeout(done, 10));
      }`);
    expect(exitCode, stderr).toBe(0);
    const parts = stderr.split('\0').slice(1);
    said = new Map(parts.map((part) => [part.slice(0, part.indexOf('\n')), part.slice(part.indexOf('\n'))]));
  });

  test.each(inOrder)(
    '$path warns once per process, with a code of its own, the old path, the new ones and the version',
    ({ path, symbols, removedIn }) => {
      const code = `CANONICAL_MODELS_${path.replace(/[^a-z]+/g, '_').toUpperCase()}`;
      const stderr = said.get(path) ?? '';
      expect(stderr.match(/DeprecationWarning/g)).toHaveLength(1);
      expect(stderr).toContain(
        `[${code}] DeprecationWarning: 'canonical-models/${path}' is removed in version ${removedIn}.`,
      );
      for (const { domain } of symbols) expect(stderr).toContain(`'canonical-models/${domain}'`);
    },
  );
});

describe('the warning', () => {
  const old = `await import('canonical-models/models/social'); await new Promise((resolve) => setTimeout(resolve, 10));`;

  test('obeys --no-deprecation', async () => {
    expect(await load(old, ['--no-deprecation'])).toMatchObject({ exitCode: 0, stderr: '' });
  });

  test('obeys --throw-deprecation', async () => {
    const { exitCode, stderr } = await load(old, ['--throw-deprecation']);
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain('CANONICAL_MODELS_MODELS_SOCIAL');
  });

  test('obeys --trace-deprecation, which shows who loaded the old path', async () => {
    const { exitCode, stderr } = await load(old, ['--trace-deprecation']);
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/DeprecationWarning[\s\S]*\n\s+at .*models\/social/);
  });

  test('comes through require as well', async () => {
    const code = `console.log(require('canonical-models/models/booking').Booking === require('canonical-models/core').Booking)`;
    const { exitCode, stderr, stdout } = await runNode(['--eval', code], { cwd: installed.service });
    expect([exitCode, stdout]).toEqual([0, 'true\n']);
    expect(stderr).toContain('CANONICAL_MODELS_MODELS_BOOKING');
  });

  test('never comes from a kept or a canonical path', async () => {
    const paths = [...kept.map(({ path }) => path), ...Object.keys(faces), 'schema', 'relations'];
    const { exitCode, stderr } = await load(
      paths.map((path) => `await import('canonical-models/${path}');`).join('\n'),
      ['--throw-deprecation'],
    );
    expect([exitCode, stderr]).toEqual([0, '']);
  });
});

describe('editors', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'canonical-models-editor-'));
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(installed.folder, join(folder, 'node_modules/canonical-models'));
    for (const name of ['drizzle-orm', '@types']) {
      symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name));
    }
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('strike through every old export, as a value and as a type, and show the new import, except for kept ones', () => {
    const uses = modules.map(({ path, symbols }, index) => {
      const names = symbols.map(({ name }) => `${name} as ${name}${index}`);
      return [
        `import { ${names.join(', ')} } from 'canonical-models/${path}';`,
        ...symbols.map(({ name }) => `export const value_${name}${index} = ${name}${index};`),
        ...symbols.map(({ name }) => `export type Type_${name}${index} = ${name}${index};`),
      ].join('\n');
    });
    const file = join(folder, 'uses.ts');
    const source = uses.join('\n');
    writeFileSync(file, source);
    const options: ts.CompilerOptions = {
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      target: ts.ScriptTarget.ES2023,
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      types: [],
    };
    const service = ts.createLanguageService({
      getCompilationSettings: () => options,
      getScriptFileNames: () => [file],
      getScriptVersion: () => '1',
      getScriptSnapshot: (name) => {
        const text = ts.sys.readFile(name);
        return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
      },
      getCurrentDirectory: () => folder,
      getDefaultLibFileName: ts.getDefaultLibFilePath,
      fileExists: ts.sys.fileExists,
      readFile: ts.sys.readFile,
      readDirectory: ts.sys.readDirectory,
      directoryExists: ts.sys.directoryExists,
      getDirectories: ts.sys.getDirectories,
      ...(ts.sys.realpath && { realpath: ts.sys.realpath }),
    });
    expect(service.getSemanticDiagnostics(file).map(({ messageText }) => messageText)).toEqual([]);
    const struck = service
      .getSuggestionDiagnostics(file)
      .filter(({ code, reportsDeprecated }) => (code === 6385 || code === 6387) && reportsDeprecated);
    const lines = source.split('\n');
    const lineAt = (position: number) => lines[source.slice(0, position).split('\n').length - 1] ?? '';
    const struckLines = new Set(struck.map(({ start }) => lineAt(start)));
    for (const [index, { symbols, removedIn }] of modules.entries()) {
      for (const { name } of symbols) {
        for (const line of [
          `export const value_${name}${index} = ${name}${index};`,
          `export type Type_${name}${index} = ${name}${index};`,
        ]) {
          expect([line, struckLines.has(line)]).toEqual([line, removedIn !== undefined]);
        }
      }
    }
    const position = source.indexOf('= SocialAccount') + 2;
    const tags = service.getQuickInfoAtPosition(file, position)?.tags ?? [];
    expect(ts.displayPartsToString(tags.find(({ name }) => name === 'deprecated')?.text)).toContain(
      "Import `BusinessSocialAccount` from 'canonical-models/lead'.",
    );
  });
});

describe('an entry that is removed from the registry', () => {
  const all = (entries: readonly Rename[]) => ({
    map: buildImportMap(entries).modules,
    files: derivedFiles(root, entries, models()),
  });

  test.each([
    ['module models/booking', 'models/booking'],
    ['symbol models/social#SocialAccount', 'models/social'],
  ])('%s removes its shim, its map line and its codemod rule, and nothing else', (entry, path) => {
    const without = renames.filter((one) => `${one.kind} ${one.from}` !== entry);
    expect(without).toHaveLength(renames.length - 1);
    const [before, after] = [all(renames), all(without)];
    const changed = [...before.files.keys()].filter((file) => before.files.get(file) !== after.files.get(file));
    const module = modules.find((one) => one.path === path);
    const gone = module?.symbols.every(({ name }) => entry === `module ${path}` || entry.endsWith(`#${name}`));
    expect(changed.sort()).toEqual(
      [
        'docs/reference/import-map.md',
        'docs/reference/lint-presets.md',
        `src/generated/old-paths/${module && fileOf(module)}.ts`,
        'src/generated/old-paths/models/index.ts',
        ...(gone ? ['package.json'] : []),
      ].sort(),
    );
    const lines = (files: ReadonlyMap<string, string>) => (files.get('docs/reference/import-map.md') ?? '').split('\n');
    const rows = (files: ReadonlyMap<string, string>) => lines(files).filter((line) => line.startsWith('| `'));
    const lost = rows(before.files).length - rows(after.files).length;
    const names = entry.includes('#') ? [entry.split('#')[1] ?? ''] : (module?.symbols.map(({ name }) => name) ?? []);
    expect(lost).toBe(names.length * 2); // in its own module and in the barrel
    for (const [specifier, { symbols = {} }] of Object.entries(before.map)) {
      const still = Object.keys(after.map[specifier]?.symbols ?? {});
      const expected = Object.keys(symbols).filter(
        (name) =>
          !([`canonical-models/${path}`, 'canonical-models/models'].includes(specifier) && names.includes(name)),
      );
      expect([specifier, still]).toEqual([specifier, expected]);
    }
  });
});
