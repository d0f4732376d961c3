import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { apiReport } from '../../scripts/docs/api-report.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

test('docs/reference/api.md is the public API; after a change of it: npm run docs:api, and CHANGELOG.md says so', () => {
  expect(apiReport(root)).toBe(readFileSync(`${root}docs/reference/api.md`, 'utf8'));
}, 120_000);
