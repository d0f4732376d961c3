import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { buildImportMap, type ImportMap, listPackageRenames } from '../../src/registry/import-map.ts';
import { renames } from '../../src/registry/renames.ts';
import { createRandom, type Random } from '../../test/support/random.ts';

/** A generated tree. */
export interface Tree {
  /** Text of each file by its path from the root, with forward slashes. */
  readonly files: ReadonlyMap<string, string>;
  readonly lines: number;
  /** How many of the files import an old path. */
  readonly importing: number;
}

/**
 * A service as it would look before the codemod: repositories, services, routes, schemas, jobs and tests, a fifth of which
 * import old paths. The same count always gives the same tree, byte for byte.
 *
 * @example
 * const tree = serviceTree(2000);
 * await writeTree('/tmp/service', tree);
 */
export function serviceTree(fileCount: number): Tree {
  const random = createRandom(20251125);
  const map = buildImportMap(listPackageRenames(renames));
  const files = new Map<string, string>();
  let lines = 0;
  let importing = 0;
  for (let index = 0; index < fileCount; index++) {
    const kind = kinds[index % kinds.length] ?? 'service';
    const subject = subjectAt(Math.floor(index / kinds.length));
    const old = index % 5 === 2;
    const text = fileText(kind, subject, old, map, random);
    files.set(`src/modules/${subject.area}/${subject.file}/${subject.file}.${kind}.ts`, text);
    lines += text.split('\n').length - 1;
    if (old) importing++;
  }
  return { files, lines, importing };
}

/** Writes a tree under a folder, with the `tsconfig.json`, `package.json` and `.gitignore` that a service has. */
export async function writeTree(root: string, tree: Tree): Promise<void> {
  await mkdir(root, { recursive: true });
  for (const [path, text] of tree.files) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  const compilerOptions = { target: 'ES2023', module: 'NodeNext', strict: true, paths: { '@/*': ['./src/*'] } };
  await writeFile(join(root, 'tsconfig.json'), `${JSON.stringify({ compilerOptions, include: ['src'] }, null, 2)}\n`);
  await writeFile(join(root, 'package.json'), `${JSON.stringify({ name: 'service', type: 'module' }, null, 2)}\n`);
  await writeFile(join(root, '.gitignore'), 'node_modules\ndist\ncoverage\n*.log\n');
}

type Kind = (typeof kinds)[number];

interface Subject {
  readonly area: string;
  /** In kebab-case, as in `seasonal-menu`. */
  readonly file: string;
  /** In PascalCase, as in `SeasonalMenu`. */
  readonly type: string;
  /** In camelCase, as in `seasonalMenu`. */
  readonly value: string;
}

/** A file's imports from old paths: the statements, and names that it can use as tables. */
interface OldImports {
  readonly statements: readonly string[];
  readonly tables: readonly string[];
  /** Statements further down in the file: lazy imports and mocks. */
  readonly body: readonly string[];
}

const kinds = ['repository', 'service', 'routes', 'schema', 'job', 'client', 'spec'] as const;
const areas = [
  'events',
  'kitchen',
  'sales',
  'support',
  'growth',
  'finance',
  'fleet',
  'people',
  'reporting',
  'platform',
];
const adjectives = [
  'seasonal', 'regional', 'pending', 'archived', 'recurring', 'preferred', 'external', 'internal', 'partial', 'daily',
  'weekly', 'priority', 'shared', 'private', 'catered', 'corporate', 'confirmed', 'waiting', 'refunded', 'scheduled',
]; // biome-ignore format: a vocabulary reads best packed
const nouns = [
  'menu', 'quote', 'invoice', 'deposit', 'itinerary', 'inventory', 'supplier', 'shift', 'route', 'forecast', 'feedback',
  'voucher', 'reminder', 'digest', 'venue', 'allergen', 'tasting', 'equipment', 'transfer', 'ledger', 'audit', 'contract',
]; // biome-ignore format: a vocabulary reads best packed
const fields = [
  'status', 'region', 'guestCount', 'totalCents', 'scheduledAt', 'assignee', 'channel', 'notes', 'priority', 'currency',
  'externalId', 'attempts', 'lastSeenAt', 'ownerEmail', 'timezone', 'discountCents', 'locale', 'reference', 'tags', 'version',
]; // biome-ignore format: a vocabulary reads best packed

/** How much more often than the rest of them some old modules are imported. */
const popularity: Readonly<Record<string, number>> = {
  'models/booking': 6,
  'models/customer': 5,
  'models/lead': 3,
  'core/auth/station_models': 3,
  models: 3,
  'models/social': 2,
  'models/newsletter': 2,
  'models/role': 2,
};

