import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';

// Runs the test suite repeatedly: files and tests in an order drawn from a seed, beside two busy threads. Stops at the first
// run that fails, and prints the command that repeats it. `npm run test:shuffle -- --seeds 10 --from 1`.

const { values } = parseArgs({
  options: { seeds: { type: 'string', default: '10' }, from: { type: 'string', default: '1' } },
});
const [seeds, from] = [Number(values.seeds), Number(values.from)];
if (!Number.isInteger(seeds) || seeds < 1 || !Number.isInteger(from)) {
  console.error(
    `--seeds, --from: found ${values.seeds}, ${values.from}; expected whole numbers. Next: npm run test:shuffle -- --seeds 10`,
  );
  process.exit(2);
}

const busy = Array.from({ length: 2 }, () => new Worker('for (;;);', { eval: true }));
try {
  for (let seed = from; seed < from + seeds; seed++) {
    const parameters = [
      'vitest',
      'run',
      '--sequence.shuffle.files',
      '--sequence.shuffle.tests',
      `--sequence.seed=${seed}`,
    ];
    const began = performance.now();
    const exitCode = await run('npx', parameters);
    const seconds = ((performance.now() - began) / 1000).toFixed(0);
    if (exitCode !== 0) {
      console.error(`Seed ${seed} failed after ${seconds} s.\nNext: npx ${parameters.join(' ')}`);
      process.exitCode = 1;
      break;
    }
    console.log(`Seed ${seed} passed in ${seconds} s.`);
  }
} finally {
  await Promise.all(busy.map((worker) => worker.terminate()));
}

/** Runs a command, shows its output, and returns its exit code. */
function run(command: string, parameters: readonly string[]): Promise<number | null> {
  return new Promise((resolve, reject) => {
    spawn(command, parameters, { stdio: 'inherit' }).on('error', reject).on('close', resolve);
  });
}
