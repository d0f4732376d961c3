import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WriteStream } from 'node:tty';
import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { expect, inject, test } from 'vitest';
import { canonicalModelsProgram } from '../../src/cli/program.ts';
import { fitSqlToScreen, fitToScreen, table } from '../../src/cli/terminal.ts';
import { readMigrations } from '../../src/tools/migrations/migrations-folder.ts';
import { majors, withDatabase } from '../support/databases.ts';
import { readHelps, writeHelpScript } from '../support/help-texts.ts';
import { hostedCommand } from '../support/kit.ts';
import { renameMigrations } from '../support/migrate.ts';

/** A terminal of a width, as far as what is printed depends on it. */
const screen = (columns: number): WriteStream =>
  Object.assign(Object.create(WriteStream.prototype), { isTTY: true, columns });
const noScreen = screen(10);
noScreen.isTTY = false;

const words = fc.array(fc.stringMatching(/^[a-z.:;'()]{1,12}$/), { minLength: 1, maxLength: 40 });

test('a text fits the screen, says the same words, and stays as it is without a screen', () => {
  fc.assert(
    fc.property(
      fc.array(words, { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 20, max: 120 }),
      (lines, columns) => {
        const text = lines.map((line) => line.join(' ')).join('\n');
        const shown = fitToScreen(text, screen(columns));
        for (const line of shown.split('\n')) expect(line.length).toBeLessThanOrEqual(columns);
        expect(shown.split(/\s+/)).toEqual(text.split(/\s+/));
        expect(fitToScreen(text, noScreen)).toBe(text);
      },
    ),
  );
});

test('a table fits the screen, and nothing of a cell is lost', () => {
  const row = fc.tuple(
    fc.stringMatching(/^[a-z_]{1,70}$/),
    words.map((all) => all.join(' ')),
    fc.nat(),
  );
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 5 }), fc.integer({ min: 40, max: 160 }), (rows, columns) => {
      const head = ['migration', 'what', 'took'];
      const shown = table(head, rows, screen(columns));
      for (const line of shown.split('\n')) expect(stripVTControlCharacters(line).length).toBeLessThanOrEqual(columns);
      const letters = (text: string) => [...text.replace(/\s/g, '')].sort().join('');
      expect(letters(stripVTControlCharacters(shown))).toBe(letters([head, ...rows].flat().join('')));
      expect(stripVTControlCharacters(table(head, rows, noScreen)).split('\n')).toHaveLength(rows.length + 1);
    }),
  );
});

test('a line that names the next step stays whole, to be copied', () => {
  const next = `Next: ${'GRANT USAGE ON SCHEMA identity TO deploy; '.repeat(4)}`;
  expect(
    fitToScreen(`${'word '.repeat(30)}\n${next}`, screen(60))
      .split('\n')
      .at(-1),
  ).toBe(next);
});

test('SQL fits the screen and runs as before: no literal or quoted name is broken, and a comment stays one', () => {
  const word = fc.stringMatching(/^[a-z,()=]{1,12}$/);
  const quoted = fc.stringMatching(/^('[a-z "]{0,20}'|"[a-z ']{0,20}")$/);
  fc.assert(
    fc.property(
      fc.array(fc.oneof(word, quoted), { minLength: 1, maxLength: 30 }),
      fc.array(word, { minLength: 1, maxLength: 30 }),
      fc.integer({ min: 40, max: 120 }),
      (parts, comment, columns) => {
        const said = `-- ${comment.join(' ')}`;
        const lines = fitSqlToScreen('fix  ', [said, parts.join(' ')], (line) => line, screen(columns));
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns);
        const shown = lines.map((line) => line.slice(5));
        const comments = shown.filter((line) => line.startsWith('-- '));
        expect(comments.map((line) => line.slice(3)).join(' ')).toBe(comment.join(' '));
        expect(shown.slice(comments.length).join(' ')).toBe(parts.join(' '));
        expect(fitSqlToScreen('', [said], (line) => line, noScreen)).toEqual([said]);
      },
    ),
  );
});

