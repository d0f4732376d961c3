import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exitCodeOf } from '../../src/cli/exit-code.ts';
import { coloursFor, progress, table } from '../../src/cli/terminal.ts';
import { CanonicalModelsError } from '../../src/errors.ts';
import { connect, labelOf } from '../../src/tools/database/connect.ts';
import { type DemoReport, demo } from './demo.ts';

const line = progress();
try {
  const report = process.env['DATABASE_URL'] ? await onServer(process.env['DATABASE_URL']) : await inFolder();
  line.done();
  print(report);
} catch (error) {
  line.done();
  if (!(error instanceof CanonicalModelsError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = exitCodeOf(error);
}

function runDemo(url: string): Promise<DemoReport> {
  process.stdout.write(`The legacy database, carried to the canonical names in ${labelOf(url)}\n\n`);
  return demo(url, (step) => line.update(`${step} …`));
}

async function inFolder(): Promise<DemoReport> {
  const folder = mkdtempSync(join(tmpdir(), 'canonical-models-demo-'));
  try {
    return await runDemo(`pglite:${join(folder, 'data')}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** On a server the demo uses a database of its own, which it leaves there if something differs. */
async function onServer(url: string): Promise<DemoReport> {
  const name = `canonical_models_demo_${Date.now()}`;
  const server = await connect(url);
  try {
    await server.query(`CREATE DATABASE ${name}`);
    const own = new URL(url);
    own.pathname = `/${name}`;
    const report = await runDemo(own.href);
    await server.query(`DROP DATABASE ${name} WITH (FORCE)`);
    return report;
  } finally {
    await server.close();
  }
}

function print({ steps, tables, booking }: DemoReport): void {
  const { bold, green } = coloursFor();
  const seconds = (milliseconds: number) => `${(milliseconds / 1000).toFixed(2)} s`;
  process.stdout.write(
    [
      bold('Tables'),
      table(
        ['before', 'after', 'rows', 'checksum before', 'checksum after'],
        tables.map(({ before, after }) => [before.table, after.table, after.rows, before.checksum, after.checksum]),
      ),
      '',
      bold('A booking, read through the canonical models'),
      table(
        ['customer', 'station', 'thread', 'messages'],
        [[booking.customer, booking.station, booking.thread, booking.messages]],
      ),
      '',
      bold('Steps'),
      table(
        ['step', 'result', 'time'],
        steps.map(({ step, result, milliseconds }) => [step, result, seconds(milliseconds)]),
      ),
      '',
      green(
        `${tables.length} tables carried, every row as it was, every old name answers, no drift: ` +
          `${seconds(steps.reduce((sum, { milliseconds }) => sum + milliseconds, 0))}.`,
      ),
      '',
    ].join('\n'),
  );
}
