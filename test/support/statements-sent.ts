import pg from 'pg';

/** The messages of node-postgres that have a statement, and those that the server answers at once. */
interface Connection {
  parse(statement: { readonly text: string }): void;
  query(text: string): void;
  sync(): void;
}
const connection = Object.getPrototypeOf(
  (new pg.Client() as unknown as { connection: Connection }).connection,
) as Connection;

/** Notes the statements that clients of node-postgres send from now on, until they are asked for, and how often they wait for an answer. */
export function statementsSent(): () => { statements: string[]; roundTrips: number } {
  const statements: string[] = [];
  let roundTrips = 0;
  const { parse, query, sync } = connection;
  Object.assign(connection, {
    parse(this: Connection, statement: { readonly text: string }) {
      statements.push(statement.text);
      parse.call(this, statement);
    },
    query(this: Connection, text: string) {
      statements.push(text);
      roundTrips++;
      query.call(this, text);
    },
    sync(this: Connection) {
      roundTrips++;
      sync.call(this);
    },
  } satisfies Connection);
  return () => {
    Object.assign(connection, { parse, query, sync });
    return { statements, roundTrips };
  };
}
