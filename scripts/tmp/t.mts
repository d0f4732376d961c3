import { codemod, buildImportMap } from '../../src/tools/codemod/index.ts';
import { renames } from '../../src/registry/renames.ts';
import { readFileSync } from 'node:fs';
const map = buildImportMap(renames);
for (const f of process.argv.slice(2)) {
  const r = codemod(readFileSync(f, 'utf8'), { fileName: f, map });
  console.log('=====', f); console.log(r.text); for (const l of r.left) console.log(`  LEFT ${l.line}:${l.column} ${l.reason} ${l.message}`);
}
