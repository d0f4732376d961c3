import { execFile } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual, promisify } from 'node:util';
import { getTableConfig } from 'drizzle-orm/pg-core';
import { build } from 'esbuild';
import { Conflict, NotSetUp } from '../../src/errors.ts';
import { grantsOfOldName, grantsOfTable } from '../../src/identity/access/sql/index.ts';
import { domains } from '../../src/registry/domains.ts';
import { models } from '../../src/registry/models.ts';
import { unqualifiedName } from '../../src/registry/qualified-name.ts';
import { renames, type TableRename } from '../../src/registry/renames.ts';
import { tableRenames } from '../../src/registry/table-renames.ts';
import { describeBaseline, expectedFile } from '../../src/tools/baseline/expected.ts';
import { readMigrations } from '../../src/tools/migrations/migrations-folder.ts';
import { customMigrations } from './custom-migrations.ts';
import { derivedFiles, formattedFiles, obsoleteFiles, writeFiles } from './derived-files.ts';
import { createdForeignKeys } from './drop-foreign-keys.ts';
import { commitGuard, labelsUsedAtOnce } from './enum-labels.ts';
import { type Hint, hintsForRename } from './hints.ts';
import { migratedPolicies, migratedTables, migrationFolders } from './migrated-tables.ts';
import { migratedViews } from './migrated-views.ts';
import {
  completeChange,
  completeRename,
  type DomainParts,
  domainMigration,
  dropsOf,
  enumLabelMigration,
  migration,
  namedObjects,
  plainNumericDefaults,
  statementsOf,
  withLocks,
  writtenObjects,
} from './migration-sql.ts';
import { refuseUnrunnable } from './refuse-unrunnable.ts';
import { Rehearsal } from './rehearsal.ts';
import { assertValidRenames } from './validate-renames.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const out = join(root, 'drizzle');
const run = promisify(execFile);

/** What drizzle-kit answers: `missing_hints` with the questions it asks, or the migration that it wrote. */
interface KitAnswer {
  readonly status: 'ok' | 'no_changes' | 'missing_hints' | 'error';
  readonly migration_path?: string;
  readonly unresolved?: readonly { readonly type: string; readonly kind: string; readonly entity: readonly string[] }[];
  readonly error?: { readonly code: string } & Record<string, unknown>;
}

/** What to generate. */
export interface GenerateOptions {
  /** The name of the migration for all changes other than renames. Renames are named by their entries. */
  readonly name: string;
  /** Tables and columns that are new although others of their kind are gone, as `public.notes` or `public.notes.body`. */
  readonly create?: readonly string[];
  /** Tables, columns, views and the like that may be dropped, named the same way. */
  readonly drop?: readonly string[];
  /** Called with each migration's name before it is written. */
  readonly onStep?: (migration: string) => void;
  /** Stops the command immediately. Nothing is written then. */
  readonly signal?: AbortSignal;
}

/**
 * Writes the migrations that lead from the last one to the models: one for everything but renames and policies, then one for each
 * new rename of the registry, with its compatibility view; then one for each domain, with objects that no model has
 * (`customMigrations`) and the row-level security of tables that have none yet. A label that a change adds to an enum and uses gets a
 * migration of its own before it. Also writes every file that is derived from the registry, and the description of a migrated database.
 *
 * Everything is created in a temporary folder, where every migration is run. Only then is it put in its place: after a failure or an
 * interruption nothing has changed.
 *
 * @returns the folders written, oldest first; empty if models and migrations agree.
 * @throws {Conflict} if a rename is not in the registry, the registry is wrong, something would be dropped unasked, or PostgreSQL
 * refuses a migration.
 * @throws {NotSetUp} if drizzle-kit fails.
 */
export async function generateMigrations(options: GenerateOptions): Promise<string[]> {
  const all = models();
  assertValidRenames(renames, all);

  const derived = formattedFiles(root, derivedFiles(root, renames, all));
  const obsolete = obsoleteFiles(root, renames);
  const stage = mkdtempSync(join(tmpdir(), 'canonical-models-generate-'));
  const work = join(stage, 'drizzle');
  const rehearsal = new Rehearsal(work);
  try {
    for (const sources of ['src', 'scripts']) cpSync(join(root, sources), join(stage, sources), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(stage, 'node_modules'), 'junction');
    cpSync(join(root, 'tsconfig.json'), join(stage, 'tsconfig.json'));
    writeFiles(stage, derived, obsolete);
    if (existsSync(out)) cpSync(out, work, { recursive: true });
    const before = migrationFolders(work);
    await bundleSchema(stage, options);
    await writeMigrations(stage, rehearsal, options);
    const written = migrationFolders(work).filter((folder) => !before.includes(folder));
    const expected =
      written.length > 0 ? await expectedFiles(work, rehearsal, before.length === 0) : new Map<string, string>();
    options.signal?.throwIfAborted();
    place(work, written, new Map([...derived, ...expected]), obsolete);
    return written;
  } finally {
    await rehearsal.end();
    rmSync(stage, { recursive: true, force: true });
  }
}

