import { relative } from 'node:path';
import { parseArgs } from 'node:util';
import { exitCodeOf } from '../../src/cli/exit-code.ts';
import { interrupt, interruptible } from '../../src/cli/interruption.ts';
import { progress } from '../../src/cli/terminal.ts';
import { CanonicalModelsError, InvalidInput } from '../../src/errors.ts';

const usage = `npm run db:generate -- --name <name>

Writes the migrations that lead from the last one to the models.

  --name <name>      name of the migration, as in add_booking_notes
  --create <object>  a table or column that is new although another is gone (public.notes, public.notes.body)
  --drop <object>    a table, column or view that may be dropped with all that it holds
`;

// The second signal ends it immediately.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, interrupt);

try {
  const { values } = parseArgs({
    options: {
      name: { type: 'string' },
      create: { type: 'string', multiple: true, default: [] },
      drop: { type: 'string', multiple: true, default: [] },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(usage);
  } else {
    const { name = '' } = values;
    if (!/^[a-z][a-z0-9_]{0,99}$/.test(name)) {
      throw new InvalidInput({
        object: '--name',
        found: name === '' ? 'nothing' : JSON.stringify(name),
        expected: 'a name in lower case, digits and underscores, such as add_booking_notes',
        next: 'npm run db:generate -- --name add_booking_notes',
      });
    }
    const line = progress();
    const written = await interruptible(async (signal) => {
      // Only now, so that wrong usage is reported without delay.
      const { generateMigrations } = await import('./generate.ts');
      return generateMigrations({
        name,
        create: values.create,
        drop: values.drop,
        onStep: (migration) => line.update(`writing ${migration} …`),
        signal,
      });
    }).finally(() => line.done());
    process.stdout.write(
      written.length === 0
        ? 'No changes: the migrations lead to the models.\n'
        : written.map((folder) => `${relative(process.cwd(), 'drizzle')}/${folder}\n`).join(''),
    );
  }
} catch (error) {
  const interrupted = error instanceof Error && error.name === 'AbortError';
  const usageError = error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
  if (!(error instanceof CanonicalModelsError) && !usageError && !interrupted) throw error;
  const message = interrupted ? 'Interrupted: nothing was written.' : (error as Error).message;
  process.stderr.write(`${message}\n${usageError ? `\n${usage}` : ''}`);
  process.exitCode = interrupted ? 130 : exitCodeOf(error);
}