const hasNoTerminal = spawnSync('script', ['--version']).error !== undefined;

/** What the bin, or another script, prints on a terminal, with its colours. */
function onTerminal(
  columns: number,
  words: string,
  env: Readonly<Record<string, string>> = {},
  script = inject('bin'),
): string {
  const command = `stty cols ${columns}; ${process.execPath} ${script} ${words}`;
  const { stdout } = spawnSync('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
    encoding: 'utf8',
    input: '',
    env: { ...process.env, NO_COLOR: '', TERM: 'xterm', ...env },
  });
  return stdout;
}

/** Lines as they stand on the screen in the end. What a progress line showed before it was written over is among them. */
const linesOf = (shown: string) => stripVTControlCharacters(shown).split(/[\r\n]+/);
const widerThan = (columns: number, shown: string) => linesOf(shown).filter((line) => line.length > columns);

test.skipIf(hasNoTerminal)('a failure on a real terminal fits its screen', () => {
  for (const words of ['migrat', 'status --url pglite:/nowhere/at/all/that/is/longer', 'revert', '']) {
    const lines = linesOf(onTerminal(50, words)).filter((line) => !line.startsWith('Next: '));
    expect(lines.length, words).toBeGreaterThan(2);
    expect(lines.filter((line) => line.length > 50)).toEqual([]);
  }
});

