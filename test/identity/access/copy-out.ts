import type pg from 'pg';

/** What node-postgres calls of a query of its own making. */
interface Submitted {
  submit(connection: { query(text: string): void }): void;
  handleCopyData(message: { readonly chunk: Buffer }): void;
  handleCommandComplete(): void;
  handleReadyForQuery(): void;
  handleError(error: Error): void;
}

/** What `COPY … TO STDOUT` gives, as text. */
export function copyOut(client: pg.Client, statement: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const query: Submitted = {
      submit: (connection) => connection.query(statement),
      handleCopyData: ({ chunk }) => {
        chunks.push(chunk);
      },
      handleCommandComplete: () => {},
      handleReadyForQuery: () => resolve(Buffer.concat(chunks).toString()),
      handleError: reject,
    };
    client.query(query as unknown as pg.Query);
  });
}
