import fc from 'fast-check';
import { canonicalNames, globalNames, type Move, oldNames, traceModule } from './models.ts';

/**
 * Programs with random imports of old and new modules, scopes, shadowing, exports and uses. A program is a module of TypeScript
 * that parses and binds; what it does when it runs it tells `log`. Shrinking a failing one takes statements out of it.
 */
export const programs: fc.Arbitrary<string> = fc
  .array(fc.nat(0xffff), { minLength: 30, maxLength: 260 })
  .map((choices) => new Writer(choices).program());

/** Old modules worth importing: ones whose symbols have new names, part ways, or do neither. */
const modules = [
  'canonical-models/models/social',
  'canonical-models/models',
  'canonical-models/models/booking',
  'canonical-models/core/auth/station_models',
  'canonical-models/core/auth/models',
  'canonical-models/models/social',
];
/** Names for everything that a program declares: old and new names of symbols, so that they meet, new ones above all. */
const localNames = [
  'BusinessSocialAccount',
  'SocialAccount',
  'BusinessSocialAccount',
  'LeadSocialThread',
  'LeadSocialThread',
  'StationUser',
  'SocialThread',
  'CustomerReview',
  'StationUser',
  'UserStationAssignment',
  'Booking',
  'lead',
  'value',
];

/** Something that a statement can use, and what it can be used as. */
interface Usable {
  readonly name: string;
  readonly as: 'symbol' | 'value' | 'type' | 'namespace';
  /** Of a namespace, the names of its members. */
  readonly members?: readonly string[];
}

/** Writes one program, each time choosing by the next number of a list; at the end of the list it takes the first choice. */
class Writer {
  readonly #choices: readonly number[];
  #next = 0;
  #count = 0;
  readonly #taken = new Set<string>(['log', 'mark', 'nothing', 'tasks']);
  readonly #exported = new Set<string>(['tasks']);
  readonly #usable: Usable[] = [];
  /** Whether only `import` names modules: the codemod then skips statements that it need not read. */
  #isPlain = false;

  constructor(choices: readonly number[]) {
    this.#choices = choices;
  }

  program(): string {
    const lines = [`import { log, mark, nothing } from '${traceModule}';`];
    this.#isPlain = this.#chance(1, 3);
    while (this.#chance(3, 4) && lines.length < 7) lines.push(...this.#import());
    const semicolon = this.#chance(4, 5);
    const first = this.#exportsFrom();
    const last = this.#exports();
    const body: string[] = [];
    while (this.#next < this.#choices.length && body.length < 24) body.push(...this.#statement(0));
    const text = [...lines, ...first, ...body, ...last, ''].join('\n');
    return semicolon ? text : text.replace(/;$/gm, '');
  }

  #pick<T>(items: readonly T[]): T {
    const choice = this.#choices[this.#next++] ?? 0;
    return items[choice % items.length] as T;
  }

  #chance(of: number, outOf: number): boolean {
    return (this.#choices[this.#next++] ?? outOf - 1) % outOf < of;
  }

  #fresh(prefix: string): string {
    this.#count++;
    return `${prefix}${this.#count}`;
  }

