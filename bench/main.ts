import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Figure, type Part, verdict } from './figure.ts';
import { readMachine } from './machine.ts';
import { asJson, asMarkdown, asText, type Run } from './report.ts';

/** The parts, in the order of the table. Each is loaded only when it runs. */
const parts: Readonly<Record<string, () => Promise<Part>>> = {
  imports: async () => (await import('./imports.ts')).benchImports,
  types: async () => (await import('./types.ts')).benchTypes,
  size: async () => (await import('./size.ts')).benchSize,
  migration: async () => (await import('./migration.ts')).benchMigration,
  locks: async () => (await import('./migrate.ts')).benchLocks,
  check: async () => (await import('./check.ts')).benchCheck,
  access: async () => (await import('./access.ts')).benchAccess,
  'blog-reviews': async () => (await import('./blog-reviews.ts')).benchBlogReviews,
  tokens: async () => (await import('./tokens.ts')).benchTokens,
  trail: async () => (await import('./trail.ts')).benchTrail,
  coupons: async () => (await import('./coupons.ts')).benchCoupons,
  escalations: async () => (await import('./escalations.ts')).benchEscalations,
  backend: async () => (await import('./backend/backend.ts')).benchBackend,
  codemod: async () => (await import('./codemod/codemod.ts')).benchCodemod,
};

const help = `npm run bench -- [part …] [options]

Measures the package beside named peers, and says which limits hold. Needs a current build: npm run build

Parts (default: all): ${Object.keys(parts).join(', ')}

Options:
  --json   print the figures as JSON
  --write  put the tables, the command and the machine into bench/README.md, and leave other parts there as they are
  --help   print this

Exit codes: 0 all limits hold; 1 a limit is broken; 2 it could not be measured.
`;

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { json: { type: 'boolean' }, write: { type: 'boolean' }, help: { type: 'boolean' } },
  });
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  const unknown = positionals.filter((name) => !Object.hasOwn(parts, name));
  if (unknown.length > 0) {
    throw new Error(`Part: found ${unknown.join(', ')}; expected some of ${Object.keys(parts).join(', ')}.`);
  }

  const command = ['npm run bench', ...(process.argv.length > 2 ? ['--', ...process.argv.slice(2)] : [])].join(' ');
  const figures: Figure[] = [];
  for (const [name, load] of Object.entries(parts)) {
    if (positionals.length > 0 && !positionals.includes(name)) continue;
    process.stderr.write(`${name} …\n`);
    const part = await load();
    const measured = await part();
    figures.push(...measured);
    if (values.write) await writeReadme(name, { command, machine: readMachine(), figures: measured });
  }

  const run: Run = { command, machine: readMachine(), figures };
  process.stdout.write(`${values.json ? asJson(run) : asText(run)}\n`);
  return figures.some((figure) => verdict(figure) === 'broken') ? 1 : 0;
}

/** Writes a part between the markers of the README, formatted, and leaves the rest unchanged. */
async function writeReadme(part: string, run: Run): Promise<void> {
  const file = new URL('./README.md', import.meta.url);
  const begin = '<!-- Written by npm run bench -- --write -->';
  const end = '<!-- End of what it writes -->';
  const text = await readFile(file, 'utf8');
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from)
    throw new Error(`bench/README.md: found no place for the tables; expected "${begin}", then "${end}".`);
  const sections = new Map(
    text
      .slice(from + begin.length, to)
      .split(/^### /m)
      .slice(1)
      .map((section): [string, string] => {
        const [name = ''] = section.split('\n', 1);
        return [name, section.slice(name.length).trim()];
      }),
  ).set(part, asMarkdown(run));
  const tables = Object.keys(parts)
    .filter((name) => sections.has(name))
    .map((name) => `### ${name}\n\n${sections.get(name)}\n`);
  const { formattedFiles } = await import('../scripts/generate/derived-files.ts');
  const name = 'bench/README.md';
  const written = `${text.slice(0, from + begin.length)}\n${tables.join('\n')}\n${text.slice(to)}`;
  const root = fileURLToPath(new URL('../', import.meta.url));
  await writeFile(file, formattedFiles(root, new Map([[name, written]])).get(name) ?? written);
}
