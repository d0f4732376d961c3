import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import satisfies from 'semver/functions/satisfies.js';
import minVersion from 'semver/ranges/min-version.js';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import packageJson from '../package.json' with { type: 'json' };
import { packageModules } from '../scripts/package-exports.ts';
import { majors, openDatabase, type ServerDatabase, thorough, withConnection } from './support/databases.ts';
import { type CommandResult, runNode } from './support/kit.ts';
import { type PeersService, serviceWithPeers } from './support/package.ts';
import type { Major } from './support/servers.ts';

const { peerDependencies, peerDependenciesMeta, devDependencies } = packageJson;
const tested = (peer: keyof typeof peerDependencies) => `${peer}@${devDependencies[peer]}`;

/** Everything that the commands use, but for some. */
function allPeersBut(...missing: string[]): Record<string, 'installed'> {
  return Object.fromEntries(
    Object.keys(peerDependencies).flatMap((name) => (missing.includes(name) ? [] : [[name, 'installed' as const]])),
  );
}

const work = mkdtempSync(join(tmpdir(), 'canonical-models-peers-'));
afterAll(() => rmSync(work, { recursive: true }));
let database = '';
let databases = 0;
beforeEach(() => {
  database = join(work, `database-${databases++}`);
});

let service: PeersService;
beforeAll(async () => {
  service = await serviceWithPeers();
}, 300_000);

/** Runs the bin as a shell does that has no `node_modules/.bin` on its PATH. */
function run(parameters: readonly string[], { bin, folder } = service, path = noBins): Promise<CommandResult> {
  return runNode([bin, ...parameters], { cwd: folder, env: { PATH: path } });
}
const noBins = ['/usr/bin', '/bin'].join(delimiter);

describe('package.json', () => {
  test('has no dependency, and only one required peer, drizzle-orm', () => {
    expect(Object.keys(packageJson)).not.toContain('dependencies');
    const optional: Record<string, { optional: boolean }> = peerDependenciesMeta;
    const needed = Object.keys(peerDependencies).filter((name) => optional[name]?.optional !== true);
    expect(needed).toEqual(['drizzle-orm']);
  });

  test.each(['drizzle-orm', 'drizzle-kit'] as const)('takes the %s that was tested, and no snapshot of it', (name) => {
    const fits = (version: string) => satisfies(version, peerDependencies[name]);
    expect(['1.0.0-rc.5', '1.0.0', '1.4.2'].filter((version) => !fits(version))).toEqual([]);
    expect(['1.0.0-rc.5-ab785fc', '0.44.7', '0.31.4', '2.0.0'].filter(fits)).toEqual([]);
  });

  test('takes zod from the version that is tested as the oldest', () => {
    expect(minVersion(peerDependencies.zod)?.version).toBe(devDependencies['zod-oldest'].replace('npm:zod@', ''));
  });

  test('accepts the tested version of every peer', () => {
    for (const [name, range] of Object.entries(peerDependencies)) {
      const version = devDependencies[name as keyof typeof peerDependencies];
      expect(satisfies(version, range), `${name}: ${version} is not ${range}`).toBe(true);
    }
  });

  test('says of every package with an install script whether npm may run it', () => {
    const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
      packages: Record<string, { hasInstallScript?: boolean }>;
    };
    const withScripts = Object.entries(packages).flatMap(([path, { hasInstallScript }]) =>
      hasInstallScript ? [path.replace(/^.*node_modules\//, '')] : [],
    );
    expect(withScripts.length).toBeGreaterThan(0);
    expect([...new Set(withScripts)].sort()).toEqual(Object.keys(packageJson.allowScripts).sort());
  });
});

describe.each(['npm', 'pnpm'] as const)('a service installed by %s with drizzle-orm alone', (layout) => {
  let alone: PeersService;
  beforeAll(async () => {
    alone = await serviceWithPeers(layout);
    alone.setPeers({ 'drizzle-orm': 'installed' });
  }, 300_000);

  test('loads tables, relations and enums, and every tool as a library', async () => {
    // Operations with inputs check them by schemas.
    const asksForZod = (source: string) => existsSync(join(dirname(source), 'inputs.ts'));
    const entries = packageModules('.').flatMap(({ specifier, script, source }) =>
      script !== undefined && !/\/(zod|json)$/.test(specifier) && !asksForZod(source) ? [specifier] : [],
    );
    const code = `
      const loaded = {};
      for (const entry of ${JSON.stringify(entries)}) loaded[entry] = Object.keys(await import(entry));
      const { Booking, BookingStatus } = await import('canonical-models/core');
      const { relations } = await import('canonical-models/relations');
      const { getTableName } = await import('drizzle-orm');
      const { codemod } = await import('canonical-models/codemod');
      let refused;
      try {
        codemod("import { Booking } from 'a';", { fileName: 'a.ts', map: { version: 1, modules: { a: { module: 'b' } } } });
      } catch (error) {
        refused = error.message;
      }
      console.log(JSON.stringify({ loaded, table: getTableName(Booking), statuses: BookingStatus.enumValues.length,
        related: Object.keys(relations.Booking.relations).length, refused }));`;
    const { stdout, stderr } = await runNode(['--no-deprecation', '--input-type=module', '--eval', code], {
      cwd: alone.folder,
      env: { PATH: noBins },
    });
    expect(stderr).toBe('');
    const { loaded, ...found } = JSON.parse(stdout);
    expect(Object.keys(loaded)).toEqual(entries);
    expect(loaded['canonical-models/migrate']).toContain('migrate');
    expect(found).toEqual({
      table: 'bookings',
      statuses: expect.any(Number),
      related: expect.any(Number),
      refused: expect.stringContaining(`npm install ${tested('oxc-parser')}`),
    });
    expect(found.statuses).toBeGreaterThan(2);
    expect(found.related).toBeGreaterThan(2);
  });

  test('shows the help of the program and of every command', async () => {
    const help = await run(['--help'], alone);
    expect(help).toMatchObject({ exitCode: 0, stderr: '' });
    for (const command of thorough || layout === 'npm' ? ['migrate', 'codemod', 'usage'] : ['codemod']) {
      const { exitCode, stdout } = await run([command, '--help'], alone);
      expect([exitCode, stdout.split('\n')[0]]).toEqual([0, expect.stringContaining(`canonical-models ${command}`)]);
    }
  });

  test('is told by codemod which parser to install', async () => {
    const { exitCode, stderr } = await run(['codemod', 'src'], alone);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`npx -p canonical-models -p ${tested('oxc-parser')} canonical-models codemod src`);
  });
});

