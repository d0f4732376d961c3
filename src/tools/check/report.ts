import type { DescribedObject } from '../database/describe.ts';
import type { CheckStatus } from '../database-state.ts';
import type { AcceptedDifference } from '../deviations/accept.ts';
import type { ReportedDeviation } from '../deviations/report.ts';

/** What a database and the models are compared by, as in `table`. `record` is the list of the migrations that were applied, `privilege` one of others on a table. */
export type DifferenceKind = DescribedObject['kind'] | 'record' | 'statement' | 'privilege';

/** One object in which the database is not what the models say. */
export interface SchemaDifference {
  readonly kind: DifferenceKind;
  /** The object's name as in SQL, as in `public.bookings.notes`. */
  readonly object: string;
  /** The table or view that it belongs to, as in `public.bookings`. */
  readonly table?: string;
  /** The property that differs, as in `default`. Without it, the object is on one side only. */
  readonly property?: string;
  /** What the models say, as text. `null`: nothing, the object or property is not modelled. */
  readonly expected: string | null;
  /** What the database has, as text. `null`: nothing. */
  readonly found: string | null;
  /** Who found it: our reading of the catalogs, or drizzle-kit's diff where ours sees nothing. */
  readonly foundBy: 'catalogs' | 'drizzle-kit';
  /** What would fix it: a statement or a comment each, to be run in this order and outside a transaction. Never run here. */
  readonly sql: readonly string[];
  /** What a policy that is not expected, or somebody else's right or trigger, does to station access. */
  readonly breach?: string;
}

/** A difference that stays on purpose, with the reason from the accept file. */
export interface KnownDifference extends SchemaDifference {
  readonly reason: string;
}

/** A view under an old table name, which the registry of renames knows and which is as it should be. */
export interface TransitionalView {
  /** The old name, as in `public.messages`. */
  readonly view: string;
  /** The table that it shows, as in `public.customer_messages`. */
  readonly table: string;
  /** The version of the package in which the old name goes. Without it the view stays. */
  readonly removedIn?: string;
}

/** A table that the plan leaves in the database without a model. */
export interface RetiredTableRows {
  readonly table: string;
  /** How many rows it holds, exactly. */
  readonly rows: number;
  readonly reason: string;
}

/** Something that is not of this package and hangs on nothing that is. */
export interface UnknownObject {
  readonly kind: DescribedObject['kind'];
  readonly object: string;
}

/**
 * Rows whose reference leads to no row. No foreign key stands behind the reference, and the models allow it to lead nowhere: the
 * database agrees all the same, and whether to fix such rows is for people to decide.
 */
export interface OrphanedRows {
  /** As in `CustomerSocialIdentity.customer`. */
  readonly relation: string;
  /** The column that refers, as in `public.customer_social_identities.customer_id`. */
  readonly from: string;
  /** The column that it refers to, as in `public.customers.id`. */
  readonly to: string;
  readonly rows: number;
  /** Primary keys of up to five of the rows, as text. */
  readonly examples: readonly string[];
  /** What would fix it. Never run here. */
  readonly sql: readonly string[];
}

/** Models of the package that stand for the same thing. */
export interface DuplicateModel {
  /** `table`: several models for one table. `entity`: one name for several tables. */
  readonly kind: 'table' | 'entity';
  /** The table or the entity, as in `public.bookings` or `Booking`. */
  readonly name: string;
  /** The models, as in `core#Booking`. */
  readonly models: readonly string[];
}

/** What came of drizzle-kit's own diff. */
export type KitReport =
  /** It ran. `statements`: how many it would run; each is among the differences, or covered by one of ours. */
  | { readonly status: 'compared'; readonly statements: number }
  | { readonly status: 'not-installed' }
  /** It is of a version that does not fit, or does not load. */
  | { readonly status: 'unusable'; readonly reason: string }
  /** It gave up, and our own comparison found differences all the same. Where it found none, `check` throws. */
  | { readonly status: 'failed'; readonly reason: string }
  /** It was not asked for, or there was nothing to compare yet. */
  | { readonly status: 'not-asked' };

/** Whether a database agrees with the models, and what differs. Plain data, the same as the command prints with `--json`. */
export interface CheckReport {
  /** The version of this shape. It grows when a property goes or changes its meaning. */
  readonly version: 1;
  /**
   * `agrees`: `differs` and `duplicates` are empty. `differs`: they are not. On a database that is `empty`, `unrecorded` or
   * `partly-migrated`, the `pending` migrations come first, and nothing else is compared.
   */
  readonly status: CheckStatus;
  /** The migrations that the database has yet to run, oldest first. */
  readonly pending: readonly string[];
  readonly differs: readonly SchemaDifference[];
  /** What differs and stays on purpose. The database agrees all the same. */
  readonly accepted: readonly KnownDifference[];
  /** Entries of the accept file that match nothing. */
  readonly unusedAccept: readonly AcceptedDifference[];
  /** What differs without mattering. The database agrees all the same. */
  readonly notes: readonly ReportedDeviation[];
  readonly transitional: readonly TransitionalView[];
  readonly retired: readonly RetiredTableRows[];
  readonly unknown: readonly UnknownObject[];
  readonly orphans: readonly OrphanedRows[];
  readonly duplicates: readonly DuplicateModel[];
  readonly drizzleKit: KitReport;
  /** Whether services may enter a station by the id of a user alone, or have to show a token; `null` if that cannot be read. */
  readonly entryByUserId: boolean | null;
}
