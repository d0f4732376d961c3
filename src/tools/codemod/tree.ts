import { type Dirent, existsSync, lstatSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import ignore, { type Ignore } from 'ignore';
import { InvalidInput } from '../../errors.ts';

/** A file that was not read, and why. */
export interface SkippedFile {
  /** Absolute. */
  readonly path: string;
  readonly reason: 'symbolic-link' | 'binary' | 'utf-16' | 'huge' | 'unreadable' | 'not-source' | 'old-module';
}

/** The source files at and under some paths. */
export interface SourceTree {
  /** Absolute, in name order, without duplicates. */
  readonly files: readonly string[];
  readonly skipped: readonly SkippedFile[];
  /** `.gitignore` files that could not be read, one sentence each. */
  readonly warnings: readonly string[];
  /** The JSON files of each visited folder, which may define aliases for its source files. */
  readonly jsonFiles: ReadonlyMap<string, readonly string[]>;
}

/**
 * Finds the source files at and under some paths. `node_modules`, folders of version control and ignored files are not visited,
 * unless a path names them explicitly. Symbolic links are followed only if a path names them. A folder that cannot be read is
 * skipped. `onFile` is called for each file that is found, with the count so far.
 *
 * @throws {InvalidInput} if a path does not exist.
 */
export function findSources(
  paths: readonly string[],
  cwd: string,
  useGitignore = true,
  onFile?: (count: number) => void,
): SourceTree {
  const files = new Set<string>();
  const skipped = new Map<string, SkippedFile>();
  const seen: Seen = { files, skipped, jsonFiles: new Map(), warnings: [], onFile };
  for (const path of paths) {
    const absolute = resolve(cwd, path);
    if (!existsSync(absolute)) {
      throw new InvalidInput({
        object: path,
        found: isSymbolicLink(absolute) ? 'a broken symbolic link' : 'nothing there',
        expected: 'a file or a folder',
        next: 'name the files or folders to look through, or none for the current folder',
      });
    }
    const real = realpathSync(absolute);
    const named = statSync(real);
    if (named.isDirectory()) {
      const rules = useGitignore ? readRulesAbove(real, seen) : undefined;
      walk(real, isIgnored(rules, real, true) ? null : rules, seen);
    } else if (named.isFile() && isSource(real)) files.add(real);
    else skip(real, 'not-source', seen);
  }
  const { warnings, jsonFiles } = seen;
  return { files: [...files].sort(), skipped: [...skipped.values()], warnings, jsonFiles };
}

/** What a walk has found so far. */
interface Seen {
  readonly files: Set<string>;
  readonly skipped: Map<string, SkippedFile>;
  readonly warnings: string[];
  /** The JSON files of each visited folder. */
  readonly jsonFiles: Map<string, string[]>;
  readonly onFile: ((count: number) => void) | undefined;
}

/** Rules of one `.gitignore`, for its folder and everything below. */
interface Rules {
  readonly folder: string;
  readonly ignore: Ignore;
  readonly above: Rules | undefined;
}

function walk(folder: string, rulesAbove: Rules | undefined | null, seen: Seen): void {
  const entries = readEntries(folder);
  if (!entries) {
    skip(folder, 'unreadable', seen);
    return;
  }
  const names = entries.flatMap(({ name }) => (name.endsWith('.json') ? [name] : []));
  seen.jsonFiles.set(folder, names);
  const own = rulesAbove !== undefined && entries.some((entry) => entry.name === '.gitignore' && !entry.isDirectory());
  const rules = own ? addRules(folder, join(folder, '.gitignore'), rulesAbove, seen) : rulesAbove;
  for (const entry of entries) {
    const path = folder + sep + entry.name;
    if (entry.isDirectory()) {
      if (!neverEntered.has(entry.name) && !isIgnored(rules, path, true)) walk(path, rules, seen);
    } else if (isSource(entry.name) && !isIgnored(rules, path, false)) {
      if (entry.isFile()) {
        seen.files.add(path);
        seen.onFile?.(seen.files.size);
      } else if (entry.isSymbolicLink()) skip(path, 'symbolic-link', seen);
    } else if (entry.isSymbolicLink() && leadsToFolder(path) && !neverEntered.has(entry.name)) {
      if (!isIgnored(rules, path, true)) skip(path, 'symbolic-link', seen);
    }
  }
}

function readEntries(folder: string): Dirent[] | undefined {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return undefined;
  }
}

function skip(path: string, reason: SkippedFile['reason'], { skipped }: Seen): void {
  skipped.set(path, { path, reason });
}

const neverEntered = new Set(['node_modules', '.git', '.hg', '.svn']);

function isSource(name: string): boolean {
  return /\.[cm]?[jt]sx?$/.test(name);
}

function isSymbolicLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
}

function leadsToFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}

/** The rules that the folders above a folder define, up to the root of the repository; null outside of a repository. */
function readRulesAbove(folder: string, seen: Seen): Rules | null {
  const above: string[] = [];
  for (let each = folder; ; each = dirname(each)) {
    if (each !== folder) above.unshift(each);
    if (existsSync(join(each, '.git'))) break;
    if (dirname(each) === each) return null;
  }
  let rules: Rules | null = null;
  const [root = folder] = above;
  const excluded = join(root, '.git', 'info', 'exclude');
  if (existsSync(excluded)) rules = addRules(root, excluded, rules, seen);
  for (const each of above) {
    const file = join(each, '.gitignore');
    if (existsSync(file)) rules = addRules(each, file, rules, seen);
  }
  return rules;
}

function addRules(folder: string, file: string, above: Rules | null | undefined, { warnings }: Seen): Rules | null {
  try {
    const own = ignore({ ignorecase: ignoresCase }).add(readFileSync(file, 'utf8'));
    return { folder, ignore: own, above: above ?? undefined };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    warnings.push(`${file} could not be read, so its rules do not apply: ${message}`);
    return above ?? null;
  }
}

/** Whether Git's rules ignore case, as they do on file systems that ignore it. */
const ignoresCase = process.platform === 'darwin' || process.platform === 'win32';

/** Whether the nearest rule that matches a path ignores it. */
function isIgnored(rules: Rules | null | undefined, path: string, isFolder: boolean): boolean {
  for (let each = rules ?? undefined; each; each = each.above) {
    if (each.folder === path) continue;
    const within = path.slice(each.folder.length + (each.folder.endsWith(sep) ? 0 : 1));
    const { ignored, unignored } = each.ignore.test(
      (sep === '/' ? within : within.replaceAll(sep, '/')) + (isFolder ? '/' : ''),
    );
    if (ignored || unignored) return ignored;
  }
  return false;
}
