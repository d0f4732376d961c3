import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Expression, type ObjectExpression, parseSync, Visitor } from 'oxc-parser';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BookingStatus } from '../../../src/core/index.ts';
import { runCompiler } from '../../support/compilers.ts';
import { majors } from '../../support/databases.ts';
import type { Major } from '../../support/servers.ts';
import { type BackendDatabase, openBackendDatabase } from './backend-database.ts';
import { type RunningBackend, startBackend } from './running-backend.ts';

const example = fileURLToPath(new URL('../../../examples/backend/', import.meta.url));
const files = readdirSync(join(example, 'pages')).sort();
const textOf = (file: string) => readFileSync(join(example, 'pages', file), 'utf8');
const pages = files.filter((file) => file.endsWith('.html'));
const modules = files.filter((file) => file.endsWith('.js'));

describe('the pages of the backend', () => {
  let database: BackendDatabase;
  let backend: RunningBackend;
  beforeAll(async () => {
    database = await openBackendDatabase(majors.at(-1) as Major);
    backend = await startBackend(database.environment);
  }, 300_000);
  afterAll(async () => {
    await backend?.stop();
    await database?.close();
  });

  test('are served, under a policy that allows no script and no style in a page', async () => {
    const mediaTypes = { html: 'text/html', css: 'text/css', js: 'text/javascript' } as const;
    for (const file of ['', ...files]) {
      const response = await fetch(new URL(file, `${backend.url}/`));
      const [, extension = 'html'] = file.split('.') as [string, keyof typeof mediaTypes | undefined];
      expect([file, response.status, response.headers.get('content-type')?.split(';')[0]]).toEqual([
        file,
        200,
        mediaTypes[extension],
      ]);
      expect(await response.text()).toBe(textOf(file || 'index.html'));
      const policy = response.headers.get('content-security-policy') ?? '';
      expect(policy).toMatch(/default-src 'none'/);
      expect(policy).toMatch(/script-src 'self';/);
      expect(policy).toMatch(/style-src 'self';/);
    }
  });

  test('call what the OpenAPI document has, with the parameters and fields that it has', async () => {
    const { paths } = (await (await fetch(`${backend.url}/docs/openapi.json`)).json()) as { paths: Paths };
    const calls = modules.flatMap(callsOf);
    expect(calls.length).toBeGreaterThan(8);
    for (const { module, method, path, query, body } of calls) {
      const operation = paths[matchingPath(paths, path) ?? '']?.[method];
      expect([module, method, path, operation !== undefined]).toEqual([module, method, path, true]);
      const parameters = operation?.parameters.filter((one) => one.in === 'query').map(({ name }) => name) ?? [];
      expect(parameters).toEqual(expect.arrayContaining([...query]));
      const fields = operation?.requestBody?.content['application/json']?.schema.properties ?? {};
      expect(Object.keys(fields)).toEqual(expect.arrayContaining([...body]));
    }
  });
});

describe('each page of the backend', () => {
  test.each(pages)('%s names files and elements that are there, and labels what it asks for', (file) => {
    const text = textOf(file);
    const valuesOf = (pattern: RegExp) => Array.from(text.matchAll(pattern), ([, value = '']) => value);
    const ids = valuesOf(/ id="([^"]*)"/g);
    expect(new Set(ids).size).toBe(ids.length);
    const links = valuesOf(/ (?:href|src)="([^"#][^"]*)"/g).filter((link) => !link.startsWith('data:'));
    expect(files).toEqual(expect.arrayContaining(links));
    const named = [
      ...valuesOf(/ (?:for|aria-describedby|aria-labelledby)="([^"]*)"/g),
      ...valuesOf(/ href="#([^"]*)"/g),
    ];
    expect(ids).toEqual(expect.arrayContaining(named));
    const fields = valuesOf(/<(?:input|select|textarea) id="([^"]*)"/g);
    expect(fields).toHaveLength(valuesOf(/<(input|select|textarea)\b/g).length);
    expect(valuesOf(/<label for="([^"]*)"/g).sort()).toEqual(fields.sort());
    expect(text).toMatch(/^<!doctype html>\n<html lang="en">/);
    expect(text).toContain('<meta name="viewport" content="width=device-width, initial-scale=1">');
    expect(valuesOf(/<(h1)\b/g)).toHaveLength(1);
  });

  test.each(pages)('%s has no script and no style of its own', (file) => {
    const text = textOf(file);
    expect(text).not.toMatch(/<style|\sstyle=|\son\w+=|javascript:/i);
    expect(text.match(/<script\b[^>]*>[^<]*/g)).toEqual([`<script type="module" src="${file.replace('html', 'js')}">`]);
  });

  test.each(pages)('%s has every element that its modules ask for by id', (file) => {
    const text = textOf(file);
    for (const module of loadedBy(file.replace('html', 'js'))) {
      for (const id of idsAskedIn(module))
        expect([module, id, text.includes(` id="${id}"`)]).toEqual([module, id, true]);
    }
  });

  test('offers every status of a booking', () => {
    const offered = Array.from(textOf('bookings.html').matchAll(/<option value="([^"]+)">/g), ([, value]) => value);
    expect(offered).toEqual(BookingStatus.enumValues);
  });
});

