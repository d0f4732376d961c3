import { index, pgTable, uuid } from 'drizzle-orm/pg-core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assertValidRenames, entryName, renameProblems } from '../../../scripts/generate/validate-renames.ts';
import { Conflict } from '../../../src/errors.ts';
import { type Model, models, qualifiedName } from '../../../src/registry/models.ts';
import {
  type BarrelRename,
  type ModuleRename,
  type Rename,
  renames,
  type SymbolRename,
  type TableRename,
} from '../../../src/registry/renames.ts';

const lifetime = { since: '1.0.0', removedIn: '2.0.0', reason: 'A test.' };

const table = (from: string, to: string, more: Partial<TableRename> = {}): TableRename => ({
  kind: 'table',
  from,
  to,
  migration: 'rename_tables',
  ...lifetime,
  ...more,
});
const module = (from: string, symbols: readonly string[] = ['Booking'], to = 'core'): ModuleRename => ({
  kind: 'module',
  from,
  to: to as ModuleRename['to'],
  symbols,
  ...lifetime,
});
const symbol = (from: string, to = 'core#Booking'): SymbolRename => ({
  kind: 'symbol',
  from,
  to: to as SymbolRename['to'],
  ...lifetime,
});
const barrel = (from: string): BarrelRename => ({ kind: 'barrel', from, ...lifetime });

/** What is wrong, one line a problem. */
const problems = (entries: readonly Rename[], all: readonly Model[] = models()) =>
  renameProblems(entries, all).map(({ entry, problem }) => `${entry}: ${problem}`);

test('the registry of the package has no problem', () => {
  expect(renameProblems(renames, models())).toEqual([]);
  expect(() => assertValidRenames(renames, models())).not.toThrow();
});

describe('one old name has one entry', () => {
  test.each<[what: string, first: Rename, second: Rename]>([
    ['a table', table('public.cooks', 'public.chefs'), table('public.cooks', 'public.customers')],
    ['a module', module('models/booking'), module('models/booking', ['Customer'])],
    ['a module and a barrel', module('models/booking'), barrel('models/booking')],
    ['a symbol', symbol('models/booking#Booking'), symbol('models/booking#Booking', 'core#Customer')],
    ['a module and its symbol', module('models/booking'), symbol('models/booking#Booking', 'core#Customer')],
    ['a symbol and its module', symbol('models/booking#Booking', 'core#Customer'), module('models/booking')],
  ])('%s', (_, first, second) => {
    const beneath = module('models/booking/parts', ['Chef']);
    expect(problems([first, second, beneath])).toEqual([
      `${entryName(second)}: an earlier entry has the same old name: ${entryName(first)}`,
    ]);
  });

  test('of three with one old name, the second and the third are named', () => {
    const entries = [
      table('public.a', 'public.chefs'),
      table('public.a', 'public.leads'),
      table('public.a', 'public.leads'),
    ];
    expect(problems(entries)).toHaveLength(2);
  });

  test('the same name of a table in another PostgreSQL schema, or of a symbol in another module, is another name', () => {
    expect(
      problems([
        table('public.accounts', 'public.chefs'),
        table('identity.accounts', 'identity.users'),
        symbol('models/a#Booking'),
        symbol('models/b#Booking'),
      ]),
    ).toEqual([]);
  });
});

