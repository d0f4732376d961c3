import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

/** What is read: folders with everything below them, and single files. */
const places = ['src', 'scripts', 'test', 'bench', 'README.md', 'docs', 'CONTRIBUTING.md', 'CHANGELOG.md'];

/** Not English of ours: fixtures are sources of other people, and this file has to name what it forbids. */
const exempt = ['test/fixtures', 'test/english.test.ts'];

/** What a native engineer would not write, with what to write instead. Released migrations keep the `mending` of their SQL. */
const forbidden: readonly { readonly phrase: RegExp; readonly instead: string }[] = [
  { phrase: /\bmend(?:s|ed)?\b|\bmending\b(?! (?:text )?:=| \|\|)/i, instead: 'fix, repair, correct' },
  { phrase: /\banew\b/i, instead: 'again' },
  { phrase: /\bwhoever\b/i, instead: 'the caller, anybody who' },
  { phrase: /(?<!\bthere )\bis no (?!longer\b|more\b|matter\b|higher\b)[a-z]/i, instead: 'is not a' },
  { phrase: /\bwhat (?:[\w-]+ ){0,3}is no\b/i, instead: 'a value that is not a' },
  { phrase: /\bnothing where\b/i, instead: 'undefined if' },
  { phrase: /\bwhere (?:there is none|there is no|there is one|not given)\b/i, instead: 'if there is no, default:' },
];

function isUnder(path: string, folders: readonly string[]): boolean {
  return folders.some((folder) => path === folder || path.startsWith(`${folder}/`));
}

/** The files below a path that hold text of ours, by their paths from the root. */
function listFiles(path: string): string[] {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats || isUnder(path, exempt)) return [];
  if (stats.isDirectory()) return readdirSync(path).flatMap((name) => listFiles(join(path, name)));
  return /\.(?:[cm]?[jt]s|md)$/.test(path) ? [path] : [];
}

/** The lines of a text with a forbidden phrase, as `src/a.ts:12: …`. A phrase may go over the end of a line of a comment. */
function findPhrases(path: string, text: string): string[] {
  return text.split('\n').flatMap((line, index, lines) => {
    const next = lines[index + 1] ?? '';
    const isContinued = /^\s*(?:\*|\/\/)/.test(next);
    const joined = isContinued ? `${line} ${next.replace(/^\s*(?:\*|\/\/)\s*/, '')}` : line;
    return forbidden.flatMap(({ phrase, instead }) => {
      const found = phrase.exec(joined);
      return found && found.index < line.length
        ? [`${path}:${index + 1}: found "${found[0]}"; expected "${instead}"`]
        : [];
    });
  });
}

describe('the English of sources, tests and documents', () => {
  test('has none of the words that a native engineer would not write', () => {
    const files = places.flatMap(listFiles);
    expect(files.length).toBeGreaterThan(200);
    expect(files.flatMap((path) => findPhrases(path, readFileSync(path, 'utf8')))).toEqual([]);
  });

  test.each([
    ['// Mends what differs.', 'Mends'],
    ['the SQL that would mend it', 'mend'],
    ['// a mending statement', 'mending'],
    ['install it anew', 'anew'],
    ['Whoever asks may not do it.', 'Whoever'],
    ['a text that is no UUID', 'is no U'],
    ['What is no role ranks highest.', 'is no r'],
    ['/** The role, or nothing where there is none. */', 'nothing where'],
    ['makes the table where there is none', 'where there is none'],
    [' * What a text is, if it is\n * no name.', 'is no n'],
  ])('is checked: %j', (text, phrase) => {
    expect(findPhrases('a.ts', text).join()).toContain(`a.ts:1: found "${phrase}"`);
  });

  test.each(['is no longer there', 'recommending a commendable amendment', 'renewed', 'import { mendingSql }'])(
    'is not touched: %j',
    (text) => expect(findPhrases('a.ts', text)).toEqual([]),
  );
});
