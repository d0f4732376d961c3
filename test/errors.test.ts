import { readdirSync, readFileSync } from 'node:fs';
import { createServer, connect as openSocket, type Socket } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sql } from 'drizzle-orm';
import { DrizzleQueryError } from 'drizzle-orm/errors';
import { drizzle as drizzleNodePostgres } from 'drizzle-orm/node-postgres';
import { drizzle as drizzlePostgresJs } from 'drizzle-orm/postgres-js';
import { transformSync } from 'esbuild';
import fc from 'fast-check';
import postgres from 'postgres';
import * as ts from 'typescript';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PostgresDatabase } from '../src/database.ts';
import * as errors from '../src/errors.ts';
import { withStation } from '../src/identity/access/index.ts';
import { recordAuditEvent, verifyAuditTrail } from '../src/identity/audit/index.ts';
import { linkOAuthAccount } from '../src/identity/oauth/index.ts';
import { issueStationToken, revokeStationTokens } from '../src/identity/tokens/index.ts';
import { eachOfFewMajors, openDatabase, type ServerDatabase } from './support/databases.ts';
import { openPool } from './support/servers.ts';

const { CanonicalModelsError, Conflict, InvalidInput, isRetryable, LimitReached, NotAuthenticated } = errors;
const { NotFound, NotPermitted, NotSetUp } = errors;

const root = fileURLToPath(new URL('../', import.meta.url));
const source = readFileSync(join(root, 'src/errors.ts'), 'utf8');
const reference = readFileSync(join(root, 'docs/reference/errors.md'), 'utf8');
const guide = readFileSync(join(root, 'docs/guides/handle-errors.md'), 'utf8');
const details = { object: 'booking 7', found: 'nothing', expected: 'a booking', next: 'correct the id' };

const meanings = [
  [InvalidInput, 'invalid-input', 400],
  [NotAuthenticated, 'not-authenticated', 401],
  [NotPermitted, 'not-permitted', 403],
  [NotFound, 'not-found', 404],
  [Conflict, 'conflict', 409],
  [LimitReached, 'limit-reached', 429],
  [NotSetUp, 'not-set-up', 500],
] as const;

