import type { Rename } from '../../src/registry/renames.ts';
import { commandsDocument } from './commands.ts';
import { errorsDocument } from './errors.ts';
import { grantsDocument } from './grants.ts';
import { importMapDocument } from './import-map.ts';
import { lintPresetsDocument } from './lint-presets.ts';
import { permissionsDocument } from './permissions.ts';
import { scopesDocument } from './scopes.ts';

/** The pages of `docs/reference/`, by their paths from the root, before formatting. */
export function referenceDocuments(root: string, renames: readonly Rename[]): [path: string, text: string][] {
  return [
    ['docs/reference/commands.md', commandsDocument()],
    ['docs/reference/errors.md', errorsDocument(root)],
    ['docs/reference/grants.md', grantsDocument()],
    ['docs/reference/import-map.md', importMapDocument(renames)],
    ['docs/reference/lint-presets.md', lintPresetsDocument(renames)],
    ['docs/reference/permissions.md', permissionsDocument()],
    ['docs/reference/scopes.md', scopesDocument()],
  ];
}
