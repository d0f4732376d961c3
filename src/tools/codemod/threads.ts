import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Planned, PlanningContext } from './plan-files.ts';

/** Files for a thread to plan. */
export interface Batch {
  readonly number: number;
  /** Absolute. */
  readonly paths: readonly string[];
}

/** The plan for a batch. */
export interface Answer {
  readonly number: number;
  readonly planned: Planned;
}

/** Threads that read files and plan their moves in parallel to this one. */
export interface Threads {
  /** Sends the context, which they need before the first files. */
  begin(context: PlanningContext): void;
  /** Plans some files. Returns undefined if every thread is busy; the promise rejects if the thread ends. */
  take(paths: readonly string[]): Promise<Planned> | undefined;
  end(): void;
}

/** How many batches a thread has at most: one in progress, and enough queued that it never waits for this thread. */
const batchesAtOnce = 3;
/** This thread plans too, and is the only one that writes: more than three others would wait for it. */
const mostThreads = 3;

/**
 * Starts as many threads as the machine has processors for; with none, `take` always returns undefined. They exist
 * only in the built package, because Node.js runs a worker from a JavaScript file.
 */
export function startThreads(): Threads {
  const file = fileURLToPath(new URL(`./codemod-worker${extname(import.meta.url)}`, import.meta.url));
  const count = existsSync(file) ? Math.min(availableParallelism() - 1, mostThreads) : 0;
  const threads = Array.from({ length: count }, () => startThread(file));
  return {
    begin: (context) => {
      for (const thread of threads) thread.begin(context);
    },
    take: (paths) => threads.find((thread) => thread.hasRoom())?.take(paths),
    end: () => {
      for (const thread of threads) thread.end();
    },
  };
}

interface Thread extends Threads {
  hasRoom(): boolean;
}

function startThread(file: string): Thread {
  const worker = new Worker(file);
  const waiting = new Map<number, { resolve(planned: Planned): void; reject(error: unknown): void }>();
  let next = 0;
  let ended = false;
  const fail = (error: unknown): void => {
    ended = true;
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  worker.on('message', ({ number, planned }: Answer) => {
    // A Buffer arrives as a Uint8Array.
    const files = planned.files.map(({ bytes: { buffer, byteOffset, byteLength }, ...file }) => ({
      ...file,
      bytes: Buffer.from(buffer, byteOffset, byteLength),
    }));
    waiting.get(number)?.resolve({ ...planned, files });
    waiting.delete(number);
  });
  worker.on('error', fail);
  worker.on('messageerror', fail);
  worker.on('exit', (code) => fail(new Error(`a thread of the codemod ended with ${code}`)));
  return {
    begin: (context) => worker.postMessage(context),
    hasRoom: () => !ended && waiting.size < batchesAtOnce,
    take: (paths) => {
      const number = next++;
      const batch: Batch = { number, paths };
      worker.postMessage(batch);
      return new Promise((resolve, reject) => {
        waiting.set(number, { resolve, reject });
      });
    },
    end: () => {
      worker.removeAllListeners();
      worker.terminate();
    },
  };
}
