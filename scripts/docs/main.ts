import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { apiReport } from './api-report.ts';

// `npm run docs:api`: writes the report of the public API.
const root = fileURLToPath(new URL('../../', import.meta.url));
writeFileSync(`${root}docs/reference/api.md`, apiReport(root));