describe('the modules of the pages', () => {
  test('import what is there, and take it for what it is', async () => {
    const { exitCode, stdout } = await runCompiler('7.0', ['-p', 'tsconfig.pages.json'], example);
    expect([exitCode, stdout]).toEqual([0, '']);
  });

  // A function that runs before a `const` below it would not find it, and no compiler says so.
  test.each(modules)('%s declares its values before it does anything', (module) => {
    const kinds = parseSync(module, textOf(module)).program.body.map(({ type }) => type);
    const begins = kinds.findIndex((kind) => kind === 'ExpressionStatement' || kind === 'TryStatement');
    expect(begins === -1 ? [] : kinds.slice(begins)).not.toContain('VariableDeclaration');
  });

  test.each(modules)('%s makes no markup and no code from texts', (module) => {
    const text = textOf(module);
    expect(text).not.toMatch(/\b(?:innerHTML|outerHTML|insertAdjacentHTML|createContextualFragment|srcdoc|eval)\b/);
    expect(text).not.toMatch(/\bdocument\.write|\bnew Function\b|DOMParser|setHTML|\.style\b|javascript:/);
  });
});

/** What the test reads of an OpenAPI document. */
type Paths = Readonly<
  Record<
    string,
    Readonly<
      Record<
        string,
        {
          readonly parameters: readonly { readonly in: string; readonly name: string }[];
          readonly requestBody?: {
            readonly content: Readonly<Record<string, { readonly schema: { readonly properties?: object } }>>;
          };
        }
      >
    >
  >
>;

/** A call of the API in a module. */
interface ApiCall {
  readonly module: string;
  readonly method: string;
  /** With `*` for what is filled in. */
  readonly path: string;
  readonly query: readonly string[];
  readonly body: readonly string[];
}

function callsOf(module: string): ApiCall[] {
  const calls: ApiCall[] = [];
  new Visitor({
    CallExpression({ callee, arguments: [method, path, request] }) {
      if (callee.type !== 'Identifier' || callee.name !== 'callApi') return;
      const fields = request?.type === 'ObjectExpression' ? request : undefined;
      calls.push({
        module,
        method: textIn(method as Expression).toLowerCase(),
        path: textIn(path as Expression),
        query: keysOf(fields, 'query'),
        body: keysOf(fields, 'body'),
      });
    },
  }).visit(parseSync(module, textOf(module)).program);
  return calls;
}

/** A literal, or a template with `*` for each of its expressions. */
function textIn(expression: Expression): string {
  if (expression.type === 'Literal') return String(expression.value);
  if (expression.type === 'TemplateLiteral') return expression.quasis.map(({ value }) => value.cooked).join('*');
  throw new Error(`found ${expression.type} in a call of callApi; expected a literal or a template`);
}

/** The keys of an object that is written out under a key; none if a variable stands there. */
function keysOf(object: ObjectExpression | undefined, key: string): string[] {
  const properties = object?.properties.filter((property) => property.type === 'Property') ?? [];
  const nameOf = ({ key }: (typeof properties)[number]) => (key.type === 'Identifier' ? key.name : '');
  const value = properties.find((property) => nameOf(property) === key)?.value;
  if (value?.type !== 'ObjectExpression') return [];
  return value.properties.flatMap((property) => (property.type === 'Property' ? nameOf(property) : []));
}

/** The path of the document that a path of a call fits, `*` for `{…}`. */
function matchingPath(paths: Paths, path: string): string | undefined {
  return Object.keys(paths).find((one) => one.replace(/\{\w+\}/g, '*') === path);
}

/** A module and all that it imports. */
function loadedBy(module: string, found = new Set<string>()): Set<string> {
  if (found.has(module)) return found;
  found.add(module);
  for (const { moduleRequest } of parseSync(module, textOf(module)).module.staticImports) {
    loadedBy(moduleRequest.value.replace('./', ''), found);
  }
  return found;
}

/** The ids that a module asks for, as far as they are written out. */
function idsAskedIn(module: string): string[] {
  const ids = Array.from(textOf(module).matchAll(/elementById\('([^']+)'/g), ([, id = '']) => id);
  const dialogs = Array.from(textOf(module).matchAll(/askForText\('([^']+)'/g), ([, id = '']) => id);
  return [...ids, ...dialogs.flatMap((id) => [id, `${id}-text`, `${id}-error`])];
}
