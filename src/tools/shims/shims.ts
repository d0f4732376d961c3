import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import type { ParseResult } from 'oxc-parser';
import { InvalidInput, NotSetUp } from '../../errors.ts';
import { type OldModule, oldModules } from '../../registry/old-modules.ts';
import { type Rename, renames } from '../../registry/renames.ts';
import { applyEdits, createLocator } from '../codemod/edits.ts';
import { putFile } from '../codemod/replace-file.ts';
import { parse } from '../codemod/syntax.ts';
import { readLineEnd } from '../codemod/text-layout.ts';
import { findEffect } from './effects.ts';
import { keepRest } from './partial.ts';
import { movedPaths } from './relative-paths.ts';

/** What happened to one old model file, or would happen. */
export interface ShimFile {
  /** The file, relative to the legacy root. */
  readonly file: string;
  /** The package path that it re-exports, as in `canonical-models/models/booking`. */
  readonly shim: string;
  /**
   * `moved`: the old file is in `DEPRECATED/`, and a re-export replaces it (or would, in a dry run). `partial`: likewise, but the
   * file keeps what the package does not have. `already`: it already re-exports all that the package has. `refused`: it stays, for
   * the given reason.
   */
  readonly status: 'moved' | 'partial' | 'already' | 'refused';
  /** Where the old file is now, relative to the legacy root. */
  readonly movedTo?: string;
  /** What the old file exports and the package's path does not. */
  readonly missing?: readonly string[];
  /** Why it was refused, in words. */
  readonly reason?: string;
}

export interface ShimsReport {
  readonly legacyRoot: string;
  /** Whether files were changed. */
  readonly written: boolean;
  readonly files: readonly ShimFile[];
}

export interface ShimsOptions {
  /** The folder that contains the old modules: `src` for `src/models/booking.ts`. */
  readonly legacyRoot: string;
  /** Whether to change files. Without it nothing is written. */
  readonly write?: boolean;
  /** Whether a file that exports more than the package keeps the rest. Without it such a file is refused. */
  readonly partial?: boolean;
  /** The registry. The package's own by default. */
  readonly renames?: readonly Rename[];
}

const extensions = ['ts', 'tsx', 'mts', 'cts', 'js', 'jsx', 'mjs', 'cjs'];
const packageName = 'canonical-models';
const retreat = 'DEPRECATED';

/**
 * Retires the old model files of a service: moves each to `DEPRECATED/` beside it and replaces it with a re-export of the
 * package's old path, which has the same names, warns, and is struck through by editors. If a file exports anything that the
 * package's path does not have, it stays and the report lists what is missing; with `partial` it keeps that, and a copy of the old
 * file goes to `DEPRECATED/`. A file whose loading does more than declare stays, as does one with `export =`. The relative paths of a moved file are rewritten;
 * a file with one that can't be understood stays, too. A second run finds nothing to do.
 *
 * @throws {InvalidInput} if the legacy root is not a folder.
 * @throws {NotSetUp} if a file can't be written; that file is left unchanged.
 *
 * @example
 * const { files } = await shims({ legacyRoot: 'src' });
 * const refused = files.filter(({ status }) => status === 'refused');
 */
export async function shims(options: ShimsOptions): Promise<ShimsReport> {
  const { legacyRoot, write = false } = options;
  if (!existsSync(legacyRoot) || !statSync(legacyRoot).isDirectory()) {
    throw new InvalidInput({
      object: legacyRoot,
      found: 'no such folder',
      expected: 'the folder that contains the old modules, such as src for src/models/booking.ts',
      next: 'canonical-models shims --legacy-root src',
    });
  }
  const modules = oldModules(options.renames ?? renames).filter(({ removedIn }) => removedIn !== undefined);
  const found = modules.flatMap((module) => filesOf(legacyRoot, module).map((file) => ({ module, file })));
  // All exports are read before any file is moved: barrels follow `export *` to the old files.
  const plans = found.map(({ module, file }) => plan(options, module, file));
  if (write) for (const planned of plans) if (planned.change) carryOut(planned.change);
  return { legacyRoot, written: write, files: plans.map(({ report }) => report) };
}

function filesOf(legacyRoot: string, { path }: OldModule): string[] {
  return [path, `${path}/index`]
    .flatMap((file) => extensions.map((extension) => join(legacyRoot, `${file}.${extension}`)))
    .filter((file) => existsSync(file));
}

interface ChangeOfFile {
  readonly file: string;
  readonly target: string;
  readonly movedText: string;
  readonly shimText: string;
}

