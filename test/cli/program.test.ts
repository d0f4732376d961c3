import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { helpTexts } from '../../src/cli/program.ts';
import { canonicalModels } from '../support/kit.ts';

const reference = readFileSync(new URL('../../docs/reference/commands.md', import.meta.url), 'utf8');
const helps = [...helpTexts()];

test.each(helps)('the help of %s fits a screen and shows an example', (name, help) => {
  const lines = help.trimEnd().split('\n');
  expect(lines.length).toBeLessThanOrEqual(24);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100);
  expect(help).toMatch(new RegExp(`^Example:\\n {2}canonical-models ${name}`, 'm'));
  expect(help).toMatch(/^Exit codes: 0 /m);
});

test.each(helps)(
  'the help of %s is what the command prints and what docs/reference/commands.md shows',
  async (name, help) => {
    expect(await canonicalModels([name, '--help'])).toEqual({ exitCode: 0, stdout: help, stderr: '' });
    expect(reference).toContain(`\`\`\`text\n${help.trimEnd()}\n\`\`\``);
  },
);

test('without a command, or with one that there is not: exit 2', async () => {
  expect(await canonicalModels(['migrat'])).toMatchObject({
    exitCode: 2,
    stdout: '',
    stderr: expect.stringContaining('migrate'),
  });
});
