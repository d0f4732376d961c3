import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Rename, renames, type TableRename } from '../../renames.ts';
import { Failure } from '../failure.ts';
import { models, qualifiedName } from '../models.ts';
import { compatibilityViewsSource } from './compatibility-views.ts';
import { type Hint, hintsForRename } from './hints.ts';
import { migratedTables, migrationFolders } from './migrated-tables.ts';
import { assertValidRenames } from './validate-renames.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const run = promisify(execFile);

/** What drizzle-kit answers: `missing_hints` with what it has to be told, or the migration that it wrote. */
interface KitAnswer {
  readonly status: 'ok' | 'no_changes' | 'missing_hints' | 'error';
  readonly migration_path?: string;
  readonly unresolved?: readonly { readonly type: string; readonly kind: string; readonly entity: readonly string[] }[];
  readonly error?: { readonly code: string } & Record<string, unknown>;
}

/** What to generate. */
export interface GenerateOptions {
  /** The name of the migration that takes the changes other than renames. Renames are named by their entries. */
  readonly name: string;
  /** Where the migrations are. The package's own folder by default. */
  readonly out?: string;
  /** Tables and columns that are new although others of their kind are gone, as `public.notes` or `public.notes.body`. */
  readonly create?: readonly string[];
  /** Tables, columns, views and the like that may be dropped, named the same way. */
  readonly drop?: readonly string[];
  /** Called with each migration's name before it is written. */
  readonly onStep?: (migration: string) => void;
}

/**
 * Writes the migrations that lead from the last one to the models: one for each rename of the registry that has none yet, with
 * its compatibility view, then one for everything else. Also writes `src/compat.ts`. Nothing is written unless all of it is.
 *
 * @returns the folders written, oldest first; none where models and migrations agree.
 * @throws {Failure} where a rename is not in the registry, the registry is wrong, or something would be dropped unasked.
 */
