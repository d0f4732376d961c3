import pg from 'pg';

/** Notes the statements that clients of node-postgres send from now on, until they are asked for. */
export function statementsSent(): () => string[] {
  const sent: string[] = [];
  const { query } = pg.Client.prototype;
  pg.Client.prototype.query = function (this: pg.Client, ...parameters: unknown[]) {
    const [first] = parameters as [string | { text?: string }];
    sent.push(typeof first === 'string' ? first : String(first?.text));
    return (query as (...all: unknown[]) => unknown).apply(this, parameters);
  } as typeof query;
  return () => {
    pg.Client.prototype.query = query;
    return sent;
  };
}
