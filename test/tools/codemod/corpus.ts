import { dirname, posix } from 'node:path';
import { createRandom } from '../../support/random.ts';
import { type Move, map, oldNames } from './models.ts';

/** A tree of source files with the habits of services: what a repository imports old modules by, and how it uses them. */
export interface Corpus {
  /** Texts by path, configuration included. */
  readonly files: Readonly<Record<string, string>>;
  /** The old module, or the file, that a specifier of a file means, by what was generated and not by configuration. */
  resolve(specifier: string, from: string): string | undefined;
}

/** Where the corpus has old modules of its own. */
export const legacyRoot = 'packages/legacy/src';

const habits = [
  'plain',
  'decorators',
  'barrel',
  'alias',
  'workspace',
  'commonjs',
  'deno',
  'mock',
  'jsx',
  'namespace',
  'dynamic',
] as const;
type Habit = (typeof habits)[number];

const extensions: Partial<Record<Habit, string>> = { commonjs: '.cjs', jsx: '.tsx', mock: '.test.ts' };
const packageName = 'canonical-models';

/** Generates a corpus of so many source files: the same for the same seed. */
export function generateCorpus(count: number, seed: number): Corpus {
  const random = createRandom(seed);
  const files: Record<string, string> = {
    'package.json': JSON.stringify({ name: 'app', imports: { '#old/*': `${packageName}/*` } }),
    'tsconfig.json': JSON.stringify({
      compilerOptions: { paths: { '@old/*': [`./node_modules/${packageName}/*`], '@legacy/*': [`./${legacyRoot}/*`] } },
    }),
    'packages/legacy/package.json': JSON.stringify({ name: '@acme/legacy', exports: { './*': './src/*.ts' } }),
  };
  for (const [oldModule, moves] of oldNames) {
    const text = moves.map(({ oldName }) => `export const ${oldName} = {};\n`).join('');
    files[`${legacyRoot}/${oldModule.slice(packageName.length + 1)}.ts`] = text;
  }
  for (let index = 0; index < count; index++) {
    const habit = habits[index % habits.length] as Habit;
    const folder = habit === 'workspace' ? 'packages/app' : `src/${habit}`;
    const path = `${folder}/file-${index}${extensions[habit] ?? '.ts'}`;
    files[path] = new FileWriter(random, habit, path, files).write();
  }
  return { files, resolve: (specifier, from) => resolveSpecifier(specifier, from, files) };
}

function resolveSpecifier(specifier: string, from: string, files: Corpus['files']): string | undefined {
  const path = (specifier.startsWith('.') ? posix.join(dirname(from), specifier) : specifier).replace(/\.ts$/, '');
  const prefix = prefixes.find((each) => path.startsWith(each));
  const oldModule = prefix === undefined ? undefined : `${packageName}/${path.slice(prefix.length)}`;
  if (oldModule !== undefined && oldNames.has(oldModule)) return oldModule;
  return specifier.startsWith('.') && files[`${path}.ts`] !== undefined ? `${path}.ts` : undefined;
}

/** What the paths of old modules begin with. */
const prefixes = [`${packageName}/`, '#old/', '@old/', '@legacy/', '@acme/legacy/', `${legacyRoot}/`];

/** Writes one file. */
class FileWriter {
  readonly #random: () => number;
  readonly #habit: Habit;
  readonly #path: string;
  readonly #files: Corpus['files'];
  readonly #taken = new Set<string>();
  #count = 0;

  constructor(random: () => number, habit: Habit, path: string, files: Corpus['files']) {
    this.#random = random;
    this.#habit = habit;
    this.#path = path;
    this.#files = files;
  }

