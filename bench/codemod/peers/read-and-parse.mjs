// The least that any codemod has to do: read every file, and parse those that mention an old module.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync } from 'oxc-parser';

const paths = Object.keys(JSON.parse(process.env.BENCH_PATHS ?? '{}'));
for (const entry of readdirSync(process.argv[2], { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || !entry.name.endsWith('.ts')) continue;
  const text = readFileSync(join(entry.parentPath, entry.name), 'utf8');
  if (paths.some((path) => text.includes(path))) parseSync(entry.name, text, { astType: 'ts' }).program;
}
