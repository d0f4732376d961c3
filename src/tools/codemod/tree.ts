import { type Dirent, existsSync, lstatSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import ignore, { type Ignore } from 'ignore';
import { InvalidInput } from '../../errors.ts';
import { isSource } from './syntax.ts';

/** A file that was not read as source, and why. */
export interface SkippedFile {
  /** Absolute. */
  readonly path: string;
  readonly reason: 'symbolic-link' | 'binary' | 'utf-16' | 'huge' | 'unreadable' | 'not-source' | 'old-module';
}

/** The source files at and under some paths. */
export interface SourceTree {
  /** Absolute, in name order, without duplicates. */
  readonly files: readonly string[];
  /** All other files, in name order. They are not moved, but may mention old modules. */
  readonly others: readonly string[];
  /** The symbolic link that leads to a file outside of the paths, by the file. Both are absolute. */
  readonly links: ReadonlyMap<string, string>;
  readonly skipped: readonly SkippedFile[];
  /** `.gitignore` files that could not be read, one sentence each. */
  readonly warnings: readonly string[];
  /** The JSON files of each visited folder, which may define aliases for its source files. */
  readonly jsonFiles: ReadonlyMap<string, readonly string[]>;
}

/** What to leave out. */
export interface TreeOptions {
  /** Whether `.gitignore` files apply. Default: true. */
  readonly gitignore?: boolean | undefined;
  /** Patterns of files and folders to leave out, as lines of a `.gitignore` in `cwd`. */
  readonly exclude?: readonly string[] | undefined;
  /** Called for each source file that is found, with the count so far. */
  readonly onFile?: (count: number) => void;
}

/**
 * Finds the source files at and under some paths, and all others. `node_modules`, folders of version control and ignored files are
 * not visited, unless a path names them explicitly. Symbolic links are followed only if a path names them; what they lead to
 * outside of the paths is among the others. A folder that cannot be read is skipped.
 *
 * @throws {InvalidInput} if a path does not exist.
 */
export function findSources(paths: readonly string[], cwd: string, options: TreeOptions = {}): SourceTree {
  const seen: Seen = {
    files: new Set(),
    others: new Set(),
    links: new Map(),
    foundLinks: [],
    skipped: new Map(),
    jsonFiles: new Map(),
    warnings: [],
    onFile: options.onFile,
  };
  const named: string[] = [];
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
    named.push(realpathSync(absolute));
  }
  for (const real of named) {
    const stats = statSync(real);
    const excluded = readExcluded(real, stats.isDirectory(), cwd, options.exclude);
    if (isIgnored(excluded, real, stats.isDirectory())) continue;
    if (stats.isDirectory()) {
      const rules = options.gitignore === false ? undefined : readRulesAbove(real, seen);
      walk(real, { rules: isIgnored(rules, real, true) ? null : rules, excluded, link: undefined }, seen);
    } else if (stats.isFile() && isSource(real)) {
      seen.files.add(real);
    } else {
      skip(real, 'not-source', seen);
      if (stats.isFile()) seen.others.add(real);
    }
  }
  // The list grows by links behind links.
  for (const link of seen.foundLinks) followLink(link, named, cwd, options, seen);
  const { skipped, warnings, jsonFiles, links } = seen;
  return {
    files: [...seen.files].sort(),
    others: [...seen.others].sort(),
    links,
    skipped: [...skipped.values()],
    warnings,
    jsonFiles,
  };
}

