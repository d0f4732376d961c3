import type { Connection } from '../../../src/tools/database/connect.ts';

/** What happens around the messages of a connection. Messages are counted from 1. */
export interface MessageHooks {
  readonly before?: (message: number, sql: string) => void | Promise<void>;
  /** Called when the message is on its way and not answered yet. */
  readonly during?: (message: number, sql: string) => void | Promise<void>;
  readonly after?: (message: number, sql: string) => void | Promise<void>;
}

/** The same connection, with something that happens before, during or after each message to the server. */
export function withHooks(connection: Connection, { before, during, after }: MessageHooks): Connection {
  let count = 0;
  const hooked = async <T>(sql: string, send: () => Promise<T>): Promise<T> => {
    count += 1;
    const message = count;
    await before?.(message, sql);
    const answer = send();
    // It is awaited below; until then a failure is nobody's surprise.
    answer.catch(() => {});
    await during?.(message, sql);
    const result = await answer;
    await after?.(message, sql);
    return result;
  };
  return {
    ...connection,
    query: (sql, parameters) => hooked(sql, () => connection.query(sql, parameters)),
    exec: (sql) => hooked(sql, () => connection.exec(sql)),
  };
}

/** Whether a message ends a transaction that changes something. */
export function commits(sql: string): boolean {
  return /\bCOMMIT\b/.test(sql) && /INSERT INTO drizzle\./.test(sql);
}
