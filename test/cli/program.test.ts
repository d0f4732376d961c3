import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { helpTexts } from '../../src/cli/program.ts';
import { type PrintedHelp, readHelps, writeHelpScript } from '../support/help-texts.ts';
import { canonicalModels, runNode } from '../support/kit.ts';

const reference = readFileSync(new URL('../../docs/reference/commands.md', import.meta.url), 'utf8');
const helps = [...helpTexts()];

test.each(helps)('the help of %s fits a screen and shows an example', (name, help) => {
  const lines = help.trimEnd().split('\n');
  expect(lines.length).toBeLessThanOrEqual(24);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100);
  expect(help).toMatch(new RegExp(`^Example:\\n {2}canonical-models ${name}`, 'm'));
  expect(help).toMatch(/^Exit codes: 0 /m);
});

describe('the help of each command', () => {
  let printed: readonly PrintedHelp[];
  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'canonical-models-help-'));
    try {
      const names = helps.map(([name]) => name);
      const { exitCode, stdout, stderr } = await runNode([writeHelpScript(folder, names)]);
      expect([exitCode, stderr]).toEqual([0, '']);
      printed = readHelps(stdout);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test.each(helps)('that of %s is what it prints and what docs/reference/commands.md shows', (name, help) => {
    expect(printed[helps.findIndex(([each]) => each === name)]).toEqual({ exitCode: 0, shown: help });
    expect(reference).toContain(`\`\`\`text\n${help.trimEnd()}\n\`\`\``);
  });
});

test('without a command, or with one that there is not: exit 2', async () => {
  expect(await canonicalModels(['migrat'])).toMatchObject({
    exitCode: 2,
    stdout: '',
    stderr: expect.stringContaining('migrate'),
  });
});
