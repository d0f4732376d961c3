import { existsSync, readdirSync } from 'node:fs';
import { defineConfig } from 'tsup';

/** Every source file under a folder, as an entry of its own: `models/booking` for `src/legacy/models/booking.ts`. */
const entriesUnder = (folder: string) =>
  Object.fromEntries(
    readdirSync(`src/${folder}`, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => [`${folder}/${file.slice(0, -'.ts'.length)}`, `src/${folder}/${file}`]),
  );

const domains = readdirSync('src', { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !['tools', 'legacy'].includes(entry.name))
  .map(({ name }) => name);

/** What the package offers besides tables: each has a face of its own. */
const tools = readdirSync('src/tools').filter((name) => existsSync(`src/tools/${name}/index.ts`));

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    schema: 'src/schema.ts',
    relations: 'src/relations.ts',
    renames: 'src/renames.ts',
    'drizzle.config': 'src/drizzle.config.ts',
    cli: 'src/tools/cli.ts',
    ...Object.fromEntries(tools.map((tool) => [`tools/${tool}/index`, `src/tools/${tool}/index.ts`])),
    ...Object.fromEntries(
      domains.flatMap((domain) => [
        [`${domain}/index`, `src/${domain}/index.ts`],
        [`${domain}/zod`, `src/${domain}/zod.ts`],
      ]),
    ),
    ...entriesUnder('legacy'),
  },
  format: 'esm',
  target: 'node20',
  platform: 'node',
  clean: true,
  splitting: true,
});
