import { isWithoutAnswer } from '../../driver-error.ts';

/**
 * Runs one SQL statement and returns its rows, each an object by column name. All database access in the tools goes through this, so
 * any driver will do.
 */
export type Query = (
  sql: string,
  parameters?: readonly unknown[],
) => Promise<{ readonly rows: readonly Record<string, unknown>[] }>;

/** What node-postgres (`Client`, `Pool`, `PoolClient`) and PGlite have in common. */
export interface Queryable {
  // biome-ignore lint/suspicious/noExplicitAny: the drivers' own signatures use any.
  query(sql: string, parameters?: any[]): Promise<{ rows: any[] }>;
}

/**
 * The query function of a client of node-postgres or PGlite.
 *
 * @example
 * const client = new pg.Client(process.env.DATABASE_URL);
 * await client.connect();
 * const description = await describeDatabase(queryOf(client));
 */
export function queryOf(client: Queryable): Query {
  return (sql, parameters = []) => client.query(sql, [...parameters]);
}

/**
 * Wraps a query function: an error of a lost connection gets a SQLSTATE (connection_failure) if its driver has no code for it.
 */
export function tagErrors<Asked extends readonly unknown[], Answer>(
  ask: (...asked: Asked) => Promise<Answer>,
): (...asked: Asked) => Promise<Answer> {
  return async (...asked) => {
    try {
      return await ask(...asked);
    } catch (error) {
      throw isWithoutAnswer(error) ? Object.assign(error, { code: '08006' }) : error;
    }
  };
}

/** Quotes a name as an SQL identifier, even if it needs no quotes. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Quotes each part of a qualified name: `"public"."messages"` of `public.messages`. */
export function qualifiedIdentifier(name: string): string {
  return name.split('.').map(identifier).join('.');
}

/** Quotes a text as an SQL literal, for statements that can't take parameters. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
