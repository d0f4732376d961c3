import type { Surroundings } from '../check/repair-sql/index.ts';
import type { Obstacle } from '../migrations/obstacle.ts';
import type { AdoptStep } from './report.ts';

/**
 * Steps to decide, with one more for each thing that would stop a migration after the baseline and that they do not name. Rights are left
 * out: those of the role that asks are not those of the role that migrates.
 */
export function withObstacles(
  steps: readonly AdoptStep[],
  obstacles: readonly Obstacle[],
  { found }: Surroundings,
): AdoptStep[] {
  const named = new Set(steps.map(({ object }) => object));
  // Indexes get another name with their table.
  for (const { kind, name, table = '' } of found.values()) if (kind === 'index' && named.has(table)) named.add(name);
  const others = obstacles.filter(({ kind, object }) => kind !== 'rights' && !named.has(object));
  return [
    ...steps,
    ...others.map(
      ({ object, found, expected, next }): AdoptStep => ({
        kind: 'obstacle',
        object,
        why: `would stop a migration after the baseline: found ${found}; expected ${expected}`,
        locks: 'as the statement that is chosen',
        lasts: 'as the statement that is chosen',
        sql: [`-- ${next.replace(/\s+/g, ' ')}`],
      }),
    ),
  ];
}
