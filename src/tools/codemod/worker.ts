import { parentPort } from 'node:worker_threads';
import { createPlanner, type PlanningContext } from './plan-files.ts';
import type { Answer, Batch } from './threads.ts';

/** The other side of `threads.ts`: a thread that reads the files it is told of, plans their moves, and writes nothing. */
parentPort?.once('message', (context: PlanningContext) => {
  const plan = createPlanner(context);
  parentPort?.on('message', async ({ number, paths }: Batch) => {
    const answer: Answer = { number, planned: await plan(paths) };
    parentPort?.postMessage(answer);
  });
});
// Most of the time that a thread takes to start; nobody waits for it yet.
await import('./codemod.ts');
