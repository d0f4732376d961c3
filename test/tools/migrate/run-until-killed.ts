import { connect } from '../../../src/tools/database/connect.ts';
import { migrate } from '../../../src/tools/migrate/migrate.ts';
import { revert } from '../../../src/tools/revert/revert.ts';
import { withHooks } from './message-hooks.ts';

/** Where a run ends: before or after a message, or while the server is at work on it, `delay` milliseconds after it was sent. */
export interface Moment {
  readonly message: number;
  readonly when: 'before' | 'during' | 'after';
  readonly delay: number;
}

/** What the process does; its one argument, as JSON. */
export interface KilledRun {
  readonly command: 'migrate' | 'revert';
  readonly url: string;
  readonly moment: Moment;
}

/** Ends this process as `kill -9` does. */
function die(): void {
  process.kill(process.pid, 'SIGKILL');
}

const [argument] = process.argv.slice(2);
const { command, url, moment } = JSON.parse(argument ?? '') as KilledRun;
const connection = withHooks(await connect(url), {
  before: (message) => {
    if (moment.when === 'before' && message === moment.message) die();
  },
  during: async (message) => {
    if (moment.when !== 'during' || message !== moment.message) return;
    // The driver writes to its socket before the next turn. From there on the answer is not waited for.
    await new Promise((resolve) => setImmediate(resolve));
    const end = performance.now() + moment.delay;
    while (performance.now() < end);
    die();
  },
  after: (message) => {
    if (moment.when === 'after' && message === moment.message) die();
  },
});
await (command === 'migrate' ? migrate(connection) : revert(connection, { to: 'baseline' }));
await connection.close();
