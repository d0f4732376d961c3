import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import parser from '@typescript-eslint/parser';
import { Linter } from 'eslint';
import { describe, expect, test } from 'vitest';
import { biomePreset, oxlintPreset } from '../../../scripts/docs/lint-presets.ts';
import { oldModules } from '../../../src/registry/old-modules.ts';
import { renames } from '../../../src/registry/renames.ts';
import config from '../../../src/tools/eslint/index.ts';

const deprecated = oldModules(renames).filter(({ removedIn }) => removedIn);
const kept = oldModules(renames).filter(({ removedIn }) => !removedIn);

/** What ESLint reports of a source with the package's preset. */
function lint(code: string, fileName = 'service.ts'): string[] {
  const languageOptions = { parser, sourceType: fileName.endsWith('.cts') ? 'commonjs' : 'module' } as const;
  const linter = new Linter();
  const messages = linter.verify(
    code,
    [{ ...config, files: ['**/*.ts', '**/*.cts'], languageOptions } as unknown as Linter.Config],
    { filename: fileName },
  );
  return messages.map(({ line, column, message }) => `${line}:${column} ${message}`);
}

describe('the ESLint preset', () => {
  test.each([
    [
      `import { SocialAccount, CustomerReview as Review } from 'canonical-models/models/social';`,
      [
        "1:10 'SocialAccount' of 'canonical-models/models/social' is removed in version 2.0.0. Import 'BusinessSocialAccount' from 'canonical-models/lead'.",
        "1:25 'CustomerReview' of 'canonical-models/models/social' is removed in version 2.0.0. Import 'CustomerReview' from 'canonical-models/feedback_marketing'.",
      ],
    ],
    [
      `import type { UserStationAssignment } from 'canonical-models/core/auth/station_models';`,
      [
        "1:15 'UserStationAssignment' of 'canonical-models/core/auth/station_models' is removed in version 2.0.0. Import 'StationUser' from 'canonical-models/identity'.",
      ],
    ],
    [
      `export { SocialThread as Thread } from 'canonical-models/models/social';`,
      [
        "1:10 'SocialThread' of 'canonical-models/models/social' is removed in version 2.0.0. Import 'LeadSocialThread' from 'canonical-models/lead'.",
      ],
    ],
    ...[
      `import 'canonical-models/models/booking';`,
      `import * as models from 'canonical-models/models/booking';`,
      `export * from 'canonical-models/models/booking';`,
      `const models = import('canonical-models/models/booking');`,
      `const models = require('canonical-models/models/booking');`,
      `type Booking = import('canonical-models/models/booking').Booking;`,
      `import { Unknown } from 'canonical-models/models/booking';`,
      `import { Booking } from 'canonical-models/models/booking.js';`,
    ].map((code): [string, unknown] => [
      code,
      code.includes('{ Booking }')
        ? [expect.stringContaining("Import 'Booking' from 'canonical-models/core'.")]
        : [
            expect.stringContaining(
              "'canonical-models/models/booking' is removed in version 2.0.0. Import from 'canonical-models/core'.",
            ),
          ],
    ]),
    [`import { Booking } from 'canonical-models/core';`, []],
    [`import { Booking } from './models/booking';`, []],
    [`const path = 'canonical-models/models/booking';`, []],
  ])('%s', (code, messages) => {
    expect(lint(code)).toEqual(messages);
  });

  test('reports import = require', () => {
    expect(lint(`import booking = require('canonical-models/models/booking');`, 'service.cts')).toEqual([
      expect.stringContaining("Import from 'canonical-models/core'."),
    ]);
  });

  test('reports every old path, and no kept one', () => {
    for (const { path } of deprecated)
      expect([path, lint(`import 'canonical-models/${path}';`)]).toEqual([path, [expect.any(String)]]);
    for (const { path } of kept) expect(lint(`import 'canonical-models/${path}';`)).toEqual([]);
  });
});

/** Runs a linter in a folder that has its configuration and one file with an import a line; answers what it printed. */
async function runLinter(configuration: string, text: string, bin: string, parameters: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'canonical-models-lint-'));
  try {
    writeFileSync(join(folder, configuration), text);
    const paths = [...deprecated, ...kept].map(({ path }) => `import 'canonical-models/${path}';`);
    writeFileSync(join(folder, 'service.ts'), `${paths.join('\n')}\n`);
    return await new Promise<string>((resolve) => {
      const child = execFile(process.execPath, [bin, ...parameters], { cwd: folder }, (_, stdout, stderr) =>
        resolve(stdout + stderr),
      );
      child.stdin?.end();
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test('the oxlint preset of lint-presets.md reports every old path, and no kept one', async () => {
  const bin = join(dirname(fileURLToPath(import.meta.resolve('oxlint/package.json'))), 'bin/oxlint');
  const output = await runLinter('.oxlintrc.json', oxlintPreset(renames), bin, ['--format=json', '.']);
  const { diagnostics } = JSON.parse(output) as { diagnostics: { code: string; message: string; help: string }[] };
  expect(diagnostics.map(({ code }) => code)).toEqual(deprecated.map(() => 'eslint(no-restricted-imports)'));
  for (const { path } of deprecated) {
    const found = diagnostics.find(({ message }) => message.includes(`'canonical-models/${path}'`));
    expect([path, found?.help]).toEqual([path, expect.stringMatching(/^Import .*'canonical-models\/[a-z_]+'/)]);
  }
});

test('the Biome preset of lint-presets.md reports every old path, and no kept one', async () => {
  const bin = fileURLToPath(import.meta.resolve('@biomejs/biome/bin/biome'));
  const output = await runLinter('biome.json', biomePreset(renames), bin, ['lint', '--max-diagnostics=100', '.']);
  expect(output.match(/noRestrictedImports/g)).toHaveLength(deprecated.length);
  expect(output).toContain("Import from 'canonical-models/core'.");
});
