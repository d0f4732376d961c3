import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { startServer, superuserUrl } from '../../test/support/servers.ts';
import { buildIfStale } from './build.ts';
import { type ExampleDatabase, prepareDatabase } from './database.ts';

// Starts `examples/backend` on the legacy data, carried to the canonical names: in the database of DATABASE_URL, which is empty or was made by
// this command before, or else on a PostgreSQL server of its own, which goes with the process.

const root = fileURLToPath(new URL('../../', import.meta.url));
const port = process.env['PORT'] ?? '8003';

buildIfStale(root);
process.stdout.write('Preparing the database …\n');
const server = process.env['DATABASE_URL'] ? undefined : await startServer({ major: 18 });
const url = process.env['DATABASE_URL'] ?? superuserUrl(server as NonNullable<typeof server>, 'postgres');
try {
  const prepared = await prepareDatabase(url);
  const service = startService(prepared);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => service.kill('SIGTERM'));
  if (await isListening(service)) process.stdout.write(whatToDo(prepared));
  if (service.exitCode === null) await once(service, 'exit');
  process.exitCode = service.exitCode ?? 1;
} finally {
  await server?.remove();
}

function startService({ environment }: ExampleDatabase): ChildProcess {
  return spawn(process.execPath, ['--import', 'tsx', 'examples/backend/src/main.ts'], {
    cwd: root,
    env: { LINK_KEY: randomBytes(32).toString('hex'), ...process.env, PORT: port, ...environment },
    // A terminal sends its Ctrl+C to every process of the group, and the service is to get it once.
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
}

/** Waits until the service answers; false if it ended instead. */
async function isListening(service: ChildProcess): Promise<boolean> {
  while (service.exitCode === null) {
    const answer = await fetch(`http://127.0.0.1:${port}/ready`).catch(() => undefined);
    if (answer?.ok) return true;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return false;
}

function whatToDo({ demo }: ExampleDatabase): string {
  const [here, elsewhere] = demo.stations;
  return `
The backend of “${here?.name}” and its sister stations:

  http://localhost:${port}/        pages: log in with the station and the token below
  http://localhost:${port}/docs/   every route

For the curl lines of README.md:

  export STATION=${here?.id}
  export TOKEN=${demo.token}
  export BOOKING=${demo.bookingId} CUSTOMER=${demo.customerId} COUPON=${demo.coupon}
  export REVIEW=${demo.eventReviewToken}   # of the link by which a customer reviews an event

The manager also runs “${elsewhere?.name}” (${elsewhere?.id}). Ctrl+C ends it.

`;
}