function plan(
  { legacyRoot, partial = false }: ShimsOptions,
  module: OldModule,
  file: string,
): { readonly report: ShimFile; readonly change?: ChangeOfFile } {
  const shim = `${packageName}/${module.path}`;
  const text = readFileSync(file, 'utf8');
  const target = join(dirname(file), retreat, basename(file));
  const common = { file: portable(relative(legacyRoot, file)), shim };
  const refused = (reason: string, missing?: readonly string[]) => ({
    report: { ...common, status: 'refused' as const, reason, ...(missing && { missing }) },
  });

  const parsed = parse(file, text);
  if (!parsed) return refused('it does not parse');
  if (isReExportOf(parsed, shim)) return { report: { ...common, status: 'already' } };
  if (parsed.program.body.some(({ type }) => type === 'TSExportAssignment')) {
    return refused('it has `export =`, which a re-export cannot replace');
  }
  if (!parsed.module.hasModuleSyntax) return refused('it has no import or export, so its exports are unknown');
  const { names, unknown } = exportsOf(file, parsed);
  if (unknown.length > 0) return refused(`the exports of ${unknown.join(' and ')} are unknown`);
  const provided = new Set(module.symbols.map(({ name }) => name));
  const missing = [...names].filter((name) => !provided.has(name));
  const toMove = [...names].filter((name) => provided.has(name) && !isFromShim(parsed, shim, name));
  if (missing.length > 0 && toMove.length === 0 && missing.length < names.size) {
    return { report: { ...common, status: 'already' } };
  }
  if (existsSync(target)) return refused(`${portable(relative(legacyRoot, target))} already exists`);
  if (missing.length > 0 && (!partial || toMove.length === 0)) {
    return refused(`${shim} does not have ${missing.join(', ')}`, missing);
  }

  const { edits, unclear } = movedPaths(file, text, parsed);
  if (unclear.length > 0) {
    const position = createLocator(text);
    const lines = unclear.map(({ start, reason }) => `${common.file}:${position(start).line}: ${reason}`);
    return refused(`from ${retreat}/ this would lead elsewhere, and is not understood: ${lines.join('; ')}`);
  }

  const effect = findEffect(parsed);
  if (effect) {
    const { line } = createLocator(text)(effect.start);
    return refused(`${effect.what}, and a re-export would not: ${common.file}:${line}`);
  }

  const movedTo = portable(relative(legacyRoot, target));
  if (missing.length > 0) {
    const rest = keepRest(text, parsed, shim, (name) => toMove.includes(name));
    if ('refused' in rest) return refused(`it cannot be taken apart: ${rest.refused}`, missing);
    return {
      report: { ...common, status: 'partial', movedTo, missing },
      change: { file, target, movedText: applyEdits(text, edits), shimText: rest.text },
    };
  }

  const end = readLineEnd(text);
  const shimText = `// The models that stood here are in ${packageName}. This path goes when that package drops it.${end}export * from '${shim}';${end}`;
  return {
    report: { ...common, status: 'moved', movedTo },
    change: { file, target, movedText: applyEdits(text, edits), shimText },
  };
}

const portable = (path: string) => path.replaceAll('\\', '/');

function isReExportOf({ program }: ParseResult, shim: string): boolean {
  return (
    program.body.length > 0 &&
    program.body.every((node) => node.type === 'ExportAllDeclaration' && node.source.value === shim)
  );
}

/** Whether a module exports a name from the package's path already. */
function isFromShim({ module }: ParseResult, shim: string, name: string): boolean {
  return module.staticExports.some(({ entries }) =>
    entries.some(({ exportName, moduleRequest }) => exportName.name === name && moduleRequest?.value === shim),
  );
}

/** The names that a module exports, and the `export *` whose names are unknown. */
function exportsOf(
  file: string,
  { module }: ParseResult,
  seen: ReadonlySet<string> = new Set(),
): { readonly names: Set<string>; readonly unknown: string[] } {
  const names = new Set<string>();
  const unknown: string[] = [];
  for (const { entries } of module.staticExports) {
    for (const { exportName, moduleRequest } of entries) {
      if (exportName.kind === 'Default') names.add('default');
      else if (exportName.name !== null) names.add(exportName.name);
      else if (moduleRequest) {
        const inner = exportsOfSpecifier(file, moduleRequest.value, new Set([...seen, file]));
        // `export *` omits the default export.
        for (const name of inner?.names ?? []) if (name !== 'default') names.add(name);
        unknown.push(...(inner ? inner.unknown : [`export * from '${moduleRequest.value}'`]));
      }
    }
  }
  return { names, unknown };
}

function exportsOfSpecifier(
  file: string,
  specifier: string,
  seen: ReadonlySet<string>,
): { readonly names: Set<string>; readonly unknown: string[] } | undefined {
  if (specifier.startsWith(`${packageName}/`)) {
    const known = oldModules(renames).find(({ path }) => `${packageName}/${path}` === specifier);
    return known && { names: new Set(known.symbols.map(({ name }) => name)), unknown: [] };
  }
  if (!specifier.startsWith('.')) return undefined;
  const base = join(dirname(file), specifier);
  const plain = base.replace(/\.[cm]?jsx?$/, '');
  const found = [
    base,
    ...[plain, join(base, 'index')].flatMap((path) => extensions.map((one) => `${path}.${one}`)),
  ].find((path) => existsSync(path) && statSync(path).isFile());
  if (!found) return undefined;
  if (seen.has(found)) return { names: new Set(), unknown: [] };
  const parsed = parse(found, readFileSync(found, 'utf8'));
  return parsed && exportsOf(found, parsed, seen);
}

/** Moves one file and writes its re-export; undoes both if one of them fails. */
function carryOut({ file, target, movedText, shimText }: ChangeOfFile): void {
  const before = readFileSync(file);
  const like = statSync(file);
  let moved = false;
  try {
    mkdirSync(dirname(target), { recursive: true });
    move(file, target);
    moved = true;
    if (movedText !== before.toString('utf8')) putFile(target, movedText, like);
    putFile(file, shimText, like);
  } catch (error) {
    if (moved) {
      rmSync(file, { force: true });
      move(target, file);
      putFile(file, before, like);
    }
    throw new NotSetUp({
      object: file,
      found: `an error: ${error instanceof Error ? error.message : String(error)}`,
      expected: `a file that can be moved to ${target}`,
      next: 'fix what the system reports, then run the command again',
      cause: error,
    });
  }
}

/** Uses `git mv` if git tracks the file, so that its history follows; a plain move otherwise. */
function move(from: string, to: string): void {
  const git = (...parameters: string[]) =>
    execFileSync('git', ['-C', dirname(from), ...parameters], { stdio: ['ignore', 'pipe', 'pipe'] });
  try {
    git('ls-files', '--error-unmatch', '--', basename(from));
  } catch {
    renameSync(from, to);
    return;
  }
  git('mv', '--', basename(from), relative(dirname(from), to));
}
