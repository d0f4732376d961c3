import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { Conflict, NotSetUp } from '../../src/errors.ts';
import { parseQualifiedName } from '../../src/registry/qualified-name.ts';
import type { TableRename } from '../../src/registry/renames.ts';
import { peerFolder } from '../../src/tools/peers.ts';
import { migrationFolders } from '../generate/migrated-tables.ts';
import { completeChange, statementsOf } from '../generate/migration-sql.ts';

const run = promisify(execFile);

/** A migration that drops one compatibility view. */
export interface DropViewMigration {
  /** The old name, as in `public.messages`. */
  readonly entry: string;
  /** Its folder, as in `20270101120000_drop_old_name_public_messages`. */
  readonly folder: string;
  readonly sql: string;
}

/** Which views to drop, and where the migrations are. */
export interface DropViewsOptions {
  /** The folder of the package's checkout. */
  readonly root: string;
  /** The folder of its migrations. */
  readonly out: string;
  readonly entries: readonly TableRename[];
  /** Old names whose views earlier migrations drop, although the registry still has them. */
  readonly dropped: readonly string[];
  /** Whether to write the migrations to `out`, or only report them. */
  readonly write: boolean;
  /** Called with each old name before its migration is created. */
  readonly onStep?: (entry: string) => void;
}

/**
 * Creates a migration for each view, as drizzle-kit creates it from a schema without that view: its SQL, and the snapshot that the
 * next migration continues from. One view per migration, because dropping two at once can deadlock with clients. All of them are
 * written, or none.
 *
 * @throws {Conflict} if models and migrations also differ in something else.
 * @throws {NotSetUp} if drizzle-kit fails.
 */
export async function dropViewMigrations(options: DropViewsOptions): Promise<DropViewMigration[]> {
  const { root, out, entries, write, onStep } = options;
  const stage = mkdtempSync(join(tmpdir(), 'canonical-models-contract-'));
  const work = join(stage, 'drizzle');
  const placed: string[] = [];
  try {
    cpSync(out, work, { recursive: true });
    const schema = await bundleSchema(root, stage);
    const migrations: DropViewMigration[] = [];
    const without = [...options.dropped];
    for (const { from } of entries) {
      onStep?.(from);
      without.push(from);
      const before = new Set(migrationFolders(work));
      await askKit(root, { schema, out: work, name: `drop_old_name_${from.replace('.', '_')}` }, without);
      const [folder, ...others] = migrationFolders(work).filter((name) => !before.has(name));
      if (!folder || others.length > 0) throw unexpected(from, 'no migration');
      const path = join(work, folder, 'migration.sql');
      const statements = statementsOf(readFileSync(path, 'utf8'));
      if (statements.length !== 1 || !isDropOf(statements[0] ?? '', from)) {
        throw unexpected(from, statements.join(' ').slice(0, 200));
      }
      const sql = completeChange(readFileSync(path, 'utf8'), [], new Map());
      writeFileSync(path, sql);
      migrations.push({ entry: from, folder, sql });
    }
    if (write) {
      for (const { folder } of migrations) {
        placed.push(join(out, `.${folder}`));
        cpSync(join(work, folder), join(out, `.${folder}`), { recursive: true });
      }
      for (const { folder } of migrations) {
        placed.push(join(out, folder));
        renameSync(join(out, `.${folder}`), join(out, folder));
      }
    }
    return migrations;
  } catch (error) {
    for (const folder of placed) rmSync(folder, { recursive: true, force: true });
    throw error;
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
}

/** Bundles the schema into one file beside a link to the packages, because drizzle-kit takes longer to read the sources than to answer. */
async function bundleSchema(root: string, stage: string): Promise<string> {
  const outfile = join(stage, 'schema.mjs');
  symlinkSync(join(root, 'node_modules'), join(stage, 'node_modules'), 'junction');
  await build({
    absWorkingDir: root,
    entryPoints: [schemaFile],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    logLevel: 'silent',
  });
  return outfile;
}

function isDropOf(statement: string, name: string): boolean {
  const { schema, name: view } = parseQualifiedName(name);
  return statement === (schema === 'public' ? `DROP VIEW "${view}";` : `DROP VIEW "${schema}"."${view}";`);
}

function unexpected(entry: string, found: string): Conflict {
  return new Conflict({
    object: `the migration for ${entry}`,
    found: JSON.stringify(found),
    expected: 'one statement that drops the view: models and migrations that otherwise agree',
    next: 'npm run db:generate -- --name <name>, then run the command again',
  });
}

/** Asks drizzle-kit for one migration that leads to the schema without these views. */
async function askKit(
  root: string,
  { schema, out, name }: Readonly<Record<'schema' | 'out' | 'name', string>>,
  without: readonly string[],
): Promise<void> {
  const kit = join(peerFolder('drizzle-kit'), 'bin.cjs');
  const options = {
    dialect: 'postgresql',
    schema,
    out,
    name,
    output: 'json',
  };
  const flags = Object.entries(options).flatMap(([flag, value]) => [`--${flag}`, value]);
  // A rename that points to no model hides its view, and renames nothing.
  const hidden = without.map((from) => ({ from, to: '' }));
  let printed: string;
  try {
    const { stdout } = await run(process.execPath, [kit, 'generate', ...flags], {
      cwd: root,
      env: { ...process.env, CANONICAL_MODELS_PENDING_RENAMES: JSON.stringify(hidden) },
      maxBuffer: 64 * 1024 * 1024,
    });
    printed = stdout;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    printed = stdout.includes('{"status"')
      ? stdout
      : `{"status":"error","error":${JSON.stringify(stderr.trim() || String(error))}}`;
  }
  const line = printed.split('\n').findLast((text) => text.startsWith('{"status"')) ?? '{"status":"error"}';
  const answer = JSON.parse(line) as {
    readonly status: string;
    readonly error?: unknown;
    readonly unresolved?: unknown;
  };
  if (answer.status === 'ok') return;
  const asks = answer.status === 'missing_hints' || answer.status === 'no_changes';
  const object = 'drizzle-kit generate';
  const expected = 'a migration that drops the view, and nothing else to change';
  if (asks) {
    throw new Conflict({
      object,
      found: `${answer.status} ${JSON.stringify(answer.unresolved ?? '')}`.trim(),
      expected,
      next: 'npm run db:generate -- --name <name>, then run the command again',
    });
  }
  throw new NotSetUp({
    object,
    found: JSON.stringify(answer.error ?? 'no answer'),
    expected,
    next: 'run `npm ci`, and `npx drizzle-kit check`',
  });
}

/** The schema that drizzle-kit reads, from the root of the checkout. */
export const schemaFile = 'scripts/generate/schema-with-pending-renames.ts';
