import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { migrationFolders } from '../scripts/generate/migrated-tables.ts';

const longest = 500;

test(`no source file has more than ${longest} lines`, () => {
  const files = ['src', 'scripts', 'bench'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((path) => join(folder, path)),
  );
  const sources = files.filter((file) => /\.m?ts$/.test(file));
  expect(sources.length).toBeGreaterThan(200);
  const lines = (file: string) => readFileSync(file, 'utf8').split('\n').length;
  expect(sources.filter((file) => lines(file) > longest)).toEqual([]);
});

test('the file of a verb has at most 80 lines', () => {
  const systems = readdirSync('src/feedback_marketing', { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect(systems.length).toBeGreaterThan(3);
  const files = systems.flatMap(({ name }) => {
    const folder = join('src/feedback_marketing', name);
    const index = readFileSync(join(folder, 'index.ts'), 'utf8');
    const exported = [...index.matchAll(/^export \{([^}]+)\} from '\.\/([\w-]+\.ts)';/gm)];
    // One that exports a function: names of types and of schemas begin with a capital.
    return exported.flatMap(([, names = '', file = '']) =>
      /(?:^|[\s,])[a-z]\w*(?=,|\s*$)/.test(names.replace(/type \w+/g, '')) ? [join(folder, file)] : [],
    );
  });
  expect(files.length).toBeGreaterThan(40);
  const lines = (file: string) => readFileSync(file, 'utf8').trimEnd().split('\n').length;
  expect([...new Set(files)].filter((file) => lines(file) > 80)).toEqual([]);
});

test('there are at most 16 migrations', () => {
  const folders = migrationFolders('drizzle');
  expect(folders.length).toBeGreaterThan(8);
  expect(folders.length).toBeLessThanOrEqual(16);
});
