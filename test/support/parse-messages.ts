import { openProxy } from './proxy.ts';
import type { ServerAddress } from './servers.ts';

/** A statement that a client had the server parse. */
export interface ParsedStatement {
  /** Empty where the statement has no name, and lives until the next one of its session. */
  readonly name: string;
  readonly text: string;
}

/** A way to a server on which what clients have it parse is seen. */
export interface WatchedServer {
  readonly port: number;
  /** The statements since the last call, of all sessions. */
  takeParsed(): ParsedStatement[];
  close(): Promise<void>;
}

/**
 * Stands between clients and a server, hands everything on as it is, and reads the clients' messages: those of Parse, with which the
 * extended protocol begins, and `PREPARE` in a Query message. Clients may not encrypt.
 */
export async function watchServer(server: Pick<ServerAddress, 'host' | 'port'>): Promise<WatchedServer> {
  let parsed: ParsedStatement[] = [];
  const { port, close } = await openProxy(server, (client) => {
    const read = messageReader((type, body) => {
      const [name = '', text = ''] = type === 'Q' ? ['', textAt(body, 0)] : [textAt(body, 0), textAt(body, 1)];
      const [, prepared] = /^\s*PREPARE\s+(?!TRANSACTION\b)(\S+)/i.exec(text) ?? [];
      if (type === 'P' || prepared !== undefined) parsed.push({ name: prepared ?? name, text });
    });
    client.on('data', read);
  });
  return {
    port,
    takeParsed() {
      const taken = parsed;
      parsed = [];
      return taken;
    },
    close,
  };
}

/** Cuts what a client sends into messages, and hands on those of Parse and Query. The first message of a session has no type. */
function messageReader(onStatement: (type: 'P' | 'Q', body: Buffer) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  let started = false;
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    for (;;) {
      const head = started ? 1 : 0;
      if (rest.length < head + 4) return;
      const end = head + rest.readInt32BE(head);
      if (rest.length < end) return;
      const type = started ? String.fromCharCode(rest[0] as number) : '';
      if (type === 'P' || type === 'Q') onStatement(type, rest.subarray(head + 4, end));
      started = true;
      rest = rest.subarray(end);
    }
  };
}

/** One of the texts at the beginning of a message, each of which ends with a zero. */
function textAt(body: Buffer, index: number): string {
  return body.toString().split('\0', index + 1)[index] ?? '';
}