test('the oldest zod makes the same JSON Schemas and takes the same values', async () => {
  const entries = packageModules('.').flatMap(({ specifier }) => (/\/(zod|json)$/.test(specifier) ? [specifier] : []));
  const code = `
    import { createHash } from 'node:crypto';
    const { z } = await import('zod');
    const values = [null, true, 0, -1, 1.5, 1e308, '', 'x', '-0', '12', '1.5', '18:00', '2025-05-01', '2025-05-01T18:00Z', '2025-05-01T18:00:00Z',
      '2025-05-01T18:00:00.123456+02:00', new Date(0), 'a@example.com', 'x'.repeat(300), '\\0', '\\ud800', '00000000-0000-4000-8000-000000000000', [],
      ['x'], {}, { a: [1, { b: null }] }, new Map(), 10n, Infinity, NaN, JSON.parse('{"__proto__":{"a":1},"constructor":{"b":2}}')];
    const answers = {};
    for (const entry of ${JSON.stringify(entries)}) {
      for (const [name, schema] of Object.entries(await import(entry))) {
        if (!(schema instanceof z.ZodType)) continue;
        const shape = schema.shape ?? schema.def.in?.shape ?? {};
        const taken = Object.entries(shape).flatMap(([key, field]) => values.map((value) => [key, field.safeParse(value).success]));
        const jsonSchemas = ['input', 'output'].map((io) => z.toJSONSchema(schema, { io, unrepresentable: 'any' }));
        answers[entry + ' ' + name] = createHash('sha256').update(JSON.stringify([taken, jsonSchemas])).digest('hex');
      }
    }
    console.log(JSON.stringify(answers));`;
  const answersBy = async (zod: 'zod' | 'zod-oldest'): Promise<Record<string, string>> => {
    service.setPeers({ 'drizzle-orm': 'installed', zod: { installedAs: zod } });
    // By its place in the service, drizzle-orm finds the zod of the service, too.
    const { stdout, stderr } = await runNode(['--preserve-symlinks', '--input-type=module', '--eval', code], {
      cwd: service.folder,
      env: { PATH: noBins },
    });
    expect(stderr).toBe('');
    return JSON.parse(stdout);
  };
  const newest = await answersBy('zod');
  expect(Object.keys(newest).length).toBeGreaterThan(100);
  expect(await answersBy('zod-oldest')).toEqual(newest);
});

