import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TableRename } from '../../src/registry/renames.ts';

/** Lines of a file, counted from 1. */
export interface FileLines {
  /** From the root of the package. */
  readonly file: string;
  readonly line: number;
  readonly endLine: number;
  readonly text: string;
}

/** The edits that go with the views: made by hand, because they are for readers. */
export interface ReleaseNotes {
  /** The entries to remove from the registry. */
  readonly registry: readonly FileLines[];
  /** Lines of the changelog that announce the removal. They stay: they belong to the version that deprecated the names. */
  readonly announced: readonly FileLines[];
  /** Lines to add to the changelog, under `Removed` of the release. */
  readonly toAdd: readonly string[];
}

/** The lines of registry and changelog that go with the removal of old names. */
export function releaseNotes(root: string, entries: readonly TableRename[], release: string): ReleaseNotes {
  return {
    registry: entries.flatMap((entry) => registryLines(root, entry)),
    announced: announcements(root, entries),
    toAdd: [
      `## [${release}] - Unreleased`,
      '',
      '### Removed',
      '',
      ...entries.map(({ from, to }) => `- The old table name \`${shown(from)}\`. Use \`${shown(to)}\`.`),
    ],
  };
}

const shown = (name: string): string => name.replace(/^public\./, '');

function registryLines(root: string, { from }: TableRename): FileLines[] {
  const file = 'src/registry/renames.ts';
  const source = readFileSync(join(root, file), 'utf8');
  const entry = [...source.matchAll(/\{[^{}]*\},?/g)].find(
    ([text]) => /kind: 'table'/.test(text) && text.includes(`from: '${from}'`),
  );
  if (!entry) return [];
  const lineAt = (offset: number) => source.slice(0, offset).split('\n').length;
  return [{ file, line: lineAt(entry.index), endLine: lineAt(entry.index + entry[0].length), text: entry[0] }];
}

/** The lines under `Deprecated` that name the version of the removal, and tables. */
function announcements(root: string, entries: readonly TableRename[]): FileLines[] {
  const file = 'CHANGELOG.md';
  if (!existsSync(join(root, file))) return [];
  const versions = new Set(entries.flatMap(({ removedIn }) => removedIn ?? []));
  let heading = '';
  return readFileSync(join(root, file), 'utf8')
    .split('\n')
    .flatMap((text, index) => {
      if (text.startsWith('#')) heading = text;
      const names = /table name/i.test(text) && [...versions].some((version) => text.includes(version));
      return heading === '### Deprecated' && names ? [{ file, line: index + 1, endLine: index + 1, text }] : [];
    });
}
