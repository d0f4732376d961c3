import { once } from 'node:events';
import { connect as connectTo, createServer, type Socket } from 'node:net';

/** A server that forwards to a PostgreSQL server, whose errors arrive as from a server that speaks another language. */
export interface TranslatingProxy {
  readonly port: number;
  remove(): Promise<void>;
}

/**
 * Starts one. The embedded servers have no message catalog but the English one, so the proxy rewrites what `lc_messages` translates:
 * severity, message, detail and hint of every error. All other fields, and all other messages, pass as they are.
 *
 * @param server Where the PostgreSQL server listens. Connections must not be encrypted.
 */
export async function startTranslatingProxy(server: { host: string; port: number }): Promise<TranslatingProxy> {
  const open = new Set<Socket>();
  const proxy = createServer((client) => {
    const backend = connectTo(server.port, server.host);
    const translate = translator();
    for (const [socket, other] of [
      [client, backend],
      [backend, client],
    ] as const) {
      open.add(socket);
      socket.on('close', () => {
        open.delete(socket);
        other.destroy();
      });
      socket.on('error', () => socket.destroy());
    }
    client.on('data', (data) => backend.write(data));
    client.on('end', () => backend.end());
    backend.on('data', (data) => client.write(translate(data)));
    backend.on('end', () => client.end());
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  return {
    port: (proxy.address() as { port: number }).port,
    async remove() {
      for (const socket of open) socket.destroy();
      proxy.close();
      await once(proxy, 'close');
    },
  };
}

/** The fields of an error that PostgreSQL translates, with what they become. */
const translated: Readonly<Record<string, string>> = {
  S: 'FEHLER',
  M: 'Meldung in einer anderen Sprache',
  D: 'Einzelheiten in einer anderen Sprache',
  H: 'Tipp in einer anderen Sprache',
};

/** What a backend sends, message by message: a letter, the length of what follows with these four bytes, the content. */
function translator(): (data: Buffer) => Buffer {
  let rest = Buffer.alloc(0);
  return (data) => {
    rest = Buffer.concat([rest, data]);
    const parts: Buffer[] = [];
    while (rest.length >= 5) {
      const end = 1 + rest.readUInt32BE(1);
      if (rest.length < end) break;
      const message = rest.subarray(0, end);
      const type = String.fromCharCode(message[0] as number);
      parts.push(type === 'E' ? translateFields(message) : message);
      rest = rest.subarray(end);
    }
    return Buffer.concat(parts);
  };
}

/** Fields are a letter and a text that ends with a zero byte; a zero byte ends them all. */
function translateFields(message: Buffer): Buffer {
  const fields = message.subarray(5, -1).toString('utf8').split('\0').slice(0, -1);
  const text = fields.map((field) => `${field[0]}${translated[field[0] as string] ?? field.slice(1)}\0`).join('');
  const content = Buffer.from(`${text}\0`, 'utf8');
  const header = Buffer.alloc(5);
  header[0] = message[0] as number;
  header.writeUInt32BE(content.length + 4, 1);
  return Buffer.concat([header, content]);
}
