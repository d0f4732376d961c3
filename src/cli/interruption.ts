/** Runs that can be ended early and were not asked to yet. */
const running = new Set<AbortController>();

/** Runs something that can be ended early: the signal tells it about the first `interrupt`. */
export async function interruptible<Result>(run: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  const interruption = new AbortController();
  running.add(interruption);
  try {
    return await run(interruption.signal);
  } finally {
    running.delete(interruption);
  }
}

/** Asks all such runs to end. Returns whether there was one. */
export function interrupt(): boolean {
  const asked = [...running];
  running.clear();
  for (const interruption of asked) interruption.abort();
  return asked.length > 0;
}