/** The schema that drizzle-kit reads in a copy of the project. */
function schemaOf(stage: string): string {
  return join(stage, 'schema.mjs');
}

/** Bundles the schema of a copy of the project into one file, because drizzle-kit takes longer to read the sources than to answer. */
async function bundleSchema(stage: string, { signal }: GenerateOptions): Promise<void> {
  try {
    await build({
      absWorkingDir: stage,
      entryPoints: ['scripts/generate/schema-with-pending-renames.ts'],
      outfile: schemaOf(stage),
      bundle: true,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      packages: 'external',
      logLevel: 'silent',
    });
  } catch (error) {
    // Ctrl+C reaches esbuild too.
    signal?.throwIfAborted();
    throw error;
  }
}

/** Writes the migrations to the folder `drizzle` of a copy of the project. */
async function writeMigrations(stage: string, rehearsal: Rehearsal, options: GenerateOptions): Promise<void> {
  const all = models();
  const work = join(stage, 'drizzle');
  const write = async (folder: string, sql: string, after = 0) =>
    writeFileSync(pathOf(folder), withLocks(sql, await rehearsal.listLocks(folder, statementsOf(sql)), after));
  const pathOf = (folder: string) => join(work, folder, 'migration.sql');
  const sqlOf = (folder: string) => readFileSync(pathOf(folder), 'utf8');
  const withoutMigration = () => {
    const tables = migratedTables(work);
    return tableRenames.filter(({ from }) => tables.has(from));
  };

  const policies = migratedPolicies(work);
  let withoutPolicies = all.flatMap(({ name, table }) => {
    const names = [name, ...tableRenames.flatMap(({ from, to }) => (to === name ? [from] : []))];
    const written = names.map((known) => policies.get(known)).find((known) => known !== undefined);
    return getTableConfig(table).policies.some((policy) => !written?.has(policy.name)) ? [name] : [];
  });

  // Everything but renames and policies, while renamed tables still have their old names
  const first = migrationFolders(work).length === 0;
  const views = migratedViews(work).present;
  const foreignKeys = createdForeignKeys(work);
  const change = {
    name: first ? 'baseline' : options.name,
    pending: first ? tableRenames : withoutMigration(),
    withoutPolicies,
    hints: [],
    options,
  };
  const folder = await step(stage, change);
  if (folder && !first) {
    const statements = statementsOf(sqlOf(folder));
    refuseUnrunnable(statements);
    const labels = labelsUsedAtOnce(statements);
    if (labels.length === 0) {
      await write(folder, completeChange(sqlOf(folder), tableRenames, views, foreignKeys));
    } else {
      // The same change again, after a migration that adds the labels.
      rmSync(join(work, folder), { recursive: true });
      const ofLabels = await madeStep(stage, { ...change, name: `${options.name}_enum_labels`, custom: true });
      writeFileSync(pathOf(ofLabels), enumLabelMigration(labels.map(({ statement }) => statement)));
      const ofUses = await madeStep(stage, change);
      const adding = labels.map(({ statement }) => statement);
      const uses = statementsOf(sqlOf(ofUses)).filter((statement) => !adding.includes(statement));
      const ofBoth = migration([...labels.map(commitGuard), ...uses]);
      await write(ofUses, completeChange(ofBoth, tableRenames, views, foreignKeys));
    }
  }

  // Then the renames, one table per migration
  let pending = withoutMigration();
  while (pending[0]) {
    const [entry, ...later] = pending;
    const table = all.find(({ name }) => name === entry.to)?.table;
    if (!table) throw new Error(`found no model of ${entry.to}`);
    const name = stepName(entry, tableRenames);
    const hints = hintsForRename(entry, table);
    const ofRename = await step(stage, { name, pending: later, withoutPolicies, hints, options });
    if (ofRename) writeFileSync(pathOf(ofRename), completeRename(sqlOf(ofRename), entry, table));
    pending = later;
  }

  // Then, domain by domain, objects that no model has and policies
  for (const domain of domains) {
    const due = (customMigrations[domain] ?? []).filter(({ name, statements, repeatable }) => {
      if (statements.length === 0) return false;
      const known = migrationFolders(work)
        .map((written) => writtenObjects(sqlOf(written), name, statements))
        .findLast((written) => written !== undefined);
      return !known || (repeatable && !isDeepStrictEqual(known, namedObjects(name, statements)));
    });
    const own = new Set(all.filter((model) => model.domain === domain).map(({ name }) => name));
    const tables = withoutPolicies.filter((table) => own.has(table));
    withoutPolicies = withoutPolicies.filter((table) => !own.has(table));
    const [single] = due;
    if (!single && tables.length === 0) continue;
    const custom = tables.length === 0;
    const name = single && custom && due.length === 1 ? single.name : `station_access_${domain}`;
    const ofDomain = await madeStep(stage, { name, pending: [], withoutPolicies, hints: [], options, custom });
    const parts: DomainParts = {
      first: due.flatMap(({ first = [] }) => first),
      objects: due.flatMap((objects) => namedObjects(objects.name, objects.statements)),
      policies: custom ? [] : statementsOf(sqlOf(ofDomain)),
      grants: tables.flatMap((table) => [...grantsOfTable(table), ...grantsOfOldName(table, tableRenames)]),
    };
    await write(ofDomain, domainMigration(parts), parts.first.length);
  }
}

