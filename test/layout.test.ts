import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

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
