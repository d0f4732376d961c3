import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

// Checks that tests notice faults: applies each patch of test/mutants to a copy of the checkout, and runs the tests that the patch
// names after `Tests:`. They have to pass without the patch, and to fail with it. What a patch changes in the sources of migrations
// is changed in the migrations of the copy, too. `npm run test:mutants -- <name>…` for some.

const root = fileURLToPath(new URL('../', import.meta.url));
const folder = join(root, 'test/mutants');
const wanted = process.argv.slice(2);
const patches = readdirSync(folder)
  .filter((file) => file.endsWith('.patch'))
  .filter((file) => wanted.length === 0 || wanted.includes(basename(file, '.patch')))
  .sort();
if (patches.length === 0) {
  console.error(
    `test/mutants: found no patch${wanted.length === 0 ? '' : ` named ${wanted.join(' or ')}`}; expected at least one. ` +
      'Next: npm run test:mutants, or name files of test/mutants without .patch',
  );
  process.exit(2);
}

const temporary = mkdtempSync(join(tmpdir(), 'canonical-models-mutants-'));
process.on('exit', () => rmSync(temporary, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

const passing = new Set<string>();
for (const file of patches) {
  const [, named = ''] = /^Tests: (.+)$/m.exec(readFileSync(join(folder, file), 'utf8')) ?? [];
  const tests = named.split(' ').filter(Boolean);
  const copy = join(temporary, file);
  copyCheckout(copy);
  if (tests.length === 0) fail(file, 'names no tests', 'add a line "Tests: test/….test.ts" above the diff');
  else if (!passing.has(named) && runTests(copy, tests) !== 0) {
    fail(file, `${named} fails without the patch, too`, `npx vitest run ${named}`);
  } else {
    passing.add(named);
    const applied = spawnSync('git', ['apply', join(folder, file)], { cwd: copy, encoding: 'utf8' });
    if (applied.status !== 0)
      fail(file, `does not apply: ${applied.stderr.trim()}`, 'write it again for the code of today');
    else if (runMutant(copy, tests) === 0) fail(file, `${named} passes all the same`, 'make the test notice the fault');
    else console.log(`${file}: noticed by ${named}`);
  }
  rmSync(copy, { recursive: true, force: true });
}

/** Copies all that the tests read, without what Git and npm keep beside it. */
function copyCheckout(copy: string): void {
  cpSync(root, copy, {
    recursive: true,
    filter: (path) => !/^(?:\.git|node_modules|dist|coverage)(?:\/|$)/.test(relative(root, path)),
  });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
}

function runMutant(copy: string, tests: readonly string[]): number | null {
  changeMigrations(copy);
  return runTests(copy, tests);
}

/** Puts statements and policies of the patched sources into the migrations, in place of those of this checkout. */
function changeMigrations(copy: string): void {
  const [before, after] = [root, copy].map((folder) => {
    const tsx = join(folder, 'node_modules/tsx/dist/cli.mjs');
    const { stdout } = spawnSync(process.execPath, [tsx, 'scripts/access-statements.ts'], {
      cwd: folder,
      encoding: 'utf8',
    });
    return JSON.parse(stdout) as Record<string, string>;
  }) as [Record<string, string>, Record<string, string>];
  const changed = Object.keys(before).filter((name) => before[name] !== after[name]);
  if (changed.length === 0) return;
  for (const folder of readdirSync(join(copy, 'drizzle'))) {
    const path = join(copy, 'drizzle', folder, 'migration.sql');
    if (folder === 'expected') continue;
    let text = readFileSync(path, 'utf8');
    for (const name of changed) text = text.replaceAll(before[name] as string, () => after[name] ?? '');
    writeFileSync(path, text);
  }
}

function runTests(copy: string, tests: readonly string[]): number | null {
  const vitest = join(copy, 'node_modules/vitest/vitest.mjs');
  // One failure is enough: with some faults each test runs into its time limit.
  return spawnSync(process.execPath, [vitest, 'run', '--bail', '1', ...tests], { cwd: copy, stdio: 'ignore' }).status;
}

function fail(file: string, found: string, next: string): void {
  console.error(`${file}: ${found}. Next: ${next}`);
  process.exitCode = 1;
}