test('an operation that misses a peer names the line that installs it', async () => {
  service.setPeers({ 'drizzle-orm': 'installed', zod: 'installed' });
  const code = `
    const { renderBlogReviewFeed } = await import('canonical-models/feedback_marketing/blog-reviews');
    const { NotSetUp } = await import('canonical-models/errors');
    const error = await renderBlogReviewFeed([], {}).catch((error) => error);
    console.log(JSON.stringify({ isNotSetUp: error instanceof NotSetUp, ...error }));`;
  const { stdout, stderr } = await runNode(['--input-type=module', '--eval', code], {
    cwd: service.folder,
    env: { PATH: noBins },
  });
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toMatchObject({
    isNotSetUp: true,
    code: 'missing-peer',
    object: 'feedsmith',
    found: 'no such package',
    next: `npm install ${tested('feedsmith')}`,
  });
});

describe('a command that misses a peer', () => {
  const server = 'postgres://me:s3cret@127.0.0.1:1/catering';
  const onDatabases = [
    'migrate',
    'check',
    'status',
    'usage',
    'baseline',
    'encrypt-tokens --yes',
    'revert --to baseline',
  ];
  /** Each command misses one driver or the other: which one a URL needs, all of them ask the same function. */
  const everySecond = (first: 0 | 1) => onDatabases.filter((_, index) => thorough || index % 2 === first);
  const cases: readonly [peer: keyof typeof peerDependencies, commands: readonly string[]][] = [
    ['pg', everySecond(0).map((command) => `${command} --url ${server}`)],
    ['@electric-sql/pglite', everySecond(1).map((command) => `${command} --url pglite:DATABASE`)],
    ['drizzle-orm', onDatabases.map((command) => `${command} --url pglite:DATABASE`)],
    ['libpg-query', [`usage --url ${server}`]],
    ['oxc-parser', [`usage --url ${server} --src src`, 'codemod src --write', 'shims --legacy-root src']],
  ];

  test.each(cases)('reports it without %s, whether it is missing or another version', async (peer, commands) => {
    const expectRefusal = async (command: string, found: string) => {
      const parameters = command.replace('DATABASE', database).split(' ');
      const { exitCode, stdout, stderr } = await run(parameters);
      expect([exitCode, stdout], `${command}: ${stderr}`).toEqual([2, '']);
      const [what, next, ...more] = stderr.trim().split('\n');
      expect(what).toContain(`${peer}: found ${found}; expected ${peer} ${peerDependencies[peer]}: `);
      expect(next).toMatch(new RegExp(`^Next: npm install ${tested(peer).replaceAll('.', '\\.')}(, or |$)`));
      if (peer === 'drizzle-orm') expect(next).not.toContain('npx');
      else expect(next).toContain(`npx -p canonical-models -p ${tested(peer)} canonical-models ${parameters[0]}`);
      expect(more).toEqual([]);
      expect(stderr).not.toContain('s3cret');
      expect(existsSync(database)).toBe(false);
    };
    service.setPeers(allPeersBut(peer));
    for (const command of commands) await expectRefusal(command, 'no such package');
    service.setPeers({ ...allPeersBut(peer), [peer]: { version: '0.0.1' } });
    for (const command of thorough ? commands : commands.slice(0, 1)) await expectRefusal(command, 'version 0.0.1');
  });

  test('names all missing peers, in one line that a shell can run', async () => {
    service.setPeers({ 'drizzle-orm': 'installed' });
    const { exitCode, stderr } = await run(['usage', '--url', server, '--src', 'my src', `--entry=public.it's`]);
    expect(exitCode).toBe(2);
    const packages = [tested('pg'), tested('libpg-query'), tested('oxc-parser')];
    expect(stderr).toContain(`npm install ${packages.join(' ')}`);
    expect(stderr).toContain(
      `npx -p canonical-models ${packages.map((each) => `-p ${each}`).join(' ')} canonical-models usage --url "$DATABASE_URL" --src 'my src' '--entry=public.it'\\''s'`,
    );
  });

  test('uses what npx installed beside its own bins, where a package of the project cannot import it', async () => {
    service.setPeers({ ...allPeersBut('oxc-parser'), 'oxc-parser': { version: '0.0.1' } });
    const npx = await serviceWithPeers();
    npx.setPeers({ 'oxc-parser': 'installed' });
    const source = join(service.folder, 'account.ts');
    writeFileSync(source, `import { Booking } from 'canonical-models/models/booking';\nexport { Booking };\n`);
    const path = [join(npx.folder, 'node_modules/.bin'), noBins].join(delimiter);
    const { exitCode, stdout, stderr } = await run(['codemod', 'account.ts', '--write'], service, path);
    const summary = '1 file read, 1 changed: 1 symbol moved, 0 places left for a person.\n';
    expect([exitCode, stdout, stderr]).toEqual([0, 'account.ts\n', summary]);
    expect(readFileSync(source, 'utf8')).toContain(`from 'canonical-models/core'`);
  });
});

