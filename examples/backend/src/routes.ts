import { readdirSync } from 'node:fs';
import { extname } from 'node:path';
import type { Route } from './route.ts';

/** The routes of a folder, which gives them their heading in the document. */
export interface RouteFolder {
  readonly name: string;
  readonly routes: readonly Route[];
}

/** Reads the folders of `routes/`: one that is added there is served, and nothing else changes. */
export async function readRoutes(): Promise<RouteFolder[]> {
  const folder = new URL('./routes/', import.meta.url);
  // As TypeScript or built, as this file is.
  const index = `index${extname(import.meta.url)}`;
  const names = readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? entry.name : [],
  );
  return Promise.all(
    names.sort().map(async (name) => {
      const { default: routes } = (await import(new URL(`${name}/${index}`, folder).href)) as { default: Route[] };
      return { name, routes };
    }),
  );
}
