import { spawnSync } from 'node:child_process';
import { WriteStream } from 'node:tty';
import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { expect, inject, test } from 'vitest';
import { fitToScreen, table } from '../../src/cli/terminal.ts';

/** A terminal of a width, as far as what is printed depends on it. */
const screen = (columns: number): WriteStream =>
  Object.assign(Object.create(WriteStream.prototype), { isTTY: true, columns });
const noScreen = screen(10);
noScreen.isTTY = false;

const words = fc.array(fc.stringMatching(/^[a-z.:;'()]{1,12}$/), { minLength: 1, maxLength: 40 });

test('a text fits the screen, says the same words, and stays as it is where there is none', () => {
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

test.skipIf(spawnSync('script', ['--version']).error)(
  'a failure on a real terminal is no wider than its screen',
  () => {
    for (const words of ['migrat', 'status --url pglite:/nowhere/at/all/that/is/longer', 'revert', '']) {
      const command = `stty cols 50; ${process.execPath} ${inject('bin')} ${words}`;
      const { stdout } = spawnSync('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
        encoding: 'utf8',
        input: '',
      });
      const lines = stripVTControlCharacters(stdout)
        .split(/\r?\n/)
        .filter((line) => !line.startsWith('Next: '));
      expect(lines.length, stdout).toBeGreaterThan(2);
      expect(lines.filter((line) => line.length > 50)).toEqual([]);
    }
  },
);