describe('the family', () => {
  test.each(meanings)('%o names its object and has its code', (Meaning, code) => {
    const cause = new Error('behind it');
    const error = new Meaning({ ...details, cause });
    expect(error).toBeInstanceOf(CanonicalModelsError);
    expect(error).toMatchObject({ ...details, code, cause, name: Meaning.name });
    expect(error.message).toBe('booking 7: found nothing; expected a booking.\nNext: correct the id');
    expect(Object.hasOwn(new Meaning(details), 'cause')).toBe(false);
  });

  test('each meaning is one of the classes, and no other is exported', () => {
    const classes = Object.values(errors).filter((value) => value !== isRetryable && value !== CanonicalModelsError);
    expect(new Set(classes)).toEqual(new Set(meanings.map(([Meaning]) => Meaning)));
  });

  test('each code of each meaning is a literal that the declarations explain', () => {
    const found = [...source.matchAll(/\/\*\*([^/]*)\*\/\nexport type (\w+)Code =([^;]*);/g)];
    expect(found.map(([, , name]) => name)).toEqual(meanings.map(([{ name }]) => name));
    const all: string[] = [];
    for (const [, comment = '', name, union = ''] of found) {
      const codes = [...union.matchAll(/'([a-z-]+)'/g)].map(([, code = '']) => code);
      const explained = [...comment.matchAll(/^ \* - (.*?): /gm)].flatMap(([, list = '']) =>
        [...list.matchAll(/`([a-z-]+)`/g)].map(([, code = '']) => code),
      );
      expect(explained.sort(), name).toEqual([...codes].sort());
      expect(union, name).toMatch(/^(\s|\||'[a-z-]+')*$/);
      all.push(...codes);
    }
    expect(new Set(all).size).toBe(all.length);
    const shown = [...reference.matchAll(/^\| `([a-z-]+)` +\| \S.* \| \S.* \|$/gm)].map(([, code]) => code);
    expect(shown).toEqual(expect.arrayContaining(all));
  });

  test('docs/reference/errors.md has each class that the package throws, and each code that its sources give', () => {
    const texts = sourceFiles().map((file) => readFileSync(file, 'utf8'));
    const classes = texts.flatMap((text) =>
      [
        ...text.matchAll(
          /^export class (\w+) extends (?:InvalidInput|Not\w+|Conflict|LimitReached|StationAccessDenied|RunFailure)\b/gm,
        ),
      ].map(([, name = '']) => name),
    );
    expect(classes.length).toBeGreaterThan(6);
    for (const name of classes) expect(reference).toContain(`\`${name}\``);
    const thrown = texts.flatMap((text) =>
      [...text.matchAll(/^ +code: '([a-z]+(?:-[a-z]+)+|conflict|malformed|interrupted|unexpected)'/gm)].map(
        ([, code = '']) => code,
      ),
    );
    expect(thrown.length).toBeGreaterThan(20);
    for (const code of thrown) expect(reference).toContain(`| \`${code}\` `);
  });

  test('the ten lines of handle-errors.md answer each meaning with its status, and show only what a caller may read', () => {
    const { answerTo } = guideExample();
    for (const [Meaning, code, status] of meanings) {
      const body = status === 500 ? { code: 'internal' } : { code, message: new Meaning(details).message };
      expect(answerTo(new Meaning(details))).toEqual({ status, body });
    }
    expect(answerTo(new Error('a bug'))).toEqual({ status: 500, body: { code: 'internal' } });
    const lost = Object.assign(new Error('lost'), { code: 'ECONNRESET' });
    expect(answerTo(new NotSetUp({ ...details, cause: lost }))).toEqual({ status: 503, body: { code: 'internal' } });
  });

  test('the examples of the declarations are those of handle-errors.md, which type-check', () => {
    const examples = [...source.matchAll(/@example\n((?: \* ?.*\n)+?) \*\//g)].map(([, lines = '']) =>
      lines.replaceAll(/^ \* ?/gm, '').trim(),
    );
    expect(examples).toHaveLength(2);
    for (const example of examples) expect(guide).toContain(example);
  });
});

/** The code of handle-errors.md that imports this module, run against it. */
function guideExample(): { answerTo(error: unknown): unknown } {
  const [code = ''] = [...guide.matchAll(/```ts\n([\s\S]*?)```/g)].flatMap(([, block = '']) =>
    block.includes('canonical-models/errors') ? block : [],
  );
  const script = transformSync(code, { loader: 'ts', format: 'cjs' }).code;
  const module = { exports: {} as { answerTo(error: unknown): unknown } };
  const load = (name: string) => (name === 'canonical-models/errors' ? errors : {});
  new Function('module', 'exports', 'require', script)(module, module.exports, load);
  return module.exports;
}

describe('an id that is not a UUID', () => {
  const id = '6f1c1f0e-5f0e-4c55-9c39-0d3c8a1f3b1a';
  // Nothing is sent: every access to it fails.
  const db = new Proxy({} as PostgresDatabase, {
    get: (_, name) => {
      throw new Error(`asked for ${String(name)}`);
    },
  });
  const nothing = async () => {};
  const request = { stationId: id, userId: id, issuerId: id };
  const login = {
    userId: id,
    provider: 'google',
    providerAccountId: '1',
    email: 'a@b.c',
    emailVerified: true,
  } as const;
  const event = { stationId: id, userId: id, action: 'access.granted' } as const;
  const calls: readonly [name: string, (bad: never) => Promise<unknown>][] = [
    ['userId', (userId) => withStation(db, { userId, stationId: id }, nothing)],
    ['stationId', (stationId) => withStation(db, { userId: id, stationId }, nothing)],
    ['stationId', (stationId) => issueStationToken(db, { ...request, stationId })],
    ['issuerId', (issuerId) => issueStationToken(db, { ...request, issuerId })],
    ['sessionId', (sessionId) => issueStationToken(db, { ...request, sessionId })],
    ['id', (bad) => revokeStationTokens(db, { id: bad }, { revokedBy: null })],
    ['revokedBy', (revokedBy) => revokeStationTokens(db, { id }, { revokedBy })],
    ['userId', (userId) => linkOAuthAccount(db, { ...login, userId })],
    ['stationId', (stationId) => recordAuditEvent(db, { ...event, stationId })],
    ['userId', (userId) => recordAuditEvent(db, { ...event, userId })],
    ['stationId', (stationId) => verifyAuditTrail(db, stationId)],
  ];

  test.each([
    ['a-secret-token', 'a string that is not a UUID'],
    [12, 'a value of type number'],
  ])('%j has one error, in every function, and is not shown in it', async (bad, found) => {
    for (const [object, call] of calls) {
      const error = await call(bad as never).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(InvalidInput);
      expect(error).toMatchObject({
        code: 'invalid-input',
        object,
        found,
        expected: 'a UUID, as in 6f1c1f0e-5f0e-4c55-9c39-0d3c8a1f3b1a',
        next: `give ${object} as the database has it`,
      });
      expect((error as Error).message).not.toContain('a-secret-token');
    }
  });

  test('is worded in a single place', () => {
    const wording = sourceFiles().filter((file) => /(?:found|expected):.*UUID/.test(readFileSync(file, 'utf8')));
    expect(wording.map((file) => file.slice(root.length))).toEqual(['src/id.ts']);
  });
});

describe('isRetryable', () => {
  const codes: readonly [code: string, retryable: boolean][] = [
    ...['40001', '40P01', '08000', '08006', '08P01', '57P01', '57P02', '57P03', '57P05'].map((code) => [code, true]),
    ...['ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'ETIMEDOUT', 'CONNECTION_CLOSED', 'CONNECT_TIMEOUT'].map((c) => [
      c,
      true,
    ]),
    ...['23505', '42501', '57014', '57P04', '55P03', '0800', '408', '28P01', 'CONNECTION_ENDED'].map((c) => [c, false]),
  ] as [string, boolean][];

  test('goes by the codes behind an error, not by the messages', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...codes),
        fc.array(fc.string(), { maxLength: 5 }),
        fc.string(),
        (known, around, text) => {
          const [code, retryable] = known;
          let error: unknown = Object.assign(new Error(text), { code });
          for (const message of around) {
            error =
              message.length % 2
                ? new Error(message, { cause: error })
                : new Conflict({ ...details, found: message, cause: error });
          }
          expect(isRetryable(error)).toBe(retryable);
        },
      ),
      { numRuns: 500 },
    );
  });

  test.each([
    ['a text', 'ECONNRESET'],
    ['nothing', undefined],
    ['an error whose message has a code', new Error('40001 ECONNRESET Connection terminated unexpectedly')],
    ['an object that is not an error', { code: '40001' }],
    ['a plain error of a service', new Error('no', { cause: new Error('no') })],
    ['an argument that a driver refuses', new DrizzleQueryError('SELECT 1', [], new TypeError('no'))],
    ['an error of this package below Drizzle', new DrizzleQueryError('SELECT 1', [], new NotSetUp(details))],
  ])('%s is not', (_, error) => {
    expect(isRetryable(error)).toBe(false);
  });

  test('an error that is its own cause does not loop', () => {
    const error = new Error('round');
    error.cause = new Error('and round', { cause: error });
    expect(isRetryable(error)).toBe(false);
  });

  eachOfFewMajors((major) => {
    let database: ServerDatabase;
    let proxy: Awaited<ReturnType<typeof openProxy>>;
    beforeAll(async () => {
      database = await openDatabase(major, 'empty');
      await database.exec(
        'CREATE TABLE counted (id int PRIMARY KEY, n int); INSERT INTO counted VALUES (1, 0), (2, 0)',
      );
      proxy = await openProxy(new URL(database.url));
    });
    afterAll(async () => {
      await proxy.close();
      await database.close();
    });

    /** A separate database for each test: breaking one connection does not affect the others. */
    const drivers = {
      'node-postgres': (url: string) => {
        const pool = openPool(url, { max: 2 });
        return { db: drizzleNodePostgres({ client: pool }) as PostgresDatabase, end: () => pool.end() };
      },
      'postgres-js': (url: string) => {
        const client = postgres(url, { max: 2, onnotice: () => {} });
        return { db: drizzlePostgresJs({ client }) as PostgresDatabase, end: () => client.end({ timeout: 0 }) };
      },
    };

    describe.each(Object.entries(drivers))('over %s', (_, open) => {
      const using = async (run: (db: PostgresDatabase) => Promise<void>, url = database.url) => {
        const { db, end } = open(url);
        await run(db).finally(end);
      };
      const thrownBy = (work: Promise<unknown>) =>
        work.then(
          () => expect.fail('nothing was thrown'),
          (error: unknown) => error,
        );

      test('a serialization failure is', () =>
        using(async (db) => {
          const error = await thrownBy(
            db.transaction(
              async (tx) => {
                await tx.execute(sql`SELECT * FROM counted`);
                await database.query('UPDATE counted SET n = n + 1');
                await tx.execute(sql`UPDATE counted SET n = n + 1`);
              },
              { isolationLevel: 'repeatable read' },
            ),
          );
          expect(isRetryable(error)).toBe(true);
        }));

      test('a deadlock is', () =>
        using(async (db) => {
          let holders = 0;
          let bothHold = () => {};
          const both = new Promise<void>((resolve) => {
            bothHold = resolve;
          });
          const update = (first: 0 | 1) =>
            db.transaction(async (tx) => {
              await tx.execute(sql`UPDATE counted SET n = n + 1 WHERE id = ${first + 1}`);
              holders += 1;
              if (holders === 2) bothHold();
              await both;
              await tx.execute(sql`UPDATE counted SET n = n + 1 WHERE id = ${2 - first}`);
            });
          const ends = await Promise.allSettled([update(0), update(1)]);
          const failed = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason] : []));
          expect(failed.map(isRetryable)).toEqual([true]);
        }));

      test('a connection that the server ended is', () =>
        using(async (db) => {
          const error = await thrownBy(db.execute(sql`SELECT pg_terminate_backend(pg_backend_pid())`).then());
          expect(isRetryable(error)).toBe(true);
        }));

      test.each(['end', 'resetAndDestroy'] as const)('a connection that the network lost silently is: %s', (how) =>
        using(async (db) => {
          const asked = db.execute(sql`SELECT pg_sleep(60)`);
          const thrown = thrownBy(asked.then());
          await proxy.cut(how);
          expect(isRetryable(await thrown)).toBe(true);
        }, proxy.url),
      );

      test('a duplicate unique value and a missing right are not', () =>
        using(async (db) => {
          expect(isRetryable(await thrownBy(db.execute(sql`INSERT INTO counted VALUES (1, 0)`).then()))).toBe(false);
          const asNobody = sql`SET LOCAL ROLE pg_monitor`;
          const denied = db.transaction(async (tx) => {
            await tx.execute(asNobody);
            await tx.execute(sql`SELECT * FROM counted`);
          });
          expect(isRetryable(await thrownBy(denied))).toBe(false);
        }));
    });
  });
});

