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
  readonly resolved?: ReadonlyMap<string, string>;
}

/** What all jobs have in common. */
export interface Settings {
  readonly map: ImportMap;
  readonly mockFunctions?: readonly MockFunction[];
}

/** This thread, and others for the processors that it leaves idle. */
export interface Threads {
  /** Lets the others get ready while this one does something else. */
  start(): void;
  /** Does jobs in all threads that are ready, and answers in the order of the jobs. */
  work(jobs: readonly Job[]): Promise<CodemodResult[]>;
  close(): Promise<void>;
}

/**
 * Threads that share jobs: each takes the next one until there is none. Other threads are only started by `start`, and not where
 * there is no processor for them, or where this code runs from its TypeScript source, which threads cannot load.
 */
export function openThreads(settings: Settings): Threads {
  let others: Worker[] = [];
  return {
    start() {
      const count = import.meta.url.endsWith('.ts') ? 0 : Math.min(availableParallelism() - 1, mostThreads);
      if (others.length > 0 || count < 1) return;
      const start = { workerData: { role, settings } satisfies Start };
      others = Array.from({ length: count }, () => new Worker(new URL(import.meta.url), start));
      for (const other of others) {
        // Whatever becomes of a thread, its jobs are done in this one.
        other.on('error', () => {
          others = others.filter((each) => each !== other);
        });
      }
    },
    async work(jobs) {
      const counter = new Int32Array(new SharedArrayBuffer(4));
      const share: Share = { jobs, counter };
      const answers = others.map((other) => answerOf(other));
      for (const other of others) other.postMessage(share);
      const results = await workOn(share, settings);
      // A thread that was not ready in time took no job: then nobody waits for it.
      if (results.size < jobs.length) {
        for (const answer of await Promise.all(answers))
          for (const [index, result] of answer) results.set(index, result);
      }
      const missing = jobs.filter((_job, index) => !results.has(index));
      if (missing.length > 0) {
        const redone = await workOn({ jobs: missing, counter: new Int32Array(1) }, settings);
        for (const [index, result] of redone) results.set(jobs.indexOf(missing[index] as Job), result);
      }
      return jobs.map((_job, index) => results.get(index) as CodemodResult);
    },
    async close() {
      await Promise.all(others.map((other) => other.terminate()));
    },
  };
}

/** How many threads pay beside this one: reading the files is left to it, and that soon takes the longest. */
const mostThreads = 3;
/** What tells a thread of this module from threads that others start. */
const role = 'canonical-models codemod';

/** What a thread is started with. */
interface Start {
  readonly role: typeof role;
  readonly settings: Settings;
}

/** Jobs that threads share, with the number of the next one. */
interface Share {
  readonly jobs: readonly Job[];
  readonly counter: Int32Array;
}

type Results = Map<number, CodemodResult>;

/** Takes jobs until there is none. */
async function workOn({ jobs, counter }: Share, { map, mockFunctions }: Settings): Promise<Results> {
  const { codemod } = await import('./codemod.ts');
  const common = { map, ...(mockFunctions && { mockFunctions }) };
  const results: Results = new Map();
  for (let index = Atomics.add(counter, 0, 1); index < jobs.length; index = Atomics.add(counter, 0, 1)) {
    const { fileName, text, resolved } = jobs[index] as Job;
    const resolve = resolved && { resolve: (specifier: string) => resolved.get(specifier) };
    results.set(index, codemod(text, { ...common, fileName, ...resolve }));
  }
  return results;
}

/** What a thread answers to the next share; no results where it fails. */
function answerOf(worker: Worker): Promise<Results> {
  return new Promise((resolve) => {
    worker.once('message', resolve);
    worker.once('error', () => resolve(new Map()));
    worker.once('exit', () => resolve(new Map()));
  });
}

if (!isMainThread && (workerData as Partial<Start> | null)?.role === role) {
  const { settings } = workerData as Start;
  // Loaded before the first jobs come.
  void import('./codemod.ts');
  parentPort?.on('message', async (share: Share) => parentPort?.postMessage(await workOn(share, settings)));
}