  write(): string {
    const imports: string[] = [];
    const values: string[] = [];
    for (let index = 0; index < 1 + this.#upTo(2); index++) {
      const oldModule = this.#pick([...oldNames.keys()]);
      const moves = this.#some(oldNames.get(oldModule) ?? [], 3).filter(({ oldName }) => !this.#taken.has(oldName));
      if (moves.length === 0) continue;
      imports.push(...this.#import(this.#specifierOf(oldModule), moves, values));
    }
    // Without it, a file that only loads modules is a script, and shares its names with all others.
    if (this.#habit === 'dynamic') imports.push('export {};');
    const body = Array.from({ length: 2 + this.#upTo(6) }, () => this.#use(values)).flat();
    return `${[...imports, ...body].join('\n')}\n`;
  }

  #specifierOf(oldModule: string): string {
    const within = oldModule.slice(packageName.length + 1);
    const relative = posix.relative(dirname(this.#path), `${legacyRoot}/${within}`);
    if (this.#habit === 'alias') return this.#pick([`@old/${within}`, `#old/${within}`, `@legacy/${within}`]);
    if (this.#habit === 'workspace') return this.#pick([`@acme/legacy/${within}`, relative]);
    if (this.#habit === 'deno') return this.#pick([`${oldModule}.ts`, `${relative}.ts`]);
    return this.#pick([oldModule, oldModule, relative]);
  }

  #import(specifier: string, moves: readonly Move[], values: string[]): string[] {
    const locals = moves.map(({ oldName }) => {
      const local = this.#chance(5) ? this.#fresh('Local') : oldName;
      this.#taken.add(oldName);
      return { oldName, local };
    });
    const list = (as: string): string =>
      `{ ${locals.map(({ oldName, local }) => (oldName === local ? local : `${oldName}${as}${local}`)).join(', ')} }`;
    const names = locals.map(({ local }) => local);
    const holder = this.#fresh('models');
    const members = moves.map(({ oldName }) => `${holder}.${oldName}`);
    if (this.#habit === 'commonjs') {
      if (this.#chance(2)) {
        values.push(...this.#asValues(moves, members));
        return [`const ${holder} = require('${specifier}');`];
      }
      values.push(...this.#asValues(moves, names));
      return [`const ${list(': ')} = require('${specifier}');`];
    }
    if (this.#habit === 'dynamic' && this.#chance(2)) {
      // In a task of their own, or at the top of the module.
      if (this.#chance(2)) {
        values.push(...this.#asValues(moves, names));
        return [`const ${list(': ')} = await import('${specifier}');`];
      }
      if (this.#chance(2)) {
        values.push(...this.#asValues(moves, members));
        return [`const ${holder} = await import('${specifier}');`];
      }
      const shadow = this.#pick(['BusinessSocialAccount', 'LeadSocialThread', 'StationUser']);
      const used = names.join(', ');
      return this.#pick([
        [`import('${specifier}').then((${holder}) => use(${members.join(', ')}));`],
        [`import('${specifier}').then((${list(': ')}) => use(${used}));`],
        [
          `export async function ${this.#fresh('load')}(${shadow}) {`,
          `  const ${list(': ')} = await import('${specifier}');`,
          `  return [${shadow}, ${used}];`,
          '}',
        ],
        [`use((await import('${specifier}')).${(moves[0] as Move).oldName});`],
        [`use(await import('${specifier}'));`],
        [`export const ${this.#fresh('lazy')} = () => import('${specifier}');`],
      ]);
    }
    if (this.#habit === 'namespace' || this.#chance(8)) {
      values.push(...this.#asValues(moves, members));
      const passed = this.#chance(6) ? [`use(${holder});`] : [];
      if (!this.#chance(2)) return [`import * as ${holder} from '${specifier}';`, ...passed];
      const [{ oldName }] = moves as [Move];
      values.push(...this.#asValues(moves.slice(0, 1), [oldName]));
      return [`import * as ${holder} from '${specifier}';`, `const { ${oldName} } = ${holder};`, ...passed];
    }
    values.push(...this.#asValues(moves, names));
    if (this.#habit === 'barrel' && this.#chance(2)) {
      const exported = this.#pick([`export * from '${specifier}';`, `export ${list(' as ')} from '${specifier}';`]);
      return [exported, `import ${list(' as ')} from '${specifier}';`];
    }
    const lines = [`import ${list(' as ')} from '${specifier}';`];
    if (this.#habit === 'mock') {
      const keys = this.#some(moves, 2).map(({ oldName }) => `${oldName}: { mocked: true }`);
      lines.push(`${this.#pick(['vi', 'jest'])}.mock('${specifier}', () => ({ ${keys.join(', ')} }));`);
    }
    if (this.#habit === 'deno') lines.unshift(`import type * as ${this.#fresh('Types')} from 'npm:zod@4';`);
    return lines;
  }

  /** The expressions that statements use symbols by: of most enums the labels, since an enum that is given to other code is left. */
  #asValues(moves: readonly Move[], names: readonly string[]): string[] {
    return names.map((name, index) => {
      const { oldModule = '', oldName = '' } = moves[index] ?? {};
      const isEnum = map.modules[oldModule]?.symbols?.[oldName]?.labels !== undefined;
      return isEnum && !this.#chance(4) ? `${name}.enumValues` : name;
    });
  }

  /** Statements that use a value, under names that the models have before and after. */
  #use(values: readonly string[]): string[] {
    if (values.length === 0) return ['use(0);'];
    const value = (): string => this.#pick(values);
    const shadow = this.#pick(['BusinessSocialAccount', 'LeadSocialThread', 'StationUser', 'SocialAccount', 'Booking']);
    const own = this.#fresh('own');
    const typed = this.#habit !== 'commonjs';
    const forms: (() => string[])[] = [
      () => [`use(${value()});`],
      () => [`use({ key: ${value()}, ${shadow}: ${value()} });`],
      () => [`use(typeof ${value()}, ${value()}.id);`],
      () => [`function ${own}(${shadow}) {`, `  return [${shadow}, ${value()}];`, '}'],
      () => [`for (const ${shadow} of []) use(${shadow}, ${value()});`],
      () => [`class ${own} {`, `  ${shadow} = ${value()};`, `  static { use(${value()}); }`, '}'],
      () => [`use(() => { const ${shadow} = 1; return [${shadow}, ${value()}]; });`],
      () => [`// ${value()} in a comment`, `use('${value()}', \`\${${value()}}\`);`],
      () => [`const ${own} = ${value()};`, `use(${own}.CONFIRMED);`],
    ];
    const shorthand = values.find((each) => !each.includes('.'));
    if (shorthand !== undefined) forms.push(() => [`use({ ${shorthand} });`]);
    if (typed) {
      forms.push(
        () => [`let ${own}: typeof ${value()};`],
        () => [`export const ${own} = [${value()}];`],
        () => [`use(${value()} as unknown, ${value()} satisfies unknown);`],
      );
      if (shorthand !== undefined) forms.push(() => [`export { ${shorthand} as ${own} };`]);
    }
    if (this.#habit === 'decorators') {
      const decorated = (): string[] => [`@Mark(${value()}, { of: ${value()} })`, `export class ${own} {}`];
      forms.push(decorated, decorated, decorated, () => [
        `@Mark(${value()}) class ${own} {`,
        `  @Field(() => ${value()}) ${shadow}: unknown;`,
        `  @Mark(${value()}) method(@Inject(${value()}) ${shadow}: unknown): unknown { return ${shadow}; }`,
        '}',
      ]);
    }
    if (this.#habit === 'jsx') {
      forms.push(
        () => {
          const tag = value();
          return [`use(<${tag} of={${value()}}>{${value()}}</${tag}>);`];
        },
        () => [`export const ${own} = () => <div {...${value()}} ${shadow}={${value()}} />;`],
      );
    }
    const barrel = this.#pick(Object.keys(this.#files));
    if (this.#habit === 'barrel' && barrel.startsWith('src/barrel/')) {
      const specifier = `./${posix.basename(barrel, '.ts')}`;
      forms.push(() => [`export * as ${own} from '${specifier}';`]);
    }
    return this.#pick(forms)();
  }

  #fresh(prefix: string): string {
    return `${prefix}${++this.#count}`;
  }

  #upTo(most: number): number {
    return Math.floor(this.#random() * (most + 1));
  }

  #chance(outOf: number): boolean {
    return this.#upTo(outOf - 1) === 0;
  }

  #pick<T>(items: readonly T[]): T {
    return items[this.#upTo(items.length - 1)] as T;
  }

  #some<T>(items: readonly T[], most: number): T[] {
    const rest = [...items];
    return Array.from({ length: Math.min(rest.length, 1 + this.#upTo(most - 1)) }, () => {
      const [item] = rest.splice(this.#upTo(rest.length - 1), 1);
      return item as T;
    });
  }
}