/** A way to a server that can be cut: at its end with a last packet, or by a reset. */
async function openProxy(server: URL) {
  const pairs = new Set<readonly [client: Socket, upstream: Socket]>();
  let onData = () => {};
  const listener = createServer((client) => {
    const upstream = openSocket(Number(server.port), server.hostname);
    const pair = [client, upstream] as const;
    pairs.add(pair);
    for (const socket of pair) {
      socket.on('error', () => {});
      socket.on('close', () => {
        pairs.delete(pair);
        for (const each of pair) each.destroy();
      });
    }
    client.on('data', (bytes) => {
      upstream.write(bytes);
      if (bytes.includes('pg_sleep')) onData();
    });
    upstream.on('data', (bytes) => client.write(bytes));
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const url = new URL(server);
  url.hostname = '127.0.0.1';
  url.port = String((listener.address() as { port: number }).port);
  return {
    url: url.href,
    /** Cuts every connection once the statement that sleeps is under way. */
    async cut(how: 'end' | 'resetAndDestroy') {
      await new Promise<void>((resolve) => {
        onData = resolve;
      });
      onData = () => {};
      for (const [client, upstream] of pairs) {
        client[how]();
        upstream.destroy();
      }
    },
    close: () => new Promise((resolve) => listener.close(resolve)),
  };
}

function sourceFiles(): string[] {
  return readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join(root, 'src', file));
}

describe('no source file decides by the text of a message', () => {
  // PostgreSQL and the system translate what they say, node-postgres' `severity` too.
  const texts = new Set(['message', 'severity']);
  /** Methods that test a text; `replace` and the like only change what is shown. */
  const judging =
    /^(?:at|charAt|endsWith|includes|indexOf|lastIndexOf|localeCompare|match|matchAll|search|split|startsWith)$/;

  const decisionsIn = (file: string, text: string): string[] => {
    const parsed = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
    const decisions: string[] = [];
    const visit = (node: ts.Node): void => {
      const isText =
        (ts.isPropertyAccessExpression(node) && texts.has(node.name.text)) ||
        (ts.isIdentifier(node) && texts.has(node.text) && !isNameOfProperty(node)) ||
        (ts.isStringLiteral(node) && texts.has(node.text) && ts.isElementAccessExpression(node.parent));
      if (isText && decides(ts.isStringLiteral(node) ? node.parent : node)) {
        const { line } = parsed.getLineAndCharacterOfPosition(node.getStart());
        decisions.push(`${file}:${line + 1}`);
      }
      ts.forEachChild(node, visit);
    };
    visit(parsed);
    return decisions;
  };

  const isNameOfProperty = (node: ts.Identifier): boolean =>
    ts.isPropertyAccessExpression(node.parent) && node.parent.name === node;

  const decides = (node: ts.Node): boolean => {
    const { parent } = node;
    if (ts.isParenthesizedExpression(parent) || ts.isNonNullExpression(parent) || ts.isAsExpression(parent)) {
      return decides(parent);
    }
    if (ts.isPropertyAccessExpression(parent) && parent.expression === node) {
      return judging.test(parent.name.text) || (/Case$|^trim/.test(parent.name.text) && decides(parent.parent));
    }
    if (ts.isCallExpression(parent) && parent.arguments.some((argument) => argument === node)) {
      const callee = parent.expression;
      return (
        ts.isPropertyAccessExpression(callee) && /^(?:test|exec|includes|has|indexOf|match)$/.test(callee.name.text)
      );
    }
    if (ts.isBinaryExpression(parent)) {
      const comparisons = /^(?:===|!==|==|!=|<|>|<=|>=|in)$/;
      return comparisons.test(parent.operatorToken.getText());
    }
    if (ts.isSwitchStatement(parent) || ts.isCaseClause(parent)) return true;
    return ts.isElementAccessExpression(parent) && parent.argumentExpression === node;
  };

  test('as this test would notice', () => {
    const decisions = [
      '/no/.test(error.message)',
      'error.message.includes("no")',
      'error.message.toLowerCase().includes("no")',
      "(error as Error).message === 'no'",
      'const { message } = error; if (pattern.exec(message)) no();',
      "error['message'].startsWith('no')",
      "if (notice.severity === 'ERROR') no();",
      "switch (error.message) { case 'no': }",
      "const isMissing = message.includes('no')",
      'advice[error.message]',
      'known.has(error.message)',
    ];
    for (const code of decisions) expect(decisionsIn('a.ts', code), code).toEqual(['a.ts:1']);
    const shown = ['say(error.message)', 'const found = `${message} (${code})`', 'error.message.replace(/x/, "")'];
    for (const code of shown) expect(decisionsIn('a.ts', code), code).toEqual([]);
  });

  test('in all of src', () => {
    const allowed = [
      // Commander's messages on wrong usage are shown in the form of our own errors; nothing else depends on their text.
      'src/cli/program.ts',
      // That of postgres-js is the one that is not translated.
      'src/identity/access/sent-statements.ts',
      // The severities of oxc-parser are an enum of its own.
      'src/tools/codemod/syntax.ts',
    ];
    const decisions = sourceFiles()
      .map((file) => file.slice(root.length))
      .filter((file) => !allowed.includes(file))
      .map((file) => [file, readFileSync(join(root, file), 'utf8')] as const)
      .filter(([, text]) => [...texts].some((name) => text.includes(name)))
      .flatMap(([file, text]) => decisionsIn(file, text));
    expect(decisions).toEqual([]);
  });
});