describe('drizzle-orm', () => {
  test.each(['1.0.0-rc.5-ab785fc', '0.44.7'])('%s is refused before the database is touched', async (version) => {
    service.setPeers({ ...allPeersBut('drizzle-orm'), 'drizzle-orm': { version } });
    const { exitCode, stderr } = await run(['migrate', '--url', `pglite:${database}`]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`drizzle-orm: found version ${version}; expected drizzle-orm 1.0.0-rc.5 || >=1.0.0 <2`);
    expect(existsSync(database)).toBe(false);
  });
});

// What migrate made is what the other commands find.
for (const on of thorough ? (['a server', 'PGlite'] as const) : (['a server'] as const))
  describe(`on ${on}`, { shuffle: false }, () => {
    const stable = { version: '0.31.4', reason: 'found version 0.31.4; expected 1.0.0-rc.5 || >=1.0.0 <2' };
    let database: ServerDatabase | undefined;
    let url = `pglite:${join(work, 'migrated')}`;
    beforeAll(async () => {
      if (on === 'PGlite') return;
      database = await openDatabase(majors.at(-1) as Major, 'empty');
      ({ url } = database);
    });
    afterAll(() => database?.close());
    const leftOut = (reason: string) =>
      `drizzle-kit can't be used, its own diff was left out: ${reason}. To have it: npm install ${tested('drizzle-kit')}`;

    test('migrate ignores a drizzle-kit of the stable line, and says why', async () => {
      service.setPeers({ ...allPeersBut('drizzle-kit', 'libpg-query'), 'drizzle-kit': { version: stable.version } });
      const { exitCode, stdout, stderr } = await run(['migrate', '--url', url]);
      expect(exitCode, stderr).toBe(0);
      expect(stdout).toContain(leftOut(stable.reason));
    }, 120_000);

    test.each([
      { drizzleKit: { status: 'not-installed' } },
      ...(thorough ? [stable, { version: '1.0.0-rc.5', reason: 'it does not load: ' }] : []).map(
        ({ version, reason }) => ({
          version,
          drizzleKit: { status: 'unusable', reason: expect.stringContaining(reason) },
        }),
      ),
    ])('check ignores an unusable drizzle-kit: $version', async ({ drizzleKit, ...kit }) => {
      service.setPeers({ ...allPeersBut('drizzle-kit'), ...('version' in kit && { 'drizzle-kit': kit }) });
      const { exitCode, stdout, stderr } = await run(['check', '--url', url, '--json']);
      expect([exitCode, stderr]).toEqual([0, '']);
      expect(JSON.parse(stdout)).toMatchObject({ status: 'agrees', drizzleKit });
    });

    test('revert asks for libpg-query only if a function’s text mentions an affected name', async () => {
      service.setPeers(allPeersBut('libpg-query'));
      await withConnection(url, ({ exec }) =>
        exec(`
        CREATE FUNCTION public.harmless() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM bookings';
        CREATE FUNCTION public.speaks() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM customer_messages';`),
      );

      const revert = () => run(['revert', '--to', 'baseline', '--url', url]);
      const refused = await revert();
      expect(refused.exitCode).toBe(2);
      expect(refused.stderr).toContain(`-p ${tested('libpg-query')} canonical-models revert --to baseline`);

      await withConnection(url, async ({ query, exec }) => {
        const { rows } = await query(`SELECT to_regclass('public.customer_messages') IS NOT NULL AS there`);
        expect(rows).toEqual([{ there: true }]);
        await exec('DROP FUNCTION public.speaks()');
      });
      const done = await revert();
      expect(done.exitCode, done.stderr).toBe(0);
    }, 120_000);
  });

test('the PGlite that a service installs is opened', async () => {
  service.setPeers(allPeersBut('drizzle-kit', 'pg'));
  const { pglite, folder } = await openDatabase('pglite', 'legacy');
  await pglite.close();
  const { exitCode, stdout, stderr } = await run(['baseline', '--url', `pglite:${folder}`, '--json']);
  expect([exitCode, stderr]).toEqual([0, '']);
  expect(JSON.parse(stdout)).toMatchObject({ status: 'recorded' });
});
