import { readdirSync } from 'node:fs';
import { defineConfig } from 'tsup';

const domains = readdirSync('src', { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !['tools', 'legacy'].includes(entry.name))
  .map(({ name }) => name);

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    schema: 'src/schema.ts',
    relations: 'src/relations.ts',
    renames: 'src/renames.ts',
    'drizzle.config': 'src/drizzle.config.ts',
    ...Object.fromEntries(domains.map((domain) => [`${domain}/index`, `src/${domain}/index.ts`])),
  },
  format: 'esm',
  target: 'node20',
  platform: 'node',
  dts: true,
  clean: true,
  splitting: true,
  treeshake: false,
});
