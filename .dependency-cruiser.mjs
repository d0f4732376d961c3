import { domains as floors } from './src/registry/domains.ts';

// Which folder may import from which, type imports included. `npm run check:package` reads it, under tsx for the import above.

const domains = `^src/(${floors.join('|')})/`;

/** A folder's arrows that are not allowed: `from` and `to` are patterns of paths. */
const never = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

export default {
  forbidden: [
    never('no-circle', 'Not even of types.', {}, { circular: true }),
    {
      name: 'one-way',
      comment: 'An arrow between two folders runs one way.',
      severity: 'error',
      scope: 'folder',
      from: {},
      to: { circular: true },
    },
    ...floors
      .slice(0, -1)
      .map((floor, index) =>
        never(
          `floor-of-${floor}`,
          'A domain imports from lower floors only.',
          { path: `^src/${floor}/` },
          { path: `^src/(${floors.slice(index + 1).join('|')})/` },
        ),
      ),
    never(
      'tables-import-tables',
      'Importing a table is cheap: its file imports columns, policies and other tables, and no operation.',
      { path: `${domains}[^/]+\\.ts$`, pathNot: '/(index|zod)\\.ts$' },
      {
        path: '^src/',
        pathNot: [
          `${domains}[^/]+\\.ts$`,
          '^src/(columns|errors|driver-error)\\.ts$',
          '^src/identity/access/(policies|scopes)\\.ts$',
        ],
      },
    ),
    never(
      'domains-stand-alone',
      'Domains know neither the registry nor the tools.',
      { path: domains },
      { path: '^src/(registry|generated|tools|cli)/' },
    ),
    never(
      'models-without-tools',
      'What services import loads no tool.',
      { path: '^src/(registry|generated)/' },
      { path: '^src/(tools|cli)/' },
    ),
    never('tools-without-cli', 'The verbs are a library.', { path: '^src/tools/' }, { path: '^src/cli/' }),
    never(
      'src-without-scripts',
      'What is packed needs nothing of the checkout.',
      { path: '^src/' },
      { path: '^scripts/' },
    ),
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    includeOnly: '^(src|scripts)/',
  },
};
