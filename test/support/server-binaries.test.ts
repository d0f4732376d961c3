import { chmodSync, cpSync, existsSync, lstatSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { majors } from './databases.ts';
import { canReach, installedBinaries, runnableBinaries } from './server-binaries.ts';
import { asSuperuser, startServer } from './servers.ts';

const major = majors[0] ?? 15;
const stranger = { uid: 65_533, gid: 65_533 };

test('an open folder can be reached by a stranger', () => {
  expect(canReach(stranger, '/usr')).toBe(true);
});

describe('binaries as npm leaves them when it runs no install scripts, in a folder that only its owner can enter', () => {
  let closed: string;
  let bare: string;

  beforeEach(() => {
    closed = mkdtempSync(join(tmpdir(), 'canonical-models-closed-'));
    bare = join(closed, 'native');
    cpSync(installedBinaries(major), bare, { recursive: true, verbatimSymlinks: true });
    for (const folder of ['lib', 'bin']) {
      for (const name of readdirSync(join(bare, folder))) {
        const path = join(bare, folder, name);
        if (lstatSync(path).isSymbolicLink()) rmSync(path);
        else if (folder === 'bin') chmodSync(path, 0o644);
      }
    }
  });

  afterEach(() => rmSync(closed, { recursive: true }));

  test('their owner gets them in place, complete', () => {
    expect(runnableBinaries(bare, join(closed, 'copy'), undefined)).toBe(bare);
    expect(existsSync(join(closed, 'copy'))).toBe(false);
    expectToBeComplete(bare);
  });

  test('another user gets a copy, complete and open to all', () => {
    expect(canReach(stranger, bare)).toBe(false);
    const copy = join(closed, 'copy');
    expect(runnableBinaries(bare, copy, stranger)).toBe(copy);
    expectToBeComplete(copy);
    for (const name of readdirSync(copy, { recursive: true, encoding: 'utf8' })) {
      expect(statSync(join(copy, name)).mode & 0o004, name).toBe(0o004);
    }
  });

  test('a server starts from them', async () => {
    const server = await startServer({ major, binaries: bare });
    try {
      const { rows } = await asSuperuser(server, (client) => client.query('SELECT 1 AS one'));
      expect(rows).toEqual([{ one: 1 }]);
    } finally {
      await server.remove();
    }
  });

  function expectToBeComplete(native: string): void {
    expect(statSync(join(native, 'bin', 'postgres')).mode & 0o555).toBe(0o555);
    const installed = readdirSync(join(installedBinaries(major), 'lib'));
    expect(readdirSync(join(native, 'lib'))).toEqual(installed);
    // Every link leads to a file of its own tree.
    for (const name of installed) expect(existsSync(join(native, 'lib', name)), name).toBe(true);
  }
});
