/** An old import path that still answers, and what takes its place. */
export interface OldPath {
  /** As in `canonical-models/models/booking`. */
  readonly from: string;
  /** As in `canonical-models/core`; several where its symbols parted ways. */
  readonly to: readonly string[];
  /** The version in which the old path goes. */
  readonly removedIn: string;
}

const warned = Symbol.for('canonical-models.warned-old-paths');

/**
 * Warns of an old import path, once a process: also where several copies of the package are loaded, or one is loaded again. Node's
 * `--no-deprecation`, `--throw-deprecation` and `--trace-deprecation` are obeyed.
 */
export function warnOfOldPath({ from, to, removedIn }: OldPath): void {
  const global = globalThis as { [warned]?: Set<string> };
  global[warned] ??= new Set();
  if (global[warned].has(from)) return;
  global[warned].add(from);
  process.emitWarning(
    `'${from}' goes in version ${removedIn}. Import from ${to.map((path) => `'${path}'`).join(' or ')}.`,
    {
      type: 'DeprecationWarning',
      code: from.replace(/[-/]/g, '_').toUpperCase(),
      detail: 'Move every old import with: npx canonical-models codemod --write',
    },
  );
}
