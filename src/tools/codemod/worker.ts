import { parentPort } from 'node:worker_threads';
import { createPlanner, type PlanningContext } from './plan-files.ts';
import type { Answer, Batch } from './threads.ts';

/** The other side of `threads.ts`: a thread that reads files and plans their moves, and writes nothing. */
parentPort?.once('message', (context: PlanningContext) => {
  const plan = createPlanner(context);
  parentPort?.on('message', async ({ number, paths }: Batch) => {
    const answer: Answer = { number, planned: await plan(paths) };
    parentPort?.postMessage(answer);
  });
});
// Loading this is most of a thread's start time, so it happens before the first batch.
await import('./codemod.ts');
