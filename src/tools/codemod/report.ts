import type { Colors } from 'picocolors/types.js';
import { counted } from '../counted.ts';
import type { CodemodFile, CodemodFilesResult } from './files.ts';
import type { Change, Left } from './result.ts';
import type { SkippedFile } from './tree.ts';

/** The result as data: what `--json` prints. Its shape changes only with `version`. */
export interface CodemodReport {
  readonly version: 1;
  /** Whether `--write` was given. */
  readonly written: boolean;
  readonly summary: CodemodSummary;
  readonly files: readonly CodemodFile[];
  /** Files that were not read as source; paths relative to the current folder. */
  readonly skipped: readonly SkippedFile[];
  readonly warnings: readonly string[];
}

/** The result in numbers. */
export interface CodemodSummary {
  readonly filesRead: number;
  readonly filesChanged: number;
  /** Moves of a symbol, or of a module if no symbol was named. */
  readonly moved: number;
  /** Places left for a person. */
  readonly left: number;
  readonly filesSkipped: number;
  readonly interrupted: boolean;
}

/** Counts the result. */
export function summarise({ files, skipped, read, interrupted }: CodemodFilesResult): CodemodSummary {
  return {
    filesRead: read,
    filesChanged: files.filter((file) => file.changed).length,
    moved: files.reduce((sum, file) => sum + file.changes.length, 0),
    left: files.reduce((sum, file) => sum + file.left.length, 0),
    filesSkipped: skipped.length,
    interrupted,
  };
}

/** The lines of `--check`: each old import, and its new place or why a person must decide. */
export function renderCheckLines(file: CodemodFile, colours: Colors): string {
  const lines = [
    ...file.changes.map(({ line, column, from, to }) => ({ line, column, text: `${from} → ${colours.green(to)}` })),
    ...file.left.map((left) => ({ ...left, text: `${left.from} → ${colours.red(left.message)}` })),
  ].sort((one, other) => one.line - other.line || one.column - other.column);
  return lines.map(({ line, column, text }) => `${file.path}:${line}:${column} ${text}\n`).join('');
}

/** The lines of `--check` for what could not be read: nobody knows what it holds. */
export function renderUnread(skipped: readonly SkippedFile[], colours: Colors): string {
  return skipped
    .flatMap(({ path, reason }) =>
      reason === 'unreadable' ? [`${path}:1:1 → ${colours.red('it cannot be read, and may hold old imports')}\n`] : [],
    )
    .sort()
    .join('');
}

/** Lists the moves that are worth a look, and the imports that are left for a person. */
export function renderRemarks(files: readonly CodemodFile[], colours: Colors): string {
  const list = (heading: string, lines: readonly string[]): string =>
    lines.length === 0 ? '' : `${heading}\n${lines.map((line) => `  ${line}\n`).join('')}\n`;
  const at = (file: CodemodFile, { line, column }: Change | Left): string => `${file.path}:${line}:${column}`;
  return (
    list(
      colours.bold('Worth a look:'),
      files.flatMap((file) =>
        file.changes.flatMap((change) =>
          change.note === undefined ? [] : `${at(file, change)} ${change.from} → ${change.to}: ${change.note}`,
        ),
      ),
    ) +
    list(
      colours.bold('Left for a person:'),
      files.flatMap((file) => file.left.map((left) => `${at(file, left)} ${left.from}: ${colours.red(left.message)}`)),
    )
  );
}

/** Renders the summary in sentences. */
export function renderSummary(summary: CodemodSummary, skipped: readonly SkippedFile[], written: boolean): string {
  const { filesRead, filesChanged, moved, left, interrupted } = summary;
  const verb = written ? 'changed' : 'would change';
  const sentences = [
    `${interrupted ? 'Interrupted. ' : ''}${counted(filesRead, 'file')} read, ${filesChanged} ${verb}: ${counted(moved, 'symbol')} moved, ${counted(left, 'place')} left for a person.`,
  ];
  for (const [reason, words] of Object.entries(skippedFor)) {
    const those = skipped.filter((file) => file.reason === reason);
    if (those.length === 0) continue;
    const named = those.slice(0, 3).map((file) => file.path);
    const more = those.length > named.length ? ', …' : '';
    sentences.push(`Skipped ${counted(those.length, 'file')}, ${words}: ${named.join(', ')}${more}`);
  }
  return `${sentences.join('\n')}\n`;
}

const skippedFor: { readonly [reason in SkippedFile['reason']]: string } = {
  'symbolic-link': 'because symbolic links are not followed',
  binary: 'which are binary',
  'utf-16': 'which are in UTF-16',
  huge: 'which are too large to be written by hand',
  unreadable: 'which cannot be read',
  'not-source': 'which are neither JavaScript nor TypeScript',
  'old-module': 'which are old modules themselves',
};
