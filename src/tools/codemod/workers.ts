import { availableParallelism } from 'node:os';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import type { ImportMap } from '../../import-map.ts';
import type { CodemodResult } from './codemod.ts';
import type { MockFunction } from './mocks.ts';

/** One source text to be worked on. */
export interface Job {
  readonly fileName: string;
  readonly text: string;
  /** What the specifiers in it that name old modules mean, where that is not what the map calls them. */
  readonly resolved?: readonly (readonly [specifier: string, oldModule: string])[];
}

/** What all jobs have in common. */
export interface Settings {
  readonly map: ImportMap;
  readonly mockFunctions?: readonly MockFunction[];
}

/** Threads that work beside this one. */
export interface Workers {
  /** Gives a job to a thread; nothing where all of them have enough to do. */
  take(job: Job): Promise<CodemodResult> | undefined;
  close(): Promise<void>;
}

/** Does one job. */
export async function work(job: Job, settings: Settings): Promise<CodemodResult> {
  // Loaded when the first job needs it: a tree without old imports is told so at once.
  const { codemod } = await import('./codemod.ts');
  const resolved = job.resolved && new Map(job.resolved);
  return codemod(job.text, {
    ...settings,
    fileName: job.fileName,
    ...(resolved && { resolve: (specifier) => resolved.get(specifier) }),
  });
}

/**
 * Starts threads for the processors that this thread leaves idle. Nothing where there is none, and nothing where this code runs
 * from its TypeScript source, which threads cannot load.
 */
export function startWorkers(settings: Settings): Workers | undefined {
  const count = Math.min(availableParallelism() - 1, mostThreads);
  if (count < 1 || import.meta.url.endsWith('.ts')) return undefined;
  const threads = Array.from({ length: count }, () => startThread(settings));
  return {
    take: (job) => threads.find((thread) => thread.waiting.size < jobsAhead)?.take(job),
    close: async () => {
      await Promise.all(threads.map((thread) => thread.worker.terminate()));
    },
  };
}

/** How many threads pay: reading the files is left to one, and it is soon the slowest. */
const mostThreads = 3;
/** How many jobs wait for a thread, so that it need not wait for one. */
const jobsAhead = 8;
/** What tells a thread of this module from threads that others start. */
const role = 'canonical-models codemod';

interface Thread {
  readonly worker: Worker;
  readonly waiting: Map<number, { resolve(result: CodemodResult): void; reject(error: unknown): void }>;
  take(job: Job): Promise<CodemodResult>;
}

function startThread(settings: Settings): Thread {
  const worker = new Worker(new URL(import.meta.url), { workerData: { role, settings } });
  const waiting: Thread['waiting'] = new Map();
  let last = 0;
  worker.on('message', ({ number, result }: Answer) => {
    waiting.get(number)?.resolve(result);
    waiting.delete(number);
  });
  worker.on('error', (error) => {
    for (const { reject } of waiting.values()) reject(error);
  });
  return {
    worker,
    waiting,
    take: (job) =>
      new Promise((resolve, reject) => {
        const number = ++last;
        waiting.set(number, { resolve, reject });
        worker.postMessage({ number, job } satisfies Question);
      }),
  };
}

interface Question {
  readonly number: number;
  readonly job: Job;
}

interface Answer {
  readonly number: number;
  readonly result: CodemodResult;
}

if (!isMainThread && (workerData as { role?: unknown } | null)?.role === role) {
  const { settings } = workerData as { settings: Settings };
  parentPort?.on('message', async ({ number, job }: Question) => {
    parentPort?.postMessage({ number, result: await work(job, settings) } satisfies Answer);
  });
}