function pick<T>(random: Random, items: readonly T[]): T {
  return items[Math.floor(random() * items.length)] as T;
}

function several<T>(random: Random, items: readonly T[], atLeast: number, atMost: number): T[] {
  const count = atLeast + Math.floor(random() * (atMost - atLeast + 1));
  const rest = [...items];
  return Array.from({ length: Math.min(count, items.length) }, () => {
    const [item] = rest.splice(Math.floor(random() * rest.length), 1);
    return item as T;
  });
}

function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

function subjectAt(index: number): Subject {
  const adjective = adjectives[index % adjectives.length] ?? '';
  const noun = nouns[Math.floor(index / adjectives.length) % nouns.length] ?? '';
  const round = Math.floor(index / (adjectives.length * nouns.length));
  const suffix = round === 0 ? '' : String(round + 1);
  return {
    area: areas[index % areas.length] ?? '',
    file: `${adjective}-${noun}${suffix}`,
    type: `${capitalised(adjective)}${capitalised(noun)}${suffix}`,
    value: `${adjective}${capitalised(noun)}${suffix}`,
  };
}

function fileText(kind: Kind, subject: Subject, old: boolean, map: ImportMap, random: Random): string {
  const imports = old ? oldImports(kind, map, random) : { statements: [], tables: [], body: [] };
  const chosen = several(random, fields, 5, 9);
  const head = [
    ...headImports(kind, subject),
    ...imports.statements,
    '',
    `const log = createLogger('${subject.area}:${subject.file}');`,
    '',
  ];
  const body = [...imports.body, ...typeBlock(subject, chosen, random)];
  const target = 100 + Math.floor(random() * 90);
  const blocks = kind === 'spec' ? [specBlock] : [queryBlock, transformBlock, classBlock, handlerBlock, retryBlock];
  for (let round = 1; head.length + body.length < target; round++) {
    const block = blocks[Math.floor(random() * blocks.length)] ?? queryBlock;
    body.push('', ...block(subject, chosen, imports.tables, round, random));
  }
  return `${[...head, ...body].join('\n')}\n`;
}

function headImports(kind: Kind, subject: Subject): string[] {
  const common = [
    `import { randomUUID } from 'node:crypto';`,
    `import { and, desc, eq, gte, inArray, lte } from 'drizzle-orm';`,
    `import { createLogger } from '@/lib/logger.js';`,
    `import { type Database, database } from '@/lib/database.js';`,
    `import { NotFoundError, ValidationError } from '../../../lib/errors.js';`,
  ];
  if (kind === 'spec') common.unshift(`import { beforeEach, describe, expect, it, vi } from 'vitest';`);
  if (kind === 'routes') common.push(`import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';`);
  if (kind !== 'schema') common.push(`import { parse${subject.type} } from './${subject.file}.schema.js';`);
  return common;
}

/** Imports in the proportions of a service: mostly plain named ones, some of the other forms. */
function oldImports(kind: Kind, map: ImportMap, random: Random): OldImports {
  const specifiers = Object.keys(map.modules).flatMap((specifier) => {
    const weight = popularity[specifier.slice('canonical-models/'.length)] ?? 1;
    return Array.from({ length: weight }, () => specifier);
  });
  const statements: string[] = [];
  const body: string[] = [];
  const taken = new Set<string>();
  const tables: string[] = [];
  const named = (specifier: string, atMost: number): string[] => {
    const known = Object.keys(map.modules[specifier]?.symbols ?? {}).filter((name) => !taken.has(name));
    const names = several(random, known, 1, atMost);
    for (const name of names) taken.add(name);
    return names;
  };
  for (const specifier of new Set(several(random, specifiers, 1, 3))) {
    const form = random();
    if (form < 0.03) {
      const local = specifier.split('/').at(-1)?.replace('_models', '').replace('models', 'all');
      const [name = 'id'] = named(specifier, 1);
      statements.push(`import * as ${local}Models from '${specifier}';`);
      tables.push(`${local}Models.${name}`);
    } else if (form < 0.18) {
      statements.push(`import type { ${named(specifier, 3).join(', ')} } from '${specifier}';`);
    } else if (form < 0.24) {
      const [name = 'Booking'] = named(specifier, 1);
      statements.push(`import { ${name} as ${name}Table } from '${specifier}';`);
      tables.push(`${name}Table`);
    } else if (form < 0.26) {
      const [name = 'Booking'] = named(specifier, 1);
      body.push(
        `export async function load${name}Table() {`,
        `  const { ${name} } = await import('${specifier}');`,
        `  return ${name};`,
        '}',
        '',
      );
    } else {
      const names = named(specifier, 4);
      if (names.length === 0) continue;
      statements.push(`import { ${names.join(', ')} } from '${specifier}';`);
      tables.push(...names);
    }
  }
  if (kind === 'spec' && random() < 0.25) {
    body.push(`vi.mock('canonical-models/models/customer', () => ({ Customer: { id: 'customers.id' } }));`, '');
  }
  if (statements.length === 0 && body.length === 0) statements.push(`import 'canonical-models/models/booking';`);
  return { statements, tables, body };
}