test.skipIf(hasNoTerminal)('what the codemod leaves and how it sums up fits a terminal', () => {
  const folder = mkdtempSync(join(tmpdir(), 'canonical-models-terminal-'));
  const file = join(folder, 'a.js');
  try {
    writeFileSync(file, "import * as all from 'canonical-models/models/booking';\nregister(all);\n");
    for (const words of [`codemod ${file}`, `codemod ${file} --check`]) {
      const shown = onTerminal(80, words);
      expect(stripVTControlCharacters(shown).replace(/\s+/g, ' '), words).toContain('its used members are unknown');
      expect(widerThan(80, shown), words).toEqual([]);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.skipIf(hasNoTerminal)('no help text is wider than a terminal, and its paragraphs are filled', () => {
  const names = canonicalModelsProgram().commands.map((command) => command.name());
  const folder = mkdtempSync(join(tmpdir(), 'canonical-models-terminal-'));
  try {
    const helps = readHelps(onTerminal(80, '', {}, writeHelpScript(folder, names)));
    expect(helps).toHaveLength(names.length);
    for (const [index, { shown }] of helps.entries()) {
      const name = names[index];
      expect(stripVTControlCharacters(shown), name).toContain(`Usage: canonical-models ${name} `);
      expect(shown, name).toContain('Exit codes: ');
      expect(widerThan(80, shown), name).toEqual([]);
    }
    const ofMigrate = helps[names.indexOf('migrate')]?.shown ?? '';
    expect(stripVTControlCharacters(ofMigrate).replaceAll('\r', '')).toContain(
      "Finds out how far the database is, and checks for obstacles first. Keeps\n  drizzle-kit's record, too.\n",
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.skipIf(hasNoTerminal)(
  'on a terminal migrate, status, check, usage and revert begin with a summary, and no line is wider',
  () =>
    withDatabase(majors.at(-1) ?? 18, 'legacy', async ({ url, exec }) => {
      const names = readMigrations().map(({ name }) => name);
      const newest = names.at(-1) as string;
      const undone = renameMigrations.map(({ name }) => name);
      const ran: string[] = [];
      const run = (words: string, env: Readonly<Record<string, string>> = {}): string => {
        const shown = onTerminal(80, words, { DATABASE_URL: url, ...env });
        ran.push(shown);
        return stripVTControlCharacters(shown).replaceAll('\r\n', '\n');
      };
      const said = (text: string) => text.replace(/\s+/g, ' ');
      const tables = (text: string) => [...text.matchAll(/^\d{14}_\w+ {2,}/gm)].length;

      const before = run('status');
      expect(said(before)).toContain(
        `: no migration yet, ${names.length} pending. migrations 0 of ${names.length} pending`,
      );
      expect(before).toContain(`  pending      ${names[0]} and ${names.length - 1} later\n`);
      expect(before).toMatch(/\nNext: canonical-models migrate\n$/);

      const migrated = run('migrate');
      // Progress is one line: nothing but the carriage return ends what it shows.
      const [progress = ''] = migrated.split('\n');
      expect(progress).toMatch(new RegExp(`\r1 of ${names.length}: ${names[0]}\r2 of [^\n]*\rpostgres`));
      expect(said(migrated)).toMatch(
        new RegExp(
          `was legacy, is up to date\\. done 1 migration recorded, ${names.length - 1} applied, in [\\d.]+ m?s last ${newest} left nothing `,
        ),
      );
      expect(tables(migrated)).toBe(0);
      expect(said(migrated)).toContain(
        'The database agrees with the models. canonical-models check also shows 7 views under old names, 1 retired table.',
      );
      expect(migrated).not.toMatch(/Orphans|gone|Transitional|Retired|drizzle-kit sees/);
      expect(migrated).toMatch(/\n\nNext: canonical-models usage --remember\n$/);

      const after = run('status');
      expect(said(after)).toContain(': up to date. migrations ');
      expect(after).toMatch(
        new RegExp(`\n {2}migrations {3}${names.length} of ${names.length}\n {2}last {9}${newest}, `),
      );
      expect(after).toContain('\n  old tables   7 both names\n');
      expect(tables(after)).toBe(0);
      expect(tables(run('status --verbose'))).toBe(names.length);

      expect(said(run('check'))).toContain(
        ': the database agrees with the models. 2 references lead to rows that are gone.',
      );
      run('usage');
      run('revert --to baseline');
      const again = run('migrate --verbose --no-check');
      expect(again).toContain(`  done  ${undone.length} migrations applied, in `);
      expect(tables(again)).toBe(undone.length);
      expect(again).toMatch(/\nNext: canonical-models check\n$/);

      await exec(`ALTER TABLE chefs ALTER COLUMN bio SET DEFAULT 'written by hand into the database, then forgotten';
        CREATE TABLE of_others (id integer)`);
      const differs = run('check --no-drizzle-kit');
      expect(differs).toContain('column public.chefs.bio: default');
      expect(differs).toContain('    fix       ALTER TABLE public.chefs ALTER COLUMN bio DROP DEFAULT;');
      const checked = run('migrate');
      expect(checked).toContain('The database does not agree with the models: 1 difference.\n');
      expect(said(checked)).toContain(
        'also shows 7 views under old names, 1 retired table, 1 object not of this package.',
      );
      expect(checked).toMatch(/\nNext: fix the differences, then canonical-models check\n$/);

      for (const shown of ran) {
        expect(widerThan(80, shown)).toEqual([]);
        expect(shown).not.toContain(new URL(url).password);
        // Yellow and white can't be read on a light background.
        for (const colour of ['33', '37', '93', '97']) expect(shown).not.toContain(`\u001B[${colour}m`);
      }
      expect(ran.filter((shown) => shown.includes('\u001B[32m')).length).toBeGreaterThan(2);
      run('status', { NO_COLOR: '1' });
      expect(ran.at(-1)).not.toContain('\u001B');

      // Off a terminal every row is there, and no line depends on a width.
      await hostedCommand(['revert', '--to', 'baseline', '--url', url]);
      const piped = await hostedCommand(['migrate', '--no-check', '--url', url]);
      expect(tables(piped.stdout)).toBe(undone.length);
      expect(piped.stdout.split('\n')[1]).toMatch(/^ {2}done {2}/);
      expect(piped.stderr.split('\n').filter((line) => / of \d+: /.test(line))).toHaveLength(undone.length);
      expect(piped.stdout + piped.stderr).not.toContain('\u001B');
    }),
);
