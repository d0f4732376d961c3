import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { packageModules } from '../scripts/package-exports.ts';
import { checkBlock } from './support/code-blocks.ts';
import { runCompiler } from './support/compilers.ts';

const root = fileURLToPath(new URL('../', import.meta.url));

/** An `@example` of a comment in the sources. */
interface Example {
  /** From the root, as in `src/errors.ts`. */
  readonly file: string;
  readonly line: number;
  /** Without the fence, if it has one. */
  readonly code: string;
  /** That of the fence; `ts` without one. */
  readonly language: string;
}

const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => `src/${file.replaceAll('\\', '/')}`)
  .sort();

function examplesOf(file: string): Example[] {
  const text = readFileSync(join(root, file), 'utf8');
  return [...text.matchAll(/^( *)\/\*\*(?:(?!\*\/)[\s\S])*\*\//gm)].flatMap(({ 0: comment, index }) =>
    [...comment.matchAll(/\* @example *\n((?: *\*(?! @|\/).*\n?)*)/g)].map((example) => {
      const lines = (example[1] ?? '').split('\n').map((line) => line.replace(/^ *\* ?/, ''));
      const code = lines.join('\n').replace(/\s*\/?$/, '\n');
      const [, language = 'ts', fenced = code] = /^```(\w+)\n([\s\S]*?)^```$/m.exec(code) ?? [];
      const line = text.slice(0, index + example.index).split('\n').length;
      return { file, line, code: fenced, language };
    }),
  );
}

const examples = sources.flatMap(examplesOf);
const scripts = examples.filter(({ language }) => language === 'ts');

/** What examples mention that their readers have: a connection, a request, and what comes with it. */
const context = `
  declare const db: import('drizzle-orm/node-postgres').NodePgDatabase;
  declare const connection: import('canonical-models/migrate').Connection;
  declare const query: import('canonical-models/migrate').Connection['query'];
  declare const url: string;
  declare const stationId: string, userId: string, adminId: string, jwtId: string, ipAddress: string, providerAccountId: string;
  declare const bookingId: string, customerId: string, reviewId: string, redemptionId: string, couponId: string, leaseToken: string;
  declare function send(notification: object): Promise<void>;
  declare const reviewIds: string[];
  declare const token: string, idToken: string, file: string, stdout: string, before: string, match: RegExpExecArray, bytesAsRead: Buffer, after: string;
  declare const session: { userId: string };
  declare const request: { ip: string; headers: Record<string, string> };
  declare const reply: { code(status: number): { send(): void }; header(name: string, value: string): void };
  declare const tokens: { access_token: string; refresh_token: string };
  declare const claims: { sub: string; email: string; email_verified: boolean };
  declare const station: import('canonical-models/identity').Station;
  declare const newStation: import('canonical-models/identity').NewStation;
  declare const booking: import('canonical-models/core').Booking;
  declare const schemas: typeof import('canonical-models/core/zod');
  declare const access: import('canonical-models/identity').StationAccess;
  declare const lastWeek: import('canonical-models/identity/audit').AuditAnchor;
  declare const map: import('canonical-models/codemod').ImportMap;
  declare const options: import('canonical-models/codemod').CodemodOptions;
  declare const colours: Parameters<typeof import('${root}src/tools/codemod/unified-diff.ts').unifiedDiff>[3];
  declare function verifiedClaims(idToken: string): Promise<typeof claims>;
  declare function secret(name: string): Promise<Uint8Array>;
  declare function redirect(path: string): void;
  declare function cancelBooking(tx: unknown): Promise<void>;
  declare class BookingRefused extends Error {}
`;

/** Where the names that examples use without an import come from. */
const origins: Readonly<Record<string, string>> = {
  ...origin('drizzle-orm', 'count desc eq'),
  ...origin('drizzle-orm/pg-core', 'index pgTable text uuid'),
  ...origin('node:fs/promises', 'writeFile'),
  ...origin('node:timers/promises', 'setTimeout'),
  ...origin('canonical-models/codemod', 'codemod buildImportMap'),
  ...origin('canonical-models/core', 'Booking Customer'),
  ...origin('canonical-models/feedback_marketing/coupons', 'markCouponReminderSent'),
  ...origin('canonical-models/feedback_marketing/blog-reviews', 'findPublishedBlogReview listPublishedBlogReviews'),
  ...origin('canonical-models/feedback_marketing/google-reviews', 'fetchGoogleReviews listCustomerCandidates'),
  ...origin('canonical-models/identity', 'Station User'),
  ...origin('canonical-models/identity/access', 'withStation'),
  ...origin('canonical-models/identity/oauth', 'setEncryptionKeys'),
  ...origin('canonical-models/migrate', 'MigrateReport migrate'),
  ...origin('canonical-models/renames', 'renames'),
  ...origin('canonical-models/revert', 'revert'),
  ...origin('canonical-models/validation', 'JsonInsertSchema'),
  ...origin(`${root}src/tools/database/describe.ts`, 'describeDatabase'),
};

function origin(module: string, names: string): Record<string, string> {
  return Object.fromEntries(names.split(' ').map((name) => [name, module]));
}

/** An example as a module: what it documents is imported, and what is left of it is in a function, as `return` and `await` have to be. */
function moduleOf({ file, code }: Example): string {
  const imports = [...code.matchAll(/^import .* from '.*';$/gm)].map(([line]) => line);
  const body = code.replaceAll(/^import .* from '.*';$/gm, '');
  const own = [
    ...readFileSync(join(root, file), 'utf8').matchAll(
      /^export (?:\w+ )*(?:function|const|class|interface|type) (\w+)/gm,
    ),
  ];
  const wanted: Record<string, string> = { ...origins };
  for (const [, name = ''] of own) wanted[name] = `${root}${file}`;
  const isUsed = (name: string) =>
    new RegExp(`(?<![\\w'/]|[^.]\\.)${name}\\b(?!:)`).test(body) &&
    !new RegExp(`\\b(?:const|function|class|type) ${name}\\b`).test(body) &&
    !imports.some((line) => new RegExp(`\\b${name}\\b`).test(line));
  const added = Object.entries(wanted).flatMap(([name, from]) =>
    isUsed(name) ? [`import { ${name} } from '${from}';`] : [],
  );
  if (/^import pg\b/m.test(code) === false && /\bnew pg\./.test(body)) added.push(`import pg from 'pg';`);
  const exportsSomething = /^export /m.test(body);
  return [...added, ...imports, exportsSomething ? body : `export async function example() {\n${body}}`, ''].join('\n');
}

test('each @example of the sources compiles', async () => {
  expect(scripts.length).toBeGreaterThan(50);
  const folder = mkdtempSync(join(tmpdir(), 'canonical-models-examples-'));
  try {
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    mkdirSync(join(folder, 'examples/all'), { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    const paths = packageModules(root).map(({ specifier, source }) => [specifier, [`${root}${source}`]]);
    const compilerOptions = {
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      noEmit: true,
      skipLibCheck: true,
      allowImportingTsExtensions: true,
      module: 'nodenext',
      target: 'es2023',
      types: ['node'],
      paths: Object.fromEntries(paths),
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['examples'] }));
    writeFileSync(join(folder, 'examples/all/context.d.ts'), context);
    for (const example of scripts) {
      const name = `${example.file.replaceAll(/\W/g, '-')}-${example.line}.ts`;
      writeFileSync(join(folder, 'examples/all', name), moduleOf(example));
    }
    expect(await runCompiler('7.0', ['-p', '.'], folder)).toMatchObject({ exitCode: 0, stdout: '' });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 300_000);

test('each @example that is not TypeScript is right', async () => {
  const others = examples.filter(({ language }) => language !== 'ts');
  expect(others.map(({ language }) => language).sort()).toEqual(['sh', 'sql']);
  for (const { file, line, language, code } of others) await checkBlock({ at: `${file}:${line}`, language, code });
});
