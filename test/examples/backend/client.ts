import { Agent, request as sendRequest } from 'node:http';

/** What a server answered. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** What to send. */
export interface RawRequest {
  readonly method: string;
  /** As it stands in the request line: nothing of it is corrected. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
}

/** A client that sends what it is given, and keeps its connections. Close it when done. */
export function openClient(url: string, connections = 8) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const { hostname, port } = new URL(url);
  const send = ({ method, path, headers = {}, body }: RawRequest, isAgain = false): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
      const request = sendRequest(
        { agent, hostname, port, method, path, headers: { ...headers, ...length } },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () => {
            const { statusCode = 0, headers: received } = response;
            resolve({ status: statusCode, headers: received, body: Buffer.concat(chunks).toString() });
          });
        },
      );
      request.on('error', (error: NodeJS.ErrnoException) => {
        // The server may end a connection that was idle in the moment in which it is used again.
        if (request.reusedSocket && error.code === 'ECONNRESET' && !isAgain) {
          resolve(send({ method, path, headers, body }, true));
        } else reject(error);
      });
      request.end(body);
    });
  return { send: (request: RawRequest) => send(request), close: () => agent.destroy() };
}