/**
 * Describes a migrated database by running every migration on PGlite; and the baseline if it is new.
 *
 * @throws {Conflict} if PostgreSQL refuses a statement.
 */
async function expectedFiles(work: string, rehearsal: Rehearsal, isBaselineNew: boolean): Promise<Map<string, string>> {
  const files = new Map([
    ['drizzle/expected/migrated.json', expectedFile(await rehearsal.describe(), 'the migrations in drizzle/')],
  ]);
  const [baseline] = readMigrations(work);
  if (baseline && isBaselineNew) {
    files.set('drizzle/expected/baseline.json', expectedFile(await describeBaseline(baseline)));
  }
  return files;
}

/** Puts migrations and files in their places: all of them, or none. */
function place(
  work: string,
  written: readonly string[],
  files: ReadonlyMap<string, string>,
  obsolete: readonly string[],
): void {
  const placed: string[] = [];
  let takeBack = () => {};
  try {
    mkdirSync(out, { recursive: true });
    for (const folder of written) {
      placed.push(join(out, `.${folder}`));
      cpSync(join(work, folder), join(out, `.${folder}`), { recursive: true });
    }
    takeBack = writeFiles(root, files, obsolete);
    for (const folder of written) {
      placed.push(join(out, folder));
      renameSync(join(out, `.${folder}`), join(out, folder));
    }
  } catch (error) {
    for (const folder of placed) rmSync(folder, { recursive: true, force: true });
    takeBack();
    throw error;
  }
}

/** The name of a rename's migration: its entry's migration, its place among the steps of that migration, its new table. */
function stepName(entry: TableRename, tableRenames: readonly TableRename[]): string {
  const steps = tableRenames.filter(({ migration }) => migration === entry.migration);
  return `${entry.migration}_${steps.indexOf(entry) + 1}_${unqualifiedName(entry.to)}`;
}

interface Step {
  readonly name: string;
  /** The renames that a later step makes: their tables keep their old names. */
  readonly pending: readonly TableRename[];
  /** The tables that a later step gives their policies. */
  readonly withoutPolicies: readonly string[];
  readonly hints: readonly Hint[];
  /** Whether the migration is a custom one: drizzle-kit writes an empty migration with its snapshot. */
  readonly custom?: boolean;
  readonly options: GenerateOptions;
}

/** Asks drizzle-kit for a migration that must exist. Returns its folder. */
async function madeStep(stage: string, change: Step): Promise<string> {
  const folder = await step(stage, change);
  if (!folder) throw new Error(`drizzle-kit made no migration ${change.name}`);
  return folder;
}

/** Asks drizzle-kit for one migration. Returns its folder, or undefined if there is nothing to change. */
async function step(stage: string, change: Step): Promise<string | undefined> {
  const { name, pending, hints, options } = change;
  const work = join(stage, 'drizzle');
  options.onStep?.(name);
  let answers = [...hints];
  for (let round = 0; round < 10; round++) {
    options.signal?.throwIfAborted();
    const answer = await askKit(stage, change, answers);
    if (answer.status === 'no_changes') return undefined;
    if (answer.status === 'ok') {
      const folder =
        dirname(answer.migration_path ?? '')
          .split(/[\\/]/)
          .at(-1) ?? '';
      const path = join(work, folder, 'migration.sql');
      const sql = readFileSync(path, 'utf8');
      refuseDrops(sql, options.drop ?? []);
      writeFileSync(path, plainNumericDefaults(sql));
      return folder;
    }
    if (answer.status === 'error' || !answer.unresolved) throw kitFailure(answer);
    answers = [
      ...answers,
      ...answer.unresolved.map(({ kind, entity }) => created(kind, entity, work, pending, options)),
    ];
  }
  throw new NotSetUp({
    object: `migration ${name}`,
    found: 'one question after another from drizzle-kit',
    expected: 'a last one',
    next: 'run `npx drizzle-kit generate --output json --explain` and look at what it asks',
  });
}

