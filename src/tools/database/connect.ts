import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isWithoutAnswer } from '../../driver-error.ts';
import { InvalidInput, NotSetUp } from '../../errors.ts';
import { importPeer, rethrow } from '../../peers.ts';
import { databaseFailure } from './database-failure.ts';
import { type Query, queryOf, tagErrors } from './query.ts';

/** An open connection: one session, so that a transaction is `BEGIN` … `COMMIT` through `query`. */
export interface Connection {
  readonly query: Query;
  /** Runs several statements, separated by semicolons. */
  exec(sql: string): Promise<void>;
  /** Where it leads, without the password: safe for logs and errors. */
  readonly label: string;
  close(): Promise<void>;
}

const oldestMajor = 15;

/** Where a URL leads, without its password: safe for logs and errors. */
export function labelOf(url: string): string {
  if (url.startsWith('pglite:')) return url;
  try {
    const { protocol, username, host, pathname, search, hash } = new URL(url);
    // A password with an unencoded `/`, `?` or `#` is parsed as host and path, up to its `@`.
    if (`${pathname}${search}${hash}`.includes('@')) return 'the given URL';
    return `${protocol}//${username ? `${username}@` : ''}${host}${pathname}`;
  } catch {
    return 'the given URL';
  }
}

/** The peer that connects to a URL; `undefined` if `connect` does not accept the URL. */
export function driverOf(url: string | undefined): 'pg' | '@electric-sql/pglite' | undefined {
  if (url?.startsWith('pglite:')) return '@electric-sql/pglite';
  return url && /^postgres(ql)?:/.test(url) ? 'pg' : undefined;
}

/** How to connect. */
export interface ConnectOptions {
  /** Whether to create a database in a PGlite folder that has none. Callers that only read pass `false`. @default true */
  readonly create?: boolean;
}

/**
 * Opens one session on a PostgreSQL server (`postgres://…`, through the peer `pg`) or on a PGlite folder (`pglite:<folder>`,
 * through the peer `@electric-sql/pglite`). `pglite:memory://` is a new database in this process each time.
 *
 * @throws {InvalidInput} if the URL is wrong.
 * @throws {NotSetUp} if the driver is missing, the server can't be reached, it refuses the login, it is older than PostgreSQL 15, or
 * the folder has no database and `create` is `false`.
 *
 * @example
 * const connection = await connect('pglite:./data', { create: false });
 */
export async function connect(url: string | undefined, options: ConnectOptions = {}): Promise<Connection> {
  if (!url || !/^(postgres(ql)?:\/\/|pglite:)./.test(url)) {
    throw new InvalidInput({
      code: 'missing-url',
      object: '--url',
      found: url ? labelOf(url) : 'nothing, and no DATABASE_URL',
      expected: 'postgres://<user>:<password>@<host>:<port>/<database>, or pglite:<folder>',
      next: 'give --url, or set DATABASE_URL',
    });
  }
  const connection = withTaggedErrors(
    url.startsWith('pglite:') ? await connectToFolder(url, options) : await connectToServer(url),
  );
  try {
    const { rows } = await connection.query(`SELECT current_setting('server_version_num')::int / 10000 AS major`);
    const major = Number(rows[0]?.['major']);
    if (major < oldestMajor) {
      throw new NotSetUp({
        object: connection.label,
        found: `PostgreSQL ${major}`,
        expected: `PostgreSQL ${oldestMajor} or later: older ones have no views with the rights of the querying role`,
        next: `upgrade the server to PostgreSQL ${oldestMajor} or later`,
      });
    }
    return connection;
  } catch (error) {
    await connection.close().catch(() => {});
    throw databaseFailure(error, { object: connection.label, expected: 'a server that says which version it is' });
  }
}

