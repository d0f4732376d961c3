import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** The entry points of the package, found by its folders. Each list is sorted. */
export interface EntryPoints {
  /** As in `core`: a folder of `src/` with tables. */
  readonly domains: readonly string[];
  /** What a domain offers besides tables, as in `identity/oauth`: a folder of its own with an `index.ts`. */
  readonly operations: readonly string[];
  /** What the package offers besides domains, as in `migrate`: a folder of `src/tools/` with an `index.ts`. */
  readonly tools: readonly string[];
}

/** Reads the entry points of the package from the folders under `root`. */
export function entryPoints(root: string): EntryPoints {
  const source = join(root, 'src');
  const withIndex = (folder: string): string[] =>
    readdirSync(join(source, folder))
      .filter((name) => existsSync(join(source, folder, name, 'index.ts')))
      .sort();
  const domains = withIndex('.').filter((name) => existsSync(join(source, name, 'zod.ts')));
  return {
    domains,
    operations: domains.flatMap((domain) => withIndex(domain).map((name) => `${domain}/${name}`)),
    tools: withIndex('tools'),
  };
}
