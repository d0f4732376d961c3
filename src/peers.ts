import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, delimiter, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import satisfies from 'semver/functions/satisfies.js';
import packageJson from '../package.json' with { type: 'json' };
import { codeFolders } from './code-folders.ts';
import { NotSetUp } from './errors.ts';
import { shellWord } from './shell-word.ts';

/**
 * The packages that commands and operations need in addition to this one, and what for. They are peers: a service that only imports tables installs
 * just drizzle-orm. package.json states which versions fit, and which one was tested.
 */
const purposes = {
  'drizzle-orm': 'the tables are its tables',
  'drizzle-kit': 'it writes migrations',
  pg: 'it connects to a server',
  '@electric-sql/pglite': 'it opens a PGlite folder',
  'oxc-parser': 'it parses sources',
  'libpg-query': "it reads SQL with PostgreSQL's grammar",
  'any-ascii': 'it writes the titles of reviews in Latin letters',
  feedsmith: 'it writes feeds',
} as const;

export type Peer = keyof typeof purposes;

/** A peer that can't be used. */
export interface PeerProblem {
  readonly peer: Peer;
  /** The installed version; undefined if there is none. */
  readonly version?: string;
  /** The versions that fit, from package.json. */
  readonly range: string;
}

/** Finds what keeps a peer from being used: it is missing, or its version does not fit. `undefined` if nothing does. */
export function findPeerProblem(peer: Peer): PeerProblem | undefined {
  const found = findPeer(peer);
  return found?.fits ? undefined : problemOf(peer, found);
}

/**
 * Checks, before anything is done, that each of these peers is installed in a version that fits.
 *
 * @throws {NotSetUp} that names all packages to install, in one line.
 *
 * @example
 * assertPeers('drizzle-orm', 'pg');
 */
export function assertPeers(...peers: readonly (Peer | undefined)[]): void {
  const problems = peers.flatMap((peer) => (peer && findPeerProblem(peer)) ?? []);
  if (problems.length > 0) throw peerFailure(problems);
}

/**
 * Loads a peer.
 *
 * @param load Imports it by its name, so that a service which bundles this package bundles the peer as well; with an immediate
 * `.catch(rethrow)`, so that bundlers ignore a peer that the service does not have.
 * @param entry What it imports.
 * @throws {NotSetUp} if it is missing or its version does not fit.
 *
 * @example
 * const { default: pg } = await importPeer('pg', () => import('pg').catch(rethrow));
 */
export async function importPeer<Module>(
  peer: Peer,
  load: () => Promise<Module>,
  entry: string = peer,
): Promise<Module> {
  const found = findPeer(peer);
  if (found && !found.fits) throw peerFailure([problemOf(peer, found)]);
  // If it is beside the bins on the PATH, `import` by name does not find it.
  if (found && !found.isInSight) return (await import(pathToFileURL(requireFrom(found).resolve(entry)).href)) as Module;
  try {
    return await load();
  } catch (error) {
    if (found) throw error;
    throw peerFailure([problemOf(peer, found)], error);
  }
}

/** Throws its argument. */
export function rethrow(error: unknown): never {
  throw error;
}

/**
 * Loads a peer synchronously, for callers that can't wait.
 *
 * @throws {NotSetUp} if it is missing or its version does not fit.
 */
export function requirePeer<Module>(peer: Peer): Module {
  return requireFrom(fittingPeer(peer))(peer) as Module;
}

/**
 * The folder of a peer that is run, not loaded.
 *
 * @throws {NotSetUp} if it is missing or its version does not fit.
 */
export function peerFolder(peer: Peer): string {
  return join(fittingPeer(peer).modules, peer);
}

/** A peer as it was found. */
interface FoundPeer {
  /** The `node_modules` folder that has it. */
  readonly modules: string;
  readonly version: string;
  readonly fits: boolean;
  /** Whether `import` by name finds it from here. */
  readonly isInSight: boolean;
}