  /** A name that the module scope does not have yet: one of the telling ones if it is free. */
  #declare(preferred: string): string {
    const name = this.#taken.has(preferred) ? this.#fresh(`${preferred}_`) : preferred;
    this.#taken.add(name);
    return name;
  }

  #import(): string[] {
    const module = this.#pick(modules);
    const moves = oldNames.get(module) ?? [];
    const form = this.#pick(['named', 'named', 'named', 'type', 'namespace', 'new', 'effect', 'equals'] as const);
    if (form === 'effect') return [`import '${module}';`];
    if (form === 'equals' || form === 'namespace') {
      const name = this.#declare(this.#pick(['models', 'social', 'lead', 'SocialAccount']));
      this.#usable.push({ name, as: 'namespace', members: moves.map((move) => move.oldName) });
      return [
        form === 'equals' && !this.#isPlain
          ? `import ${name} = require('${module}');`
          : `import * as ${name} from '${module}';`,
      ];
    }
    if (form === 'new') return this.#newImport();
    const typed = form === 'type';
    const specifiers: string[] = [];
    for (const move of this.#some(moves, 4)) {
      const inlineTyped = !typed && this.#chance(1, 5);
      const alias = this.#chance(1, 4) ? this.#pick(localNames) : move.oldName;
      const local = this.#declare(alias);
      this.#usable.push({ name: local, as: typed || inlineTyped ? 'type' : 'symbol' });
      specifiers.push(`${inlineTyped ? 'type ' : ''}${local === move.oldName ? local : `${move.oldName} as ${local}`}`);
    }
    if (specifiers.length === 0) return [];
    const list = this.#chance(1, 4) ? `{\n  ${specifiers.join(',\n  ')},\n}` : `{ ${specifiers.join(', ')} }`;
    const quote = this.#chance(1, 4) ? '"' : "'";
    return [`import ${typed ? 'type ' : ''}${list} from ${quote}${module}${quote};`];
  }

  #newImport(): string[] {
    const module = this.#pick(['canonical-models/lead', 'canonical-models/identity', 'canonical-models/core'] as const);
    const [name = ''] = this.#some(canonicalNames.get(module) ?? [], 1);
    if (name === '') return [];
    const local = this.#declare(name);
    this.#usable.push({ name: local, as: 'symbol' });
    return [`import { ${local === name ? name : `${name} as ${local}`} } from '${module}';`];
  }

  #some<T>(items: readonly T[], atMost: number): T[] {
    const count = 1 + this.#pick([0, 1, 2, 3].slice(0, atMost));
    const rest = [...items];
    return Array.from({ length: Math.min(count, rest.length) }, () => {
      const item = this.#pick(rest);
      rest.splice(rest.indexOf(item), 1);
      return item;
    });
  }

  /** An expression with a use in it, or a plain one where nothing is usable. */
  #value(shadowing: ReadonlySet<string> = new Set()): string {
    const all = this.#usable.filter((each) => each.as !== 'type' && !shadowing.has(each.name));
    const used = all.length > 0 ? this.#pick(all) : undefined;
    if (!used || this.#chance(1, 12)) return this.#pick(['nothing', ...globalNames]);
    if (used.as !== 'namespace') return used.name;
    const member = this.#pick(used.members ?? []);
    return this.#pick([
      `${used.name}.${member}`,
      `${used.name}.${member}`,
      `${used.name}['${member}']`,
      `${used.name}?.${member}`,
    ]);
  }

  #type(): string {
    const used = this.#usable.length > 0 ? this.#pick(this.#usable) : undefined;
    if (!used) return this.#isPlain ? 'string' : this.#importType();
    if (used.as === 'value') return `typeof ${used.name}`;
    if (used.as !== 'namespace') return this.#pick([used.name, used.name, `typeof ${used.name}`, `${used.name}['id']`]);
    const member = this.#pick(used.members ?? []);
    return this.#pick([
      `${used.name}.${member}`,
      `typeof ${used.name}.${member}`,
      `(typeof ${used.name})['${member}']`,
    ]);
  }

  #importType(): string {
    const module = this.#pick(modules);
    const [move] = this.#some(oldNames.get(module) ?? [], 1);
    const member = move?.oldName ?? '';
    return this.#pick([
      `import('${module}').${member}`,
      `typeof import('${module}').${member}`,
      `(typeof import('${module}'))['${member}']`,
    ]);
  }

  #statement(depth: number): string[] {
    const indent = '  '.repeat(depth);
    const name = this.#pick(localNames);
    const kinds = [
      () => [`log(${this.#value()});`],
      () => this.#shorthand(),
      () => [`log({ ${name}: ${this.#value()}, [${this.#value()}.id]: 1, '${name}': 2 });`],
      () => [`log('${name}', \`${name} \${${this.#value()}.id}\`); // ${name} in a comment`],
      () => this.#block(depth, [`const ${name} = { id: '${name}' };`]),
      () => this.#function(depth, name),
      () => this.#class(depth, name),
      () => [`for (const ${name} of [{ id: 'of' }]) log(${name}, ${this.#value()});`],
      () => [`try { throw { id: 'thrown' }; } catch (${name}: any) { log(${name}, ${this.#value()}); }`],
      () => [
        `{ type ${name} = ${this.#type()}; const v = undefined as ${name} | undefined; log(v, ${this.#value()}); }`,
      ],
      () => [
        `function ${this.#fresh('generic')}<${name}>(a: ${name}, b?: ${this.#type()}): [${name}, unknown] { return [a, b]; }`,
      ],
      () => [`let ${this.#fresh('typed')}: ${this.#type()} | undefined;`],
      () => [`log((undefined as unknown as ${this.#type()}) ?? ${this.#value()});`],
      () => [`${name}: for (;;) { log(${this.#value()}); break ${name}; }`],
      () => [`log(((${name}: unknown, other = ${this.#value(new Set([name]))}) => [${name}, other])(1));`],
      () => [`type ${this.#fresh('Conditional')}<T> = T extends (infer ${name})[] ? ${name} : ${this.#type()};`],
      () => this.#namespaceUse(),
      () => this.#task(),
      ...[1, 2, 3].map(() => () => this.#decorated(depth, name)),
      ...[1, 2].map(() => () => (depth > 0 ? [] : this.#held())),
      ...[1, 2].map(() => () => (depth > 0 ? [] : this.#declaration())),
    ];
    return this.#pick(kinds)().map((line) => indent + line);
  }

  #shorthand(): string[] {
    const all = this.#usable.filter((each) => each.as === 'symbol');
    return all.length === 0 ? [] : [`log({ ${this.#pick(all).name}, other: ${this.#value()} });`];
  }

  #block(depth: number, head: readonly string[]): string[] {
    return ['{', ...head.map((line) => `  ${line}`), ...this.#few(depth + 1), `  log(${this.#value()});`, '}'];
  }

  #few(depth: number): string[] {
    const lines: string[] = [];
    while (depth < 3 && this.#chance(2, 3) && lines.length < 3) lines.push(...this.#statement(1));
    return lines;
  }

  #function(depth: number, name: string): string[] {
    const own = this.#fresh('call');
    const hoisted = this.#chance(1, 3) ? [`  var ${name}: any = ${name} ?? { id: 'var' };`] : [];
    const parameter = hoisted.length === 0 && this.#chance(1, 2) ? `${name}: any = { id: 'parameter' }` : '';
    return [
      `function ${own}(${parameter}) {`,
      ...hoisted,
      ...this.#few(depth + 1),
      `  log(${this.#chance(1, 2) ? this.#value() : name === 'value' || parameter || hoisted.length > 0 ? `typeof ${name}` : '1'});`,
      '}',
      `${own}();`,
    ];
  }

  #class(depth: number, name: string): string[] {
    const own = this.#fresh('Class');
    return [
      `class ${own} {`,
      `  ${name} = ${this.#value()};`,
      `  static { log(${this.#value()}); }`,
      `  method(${name}: unknown): void {`,
      `    log(${name}, this.${name});`,
      ...this.#few(depth + 1).map((line) => `  ${line}`),
      '  }',
      `  get [${this.#value()}.id](): string { return 'computed'; }`,
      '}',
      `new ${own}().method(${this.#value()});`,
    ];
  }

  /** A class with decorators, which may stand before its `export`, and uses within it that no other statement has. */
  #decorated(depth: number, name: string): string[] {
    const own = this.#fresh('Marked');
    const exported = depth > 0 || this.#chance(1, 4) ? '' : 'export ';
    const first = this.#pick(['before', 'before', 'after', 'alone'] as const);
    const decorator = `@mark(${this.#value()}${this.#chance(1, 3) ? `, ${this.#value()}` : ''})`;
    const head = first === 'after' && exported !== '' ? `export ${decorator} class` : `${decorator} ${exported}class`;
    const body = [
      `  @mark(${this.#value()}) method(${name}: unknown = ${this.#value(new Set([name]))}): unknown { return ${name}; }`,
      `  static held = [${this.#value()}, ${this.#value()}];`,
      `  ${name}?: ${this.#type()};`,
    ];
    if (first === 'alone') return [`${decorator} ${exported}class ${own} {}`];
    return [`${head} ${own} {`, ...body.filter(() => this.#chance(2, 3)), '}'];
  }

  /** Variables of the module scope that hold a module object, or members of one: later statements use them. */
  #held(): string[] {
    const namespaces = this.#usable.filter((each) => each.as === 'namespace');
    if (namespaces.length === 0) return [];
    const { name, members = [] } = this.#pick(namespaces);
    if (this.#chance(1, 3)) {
      const held = this.#fresh('held');
      this.#usable.push({ name: held, as: 'namespace', members });
      return this.#chance(1, 6) ? [`const ${held} = ${name};`, `mark(${held});`] : [`const ${held} = ${name};`];
    }
    const member = this.#pick(members);
    const local = this.#declare(this.#chance(2, 3) ? member : this.#pick(localNames));
    this.#usable.push({ name: local, as: 'value' });
    return [`const { ${local === member ? local : `${member}: ${local}`} } = ${name};`];
  }

  /** Declares something in the module scope, under a telling name if that is free. */
  #declaration(): string[] {
    const name = this.#declare(this.#pick(localNames));
    const form = this.#pick([
      'namespace',
      'const',
      'function',
      'class',
      'enum',
      'namespace',
      'type',
      'interface',
      'block',
    ] as const);
    const exported = this.#chance(1, 3) && !this.#exported.has(name) ? 'export ' : '';
    if (exported !== '') this.#exported.add(name);
    const id = `'${form} ${name}'`;
    switch (form) {
      case 'const':
        return [`${exported}const ${name} = { id: ${id}, of: ${this.#value()} };`, `log(${name});`];
      case 'function':
        return [`${exported}function ${name}() { log(${id}, ${this.#value(new Set([name]))}); }`, `${name}();`];
      case 'class':
        return [`${exported}class ${name} { id = ${this.#value(new Set([name]))}; }`, `log(new ${name}().id);`];
      case 'enum': {
        const member = this.#pick(localNames);
        return [`${exported}enum ${name} { ${member} = 1, Last = ${member} + 1 }`, `log(${name}.Last);`];
      }
      case 'namespace': {
        const member = this.#pick(localNames);
        return [
          `${exported}namespace ${name} { export const ${member}: any = { id: ${id} }; log(${this.#value(new Set([member]))}); }`,
          `namespace ${name} { log(${member}, ${this.#value(new Set([member]))}); }`,
        ];
      }
      case 'block': {
        const member = this.#pick(localNames);
        const value = this.#value(new Set([member]));
        return [
          `${exported}namespace ${name} { export const ${member}: any = { id: ${id} }; log(${member}, ${value}); }`,
        ];
      }
      case 'type':
        return [`${exported}type ${name} = { id: string; of?: ${this.#typeBeside(name)} };`];
      case 'interface':
        return [`${exported}interface ${name} { id: string; of?: ${this.#typeBeside(name)}; ${name}(): void }`];
    }
  }

  #typeBeside(name: string): string {
    const type = this.#type();
    return new RegExp(`\\b${name}\\b`).test(type) ? 'string' : type;
  }

  #namespaceUse(): string[] {
    const namespaces = this.#usable.filter((each) => each.as === 'namespace');
    if (namespaces.length === 0) return [];
    const { name, members = [] } = this.#pick(namespaces);
    const member = this.#pick(members);
    return this.#pick([
      () => [`{ const { ${member} } = ${name}; log(${member}); }`],
      () => [`{ const { ${member}: taken } = ${name}; log(taken); }`],
      () => [`log(typeof ${name}.${member});`],
      () => (this.#chance(1, 3) ? [`log(typeof ${name});`] : [`log(new Set([${name}.${member}]).size);`]),
    ])();
  }

  /** Something that happens later: dynamic imports in the forms that they come in. */
  #task(): string[] {
    if (this.#isPlain) return [];
    const module = this.#pick(modules);
    const moves = this.#some(oldNames.get(module) ?? [], 3);
    const [move] = moves as [Move];
    const names = moves.map((each) => each.oldName);
    const body = this.#pick([
      [`const { ${names.join(', ')} } = await import('${module}');`, `log(${names.join(', ')}, { ${move.oldName} });`],
      [`const { ${move.oldName}: mine } = await import('${module}');`, `log(mine, ${this.#value()});`],
      [
        `const { ${names.join(', ')} } = (await import('${module}')) as typeof import('${module}');`,
        `log(${names.join(', ')});`,
      ],
      [`const typed: Partial<typeof import('${module}')> = {};`, `log(typed.${move.oldName});`],
      [`log((await import('${module}')).${move.oldName});`],
      [`const models = await import('${module}');`, `log(${names.map((name) => `models.${name}`).join(', ')});`],
      [`await import('${module}').then(({ ${names.join(', ')} }) => log(${names.join(', ')}));`],
      [
        `await import('${module}').then((m) => log(${names.map((name) => `m.${name}`).join(', ')}, m['${move.oldName}']));`,
      ],
      [`await import('${module}');`, `log(${this.#value()});`],
      [
        `const [{ ${move.oldName}: one }, two] = await Promise.all([import('${module}'), import('${module}')]);`,
        `log(one, two.${move.oldName});`,
      ],
      [`const whole = await import('${module}');`, `log(Object.keys(whole).length);`],
      [`let ${move.oldName}: any;`, `({ ${move.oldName} } = await import('${module}'));`, `log(${move.oldName});`],
    ]);
    return ['tasks.push(async () => {', ...body.map((line) => `  ${line}`), '});'];
  }

  /** Exports of what was declared or imported, under names that no other export has. */
  #exports(): string[] {
    const lines: string[] = [];
    for (const used of this.#usable) {
      if (used.as === 'namespace' || !this.#chance(1, 4)) continue;
      const name = this.#exported.has(used.name)
        ? this.#fresh('exported')
        : this.#pick([used.name, this.#fresh('Alias')]);
      if (this.#exported.has(name)) continue;
      this.#exported.add(name);
      const typed = used.as === 'type' ? 'type ' : '';
      const written = name === used.name ? name : `${used.name} as ${name}`;
      lines.push(this.#chance(1, 2) ? `export { ${typed}${written} };` : `export ${typed}{ ${written} };`);
    }
    if (this.#chance(1, 4)) lines.push(`export default ${this.#value()};`);
    return lines;
  }

  #exportsFrom(): string[] {
    const lines: string[] = [];
    while (!this.#isPlain && this.#chance(1, 4) && lines.length < 3) {
      const module = this.#pick(modules);
      const form = this.#pick(['named', 'named', 'star', 'namespace', 'type'] as const);
      if (form === 'star') lines.push(`export * from '${module}';`);
      else if (form === 'namespace') lines.push(`export * as ${this.#fresh('ns')} from '${module}';`);
      else {
        const written = this.#some(oldNames.get(module) ?? [], 3).map(({ oldName }) => {
          const name = this.#exported.has(oldName) || this.#chance(1, 3) ? this.#fresh('Again') : oldName;
          this.#exported.add(name);
          return name === oldName ? oldName : `${oldName} as ${name}`;
        });
        lines.push(`export ${form === 'type' ? 'type ' : ''}{ ${written.join(', ')} } from '${module}';`);
      }
    }
    return [...lines, 'export const tasks: (() => Promise<void>)[] = [];'];
  }
}
