import type { Domain } from './domains.ts';

/** What entries that warn have in common. */
export interface RenameLifetime {
  /** The version of this package in which the canonical name appeared, as `major.minor.patch`. */
  readonly since: string;
  /** The version in which the old name goes. Without it the old name is kept for good and nobody is warned. */
  readonly removedIn?: string;
  /** Why it moved, in one sentence for people. */
  readonly reason: string;
}

/** A table that moved: it is renamed by a migration of its own, and a view stays under the old name. */
export interface TableRename extends RenameLifetime {
  readonly kind: 'table';
  /** Old name with its PostgreSQL schema, as in `public.messages`. */
  readonly from: string;
  /** Canonical name with its PostgreSQL schema, as in `public.customer_messages`. */
  readonly to: string;
  /** The migration that renames it. Tables of one migration become its numbered steps, in the order of the entries. */
  readonly migration: string;
}

/** A module whose symbols all moved to one domain and kept their names. */
export interface ModuleRename extends RenameLifetime {
  readonly kind: 'module';
  /** Old import path without the package's name, as in `models/booking`. */
  readonly from: string;
  readonly to: Domain;
  /** What the old module exported. */
  readonly symbols: readonly string[];
}

/** A module that gathered others: it exported all that the modules under its path exported. */
export interface BarrelRename extends RenameLifetime {
  readonly kind: 'barrel';
  /** Old import path without the package's name, as in `models`. */
  readonly from: string;
}

/** A symbol that got a new name, or that parted from the other symbols of its old module. */
export interface SymbolRename extends RenameLifetime {
  readonly kind: 'symbol';
  /** Old module and the name it exported, as in `models/social#SocialAccount`. */
  readonly from: string;
  /** Domain and canonical name, as in `lead#BusinessSocialAccount`. */
  readonly to: `${Domain}#${string}`;
}

/**
 * A module that services had as a file of their own and this package never had: it is in the import map, for the codemod with
 * `--legacy-root`, but has no import path here, so nobody is warned and nothing goes.
 */
export interface ServiceModuleRename {
  readonly kind: 'service-module';
  /** The module's path under the service's source folder, as in `db/models/lead`. Entries of one path complete each other. */
  readonly from: string;
  readonly to: Domain;
  /** Symbols that kept their names. */
  readonly symbols: readonly string[];
  /** Canonical names of the symbols that got another name, by their old names. */
  readonly renamed?: { readonly [name: string]: string };
  /** The version of this package that has them first, as `major.minor.patch`. */
  readonly since: string;
  /** Why it moved, in one sentence for people. */
  readonly reason: string;
}

/** One entry of the registry. */
export type Rename = TableRename | ModuleRename | BarrelRename | SymbolRename | ServiceModuleRename;
