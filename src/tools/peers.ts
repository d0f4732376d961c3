import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, delimiter, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import satisfies from 'semver/functions/satisfies.js';
import packageJson from '../../package.json' with { type: 'json' };
import { NotSetUp } from '../errors.ts';
import { codeFolders } from './code-folders.ts';
import { shellWord } from './shell-word.ts';

/**
 * The packages that commands need beside this one, and what for. They are peers: whoever imports tables installs none of them but
 * drizzle-orm. package.json says which versions fit, and which one was tested.
 */
const purposes = {
  'drizzle-orm': 'the tables are its tables',
  'drizzle-kit': 'it writes migrations',
  pg: 'it connects to a server',
  '@electric-sql/pglite': 'it opens a PGlite folder',
  'oxc-parser': 'it parses sources',
  'libpg-query': "it reads SQL with PostgreSQL's grammar",
} as const;

export type Peer = keyof typeof purposes;

/** A peer that can't be used. */
export interface PeerProblem {
  readonly peer: Peer;
  /** The version that is there; nothing if none is. */
  readonly version?: string;
  /** The versions that fit, as package.json has them. */
  readonly range: string;
}

/** What keeps a peer from being used: it is missing, or of a version that does not fit. `undefined` if nothing does. */
export function findPeerProblem(peer: Peer): PeerProblem | undefined {
  const found = findPeer(peer);
  return found?.fits ? undefined : problemOf(peer, found);
}

/**
 * Checks, before anything is done, that each of these peers is installed in a version that fits.
 *
 * @throws {NotSetUp} that says which to install, all of them in one line.
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
 * @param load Imports it by its name, so that a service which bundles this package bundles the peer as well; with `.catch(rethrow)`
 * at once, so that bundlers pass over a peer that the service does not have.
 * @param entry What it imports.
 * @throws {NotSetUp} if it is missing or of a version that does not fit.
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
  // Beside the bins on the PATH, it is out of sight of `import` by name.
  if (found && !found.isInSight) return (await import(pathToFileURL(requireFrom(found).resolve(entry)).href)) as Module;
  try {
    return await load();
  } catch (error) {
    if (found) throw error;
    throw peerFailure([problemOf(peer, found)], error);
  }
}

/** Throws what it is given. */
export function rethrow(error: unknown): never {
  throw error;
}

/**
 * Loads a peer at once, for what can't wait.
 *
 * @throws {NotSetUp} if it is missing or of a version that does not fit.
 */
export function requirePeer<Module>(peer: Peer): Module {
  return requireFrom(fittingPeer(peer))(peer) as Module;
}

/**
 * The folder of a peer that is run, not loaded.
 *
 * @throws {NotSetUp} if it is missing or of a version that does not fit.
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
 * Looks where Node.js looks from here. What npx installs for `-p` is beside its bins on the PATH, and out of sight of a package
 * that it took from the current project. Tables import drizzle-orm by its name, so only one in sight will do.
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

/** A package with the version that was tested, as `npm install` and `npx -p` take it. */
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

/** Lets failures name the whole command to run next: what the bin was called with. */
export function setCommandLine(parameters: readonly string[]): void {
  commandLine = parameters;
}

/** The command under way as npx runs it with these packages; none in other programs. */
function withNpx(problems: readonly PeerProblem[], packages: readonly string[]): string[] {
  // Tables are loaded from where this package is: only an npx that installs both brings another drizzle-orm.
  const isFixed = () => problems.some(({ peer }) => peer === 'drizzle-orm') && !import.meta.url.includes('/_npx/');
  if (commandLine === undefined || isFixed()) return [];
  const words = [...packages.flatMap((each) => ['-p', each]), packageJson.name, ...withoutUrls(commandLine)];
  return [`npx -p ${packageJson.name} ${words.join(' ')}`];
}

/** The arguments as a shell reads them. The URL of a server may hold a password: the shell is told where it is. */
function withoutUrls(parameters: readonly string[]): string[] {
  return parameters.map((parameter, index) => {
    const url = parameter.startsWith('--url=') ? parameter.slice('--url='.length) : parameter;
    const isUrl = url !== parameter || parameters[index - 1] === '--url' || url.includes('://');
    if (!isUrl || url.startsWith('pglite:')) return shellWord(parameter);
    return url === parameter ? '"$DATABASE_URL"' : '--url="$DATABASE_URL"';
  });
}
