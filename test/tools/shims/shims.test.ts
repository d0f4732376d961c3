import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { oldModules } from '../../../src/registry/old-modules.ts';
import { renames } from '../../../src/registry/renames.ts';
import { shims } from '../../../src/tools/shims/shims.ts';
import { hostedCommand } from '../../support/kit.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'canonical-models-shims-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** The service's files before: path under `src/` to text. */
function service(files: Readonly<Record<string, string>>): string {
  for (const [file, text] of Object.entries(files)) {
    const path = join(folder, 'src', file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  return join(folder, 'src');
}

/** Every file under the folder with its text, but for git's own. */
function tree(): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
  return Object.fromEntries(
    paths.filter((path) => !path.startsWith('.git/')).map((path) => [path, readFileSync(join(folder, path), 'utf8')]),
  );
}

const booking = `import { pgTable, uuid } from 'drizzle-orm/pg-core';
import { Customer } from './customer.js';
import type { Clock } from '../clock.js';
export const BookingStatus = { pending: 'pending' };
export const Booking = pgTable('bookings', { id: uuid('id'), customerId: uuid('customer_id').references(() => Customer.id) });
export type Booking = typeof Booking.$inferSelect;
export const at = async (clock: Clock) => [clock, await import('../clock.js')] as const;
`.replace(/export const at.*\n/, 'void (async (clock: Clock) => [clock, await import("../clock.js")]);\n');

const reExport = (path: string) =>
  `// The models that stood here are in canonical-models. This path goes when that package drops it.\nexport * from 'canonical-models/${path}';\n`;

describe('an old model file', () => {
  test('is moved to DEPRECATED with its relative paths rewritten, and a re-export left in its place', async () => {
    const legacyRoot = service({ 'models/booking.ts': booking, 'clock.ts': 'export interface Clock {}\n' });
    const report = await shims({ legacyRoot, write: true });
    expect(report).toMatchObject({
      written: true,
      files: [
        {
          file: 'models/booking.ts',
          shim: 'canonical-models/models/booking',
          status: 'moved',
          movedTo: 'models/DEPRECATED/booking.ts',
        },
      ],
    });
    expect(tree()).toEqual({
      'src/clock.ts': 'export interface Clock {}\n',
      'src/models/booking.ts': reExport('models/booking'),
      'src/models/DEPRECATED/booking.ts': booking
        .replace("'./customer.js'", "'../customer.js'")
        .replace("'../clock.js'", "'../../clock.js'")
        .replace('"../clock.js"', '"../../clock.js"'),
    });
  });

  test('is left alone in a dry run, which reports the same', async () => {
    const legacyRoot = service({ 'models/booking.ts': booking });
    const before = tree();
    const dry = await shims({ legacyRoot });
    expect(tree()).toEqual(before);
    const { files } = await shims({ legacyRoot, write: true });
    expect(dry).toEqual({ legacyRoot, written: false, files });
  });

  test('is moved once: a second run changes nothing', async () => {
    const legacyRoot = service({
      'models/booking.ts': booking,
      'core/auth/station_models.ts': 'export class Station {}\n',
      'models/role/index.ts': 'export const Role = 1;\n',
    });
    await shims({ legacyRoot, write: true });
    const after = tree();
    const again = await shims({ legacyRoot, write: true });
    expect(tree()).toEqual(after);
    expect(again.files.map(({ status }) => status)).toEqual(['already', 'already', 'already']);
    expect(Object.keys(after).sort()).toEqual([
      'src/core/auth/DEPRECATED/station_models.ts',
      'src/core/auth/station_models.ts',
      'src/models/DEPRECATED/booking.ts',
      'src/models/booking.ts',
      'src/models/role/DEPRECATED/index.ts',
      'src/models/role/index.ts',
    ]);
  });

  test.each([
    ['a name more', 'export class Customer {}\nexport const loyalty = 1;\n', 'loyalty'],
    ['a default export', 'export default class Customer {}\n', 'default'],
    ['a type more', 'export class Customer {}\nexport type Tier = 1;\n', 'Tier'],
    ['a re-export more', `export class Customer {}\nexport { a as b } from './other.js';\n`, 'b'],
    ['a namespace more', `export class Customer {}\nexport * as all from './other.js';\n`, 'all'],
    ['a star more', `export class Customer {}\nexport * from './other.js';\n`, 'other'],
  ])('with %s than the package has stays, and the report lists what is missing', async (_, text, missing) => {
    const legacyRoot = service({ 'models/customer.ts': text, 'models/other.ts': 'export const other = 1;\n' });
    const before = tree();
    const { files } = await shims({ legacyRoot, write: true });
    expect(files).toMatchObject([{ file: 'models/customer.ts', status: 'refused', missing: [missing] }]);
    expect(tree()).toEqual(before);
  });

  test.each([
    ['calls', `registerModel(Customer);`, 'it does more than declare'],
    ['assigns', `globalThis.Customer = Customer;`, 'it does more than declare'],
    ['loads another module for its effects', `import './hooks.js';`, "it loads './hooks.js' for what that does"],
    ['decides', `if (process.env.TRACE) Customer.trace();`, 'it does more than declare'],
    ['exports by assignment', `export = Customer;`, 'it has `export =`'],
  ])('that %s when it is loaded stays, with --partial too', async (_, line, reason) => {
    for (const partial of [false, true]) {
      const loyalty = partial ? 'export const loyalty = 1;\n' : '';
      const text = `'use strict';\nexport class Customer {}\n${line}\n${line.startsWith('export') ? '' : loyalty}`;
      const legacyRoot = service({
        'models/customer.ts': text.replace(/export (?=class.*\nexport =)/s, ''),
        'models/hooks.ts': '',
      });
      const before = tree();
      const { files } = await shims({ legacyRoot, partial, write: true });
      expect(files).toMatchObject([{ file: 'models/customer.ts', status: 'refused' }]);
      expect(files[0]?.reason).toContain(reason);
      if (!reason.includes('export =')) expect(files[0]?.reason).toContain('models/customer.ts:3');
      expect(tree()).toEqual(before);
    }
  });

  describe('with --partial, if it exports more than the package has', () => {
    const taken = async (file: string, text: string) => {
      const legacyRoot = service({ [file]: text, 'models/other.ts': 'export const other = 1;\n' });
      const report = await shims({ legacyRoot, partial: true, write: true });
      return { ...report.files[0], text: tree()[`src/${file}`] };
    };

    test('keeps the rest, re-exports what moved, and a copy of the old file is in DEPRECATED', async () => {
      const text = `import { pgEnum, pgTable, uuid } from 'drizzle-orm/pg-core';
import { clock } from '../clock.js';

/** How a booking stands. */
export const BookingStatus = pgEnum('booking_status', ['pending']);

const columns = { id: uuid('id') };

/** A booking. */
export const Booking = pgTable('bookings', { ...columns, status: BookingStatus('status') });
export type Booking = typeof Booking.$inferSelect;

/** Stays. */
export const BookingNote = pgTable('booking_notes', { booking: uuid('booking').references(() => Booking.id) });
export const isOld = (booking: Booking) => booking.createdAt < clock();
`;
      const legacyRoot = service({ 'models/booking.ts': text, 'clock.ts': '' });
      const { files } = await shims({ legacyRoot, partial: true, write: true });
      expect(files).toEqual([
        {
          file: 'models/booking.ts',
          shim: 'canonical-models/models/booking',
          status: 'partial',
          movedTo: 'models/DEPRECATED/booking.ts',
          missing: ['BookingNote', 'isOld'],
        },
      ]);
      const kept = `import { Booking } from 'canonical-models/models/booking';
export { BookingStatus, Booking } from 'canonical-models/models/booking';
import { pgTable, uuid } from 'drizzle-orm/pg-core';
import { clock } from '../clock.js';

/** Stays. */
export const BookingNote = pgTable('booking_notes', { booking: uuid('booking').references(() => Booking.id) });
export const isOld = (booking: Booking) => booking.createdAt < clock();
`;
      expect(tree()).toEqual({
        'src/clock.ts': '',
        'src/models/booking.ts': kept,
        'src/models/DEPRECATED/booking.ts': text.replace("'../clock.js'", "'../../clock.js'"),
      });
      // Again, with and without the flag: there is nothing left to move.
      for (const partial of [true, false]) {
        expect((await shims({ legacyRoot, partial, write: true })).files).toMatchObject([{ status: 'already' }]);
      }
      expect(tree()['src/models/booking.ts']).toBe(kept);
    });

    test.each([
      [
        'a list of exports, with other names inside',
        `class Row {}\nconst loyalty = () => new Row();\nexport { Row as Customer, loyalty };\n`,
        `import { Customer as Row } from 'canonical-models/models/customer';\nexport { Customer } from 'canonical-models/models/customer';\n\nconst loyalty = () => new Row();\nexport { loyalty };\n`,
      ],
      [
        're-exports',
        `export { Customer, other } from './other.js';\nexport * from './other.js';\n`,
        `export { Customer } from 'canonical-models/models/customer';\n\nexport { other } from './other.js';\nexport * from './other.js';\n`,
      ],
      [
        'a class with decorators, and a directive',
        `'use strict';\n@Entity()\n@Index(['email'])\nexport class Customer {}\n\n// kept\nexport default 1;\n`,
        `'use strict';\nexport { Customer } from 'canonical-models/models/customer';\n\n// kept\nexport default 1;\n`,
      ],
    ])('takes apart %s', async (_, text, expected) => {
      expect(await taken('models/customer.ts', text)).toMatchObject({ status: 'partial', text: expected });
    });

    test.each([
      ['two declarations in one statement', 'export const Customer = 1, loyalty = 2;\n', 'Customer and loyalty'],
      [
        'an import that is exported',
        `import { Customer } from './other.js';\nexport { Customer };\nexport const a = 1;\n`,
        'imports Customer',
      ],
      ['nothing that the package has', 'export const loyalty = 2;\n', 'does not have loyalty'],
    ])('stays with %s', async (_, text, reason) => {
      const result = await taken('models/customer.ts', text);
      expect(result).toMatchObject({ status: 'refused', text });
      expect(result.reason).toContain(reason);
    });
  });

  test.each([
    ['that does not parse', 'export class {', 'does not parse'],
    ['in CommonJS', 'module.exports = { Customer: 1 };\n', 'no import or export'],
    ['with a star that leads out of sight', `export * from 'elsewhere';\n`, "export * from 'elsewhere'"],
  ])('%s stays', async (_, text, reason) => {
    const legacyRoot = service({ 'models/customer.js': text });
    const before = tree();
    const { files } = await shims({ legacyRoot, write: true });
    expect(files).toMatchObject([{ status: 'refused' }]);
    expect(files[0]?.reason).toContain(reason);
    expect(tree()).toEqual(before);
  });

  test('is moved with every other understood relative path rewritten', async () => {
    const text = `export class Customer {}
declare module './dep.js' {
  interface Dep {}
}
function paths() {
void new URL('./data.json', import.meta.url);
void new URL('data.json', import.meta.url);
void new URL('https://example.com/data.json', import.meta.url);
void new URL(\`./texts/\${1}.txt\`, import.meta.url);
const require = createRequire(import.meta.url);
void require.resolve('./dep.js');
void require(Math.random() > 1 ? './dep.js' : '../clock.js');
void import.meta.resolve('./dep.js');
void import('./texts/' + 1 + '.txt');
void import.meta.glob('./texts/*.txt');
void import.meta.glob(['./texts/*.txt', '!./texts/b.txt', '../texts/*.txt']);
void import.meta.glob('./*.txt', { base: './texts' });
vi.mock('./dep.js', () => ({}));
vi.mock(import('./dep.js'));
jest.requireActual('./dep.js');
mock.module('./dep.js', { namedExports: {} });
}
/** @import { Dep } from './dep.js' */
`;
    const legacyRoot = service({
      'models/customer.ts': text,
      'models/dep.ts': 'export const dep = 1;\n',
      'models/data.json': '{}',
      'models/texts/a.txt': '',
      'clock.ts': '',
    });
    const { files } = await shims({ legacyRoot, write: true });
    expect(files).toMatchObject([{ status: 'moved' }]);
    const expected = text
      .replaceAll(/(?<=['"`!])\.\.?\/(?!\*)/g, (start) => (start === './' ? '../' : '../../'))
      .replace("('data.json'", "('../data.json'");
    expect(tree()['src/models/DEPRECATED/customer.ts']).toBe(expected);
    for (const [, quoted = ''] of expected.matchAll(/'(\.[^'*]*)'/g)) {
      const plain = quoted.replace(/\.js$/, '.ts');
      const isThere = existsSync(join(legacyRoot, 'models/DEPRECATED', plain));
      expect([quoted, isThere || quoted.startsWith('.txt')]).toEqual([quoted, true]);
    }
  });

  test.each([
    ['a path that something else reads', `readFileSync('./data.json');`, `'./data.json'`],
    ['a module that something else loads', `load('./dep.js');`, `'./dep.js'`],
    ['a module without its ending', `load(\`./dep\`);`, `'./dep'`],
    ['a path with an escape', String.raw`void import('./d\u0065p.js');`, `'./dep.js'`],
    ['a path from elsewhere', `require.resolve('./dep.js', { paths: [elsewhere] });`, `'./dep.js'`],
    ['a folder, with a computed rest', 'read(`./texts/${name}.txt`);', `'./texts/'`],
    ['a key of a glob', `import.meta.glob('./texts/*')['./texts/a.txt'];`, `'./texts/a.txt'`],
    ['a glob that takes in its own folder', `import.meta.glob('./*.ts');`, `'./*.ts'`],
    ['a computed glob', 'import.meta.glob(patterns);', 'a computed glob'],
    ['an URL that is computed', 'new URL(name, import.meta.url);', 'import.meta.url'],
    ['an URL that may have any beginning', 'new URL(`${name}.json`, import.meta.url);', 'import.meta.url'],
    ['its own folder', `join(import.meta.dirname, 'data.json');`, 'import.meta.dirname'],
    ['its own folder in CommonJS', `join(__dirname, 'data.json');`, '__dirname'],
    ['a context of webpack', `require.context('./', true);`, 'require.context'],
  ])('with %s stays, and the line is named', async (_, line, reason) => {
    const legacyRoot = service({
      'models/customer.ts': `export class Customer {}\n\n${line}\n`,
      'models/dep.ts': '',
      'models/data.json': '{}',
      'models/texts/a.txt': '',
    });
    const before = tree();
    const { files } = await shims({ legacyRoot, write: true });
    expect(files).toMatchObject([{ file: 'models/customer.ts', status: 'refused' }]);
    expect(files[0]?.reason).toContain(`models/customer.ts:3: ${reason}`);
    expect(tree()).toEqual(before);
  });

  test('stays if its place in DEPRECATED is taken', async () => {
    const legacyRoot = service({
      'models/customer.ts': 'export class Customer {}\n',
      'models/DEPRECATED/customer.ts': '',
    });
    const before = tree();
    const { files } = await shims({ legacyRoot, write: true });
    expect(files).toMatchObject([{ status: 'refused', reason: 'models/DEPRECATED/customer.ts already exists' }]);
    expect(tree()).toEqual(before);
  });

  test('keeps its line ends, and everything but its relative paths', async () => {
    const text = `\uFEFF/// <reference path="./globals.d.ts" />\r\n/** @type {import('./other').Other} */\r\nexport class Customer {\r\n\tname = '../not/a/path';\r\n}`;
    const legacyRoot = service({ 'models/customer.ts': text });
    await shims({ legacyRoot, write: true });
    expect(tree()['src/models/DEPRECATED/customer.ts']).toBe(
      text.replace('./globals.d.ts', '../globals.d.ts').replace("'./other'", "'../other'"),
    );
    expect(tree()['src/models/customer.ts']).toBe(reExport('models/customer').replaceAll('\n', '\r\n'));
  });

  test('moves for every old path of the registry, and kept paths stay', async () => {
    const files = Object.fromEntries(
      oldModules(renames).map(({ path, symbols, isFolder }) => [
        `${isFolder ? `${path}/index` : path}.ts`,
        symbols.map(({ name }) => `export class ${name} {}\n`).join(''),
      ]),
    );
    const legacyRoot = service(files);
    const report = await shims({ legacyRoot, write: true });
    const deprecated = oldModules(renames).filter(({ removedIn }) => removedIn);
    expect(report.files.map(({ shim, status }) => [shim, status])).toEqual(
      deprecated.map(({ path }) => [`canonical-models/${path}`, 'moved']),
    );
    for (const { path } of oldModules(renames).filter(({ removedIn }) => !removedIn)) {
      expect(tree()[`src/${path}.ts`]).toBe(files[`${path}.ts`]);
    }
  });
});

test('in a repository the move is a git mv, so that history follows', async () => {
  const legacyRoot = service({ 'models/booking.ts': booking });
  const git = (...parameters: string[]) => execFileSync('git', parameters, { cwd: folder, encoding: 'utf8' });
  git('init', '--quiet');
  git('add', '.');
  git('-c', 'user.name=t', '-c', 'user.email=t@example.com', 'commit', '--quiet', '-m', 'before');
  await shims({ legacyRoot, write: true });
  expect(git('diff', '--cached', '--name-status', '-M').trim()).toBe(
    'R100\tsrc/models/booking.ts\tsrc/models/DEPRECATED/booking.ts',
  );
});

test('a file that cannot be moved stays unchanged, and the error names it', async () => {
  const legacyRoot = service({ 'models/booking.ts': booking, 'models/DEPRECATED': 'a file where the folder would be' });
  const before = tree();
  await expect(shims({ legacyRoot, write: true })).rejects.toThrow(/models\/booking\.ts: found an error/);
  expect(tree()).toEqual(before);
});

describe('canonical-models shims', () => {
  test('shows the plan, then carries it out, and exits with 1 if a file was refused', async () => {
    const legacyRoot = service({ 'models/booking.ts': booking, 'models/customer.ts': 'export const loyalty = 1;\n' });
    const plan = await hostedCommand(['shims', '--legacy-root', legacyRoot]);
    expect(plan).toMatchObject({ exitCode: 1, stderr: '' });
    expect(plan.stdout).toContain('Would be moved');
    expect(plan.stdout).toContain('canonical-models/models/customer does not have loyalty');
    expect(existsSync(join(legacyRoot, 'models/DEPRECATED'))).toBe(false);
    rmSync(join(legacyRoot, 'models/customer.ts'));
    const written = await hostedCommand(['shims', '--legacy-root', legacyRoot, '--write', '--json']);
    expect(written).toMatchObject({ exitCode: 0, stderr: '' });
    expect(JSON.parse(written.stdout)).toMatchObject({
      written: true,
      files: [{ file: 'models/booking.ts', status: 'moved' }],
    });
  });

  test('without a legacy root, or with one that does not exist: exit 2', async () => {
    expect(await hostedCommand(['shims'])).toMatchObject({ exitCode: 2, stdout: '' });
    const result = await hostedCommand(['shims', '--legacy-root', join(folder, 'nowhere')]);
    expect(result).toMatchObject({ exitCode: 2, stdout: '' });
    expect(result.stderr).toContain('no such folder');
  });
});