/** What a walk has found so far. */
interface Seen {
  readonly files: Set<string>;
  readonly others: Set<string>;
  readonly links: Map<string, string>;
  /** Symbolic links, in the order in which they were found. */
  readonly foundLinks: string[];
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

/** How a folder is walked. */
interface Walk {
  /** Of `.gitignore` files; undefined if they do not apply. */
  readonly rules: Rules | undefined | null;
  readonly excluded: Rules | undefined;
  /** The symbolic link that led here, if one did. */
  readonly link: string | undefined;
}

function walk(folder: string, { rules: rulesAbove, excluded, link }: Walk, seen: Seen): void {
  const entries = readEntries(folder);
  if (!entries) {
    skip(folder, 'unreadable', seen);
    return;
  }
  const names = entries.flatMap(({ name }) => (name.endsWith('.json') ? [name] : []));
  seen.jsonFiles.set(folder, names);
  const own = rulesAbove !== undefined && entries.some((entry) => entry.name === '.gitignore' && !entry.isDirectory());
  const rules = own ? addRules(folder, join(folder, '.gitignore'), rulesAbove, seen) : rulesAbove;
  const isLeftOut = (path: string, isFolder: boolean): boolean =>
    isIgnored(rules, path, isFolder) || isIgnored(excluded, path, isFolder);
  for (const entry of entries) {
    const path = folder + sep + entry.name;
    if (entry.isDirectory()) {
      if (neverEntered.has(entry.name) || isLeftOut(path, true)) continue;
      if (link === undefined || !seen.jsonFiles.has(path)) walk(path, { rules, excluded, link }, seen);
    } else if (entry.isFile()) {
      if (!isLeftOut(path, false)) addFile(path, link, seen);
    } else if (entry.isSymbolicLink() && !neverEntered.has(entry.name)) {
      const isFolder = leadsToFolder(path);
      if (isLeftOut(path, isFolder)) continue;
      if (isFolder || isSource(entry.name)) skip(path, 'symbolic-link', seen);
      seen.foundLinks.push(path);
    }
  }
}

function addFile(path: string, link: string | undefined, seen: Seen): void {
  if (link !== undefined) {
    if (seen.files.has(path) || seen.others.has(path)) return;
    seen.others.add(path);
    seen.links.set(path, link);
  } else if (isSource(path)) {
    seen.files.add(path);
    seen.onFile?.(seen.files.size);
  } else {
    seen.others.add(path);
  }
}

/** Adds what a symbolic link leads to, unless it leads to nothing, into what is left out, or to a folder around a named path. */
function followLink(link: string, named: readonly string[], cwd: string, options: TreeOptions, seen: Seen): void {
  const real = findRealPath(link);
  const stats = real === undefined ? undefined : statSync(real, { throwIfNoEntry: false });
  if (real === undefined || !stats || real.split(sep).some((name) => neverEntered.has(name))) return;
  const rules = options.gitignore === false ? undefined : readRulesAbove(real, seen);
  const excluded = readExcluded(real, stats.isDirectory(), cwd, options.exclude);
  if (isIgnored(rules, real, stats.isDirectory()) || isIgnored(excluded, real, stats.isDirectory())) return;
  if (stats.isFile()) addFile(real, link, seen);
  if (!stats.isDirectory() || seen.jsonFiles.has(real) || named.some((path) => isWithin(path, real))) return;
  walk(real, { rules, excluded, link }, seen);
}

function findRealPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

/** The excluded patterns for a named path. They are relative to `cwd`, or to the path itself if it is outside of `cwd`. */
function readExcluded(
  real: string,
  isFolder: boolean,
  cwd: string,
  patterns: readonly string[] | undefined,
): Rules | undefined {
  if (!patterns?.length) return undefined;
  const folder = isWithin(real, cwd) ? cwd : isFolder ? real : dirname(real);
  return { folder, ignore: ignore({ ignorecase: ignoresCase }).add([...patterns]), above: undefined };
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
    if (each.folder === path || !isWithin(path, each.folder)) continue;
    const within = path.slice(each.folder.length + (each.folder.endsWith(sep) ? 0 : 1));
    const { ignored, unignored } = each.ignore.test(
      (sep === '/' ? within : within.replaceAll(sep, '/')) + (isFolder ? '/' : ''),
    );
    if (ignored || unignored) return ignored;
  }
  return false;
}
