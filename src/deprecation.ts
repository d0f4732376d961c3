/** An old import path that still works, and what replaces it. */
export interface OldPath {
  /** As in `canonical-models/models/booking`. */
  readonly from: string;
  /** As in `canonical-models/core`; several if its symbols moved to different modules. */
  readonly to: readonly string[];
  /** The version that removes the old path. */
  readonly removedIn: string;
}

const warned = Symbol.for('canonical-models.warned-old-paths');

/**
 * Warns of an old import path, once per process, even if several copies of the package are loaded, or one is loaded again. Node's
 * `--no-deprecation`, `--throw-deprecation` and `--trace-deprecation` are respected.
 */
export function warnOfOldPath({ from, to, removedIn }: OldPath): void {
  const global = globalThis as { [warned]?: Set<string> };
  global[warned] ??= new Set();
  if (global[warned].has(from)) return;
  global[warned].add(from);
  process.emitWarning(
    `'${from}' is removed in version ${removedIn}. Import from ${to.map((path) => `'${path}'`).join(' or ')}.`,
    {
      type: 'DeprecationWarning',
      code: from.replace(/[-/]/g, '_').toUpperCase(),
      detail: 'Move every old import with: npx canonical-models codemod --write',
    },
  );
}
