import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse as parseSql } from 'libpg-query';
import { expect } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { canonicalModelsProgram } from '../../src/cli/program.ts';
import { readImportMap } from '../../src/tools/codemod/map-file.ts';
import { readAcceptFile } from '../../src/tools/deviations/accept.ts';
import type { Block } from './documents.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const packageJson = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
  devDependencies: Record<string, string>;
};

/** What checks the blocks of a language. TypeScript and JavaScript are compiled together, in a test of their own. */
const checks: Readonly<Record<string, (block: Block) => unknown>> = {
  ts: () => {},
  js: () => {},
  json: checkJson,
  yaml: checkYaml,
  dockerfile: checkDockerfile,
  sh: checkShell,
  sql: async ({ code }) => {
    expect((await parseSql(code)).stmts?.length).toBeGreaterThan(0);
  },
  text: ({ at }) => expect(at).toMatch(/^docs\/reference\/commands\.md:/), // compared with what the commands print by cli/program.test.ts
};

/** Checks a block by its language; a block of a language that nothing checks is an error. */
export async function checkBlock(block: Block): Promise<void> {
  const check = checks[block.language] ?? expect.fail(`found a block of \`${block.language}\` that nothing checks`);
  await check(block);
}

async function checkJson({ code }: Block): Promise<void> {
  const value = JSON.parse(code) as { modules?: unknown; accept?: unknown; dependencies?: Record<string, string> };
  if (value.modules) await inFile('map.json', code, readImportMap);
  if (value.accept) await inFile('canonical-models.json', code, readAcceptFile);
  for (const [name, version] of Object.entries(value.dependencies ?? {})) {
    if (name !== 'canonical-models') expect([name, version]).toEqual([name, packageJson.devDependencies[name]]);
  }
}

async function inFile<Result>(name: string, text: string, use: (path: string) => Promise<Result>): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'canonical-models-documents-'));
  try {
    writeFileSync(join(folder, name), text);
    return await use(join(folder, name));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A workflow or a job: each `run` is a line of a shell, each `command` a program with its arguments. */
function checkYaml({ code }: Block): void {
  let commands = 0;
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, part] of Object.entries(value)) {
      if (key === 'run' || key === 'command') {
        commands += 1;
        checkCommand(key === 'run' ? String(part) : (part as string[]).join(' '));
      } else visit(part);
    }
  };
  visit(parseYaml(code));
  expect(commands).toBeGreaterThan(0);
}

function checkDockerfile({ code }: Block): void {
  for (const line of code.split('\n').filter((text) => text && !text.startsWith('#'))) {
    const [, instruction, rest = ''] = /^(FROM|WORKDIR|COPY|RUN|CMD) (.+)$/.exec(line) ?? [];
    if (!instruction) expect.fail(`an instruction that nothing checks: ${line}`);
    if (instruction === 'RUN') checkCommand(rest);
    if (instruction === 'CMD') checkCommand((JSON.parse(rest) as string[]).join(' '));
  }
}

function checkShell({ code }: Block): void {
  const lines = code.split('\n').map((line) => line.replace(/\s+#.*$/, ''));
  for (const line of lines.filter((text) => text)) for (const command of line.split(' && ')) checkCommand(command);
}

/** What a line of a shell may begin with, and what of the rest is checked. */
const programs: readonly (readonly [beginning: RegExp, check: (rest: string) => void])[] = [
  [/^npx canonical-models /, checkOwnCommand],
  [/^pnpm --filter \S+ exec canonical-models /, checkOwnCommand],
  [
    /^npx drizzle-kit migrate --config node_modules\/canonical-models\/dist\//,
    (file) => expect(existsSync(join(root, 'src', file.replace(/\.js$/, '.ts')))).toBe(true),
  ],
  [/^(?:npm install(?: --save-dev)?|pnpm --filter \S+ add) /, checkInstalled],
  // Those of README.md are run by a test of their own.
  [/^curl .*http:\/\/localhost:8003\//, () => {}],
  // The guide on adoption is run by a test of its own.
  [/^psql -v ON_ERROR_STOP=1 -f /, () => {}],
  [/^npm run /, (script) => expect(Object.keys(packageJson.scripts)).toContain(script)],
  [/^npm (?:ci|test)$/, () => {}],
  [
    /^cp -r node_modules\/canonical-models\//,
    (rest) => expect(existsSync(join(root, rest.split(' ')[0] ?? ''))).toBe(true),
  ],
  [
    /^CANONICAL_MODELS_/,
    (rest) =>
      expect(readFileSync(join(root, 'src/identity/oauth/keys-from-environment.ts'), 'utf8')).toContain(
        `CANONICAL_MODELS_${rest.split('=')[0]}`,
      ),
  ],
];

function checkCommand(line: string): void {
  const text = line.replace(/^DATABASE_URL=\S+ /, '');
  const found = programs.find(([beginning]) => beginning.test(text));
  const [beginning, check] = found ?? expect.fail(`a command that nothing checks: ${line}`);
  check(text.replace(beginning, ''));
}

/** A command of this package: its name, and each option, are there. */
export function checkOwnCommand(line: string): void {
  const [name, ...rest] = line.split(/\s+/);
  const { options: all } =
    canonicalModelsProgram().commands.find((candidate) => candidate.name() === name) ??
    expect.fail(`a command that there is not: ${line}`);
  const options = all.map(({ long }) => long);
  for (const option of rest.filter((word) => word.startsWith('--'))) expect(options, line).toContain(option);
}

/** Each package is in the version of package.json. */
function checkInstalled(list: string): void {
  for (const word of list.split(' ')) {
    const [, name = '', version] = /^(@?[^@]+)(?:@(.+))?$/.exec(word) ?? [];
    if (name !== 'canonical-models') expect([name, version]).toEqual([name, packageJson.devDependencies[name]]);
  }
}