type Block = (
  subject: Subject,
  chosen: readonly string[],
  tables: readonly string[],
  round: number,
  random: Random,
) => string[];

function typeBlock(subject: Subject, chosen: readonly string[], random: Random): string[] {
  return [
    `/** A ${subject.file.replace('-', ' ')} as the ${subject.area} team sees it. */`,
    `export interface ${subject.type}Record {`,
    '  readonly id: string;',
    ...chosen.map((field) => `  readonly ${field}: ${fieldType(field)}${random() < 0.3 ? ' | null' : ''};`),
    '}',
    '',
    `export type ${subject.type}Filter = Partial<Pick<${subject.type}Record, '${chosen[0]}' | '${chosen[1]}'>> & {`,
    '  readonly limit?: number;',
    '  readonly cursor?: string;',
    '};',
  ];
}

function fieldType(field: string): string {
  if (field.endsWith('At')) return 'Date';
  if (field.endsWith('Cents') || field === 'guestCount' || field === 'attempts' || field === 'version') return 'number';
  if (field === 'tags') return 'readonly string[]';
  return field === 'status' ? `'open' | 'held' | 'done'` : 'string';
}

const queryBlock: Block = (subject, chosen, tables, round, random) => {
  const table = tables.length > 0 ? pick(random, tables) : 'database.tables.records';
  return [
    '/**',
    ` * Finds ${subject.file.replace('-', ' ')} rows, newest first.`,
    ` * Returns at most \`limit\` rows; the caller asks again with the last id as its cursor.`,
    ' */',
    `export async function find${subject.type}Page${round}(db: Database, filter: ${subject.type}Filter = {}) {`,
    '  const { limit = 50, cursor } = filter;',
    `  const conditions = [gte(${table}.createdAt, startOfDay(new Date()))];`,
    `  if (cursor !== undefined) conditions.push(lte(${table}.id, cursor));`,
    `  if (filter.${chosen[0]} !== undefined) {`,
    `    conditions.push(eq(${table}.${chosen[0]}, filter.${chosen[0]}));`,
    '  }',
    '  const rows = await db',
    '    .select()',
    `    .from(${table})`,
    '    .where(and(...conditions))',
    `    .orderBy(desc(${table}.createdAt))`,
    '    .limit(limit + 1);',
    `  log.debug({ count: rows.length, cursor }, 'found ${subject.file} page ${round}');`,
    '  return { rows: rows.slice(0, limit), next: rows.length > limit ? rows.at(-1)?.id : undefined };',
    '}',
  ];
};

const transformBlock: Block = (subject, chosen, _tables, round) => [
  `function summarise${subject.type}${round}(records: readonly ${subject.type}Record[]): Map<string, number> {`,
  '  const totals = new Map<string, number>();',
  '  for (const record of records) {',
  `    const key = \`\${record.${chosen[0]}}:\${record.${chosen[1]} ?? 'none'}\`;`,
  '    const previous = totals.get(key) ?? 0;',
  `    totals.set(key, previous + Number(record.${chosen[2]} ?? 1));`,
  '  }',
  `  const sorted = [...totals.entries()].sort(([, left], [, right]) => right - left);`,
  '  // The dashboard shows ten bars; what is left over becomes one.',
  '  const shown = sorted.slice(0, 10);',
  '  const rest = sorted.slice(10).reduce((sum, [, count]) => sum + count, 0);',
  `  if (rest > 0) shown.push(['other', rest]);`,
  '  return new Map(shown);',
  '}',
  '',
  `export const ${subject.value}Labels${round} = {`,
  ...chosen.map((field) => `  ${field}: '${field.replace(/([A-Z])/g, ' $1').toLowerCase()}',`),
  `} as const satisfies Record<string, string>;`,
];