describe('a table', () => {
  test('may not be one that a model still declares', () => {
    expect(problems([table('public.bookings', 'public.chefs')])).toEqual([
      'table public.bookings → public.chefs: public.bookings is still a table: the model core#Booking declares it',
    ]);
  });

  test('has to lead to a table with a model', () => {
    expect(problems([table('public.cooks', 'public.kitchen_chefs')])).toEqual([
      'table public.cooks → public.kitchen_chefs: there is no model of public.kitchen_chefs',
    ]);
  });

  test('that leads to another old name is a chain, which is named from end to end', () => {
    expect(
      problems([table('public.a', 'public.b'), table('public.b', 'public.c'), table('public.c', 'public.chefs')]),
    ).toEqual([
      'table public.a → public.b: there is no model of public.b',
      'table public.a → public.b: it is part of a chain: public.a → public.b → public.c → public.chefs; let it lead to public.chefs',
      'table public.b → public.c: there is no model of public.c',
      'table public.b → public.c: it is part of a chain: public.b → public.c → public.chefs; let it lead to public.chefs',
    ]);
  });

  test('that leads back to itself is a cycle, which every entry of it names', () => {
    const entries = [table('public.a', 'public.b'), table('public.b', 'public.a'), table('public.c', 'public.a')];
    expect(problems(entries).filter((problem) => problem.includes('cycle'))).toEqual([
      'table public.a → public.b: it is part of a cycle: public.a → public.b → public.a',
      'table public.b → public.a: it is part of a cycle: public.b → public.a → public.b',
      'table public.c → public.a: it is part of a cycle: public.c → public.a → public.b → public.a',
    ]);
  });

  test('that is renamed to itself is a cycle of one', () => {
    expect(problems([table('public.chefs', 'public.chefs')])).toEqual([
      'table public.chefs → public.chefs: public.chefs is still a table: the model core#Chef declares it',
      'table public.chefs → public.chefs: it is part of a cycle: public.chefs → public.chefs',
    ]);
  });

  test('may have had two names before: both lead to the table', () => {
    expect(problems([table('public.cooks', 'public.chefs'), table('public.kitchen_staff', 'public.chefs')])).toEqual(
      [],
    );
  });

  test('stays in its PostgreSQL schema', () => {
    expect(problems([table('public.people', 'identity.users')])).toEqual([
      'table public.people → identity.users: it leads to another PostgreSQL schema; a rename stays in its schema',
    ]);
  });

  test.each([
    'messages',
    'public.',
    '.messages',
    'a.b.c',
    'public.Messages',
    'public.my messages',
    'public."x"',
    'public.1st',
    '',
  ])('has a name with its schema, in lower case: not %j', (name) => {
    const expected = `${JSON.stringify(name)} is not a table name with its schema, such as public.messages`;
    expect(problems([table(name, 'public.chefs')])).toEqual([`table ${name} → public.chefs: ${expected}`]);
    expect(problems([table('public.cooks', name)])).toEqual([`table public.cooks → ${name}: ${expected}`]);
  });

  test.each(['', 'Rename', 'rename tables', '../x', '1st', 'a/b'])(
    'has a migration fit for a folder: not %j',
    (migration) => {
      expect(problems([table('public.cooks', 'public.chefs', { migration })])).toEqual([
        `table public.cooks → public.chefs: migration is ${JSON.stringify(migration)}, not a name such as rename_message_tables`,
      ]);
    },
  );

  test('has names of at most 63 bytes, before and after', () => {
    const long = `public.${'a'.repeat(64)}`;
    expect(problems([table(long, 'public.chefs')])).toEqual([
      `table ${long} → public.chefs: ${'a'.repeat(64)} has 64 bytes; PostgreSQL takes 63`,
    ]);
    expect(problems([table(`public.${'a'.repeat(63)}`, 'public.chefs')])).toEqual([]);
  });

  test('has indexes and constraints whose names still fit after the rename', () => {
    const name = 'chefs_of_the_whole_catering_business'.padEnd(50, '_x');
    const model = pgTable(name, { id: uuid('id').primaryKey(), stationId: uuid('station_id') }, (columns) => [
      index(`idx_${name}_station_id`).on(columns.stationId),
      index(`idx_${name}_id`).on(columns.id),
    ]);
    const all: Model[] = [{ domain: 'core', entity: 'Chef', name: qualifiedName(model), table: model }];
    expect(problems([table('public.chefs', `public.${name}`)], all)).toEqual([
      `table public.chefs → public.${name}: idx_${name}_station_id has 65 bytes; PostgreSQL takes 63`,
    ]);
  });
});

describe('a module, a barrel or a symbol', () => {
  test('leads to an existing domain', () => {
    expect(problems([module('models/a', [], 'kitchen')])).toEqual([
      'module models/a → kitchen: there is no domain kitchen',
    ]);
    expect(problems([symbol('models/a#B', 'kitchen#B')])).toEqual([
      'symbol models/a#B → kitchen#B: there is no domain kitchen',
    ]);
    expect(problems([module('models/a', [], 'toString')])).toEqual([
      'module models/a → toString: there is no domain toString',
    ]);
  });

  test('leads to symbols that the domain exports', () => {
    expect(problems([module('models/a', ['Booking', 'Kitchen', 'Oven'])])).toEqual([
      'module models/a → core: core does not export Kitchen',
      'module models/a → core: core does not export Oven',
    ]);
    expect(problems([symbol('models/a#B', 'core#Kitchen')])).toEqual([
      'symbol models/a#B → core#Kitchen: core does not export Kitchen',
    ]);
    expect(problems([symbol('models/a#B', 'core')])).toEqual(['symbol models/a#B → core: core does not export ']);
    expect(problems([symbol('models/a#B', 'core#toString')])).toEqual([
      'symbol models/a#B → core#toString: core does not export toString',
    ]);
  });

  test.each(['', '/models/a', 'models/a/', './models/a', '../a', 'models//a', 'models\\a', 'models/a.ts', 'models a'])(
    'has an old path such as models/a: not %j',
    (path) => {
      const what = (example: string, from: string) => `from is ${JSON.stringify(from)}, not a name such as ${example}`;
      expect(problems([module(path)])).toContain(`module ${path} → core: ${what('models/a', path)}`);
      expect(problems([barrel(path)])).toContain(`barrel ${path}: ${what('models/a', path)}`);
      expect(problems([symbol(`${path}#B`)])).toContain(
        `symbol ${path}#B → core#Booking: ${what('models/a#B', `${path}#B`)}`,
      );
    },
  );

  test.each(['models/a', 'models/a#', '#B', 'models/a#B#C'])('has an old symbol such as models/a#B: not %j', (from) => {
    expect(problems([symbol(from)])).not.toEqual([]);
    for (const problem of problems([symbol(from)])) expect(problem).toContain(`symbol ${from} → core#Booking: `);
  });

  test('has symbols that a module can export, each once', () => {
    expect(problems([module('models/a', ['Booking', 'Booking'])])).toEqual([
      'module models/a → core: it lists Booking twice',
    ]);
    expect(problems([module('models/a', ['not a name'])])).toEqual([
      'module models/a → core: "not a name" is not a name that a module can export',
      'module models/a → core: core does not export not a name',
    ]);
  });

  test('may not have the path of a domain or of its schemas', () => {
    const taken = [module('core'), barrel('lead'), module('core/zod'), module('core/json')];
    expect(problems(taken).filter((it) => it.includes('still'))).toEqual([
      'module core → core: core is still a module: it is the domain core',
      'barrel lead: lead is still a module: it is the domain lead',
      'module core/zod → core: core/zod is still a module: it has the schemas of the domain core',
      'module core/json → core: core/json is still a module: it has the schemas of the domain core',
    ]);
  });

  test('a barrel gathers modules that another entry moves', () => {
    expect(problems([barrel('models'), module('db/models/booking')])).toEqual([
      'barrel models: no other entry moves a module under models/',
    ]);
    expect(problems([barrel('models'), module('models/booking')])).toEqual([]);
    expect(problems([barrel('models'), symbol('models/social#Booking')])).toEqual([]);
    expect(problems([barrel('models'), barrel('models/old')])).toHaveLength(2);
  });
});

