import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { entryPoints, packageExports } from '../../scripts/package-exports.ts';

test('a folder with an index.ts is an entry point, of a domain or beside them; other folders are not', () => {
  const root = mkdtempSync(join(tmpdir(), 'canonical-models-entry-points-'));
  try {
    for (const file of [
      'index.ts',
      'core/index.ts',
      'identity/tokens/index.ts',
      'identity/index.ts',
      'identity/audit/index.ts',
      'identity/keys/key.ts',
      'generated/old-paths/models/index.ts',
      'tools/migrate/index.ts',
      'tools/database/query.ts',
      'cli/main.ts',
    ]) {
      mkdirSync(dirname(join(root, 'src', file)), { recursive: true });
      writeFileSync(join(root, 'src', file), '');
    }
    const found = entryPoints(root);
    expect(found).toEqual({
      operations: ['identity/audit', 'identity/tokens'],
      tools: ['migrate'],
    });
    expect(packageExports([], found)).toMatchObject({
      './core/json': {
        types: { default: './dist/generated/json/core.d.ts' },
        default: './dist/generated/json/core.js',
      },
      './identity/audit': { default: './dist/identity/audit/index.js' },
      './identity/tokens': { types: { require: './dist/identity/tokens/index.d.cts' } },
      './migrate': { default: './dist/tools/migrate/index.js' },
    });
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});
