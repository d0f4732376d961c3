import type { DeviationKind } from '../deviations/kinds.ts';

/** One step towards the baseline: what it is about, and the statements that do it. */
export interface AdoptStep {
  /** `name-taken`, `obstacle`: something that would stop a migration after the baseline. */
  readonly kind: DeviationKind | 'name-taken' | 'obstacle';
  /** What it is about, as in `public.bookings.status`: under the name that the package has for it, or the database if only it has one. */
  readonly object: string;
  /** The table that it belongs to, under the name that the package has for it. */
  readonly table?: string;
  /** What is the case, and why something is to be done. One sentence without its full stop. */
  readonly why: string;
  /** Which locks the statements take, and who waits for them. */
  readonly locks: string;
  /** How long the locks are held. */
  readonly lasts: string;
  /** Rows that PostgreSQL would refuse the statements for. Counted as the report was made. */
  readonly inTheWay?: RowsInTheWay;
  /**
   * The statements in order, each to be sent alone: some can't run in a transaction. A line that begins with `--` is a comment. Empty if no
   * statement is right for everybody.
   */
  readonly sql: readonly string[];
}

/** Rows for which PostgreSQL would refuse a statement. */
export interface RowsInTheWay {
  readonly rows: number;
  /** The query that lists them. */
  readonly query: string;
}

/** A table that stays as it is, where it is. */
export interface TableLeftAlone {
  /** As in `core.social_threads`. */
  readonly table: string;
  readonly rows: number;
  /** In one sentence, with the way to take it over by hand if there is one. */
  readonly reason: string;
}

/**
 * How far a database is from the baseline.
 *
 * - `ready`: `baseline` and `migrate` take it as it is. Steps may be left that only make it tidier.
 * - `to-do`: they take it when the script has run.
 * - `undecided`: the script has parts that people decide about first.
 * - `already-recorded`: it has been adopted. `check` compares it with the models.
 * - `empty`: it has none of the tables.
 */
export type AdoptStatus = 'ready' | 'to-do' | 'undecided' | 'already-recorded' | 'empty';

/** What makes a database the one that the baseline describes. Plain data, the same as the command prints with `--json`. */
export interface AdoptReport {
  /** The version of this shape. It grows when a property goes or changes its meaning. */
  readonly version: 1;
  readonly database: string;
  readonly status: AdoptStatus;
  /** Steps while all clients go on. */
  readonly online: readonly AdoptStep[];
  /** Steps that clients may notice, so that each is a step of a plan. */
  readonly moves: readonly AdoptStep[];
  /** Steps that people decide about. */
  readonly decide: readonly AdoptStep[];
  /** Tables that are not adopted. */
  readonly leftAlone: readonly TableLeftAlone[];
  /** How many other deviations are taken as they are. */
  readonly taken: number;
}