describe('a lifetime', () => {
  test.each(['1', '1.0', 'v1.0.0', '1.0.0-rc.1', '', '1.0.0.0', ' 1.0.0'])('is between versions: not %j', (version) => {
    expect(problems([table('public.cooks', 'public.chefs', { since: version })])).toEqual([
      `table public.cooks → public.chefs: since is ${JSON.stringify(version)}, not a version such as 1.0.0`,
    ]);
    expect(problems([table('public.cooks', 'public.chefs', { removedIn: version })])).toEqual([
      `table public.cooks → public.chefs: removedIn is ${JSON.stringify(version)}, not a version such as 2.0.0`,
    ]);
  });

  test('may have no end', () => {
    const { removedIn: _, ...forever } = table('public.cooks', 'public.chefs');
    expect(problems([forever])).toEqual([]);
  });

  test('does not end in the version in which it begins', () => {
    expect(problems([table('public.cooks', 'public.chefs', { since: '1.2.3', removedIn: '1.2.3' })])).toEqual([
      'table public.cooks → public.chefs: removedIn 1.2.3 is not after since 1.2.3',
    ]);
  });

  test('ends after it begins, for any two versions', () => {
    const part = fc.nat({ max: 1200 });
    const version = fc.tuple(part, part, part);
    fc.assert(
      fc.property(version, version, (since, removedIn) => {
        const [difference = 0] = since
          .map((number, index) => (removedIn[index] ?? 0) - number)
          .filter((it) => it !== 0);
        const found = problems([
          table('public.cooks', 'public.chefs', { since: since.join('.'), removedIn: removedIn.join('.') }),
        ]);
        expect(found).toEqual(
          difference > 0
            ? []
            : [
                `table public.cooks → public.chefs: removedIn ${removedIn.join('.')} is not after since ${since.join('.')}`,
              ],
        );
      }),
    );
  });
});

describe('assertValidRenames', () => {
  test('names each bad entry with its problem, and what to do next', () => {
    const bad = [...renames, table('public.bookings', 'public.kitchen'), module('models/x', ['Oven'])];
    const error = (() => {
      try {
        assertValidRenames(bad, models());
      } catch (caught) {
        return caught;
      }
      return undefined;
    })();
    expect(error).toBeInstanceOf(Conflict);
    expect(error).toMatchObject({ object: 'src/registry/renames.ts' });
    const { message } = error as Conflict;
    expect(message).toContain('\n  table public.bookings → public.kitchen: there is no model of public.kitchen');
    expect(message).toContain('\n  module models/x → core: core does not export Oven');
    expect(message).toContain('Next: fix the named entries of src/registry/renames.ts');
    expect(message.split('\n  ')).toHaveLength(4);
  });

  test('never fails in another way for any registry, and names the entry with every problem', () => {
    const name = fc.oneof(
      fc.constantFrom(
        'public.chefs',
        'public.cooks',
        'identity.users',
        'models/a',
        'models',
        'models/a#B',
        'core',
        'core#Chef',
      ),
      fc.string({ maxLength: 12 }),
    );
    const entry = fc.record({
      kind: fc.constantFrom('table', 'module', 'symbol', 'barrel'),
      from: name,
      to: name,
      migration: name,
      symbols: fc.array(name, { maxLength: 3 }),
      since: fc.oneof(fc.constant('1.0.0'), name),
      removedIn: fc.oneof(fc.constant('2.0.0'), fc.constant(undefined), name),
      reason: name,
    }) as unknown as fc.Arbitrary<Rename>;
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 6 }), (entries) => {
        const names = entries.map(entryName);
        for (const problem of renameProblems(entries, models())) expect(names).toContain(problem.entry);
      }),
    );
  });
});
