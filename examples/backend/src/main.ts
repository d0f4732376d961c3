import { serve } from '@hono/node-server';
import { findDisagreement } from './agreement.ts';
import { buildApp } from './app.ts';
import { openDatabases } from './databases.ts';
import { flushLog, log } from './log.ts';
import { readSettings, type Settings } from './settings.ts';

// Exit codes: 0 stopped by a signal; 1 database and models do not agree; 2 it could not start.

let settings: Settings;
try {
  settings = readSettings(process.env);
  const disagreement = await findDisagreement(settings.databaseUrl);
  if (disagreement !== undefined) end(1, disagreement);
} catch (error) {
  end(2, error instanceof Error ? error.message : String(error));
}

const databases = await openDatabases(settings);
const app = await buildApp({ databases, settings });
let isStopping = false;
const server = serve(
  {
    // A connection that stays open would keep the process from ending.
    fetch: async (request, environment) => {
      const response = await app.fetch(request, environment);
      if (isStopping) response.headers.set('connection', 'close');
      return response;
    },
    hostname: settings.host,
    port: settings.port,
    serverOptions: { headersTimeout: 10_000, requestTimeout: 15_000, keepAliveTimeout: 5_000 },
  },
  ({ address, port }) => log('info', `listening on http://${address === '::' ? 'localhost' : address}:${port}`),
);
server.on('error', (error: NodeJS.ErrnoException) => {
  const { host, port } = settings;
  if (error.code !== 'EADDRINUSE') throw error;
  end(2, `Port ${port} of ${host} is taken.\nNext: stop what listens there, or choose another one: PORT=8004`);
});

/** Takes no more connections, answers what has begun, and ends. */
function stop(): void {
  if (isStopping) return;
  isStopping = true;
  const idle = setInterval(() => 'closeIdleConnections' in server && server.closeIdleConnections(), 50);
  server.close(() => {
    clearInterval(idle);
    const done = () => {
      flushLog();
      process.exit(0);
    };
    databases.close().then(done, done);
  });
}
process.once('SIGTERM', stop);
process.once('SIGINT', stop);

function end(code: 1 | 2, text: string): never {
  process.stderr.write(`${text}\n`);
  process.exit(code);
}