export async function generateMigrations(options: GenerateOptions): Promise<string[]> {
  const out = options.out ?? join(root, 'drizzle');
  const all = models();
  assertValidRenames(renames, all);

  const work = mkdtempSync(join(tmpdir(), 'canonical-models-generate-'));
  const views = join(root, 'src/compat.ts');
  const viewsBefore = existsSync(views) ? readFileSync(views, 'utf8') : undefined;
  const viewsNow = await formatted(compatibilityViewsSource(renames, all));
  try {
    if (viewsNow !== viewsBefore) writeFileSync(views, viewsNow);
    if (existsSync(out)) cpSync(out, work, { recursive: true });
    const before = new Set(migrationFolders(work));
    const tableRenames = renames.filter((entry): entry is TableRename => entry.kind === 'table');

    if (before.size === 0) {
      await step(work, { name: 'baseline', pending: tableRenames, hints: [], options });
    }
    const tables = migratedTables(work);
    let pending = tableRenames.filter(({ from }) => tables.has(from));
    while (pending[0]) {
      const [entry, ...later] = pending;
      const table = all.find(({ name }) => name === entry.to)?.table;
      if (!table) throw new Error(`no model stands for ${entry.to}`);
      const name = stepName(entry, tableRenames);
      const folder = await step(work, {
        name,
        pending: later,
        hints: hintsForRename(entry, table),
        options,
        only: entry,
      });
      if (folder) completeRename(join(work, folder, 'migration.sql'), entry);
      pending = later;
    }
    const last = await step(work, { name: options.name, pending: [], hints: [], options });
    if (last) limitLockWait(join(work, last, 'migration.sql'));

    const written = migrationFolders(work).filter((folder) => !before.has(folder));
    mkdirSync(out, { recursive: true });
    for (const folder of written) {
      cpSync(join(work, folder), join(out, `.${folder}`), { recursive: true });
      renameSync(join(out, `.${folder}`), join(out, folder));
    }
    return written;
  } catch (error) {
    if (viewsBefore !== undefined) writeFileSync(views, viewsBefore);
    throw error;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** The name of a rename's migration: its entry's migration, its place among the steps of that migration, its new table. */
function stepName(entry: TableRename, tableRenames: readonly TableRename[]): string {
  const steps = tableRenames.filter(({ migration }) => migration === entry.migration);
  return `${entry.migration}_${steps.indexOf(entry) + 1}_${entry.to.split('.')[1]}`;
}

interface Step {
  readonly name: string;
  readonly pending: readonly TableRename[];
  readonly hints: readonly Hint[];
  readonly options: GenerateOptions;
  /** The one rename that the step makes. Without it the step makes no rename. */
  readonly only?: TableRename;
}

/** Asks drizzle-kit for one migration. Returns its folder, or nothing where there is nothing to change. */
async function step(out: string, { name, pending, hints, options, only }: Step): Promise<string | undefined> {
  options.onStep?.(name);
  let answers = [...hints];
  for (let round = 0; round < 10; round++) {
    const answer = await askKit(out, name, pending, answers);
    if (answer.status === 'no_changes') return undefined;
    if (answer.status === 'ok') {
      const folder =
        dirname(answer.migration_path ?? '')
          .split(/[\\/]/)
          .at(-1) ?? '';
      const path = join(out, folder, 'migration.sql');
      const sql = readFileSync(path, 'utf8');
      refuseDrops(sql, options.drop ?? []);
      writeFileSync(path, plainNumericDefaults(sql));
      return folder;
    }
    if (answer.status === 'error' || !answer.unresolved) throw kitFailure(answer);
    answers = [...answers, ...answer.unresolved.map(({ kind, entity }) => created(kind, entity, out, options, only))];
  }
  throw new Failure({
    object: `migration ${name}`,
    found: 'ever more questions from drizzle-kit',
    expected: 'an end of them',
    next: 'run `npx drizzle-kit generate --output json --explain` and look at what it asks',
    exitCode: 2,
  });
}

/** Kinds whose loss loses no row: a renamed one is dropped and made anew unless its table is what was renamed. */
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

/** The answer that an object is new, where that is safe to say or was said on the command line. */
function created(
  kind: string,
  entity: readonly string[],
  out: string,
  { create = [] }: GenerateOptions,
  only: TableRename | undefined,
): Hint {
  const name = entity.join('.');
  if (rebuildable.has(kind) || create.includes(name) || only) return { type: 'create', kind, entity };
  if (kind === 'table') {
    const modelled = new Set(models().map((model) => qualifiedName(model.table)));
    const gone = [...migratedTables(out)].filter((table) => !modelled.has(table));
    const [from = 'public.old_name'] = gone;
    throw new Failure({
      object: name,
      found: `a new table, while ${gone.join(', ') || 'another'} is gone from the models`,
      expected: 'an entry of src/renames.ts that says which table it was',
      next:
        `add { kind: 'table', from: '${from}', to: '${name}', migration: 'rename_…', since: '…', removedIn: '…', reason: '…' } ` +
        `to src/renames.ts; or, if it is another table, run again with --create ${name} --drop ${from}`,
      exitCode: 1,
    });
  }
  throw new Failure({
    object: name,
    found: `a new ${kind}, while another is gone from the models`,
    expected: `old and new ${kind} side by side until nobody reads the old one; the registry renames tables only`,
    next: `keep the old ${kind} in the model, or, if its content may go, run again with --create ${name} and --drop for the old one`,
    exitCode: 1,
  });
}

async function askKit(
  out: string,
  name: string,
  pending: readonly Rename[],
  hints: readonly Hint[],
): Promise<KitAnswer> {
  const hintsFile = join(out, '.hints.json');
  writeFileSync(hintsFile, JSON.stringify(hints));
  const kit = join(dirname(fileURLToPath(import.meta.resolve('drizzle-kit'))), 'bin.cjs');
  const options = {
    dialect: 'postgresql',
    schema: join(root, 'src/tools/generate/schema-with-pending-renames.ts'),
    out,
    name,
    output: 'json',
    'hints-file': hintsFile,
  };
  const flags = Object.entries(options).flatMap(([flag, value]) => [`--${flag}`, value]);
  try {
    const { stdout } = await run(process.execPath, [kit, 'generate', ...flags], {
      cwd: root,
      env: { ...process.env, CANONICAL_MODELS_PENDING_RENAMES: JSON.stringify(pending) },
      maxBuffer: 64 * 1024 * 1024,
    });
    return lastAnswer(stdout);
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    if (stdout?.includes('{"status"')) return lastAnswer(stdout);
    throw new Failure({
      object: 'drizzle-kit generate',
      found: (stderr || String(error)).trim(),
      expected: 'an answer in JSON',
      next: 'run `npm ci`, and check that src/schema.ts loads',
      exitCode: 2,
      cause: error,
    });
  } finally {
    rmSync(hintsFile, { force: true });
  }
}

function lastAnswer(stdout: string): KitAnswer {
  const line = stdout.split('\n').findLast((text) => text.startsWith('{"status"')) ?? '{"status":"error"}';
  return JSON.parse(line) as KitAnswer;
}

function kitFailure({ error }: KitAnswer): Failure {
  return new Failure({
    object: 'drizzle-kit generate',
    found: JSON.stringify(error ?? 'no answer'),
    expected: 'a migration',
    next: 'run `npx drizzle-kit check`, and see node_modules/drizzle-kit/skills/drizzle/responses-and-errors.md',
    exitCode: 2,
  });
}

const identifier = '"((?:[^"]|"")+)"';
const qualified = `(?:${identifier}\\.)?${identifier}`;

/** Every object that a migration drops and whose rows, columns or readers would be lost with it. */
function drops(sql: string): string[] {
  const found: string[] = [];
  const relation = new RegExp(
    `DROP (?:TABLE|VIEW|MATERIALIZED VIEW|TYPE|SEQUENCE|FUNCTION) (?:IF EXISTS )?${qualified}`,
    'gi',
  );
  for (const [, schema = 'public', name] of sql.matchAll(relation)) found.push(`${schema}.${name}`);
  const column = new RegExp(`ALTER TABLE ${qualified} DROP COLUMN (?:IF EXISTS )?${identifier}`, 'gi');
  for (const [, schema = 'public', table, name] of sql.matchAll(column)) found.push(`${schema}.${table}.${name}`);
  for (const [, name] of sql.matchAll(new RegExp(`DROP SCHEMA (?:IF EXISTS )?${identifier}`, 'gi')))
    found.push(`${name}`);
  return found;
}

function refuseDrops(sql: string, allowed: readonly string[]): void {
  const unasked = drops(sql).filter((name) => !allowed.includes(name));
  const [first] = unasked;
  if (!first) return;
  throw new Failure({
    object: unasked.join(', '),
    found: 'gone from the models, so the migration would drop it',
    expected: 'nothing that is dropped unasked',
    next:
      `put it back into the models; if a table was renamed, add { kind: 'table', from: '${first}', to: … } to src/renames.ts; ` +
      `or, if it may go with all its rows, run again with ${unasked.map((name) => `--drop ${name}`).join(' ')}`,
    exitCode: 1,
  });
}

/**
 * The defaults of numeric columns as numbers. drizzle-kit quotes them, and PostgreSQL would keep the quotes: a fresh database
 * would then describe itself otherwise than one that was restored from a dump.
 */
function plainNumericDefaults(sql: string): string {
  return sql.replace(/( numeric(?:\(\d+(?:,\d+)?\))? DEFAULT )'(-?\d+(?:\.\d+)?)'/g, '$1$2');
}

const breakpoint = '--> statement-breakpoint\n';
const lockTimeout = `SET LOCAL lock_timeout = '2s';${breakpoint}`;

/** Makes a migration fail fast on a busy table, instead of queueing every client behind it. */
function limitLockWait(path: string): void {
  writeFileSync(path, lockTimeout + readFileSync(path, 'utf8'));
}

/**
 * Adds to a rename what drizzle-kit leaves out: the limit of the wait, the new name of the primary key, and for the view the
 * owner and the privileges of the table, without which only the role that migrates could use the old name.
 */
function completeRename(path: string, { from, to }: TableRename): void {
  const [schema = '', oldName = ''] = from.split('.');
  const [, newName = ''] = to.split('.');
  const prefix = schema === 'public' ? '' : `"${schema}".`;
  const rename = `ALTER TABLE ${prefix}"${oldName}" RENAME TO "${newName}";${breakpoint}`;
  const sql = readFileSync(path, 'utf8');
  if (!sql.startsWith(rename)) {
    throw new Failure({
      object: path,
      found: sql.split('\n')[0] ?? '',
      expected: rename.trim(),
      next: 'check that the installed drizzle-kit is the pinned version: npm ci',
      exitCode: 2,
    });
  }
  const primaryKey = `ALTER TABLE ${prefix}"${newName}" RENAME CONSTRAINT "${oldName}_pkey" TO "${newName}_pkey";${breakpoint}`;
  const rest = sql.slice(rename.length).trimEnd();
  const privileges = samePrivileges(`"${schema}"."${newName}"`, `"${schema}"."${oldName}"`);
  writeFileSync(path, `${lockTimeout}${rename}${primaryKey}${rest}${breakpoint}${privileges}\n`);
}

/** A statement that gives a view the owner of a table, where the role may, and every privilege granted on the table. */
function samePrivileges(table: string, view: string): string {
  return `DO $$
DECLARE
  table_owner name := (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = '${table}'::regclass);
  granted record;
BEGIN
  IF table_owner <> current_user THEN
    BEGIN
      EXECUTE format('ALTER VIEW ${view} OWNER TO %I', table_owner);
    EXCEPTION WHEN insufficient_privilege THEN
      NULL; -- the view stays with the role that migrates; the owner of the table gets its privileges below
    END;
  END IF;
  FOR granted IN
    SELECT privilege_type || coalesce(' (' || quote_ident(attname) || ')', '') AS privilege,
           CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END AS grantee,
           CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END AS grant_option
    FROM (
      SELECT NULL AS attname, acl.* FROM pg_class, aclexplode(coalesce(relacl, acldefault('r', relowner))) AS acl
      WHERE oid = '${table}'::regclass
      UNION ALL
      SELECT attname, acl.* FROM pg_attribute, aclexplode(attacl) AS acl
      WHERE attrelid = '${table}'::regclass AND NOT attisdropped
    ) AS privileges
    WHERE grantee <> (SELECT relowner FROM pg_class WHERE oid = '${view}'::regclass)
  LOOP
    EXECUTE format('GRANT %s ON ${view} TO %s%s', granted.privilege, granted.grantee, granted.grant_option);
  END LOOP;
END $$;`;
}

/** The source as the repository's formatter leaves it. */
async function formatted(source: string): Promise<string> {
  const biome = fileURLToPath(import.meta.resolve('@biomejs/biome/bin/biome'));
  const child = run(process.execPath, [biome, 'check', '--write', '--stdin-file-path=src/compat.ts'], { cwd: root });
  child.child.stdin?.end(source);
  return (await child).stdout;
}