/** Kinds whose loss loses no row: a renamed one is dropped and created again unless its table is what was renamed. */
const rebuildable = new Set([
  'unique',
  'foreign key',
  'index',
  'check',
  'primary_key',
  'policy',
  'view',
  'default',
  'sequence',
]);

/** The answer that an object is new, if that is safe to say or was given on the command line. */
function created(
  kind: string,
  entity: readonly string[],
  work: string,
  pending: readonly TableRename[],
  { create = [] }: GenerateOptions,
): Hint {
  const name = entity.join('.');
  if (rebuildable.has(kind) || create.includes(name)) return { type: 'create', kind, entity };
  if (kind === 'table') {
    const known = new Set([...models().map(({ name }) => name), ...pending.map(({ from }) => from)]);
    const gone = [...migratedTables(work)].filter((table) => !known.has(table));
    const [from = 'public.old_name'] = gone;
    throw new Conflict({
      object: name,
      found: `a new table, while ${gone.join(', ') || 'another'} is gone from the models`,
      expected: 'an entry of src/registry/renames.ts that says which table it was',
      next:
        `add { kind: 'table', from: '${from}', to: '${name}', migration: 'rename_…', since: '…', removedIn: '…', reason: '…' } ` +
        `to src/registry/renames.ts; or, if it is another table, run again with --create ${name} --drop ${from}`,
    });
  }
  throw new Conflict({
    object: name,
    found: `a new ${kind}, while another is gone from the models`,
    expected: `old and new ${kind} side by side until nobody reads the old one; the registry renames tables only`,
    next: `keep the old ${kind} in the model, or, if its content may go, run again with --create ${name} and --drop for the old one`,
  });
}

async function askKit(
  stage: string,
  { name, pending, withoutPolicies, custom, options: { signal } }: Step,
  hints: readonly Hint[],
): Promise<KitAnswer> {
  const hintsFile = join(stage, 'hints.json');
  writeFileSync(hintsFile, JSON.stringify(hints));
  const kit = join(dirname(fileURLToPath(import.meta.resolve('drizzle-kit'))), 'bin.cjs');
  const options = {
    dialect: 'postgresql',
    schema: schemaOf(stage),
    out: join(stage, 'drizzle'),
    name,
    output: 'json',
    'hints-file': hintsFile,
  };
  const flags = [
    ...Object.entries(options).flatMap(([flag, value]) => [`--${flag}`, value]),
    ...(custom ? ['--custom'] : []),
  ];
  try {
    const { stdout } = await run(process.execPath, [kit, 'generate', ...flags], {
      cwd: stage,
      signal,
      env: {
        ...process.env,
        CANONICAL_MODELS_PENDING_RENAMES: JSON.stringify(pending),
        CANONICAL_MODELS_PENDING_POLICIES: JSON.stringify(withoutPolicies),
      },
      maxBuffer: 64 * 1024 * 1024,
    });
    return lastAnswer(stdout);
  } catch (error) {
    signal?.throwIfAborted();
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    if (stdout?.includes('{"status"')) return lastAnswer(stdout);
    throw new NotSetUp({
      object: 'drizzle-kit generate',
      found: (stderr || String(error)).trim(),
      expected: 'an answer in JSON',
      next: 'run `npm ci`, and check that src/schema.ts loads',
      cause: error,
    });
  }
}

function lastAnswer(stdout: string): KitAnswer {
  const line = stdout.split('\n').findLast((text) => text.startsWith('{"status"')) ?? '{"status":"error"}';
  return JSON.parse(line) as KitAnswer;
}

function kitFailure({ error }: KitAnswer): NotSetUp {
  return new NotSetUp({
    object: 'drizzle-kit generate',
    found: JSON.stringify(error ?? 'no answer'),
    expected: 'a migration',
    next: 'run `npx drizzle-kit check`, and see node_modules/drizzle-kit/skills/drizzle/responses-and-errors.md',
  });
}

function refuseDrops(sql: string, allowed: readonly string[]): void {
  const unasked = dropsOf(sql).filter(({ name }) => !allowed.includes(name));
  if (unasked.length === 0) return;
  const table = unasked.find(({ kind }) => kind === 'table');
  throw new Conflict({
    object: unasked.map(({ name }) => name).join(', '),
    found: 'gone from the models, whole or in part, so the migration would drop it',
    expected: 'nothing that is dropped unless asked for',
    next:
      `put it back into the models; ` +
      (table
        ? `if a table was renamed, add { kind: 'table', from: '${table.name}', to: … } to src/registry/renames.ts; `
        : '') +
      `or, if it may go with all that it holds, run again with ${unasked.map(({ name }) => `--drop ${name}`).join(' ')}`,
  });
}
