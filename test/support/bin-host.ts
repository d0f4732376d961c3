/**
 * Runs commands of the bin one after the other in one process, so that it loads its modules once: the bin itself takes longer to start than
 * most commands to run. A message with the words of a command line is answered with its exit code and what it printed.
 */
import { canonicalModelsProgram } from '../../src/cli/program.ts';
import { runProgram } from '../../src/cli/run.ts';
import { setCommandLine } from '../../src/peers.ts';

/** A command to run. */
export interface HostedCommand {
  readonly parameters: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

const [, , bin = ''] = process.argv;

process.on('message', (command: HostedCommand) => {
  void run(command).then((result) => process.send?.(result));
});
process.on('disconnect', () => process.exit());

async function run({ parameters, env, cwd }: HostedCommand) {
  process.chdir(cwd);
  // In place, as the bin may have taken it over already.
  process.argv.splice(1, Number.POSITIVE_INFINITY, bin, ...parameters);
  const before = Object.keys(env).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, env);
  const [stdout, stderr] = [capture(process.stdout), capture(process.stderr)];
  try {
    setCommandLine(parameters);
    await runProgram(canonicalModelsProgram());
    return { exitCode: Number(process.exitCode ?? 0), stdout: stdout.end(), stderr: stderr.end() };
  } finally {
    stdout.end();
    stderr.end();
    // What a process takes with it.
    process.exitCode = undefined;
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    for (const event of ['SIGINT', 'SIGTERM', 'uncaughtException']) process.removeAllListeners(event);
  }
}

/** Keeps what is written to a stream, until its end. */
function capture(stream: NodeJS.WriteStream): { end(): string } {
  const { write } = stream;
  let text = '';
  stream.write = (chunk: string | Uint8Array, ...rest: unknown[]) => {
    text += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
    const written = rest.find((parameter) => typeof parameter === 'function') as (() => void) | undefined;
    if (written) process.nextTick(written);
    return true;
  };
  return {
    end() {
      stream.write = write;
      stream.removeAllListeners('error');
      return text;
    },
  };
}
