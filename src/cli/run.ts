import { type Command, CommanderError } from 'commander';
import { type Asked, beginAnswer, Interruption, printFailure } from './answer.ts';
import { interrupt } from './interruption.ts';

/**
 * Runs a program on the words of the command line, up to the exit code. Failures are printed on stderr, and with `--json` also on
 * stdout. SIGINT and SIGTERM stop it at the next safe point.
 */
export async function runProgram(program: Command): Promise<void> {
  beginAnswer();
  // A reader may stop reading the output, as `head` does. The work goes on, and the exit code is that of the work.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }

  const words = process.argv.slice(2);
  const options = words.slice(0, words.includes('--') ? words.indexOf('--') : undefined);
  /** A guess until the command line is parsed. */
  let asked: Asked = { command: program.name(), json: options.includes('--json') };

  /** Ends at once: it can't wait for what still runs. */
  const end = (thrown: unknown): void => {
    const exitCode = printFailure(thrown, asked);
    // What was printed is on its way.
    process.stdout.write('', () => process.stderr.write('', () => process.exit(exitCode)));
  };

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (!interrupt()) end(new Interruption(asked.command, 'run the command again'));
    });
  }
  // Node.js would end with 1, which is the answer "no".
  process.on('uncaughtException', end);

  program.hook('preAction', (_, command) => {
    const name = command === program ? program.name() : `${program.name()} ${command.name()}`;
    asked = { command: name, json: command.opts()['json'] === true };
  });
  try {
    await program.parseAsync();
  } catch (error) {
    // Commander also throws after it has printed a help text or the version.
    process.exitCode = error instanceof CommanderError && error.exitCode === 0 ? 0 : printFailure(error, asked);
  }
}