/**
 * Looks where Node.js looks from here. npx installs packages of `-p` beside its bins on the PATH, where a package of the current
 * project can't import them. Tables import drizzle-orm by its name, so only one that they find will do.
 */
function findPeer(peer: Peer): FoundPeer | undefined {
  const [here] = codeFolders();
  const above = here === undefined ? [] : (createRequire(join(here, 'index.js')).resolve.paths(peer) ?? []);
  const onPath = (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => basename(folder) === '.bin')
    .map(dirname);
  const [near] = above.flatMap((modules) => peerIn(modules, peer, true) ?? []);
  if (near?.fits || peer === 'drizzle-orm') return near;
  return onPath.flatMap((modules) => peerIn(modules, peer, false) ?? []).find(({ fits }) => fits) ?? near;
}

function peerIn(modules: string, peer: Peer, isInSight: boolean): FoundPeer | undefined {
  const file = join(modules, peer, 'package.json');
  if (basename(modules) !== 'node_modules' || !existsSync(file)) return undefined;
  const { version = 'unknown' } = JSON.parse(readFileSync(file, 'utf8')) as { version?: string };
  return { modules, version, fits: satisfies(version, packageJson.peerDependencies[peer]), isInSight };
}

function requireFrom({ modules }: FoundPeer): NodeJS.Require {
  return createRequire(join(dirname(modules), 'package.json'));
}

function fittingPeer(peer: Peer): FoundPeer {
  const found = findPeer(peer);
  if (found?.fits) return found;
  throw peerFailure([problemOf(peer, found)]);
}

function problemOf(peer: Peer, found: FoundPeer | undefined): PeerProblem {
  return { peer, ...(found && { version: found.version }), range: packageJson.peerDependencies[peer] };
}

/** A package with the tested version, in the form that `npm install` and `npx -p` take. */
export function testedVersion(peer: Peer): string {
  return `${peer}@${packageJson.devDependencies[peer]}`;
}

function peerFailure(problems: readonly PeerProblem[], cause?: unknown): NotSetUp {
  const packages = problems.map(({ peer }) => testedVersion(peer));
  return new NotSetUp({
    code: 'missing-peer',
    object: problems.map(({ peer }) => peer).join(', '),
    found: problems.map(({ version }) => (version === undefined ? 'no such package' : `version ${version}`)).join(', '),
    expected: problems.map(({ peer, range }) => `${peer} ${range}: ${purposes[peer]}`).join('; '),
    next: [`npm install ${packages.join(' ')}`, ...withNpx(problems, packages)].join(', or without installing it: '),
    cause,
  });
}

/** The arguments of the bin, if this is its process. */
let commandLine: readonly string[] | undefined;

/** Sets the bin's arguments, so that failures can print the whole command to run next. */
export function setCommandLine(parameters: readonly string[]): void {
  commandLine = parameters;
}

/** The current command as npx would run it with these packages; empty in other programs. */
function withNpx(problems: readonly PeerProblem[], packages: readonly string[]): string[] {
  // Tables are loaded from this package's location: only an npx that installs both brings another drizzle-orm.
  const isFixed = () => problems.some(({ peer }) => peer === 'drizzle-orm') && !import.meta.url.includes('/_npx/');
  if (commandLine === undefined || isFixed()) return [];
  const words = [...packages.flatMap((each) => ['-p', each]), packageJson.name, ...withoutUrls(commandLine)];
  return [`npx -p ${packageJson.name} ${words.join(' ')}`];
}

/** The arguments as a shell reads them. A server's URL may contain a password, so it is replaced by its shell variable. */
function withoutUrls(parameters: readonly string[]): string[] {
  return parameters.map((parameter, index) => {
    const url = parameter.startsWith('--url=') ? parameter.slice('--url='.length) : parameter;
    const isUrl = url !== parameter || parameters[index - 1] === '--url' || url.includes('://');
    if (!isUrl || url.startsWith('pglite:')) return shellWord(parameter);
    return url === parameter ? '"$DATABASE_URL"' : '--url="$DATABASE_URL"';
  });
}
