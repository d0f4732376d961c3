/** What can be ended early and was not asked to yet. */
const running = new Set<AbortController>();

/** Runs what can be ended early: the first `interrupt` is told by the signal. */
export async function interruptible<Result>(run: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  const interruption = new AbortController();
  running.add(interruption);
  try {
    return await run(interruption.signal);
  } finally {
    running.delete(interruption);
  }
}

/** Asks what can be ended early to end. Answers whether there was anything to ask. */
export function interrupt(): boolean {
  const asked = [...running];
  running.clear();
  for (const interruption of asked) interruption.abort();
  return asked.length > 0;
}