const classBlock: Block = (subject, chosen, tables, round, random) => {
  const table = tables.length > 0 ? pick(random, tables) : 'database.tables.records';
  return [
    `export class ${subject.type}Store${round} {`,
    `  readonly #cache = new Map<string, ${subject.type}Record>();`,
    '',
    '  constructor(',
    '    private readonly db: Database,',
    `    private readonly clock: () => Date = () => new Date(),`,
    '  ) {}',
    '',
    `  async get(id: string): Promise<${subject.type}Record> {`,
    '    const cached = this.#cache.get(id);',
    '    if (cached) return cached;',
    `    const [row] = await this.db.select().from(${table}).where(eq(${table}.id, id)).limit(1);`,
    `    if (!row) throw new NotFoundError(\`${subject.file} \${id} was not found\`);`,
    `    const record = parse${subject.type}(row);`,
    '    this.#cache.set(id, record);',
    '    return record;',
    '  }',
    '',
    `  async update(id: string, changes: Partial<${subject.type}Record>): Promise<void> {`,
    '    const entries = Object.entries(changes).filter(([, value]) => value !== undefined);',
    `    if (entries.length === 0) throw new ValidationError('nothing to change');`,
    `    await this.db.transaction(async (tx) => {`,
    `      await tx.update(${table}).set({ ...Object.fromEntries(entries), updatedAt: this.clock() }).where(eq(${table}.id, id));`,
    '      this.#cache.delete(id);',
    '    });',
    `    log.info({ id, fields: entries.map(([name]) => name), ${chosen[0]}: changes.${chosen[0]} }, 'updated');`,
    '  }',
    '}',
  ];
};

const handlerBlock: Block = (subject, chosen, tables, round, random) => {
  const table = tables.length > 0 ? pick(random, tables) : 'database.tables.records';
  return [
    `export async function handle${subject.type}Change${round}(input: unknown, requestId = randomUUID()) {`,
    '  const started = performance.now();',
    '  try {',
    `    const record = parse${subject.type}(input);`,
    `    switch (record.${chosen[0]}) {`,
    `      case 'open':`,
    `      case 'held':`,
    `        await database.insert(${table}).values({ id: record.id, ${chosen[1]}: record.${chosen[1]} }).onConflictDoNothing();`,
    '        break;',
    '      default:',
    `        await database.delete(${table}).where(inArray(${table}.id, [record.id]));`,
    '    }',
    `    return { ok: true as const, id: record.id, took: Math.round(performance.now() - started) };`,
    '  } catch (error) {',
    '    if (error instanceof ValidationError) {',
    `      log.warn({ requestId, error }, 'rejected');`,
    '      return { ok: false as const, reason: error.message };',
    '    }',
    '    throw error;',
    '  }',
    '}',
  ];
};

const retryBlock: Block = (subject, _chosen, _tables, round) => [
  `async function withRetry${round}<T>(work: (attempt: number) => Promise<T>, attempts = ${2 + (round % 4)}): Promise<T> {`,
  '  let lastError: unknown;',
  '  for (let attempt = 1; attempt <= attempts; attempt++) {',
  '    try {',
  '      return await work(attempt);',
  '    } catch (error) {',
  '      lastError = error;',
  `      log.warn({ attempt, error }, '${subject.file} failed, trying again');`,
  '      await new Promise((resolve) => setTimeout(resolve, 2 ** attempt * 100));',
  '    }',
  '  }',
  '  throw lastError;',
  '}',
];

const specBlock: Block = (subject, chosen, tables, round, random) => {
  const table = tables.length > 0 ? pick(random, tables) : 'database.tables.records';
  return [
    `describe('${subject.file} case ${round}', () => {`,
    '  beforeEach(() => {',
    '    vi.restoreAllMocks();',
    '  });',
    '',
    `  it('keeps ${chosen[0]} when ${chosen[1]} changes', async () => {`,
    `    const [row] = await database.insert(${table}).values({ ${chosen[0]}: 'open' }).returning();`,
    `    expect(row).toMatchObject({ ${chosen[0]}: 'open' });`,
    `    const found = await database.select().from(${table}).where(eq(${table}.id, row.id));`,
    '    expect(found).toHaveLength(1);',
    `    expect(parse${subject.type}(found[0])).toEqual(expect.objectContaining({ id: row.id }));`,
    '  });',
    '',
    `  it.each(['${chosen.slice(0, 3).join("', '")}'])('rejects an empty %s', (field) => {`,
    `    const input: Record<string, unknown> = { id: randomUUID(), [field]: '' };`,
    `    expect(() => parse${subject.type}(input)).toThrow(ValidationError);`,
    '  });',
    '});',
  ];
};
