import { Conflict, NotSetUp } from '../../errors.ts';
import { counted } from '../counted.ts';

/**
 * What kind of thing is in the way.
 *
 * - `name`: another object has a name that a migration gives.
 * - `table`: a table that a migration renames is not as the record says.
 * - `record`: a migration was applied, and its row of the record is gone.
 * - `rights`: the role that migrates lacks a right, or a role of the server has too many.
 * - `column-privileges`: a role may read some columns of a table and not all.
 * - `key`: a table lacks a unique key that a foreign key of a new table leads to, or by which rows are added once.
 * - `inheritance`, `rule`: a parent, a child, partitions or a rule of a table that would make a statement fail.
 * - `publication`: a publication for which PostgreSQL refuses to update a table.
 * - `workers`: Citus keeps the table on its workers.
 */
export type ObstacleKind =
  | 'name'
  | 'table'
  | 'record'
  | 'rights'
  | 'column-privileges'
  | 'key'
  | 'inheritance'
  | 'rule'
  | 'publication'
  | 'workers';

/** Something in a database that would stop a pending migration, or that would make it do harm. */
export interface Obstacle {
  readonly kind: ObstacleKind;
  /** The first migration that it stops; `null` if it stops all of them. */
  readonly migration: string | null;
  /** What it is about, as `identity.oauth_accounts`. */
  readonly object: string;
  readonly found: string;
  readonly expected: string;
  /** What to do about it. */
  readonly next: string;
}

/**
 * The error that tells every obstacle, each with what to do: `NotSetUp` if all of them are rights, otherwise a `Conflict`.
 *
 * @param object What they are in, for more than one of them, as `the database`.
 */
export function obstaclesFailure(object: string, obstacles: readonly [Obstacle, ...Obstacle[]]): Conflict | NotSetUp {
  const [first] = obstacles;
  const details =
    obstacles.length === 1
      ? { object: first.object, found: first.found, expected: first.expected, next: first.next }
      : {
          object: obstacles.every((each) => each.object === first.object) ? first.object : object,
          found: `${counted(obstacles.length, 'obstacle')}:\n${numbered(obstacles.map((each) => `${each.object}: found ${each.found}; expected ${each.expected}`))}\n`,
          expected: 'a database in which every pending migration can run; nothing was changed',
          next: `do this for each of them, then run the command again:\n${numbered(obstacles.map(({ next }) => next))}`,
        };
  return obstacles.every(({ kind }) => kind === 'rights') ? new NotSetUp(details) : new Conflict(details);
}

/** Formats an obstacle in two lines: what it is, and what to do about it. */
export function obstacleText({ object, found, expected, next }: Obstacle): string {
  return `- ${object}: found ${found}; expected ${expected}.\n  Next: ${next}`;
}

function numbered(lines: readonly string[]): string {
  return lines.map((line, index) => `${index + 1}. ${line}`).join('\n');
}
