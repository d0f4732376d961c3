import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { canonicalModelsProgram, helpTexts } from '../../src/cli/program.ts';
import { canonicalModels } from '../support/kit.ts';

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const helps = [...helpTexts()];

test.each(helps)('the help of %s fits a screen and shows an example', (name, help) => {
  const lines = help.trimEnd().split('\n');
  expect(lines.length).toBeLessThanOrEqual(24);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100);
  expect(help).toMatch(new RegExp(`^Example:\\n {2}canonical-models ${name}`, 'm'));
  expect(help).toMatch(/^Exit codes: 0 /m);
});

test.each(helps)('the help of %s is what the command prints and what README.md shows', async (name, help) => {
  expect(await canonicalModels([name, '--help'])).toEqual({ exitCode: 0, stdout: help, stderr: '' });
  expect(readme).toContain(`\`\`\`text\n${help.trimEnd()}\n\`\`\``);
});

test('every command line in README.md names a command and options that there are', () => {
  const { commands } = canonicalModelsProgram();
  const lines = [...readme.matchAll(/^ *(?:- run: )?npx canonical-models (.*?)(?: +#.*)?$/gm)].map(
    ([, line = '']) => line,
  );
  const inArrays = [...readme.matchAll(/"?npx"?, "?canonical-models"?, ([^\]]+)\]/g)].map(([, list = '']) =>
    list.replaceAll(/["',]/g, ' ').trim(),
  );
  expect(lines.length).toBeGreaterThan(8);
  expect(inArrays).toHaveLength(2);
  for (const line of [...lines, ...inArrays]) {
    const [name, ...rest] = line.split(/\s+/);
    const command = commands.find((candidate) => candidate.name() === name);
    expect(command, line).toBeDefined();
    for (const option of rest.filter((word) => word.startsWith('--'))) {
      expect(
        command?.options.map(({ long }) => long),
        line,
      ).toContain(option);
    }
  }
});

test('without a command, or with one that there is not: exit 2', async () => {
  expect(await canonicalModels(['migrat'])).toMatchObject({
    exitCode: 2,
    stdout: '',
    stderr: expect.stringContaining('migrate'),
  });
});
