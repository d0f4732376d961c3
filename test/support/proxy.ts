import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A way to a server that can be cut. */
export interface ServerProxy {
  readonly port: number;
  /** Resets every connection. New ones are taken. */
  cut(): void;
  /** Resets every connection, and takes none any more: the server is gone for who uses the way, as if it had ended. */
  close(): Promise<void>;
  /** Takes connections again, on the same port. */
  reopen(): Promise<void>;
}

/**
 * Opens a way to a server. Close it when done.
 *
 * @param onClient Receives the connection of each client.
 */
export async function openProxy(
  target: { readonly host: string; readonly port: number },
  onClient: (client: Socket) => void = () => {},
): Promise<ServerProxy> {
  const sockets = new Set<Socket>();
  const proxy = createServer((client) => {
    const server = connect(target.port, target.host);
    onClient(client);
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(from);
      from.on('error', () => {});
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
      from.pipe(to);
    }
  });
  const listen = async (port: number) => {
    proxy.listen(port, '127.0.0.1');
    await once(proxy, 'listening');
    return (proxy.address() as { port: number }).port;
  };
  const cut = () => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  const port = await listen(0);
  return {
    port,
    cut,
    async close() {
      const closed = once(proxy, 'close');
      proxy.close();
      cut();
      await closed;
    },
    reopen: async () => {
      await listen(port);
    },
  };
}
