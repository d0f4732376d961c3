import { Conflict } from '../../src/errors.ts';
import { faces, type Model } from '../../src/registry/models.ts';
import { parseQualifiedName } from '../../src/registry/qualified-name.ts';
import type { Rename, ServiceModuleRename, TableRename } from '../../src/registry/renames.ts';
import { namesOfTable } from './hints.ts';

/** What is wrong with one entry of the registry. */
export interface RenameProblem {
  /** The entry, as in `table public.messages → public.customer_messages`. */
  readonly entry: string;
  readonly problem: string;
}

const longestIdentifier = 63;
const tableName = /^[a-z_][a-z0-9_]*\.[a-z_][a-z0-9_]*$/;
const modulePath = /^[A-Za-z0-9_-]+(\/[A-Za-z0-9_-]+)*$/;
const symbolName = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;
const version = /^(\d+)\.(\d+)\.(\d+)$/;

/** How messages name an entry. */
export function entryName(entry: Rename): string {
  return 'to' in entry ? `${entry.kind} ${entry.from} → ${entry.to}` : `${entry.kind} ${entry.from}`;
}

/**
 * Lists every reason why the registry does not fit these models, in the order of the entries. Empty if it does.
 *
 * @example
 * const problems = renameProblems(renames, models());
 */
export function renameProblems(
  renames: readonly Rename[],
  models: readonly Model[],
  exportsOf: Readonly<Record<string, Readonly<Record<string, unknown>>>> = faces,
): RenameProblem[] {
  return renames.flatMap((entry, index) => {
    const problems = [
      ...lifetimeProblems(entry),
      ...(entry.kind === 'table' ? tableProblems(entry, renames, models) : []),
      ...(entry.kind === 'table' ? [] : oldModuleProblems(entry, exportsOf)),
      ...(entry.kind === 'table' || entry.kind === 'barrel' ? [] : targetProblems(entry, exportsOf)),
      ...(entry.kind === 'barrel' && !oldPaths(renames).some((path) => path.startsWith(`${entry.from}/`))
        ? [`no other entry moves a module under ${entry.from}/`]
        : []),
    ];
    const twin = renames.slice(0, index).find((other) => sharesOldName(entry, other));
    if (twin) problems.push(`an earlier entry has the same old name: ${entryName(twin)}`);
    return problems.map((problem) => ({ entry: entryName(entry), problem }));
  });
}

/**
 * Checks that the registry fits the models.
 *
 * @throws {Conflict} if it does not. It names each entry and its problem.
 */
export function assertValidRenames(renames: readonly Rename[], models: readonly Model[]): void {
  const problems = renameProblems(renames, models);
  if (problems.length === 0) return;
  throw new Conflict({
    object: 'src/registry/renames.ts',
    found: problems.map(({ entry, problem }) => `\n  ${entry}: ${problem}`).join(''),
    expected: 'entries that lead from names that no longer exist to existing models',
    next: 'fix the named entries of src/registry/renames.ts, then run the command again',
  });
}

function lifetimeProblems(entry: Rename): string[] {
  const { since } = entry;
  const removedIn = 'removedIn' in entry ? entry.removedIn : undefined;
  const number = (text: string) => {
    const [, major, minor, patch] = version.exec(text) ?? [];
    return major === undefined ? undefined : Number(major) * 1e12 + Number(minor) * 1e6 + Number(patch);
  };
  const first = number(since);
  if (first === undefined) return [`since is ${JSON.stringify(since)}, not a version such as 1.0.0`];
  if (removedIn === undefined) return [];
  const last = number(removedIn);
  if (last === undefined) return [`removedIn is ${JSON.stringify(removedIn)}, not a version such as 2.0.0`];
  return last > first ? [] : [`removedIn ${removedIn} is not after since ${since}`];
}

