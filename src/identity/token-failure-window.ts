/** The first failure begins a window of 15 minutes, and so does the first one after it. */
export const secondsAWindow = 15 * 60;

/** From this many failures of an address in a window on, its client is asked to wait. */
const failuresUntilWait = 5;

/**
 * How long a client should wait before it tries again, in seconds: 0 until the fifth failure of its address in the window, then 1, 2,
 * 4 and so on, at most until the window ends. Nothing here makes it wait.
 *
 * @param failures The failures of the address in the window, including this one.
 * @param secondsLeft Until the window ends; `undefined` if this failure begins it.
 */
export function retryAfterOf(failures: number, secondsLeft: number = secondsAWindow): number {
  if (failures < failuresUntilWait) return 0;
  return Math.min(2 ** Math.min(failures - failuresUntilWait, 30), Math.max(1, Math.ceil(secondsLeft)));
}