async function connectToFolder(url: string, { create = true }: ConnectOptions): Promise<Connection> {
  const folder = url.slice('pglite:'.length);
  const inMemory = folder.startsWith('memory://');
  if (!create && !inMemory && !existsSync(join(folder.replace(/^file:\/\//, ''), 'PG_VERSION'))) {
    throw new NotSetUp({
      code: 'no-connection',
      object: url,
      found: 'no database there',
      expected: 'the folder of a PGlite database',
      next: 'correct the folder, or make one: canonical-models migrate',
    });
  }
  const { PGlite } = await importPeer('@electric-sql/pglite', () => import('@electric-sql/pglite').catch(rethrow));
  const database = await PGlite.create(folder).catch((error: unknown) => {
    throw connectionFailure(url, error, 'a PGlite database that opens');
  });
  return {
    query: queryOf(database),
    exec: async (sql) => {
      await database.exec(sql);
    },
    label: url,
    close: () => database.close(),
  };
}

async function connectToServer(url: string): Promise<Connection> {
  const { default: pg } = await importPeer('pg', () => import('pg').catch(rethrow));
  const label = labelOf(url);
  let client: InstanceType<typeof pg.Client>;
  let isTimeUp = false;
  try {
    // libpq reads it the same way: whole seconds.
    const timeout = Number(new URL(url).searchParams.get('connect_timeout') ?? 10) * 1000;
    client = new pg.Client({
      connectionString: url,
      connectionTimeoutMillis: timeout,
      application_name: 'canonical-models',
    });
    // If the connection is lost later, the current or the next statement fails; nothing else needs to know.
    client.on('error', () => {});
    // Of two timers of the same length, the first one set fires first. A length of 0 means no timer.
    const timer = timeout > 0 ? setTimeout(() => (isTimeUp = true), timeout) : undefined;
    await client.connect().finally(() => clearTimeout(timer));
  } catch (error) {
    const isLate = isTimeUp && isWithoutAnswer(error);
    throw connectionFailure(label, isLate ? Object.assign(error, { code: 'ETIMEDOUT' }) : error);
  }
  return {
    query: queryOf(client),
    exec: async (sql) => {
      await client.query(sql);
    },
    label,
    close: () => client.end(),
  };
}

/** The same connection, with a code on every refusal: see `tagErrors`. */
export function withTaggedErrors(connection: Connection): Connection {
  return {
    query: tagErrors((sql, parameters) => connection.query(sql, parameters)),
    exec: tagErrors((sql) => connection.exec(sql)),
    label: connection.label,
    close: () => connection.close(),
  };
}

/** SQLSTATE or system error codes of a connection that failed to open, with what to do. */
const connectionAdvice: Readonly<Record<string, readonly [found: string, next: string]>> = {
  ECONNREFUSED: ['no server that listens there', 'start the server, or correct host and port'],
  ENOTFOUND: ['no host of that name', 'correct the host'],
  EAI_AGAIN: ['no answer from the name server', 'correct the host, or try again'],
  ERR_INVALID_URL: [
    'a URL that can’t be read',
    'write special characters of the password in percent-encoding: %2F for /',
  ],
  ETIMEDOUT: ['no answer in time', 'check host, port and firewall'],
  '28P01': ['a password that the server refuses', 'correct user and password'],
  '28000': ['a login that the server refuses', 'correct the user, or allow it in pg_hba.conf'],
  '3D000': ['no database of that name', 'create the database, or correct its name'],
  '53300': ['no free connection', 'end connections, or raise max_connections'],
  '57P03': ['a server that is starting up or shutting down', 'try again in a moment'],
};

function connectionFailure(label: string, error: unknown, expected = 'a PostgreSQL server that lets us in'): NotSetUp {
  const reasons = error instanceof AggregateError ? error.errors : [error];
  const { code = '', message = String(error) } = (reasons[0] ?? {}) as { code?: string; message?: string };
  const advice = connectionAdvice[code];
  const [found, next] = advice ?? [`an error: ${message}`, 'correct the connection string'];
  const details = { code: 'no-connection', object: label, found, expected, next } as const;
  // Other errors may contain the URL with its password, as those of the URL parser do.
  return new NotSetUp(advice && code !== 'ERR_INVALID_URL' ? { ...details, cause: error } : details);
}
