/** The keys of the `imports` or `exports` of a `package.json`, and the targets of each under any condition. */
export type PackageEntries = readonly (readonly [pattern: string, targets: readonly string[]])[];

/** Reads the `imports` of a `package.json`, or its `exports`, of which the short forms stand for `.`. */
export function readEntries(value: unknown): PackageEntries {
  if (value === undefined || value === null) return [];
  const isObject = typeof value === 'object' && !Array.isArray(value);
  const isKeyed = isObject && Object.keys(value).every((key) => key.startsWith('.') || key.startsWith('#'));
  return Object.entries(isKeyed ? value : { '.': value }).map(([pattern, target]) => [pattern, listStrings(target)]);
}

/** Every string in a target, under any condition. */
function listStrings(target: unknown): string[] {
  if (typeof target === 'string') return [target];
  return typeof target === 'object' && target !== null ? Object.values(target).flatMap(listStrings) : [];
}

/**
 * The targets of a specifier: of its exact entry, or else of the pattern that Node.js chooses, which is the one with the longest
 * text before its star.
 */
export function findEntryTargets(entries: PackageEntries, specifier: string): string[] {
  const exact = entries.find(([pattern]) => pattern === specifier);
  if (exact) return [...exact[1]];
  let best: { before: number; length: number; targets: string[] } | undefined;
  for (const [pattern, targets] of entries) {
    const [before = '', after] = pattern.split('*');
    if (after === undefined || !specifier.startsWith(before) || !specifier.endsWith(after)) continue;
    if (specifier.length < pattern.length) continue;
    if (best && (best.before - before.length || best.length - pattern.length) >= 0) continue;
    const star = specifier.slice(before.length, specifier.length - after.length);
    const resolved = targets.map((target) => target.replaceAll('*', () => star));
    best = { before: before.length, length: pattern.length, targets: resolved };
  }
  return best?.targets ?? [];
}