function tableProblems(entry: TableRename, renames: readonly Rename[], models: readonly Model[]): string[] {
  const malformed = [entry.from, entry.to].filter((name) => !tableName.test(name));
  if (malformed.length > 0) {
    return malformed.map(
      (name) => `${JSON.stringify(name)} is not a table name with its schema, such as public.messages`,
    );
  }
  const problems: string[] = [];
  const { schema: fromSchema, name: fromName } = parseQualifiedName(entry.from);
  const { schema: toSchema, name: toName } = parseQualifiedName(entry.to);
  if (fromSchema !== toSchema) problems.push('it leads to another PostgreSQL schema; a rename stays in its schema');
  if (!/^[a-z][a-z0-9_]*$/.test(entry.migration)) {
    problems.push(`migration is ${JSON.stringify(entry.migration)}, not a name such as rename_message_tables`);
  }

  const model = models.find(({ name }) => name === entry.to);
  if (!model) problems.push(`there is no model of ${entry.to}`);
  const carried = model ? namesOfTable(model.table).map(({ name }) => name) : [];
  for (const name of new Set([fromName, toName, ...carried])) {
    const bytes = Buffer.byteLength(name);
    if (bytes > longestIdentifier) problems.push(`${name} has ${bytes} bytes; PostgreSQL takes ${longestIdentifier}`);
  }
  const still = models.find(({ name }) => name === entry.from);
  if (still) problems.push(`${entry.from} is still a table: the model ${still.domain}#${still.entity} declares it`);

  const next = (from: string) =>
    renames.find((other): other is TableRename => other.kind === 'table' && other.from === from);
  if (next(entry.to)) {
    const path = [entry.from];
    for (let at: string | undefined = entry.to; at; at = next(at)?.to) {
      path.push(at);
      if (path.indexOf(at) < path.length - 1) break;
    }
    const closes = path.indexOf(path.at(-1) ?? '') < path.length - 1;
    problems.push(
      closes
        ? `it is part of a cycle: ${path.join(' → ')}`
        : `it is part of a chain: ${path.join(' → ')}; let it lead to ${path.at(-1)}`,
    );
  }
  return problems;
}

/** The problems of an entry's old module, and of the names that it exported. */
function oldModuleProblems(
  entry: Exclude<Rename, TableRename>,
  exportsOf: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
): string[] {
  const [path = '', ...names] = entry.kind === 'symbol' ? entry.from.split('#') : [entry.from];
  const example = entry.kind === 'symbol' ? 'models/a#B' : 'models/a';
  if (!modulePath.test(path) || (entry.kind === 'symbol' && names.length !== 1)) {
    return [`from is ${JSON.stringify(entry.from)}, not a name such as ${example}`];
  }
  const [domain = ''] = path.split('/');
  const problems = Object.hasOwn(exportsOf, path)
    ? [`${path} is still a module: it is the domain ${domain}`]
    : [`${domain}/zod`, `${domain}/json`].includes(path) && Object.hasOwn(exportsOf, domain)
      ? [`${path} is still a module: it has the schemas of the domain ${domain}`]
      : [];
  const symbols = entry.kind === 'module' ? entry.symbols : entry.kind === 'service-module' ? oldSymbols(entry) : names;
  const twice = symbols.filter((name, index) => symbols.indexOf(name) < index);
  return [
    ...problems,
    ...symbols
      .filter((name) => !symbolName.test(name))
      .map((name) => `${JSON.stringify(name)} is not a name that a module can export`),
    ...twice.map((name) => `it lists ${name} twice`),
  ];
}

function targetProblems(
  entry: Extract<Rename, { kind: 'module' | 'symbol' | 'service-module' }>,
  exportsOf: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
): string[] {
  const [domain = '', symbol = ''] = entry.to.split('#');
  const face = Object.hasOwn(exportsOf, domain) ? exportsOf[domain] : undefined;
  if (!face) return [`there is no domain ${domain}`];
  const targets =
    entry.kind === 'symbol'
      ? [symbol]
      : [...entry.symbols, ...(entry.kind === 'service-module' ? Object.values(entry.renamed ?? {}) : [])];
  return targets.filter((name) => !Object.hasOwn(face, name)).map((name) => `${domain} does not export ${name}`);
}

function oldPaths(renames: readonly Rename[]): string[] {
  return renames.flatMap((entry) =>
    entry.kind === 'module' ? [entry.from] : entry.kind === 'symbol' ? [entry.from.split('#')[0] ?? ''] : [],
  );
}

/** The names that a module of services exported. */
function oldSymbols({ symbols, renamed = {} }: ServiceModuleRename): string[] {
  return [...symbols, ...Object.keys(renamed)];
}

/** The names that an entry replaces, each once: for a module its path and each of its symbols. */
function oldNames(entry: Rename): string[] {
  if (entry.kind === 'module')
    return [`module ${entry.from}`, ...entry.symbols.map((name) => `symbol ${entry.from}#${name}`)];
  // Several entries complete one module of services.
  if (entry.kind === 'service-module') return oldSymbols(entry).map((name) => `symbol ${entry.from}#${name}`);
  if (entry.kind === 'barrel') return [`module ${entry.from}`];
  return [`${entry.kind} ${entry.from}`];
}

function sharesOldName(a: Rename, b: Rename): boolean {
  const names = new Set(oldNames(a));
  return oldNames(b).some((name) => names.has(name));
}
