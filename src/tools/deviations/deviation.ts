import type { DescribedObject } from '../database/describe.ts';
import type { DeviationKind, Treatment } from './kinds.ts';

/** One respect in which a database is not what it should be, with what is done about it. */
export interface Deviation {
  readonly kind: DeviationKind;
  readonly treatment: Treatment;
  /** The table that it belongs to, as the expected description names it: `public.bookings`. Without it, an enum or a schema. */
  readonly table?: string;
  /** What deviates, as in `public.bookings.notes`: named as expected, or as found if it is only there. */
  readonly object: string;
  /** What the object is: that of `expected`, or of `found` if it is only there. */
  readonly objectKind: DescribedObject['kind'];
  /** The property that deviates, as in `default`. Without it, the object is on one side only, or deviates as a whole. */
  readonly property?: string;
  /** The object as it should be. Without it, nothing of the kind is expected. */
  readonly expected?: DescribedObject;
  /** The object as it is, under the names that it has in the database. Without it, there is none. */
  readonly found?: DescribedObject;
  /** `meeting-tables`: the tables that may be meant, as in `core.social_threads` and `lead.social_threads`. */
  readonly candidates?: readonly string[];
  /** What is the case, for people, as in `no default; expected now()`. It does not repeat the object's name. */
  readonly words: string;
}

/** A table of the expected description, with the table of the database that it is. */
export interface TablePair {
  /** As in `public.social_threads`. */
  readonly expected: string;
  /** As in `lead.social_threads`. */
  readonly found: string;
}

export interface DeviationOptions {
  /** Tables that station access guards, under the names of the expected description. @default none */
  readonly guarded?: ReadonlySet<string>;
  /**
   * Names under which a table may also be found, by its expected name: `public.business_social_accounts` for `public.social_accounts`.
   * @default none
   */
  readonly otherNames?: ReadonlyMap<string, string>;
  /** Found tables that the operator named for the expected ones, where several could be meant. @default none */
  readonly chosen?: readonly string[];
  /** What PostgreSQL makes of defaults and checks that read differently: see `readNormalForms`. @default none: texts are compared */
  readonly normalForms?: NormalForms;
}

/** The normal forms of expressions by their texts: of checks by `constraint` and of defaults by `column`, within a table. */
export interface NormalForms {
  /** @returns undefined if PostgreSQL could not read the expression. */
  find(object: DescribedObject, side: 'expected' | 'found'): string | undefined;
}
