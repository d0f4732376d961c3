import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unregisterSchema } from '@hyperjump/json-schema';
import { registerSchema, validate } from '@hyperjump/json-schema/draft-07';
import fc from 'fast-check';
import ts from 'typescript';
import { afterAll, describe, expect, test } from 'vitest';
import { buildImportMap } from '../../../src/registry/import-map.ts';
import { renames } from '../../../src/registry/renames.ts';
import { findMapProblem, readImportMap } from '../../../src/tools/codemod/map-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'canonical-models-map-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Writes a map and reads it as the command does. */
async function reading(content: unknown) {
  const path = join(folder, 'map.json');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return readImportMap(path);
}

interface Schema {
  readonly required?: readonly string[];
  readonly properties: Record<string, { readonly description: string }>;
}
const schema = JSON.parse(readFileSync('import-map.schema.json', 'utf8')) as Schema & {
  definitions: Record<string, Schema>;
};

test('the published schema has the properties and descriptions of the types', () => {
  const file = 'src/registry/import-map.ts';
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  const interfaces = source.statements.filter(ts.isInterfaceDeclaration);
  const described = interfaces.map(({ name, members }) => {
    const properties = members.filter(ts.isPropertySignature).map((property) => {
      const words = ts.getTextOfJSDocComment(ts.getJSDocCommentsAndTags(property).find(ts.isJSDoc)?.comment);
      return { name: property.name.getText(), words, required: property.questionToken === undefined };
    });
    return [name.text, properties];
  });
  const published = Object.entries({ ...schema.definitions, ImportMap: schema }).map(
    ([name, { properties, required = [] }]) => [
      name,
      Object.entries(properties).map(([property, { description }]) => ({
        name: property,
        words: description,
        required: required.includes(property),
      })),
    ],
  );
  expect(Object.fromEntries(published)).toEqual(Object.fromEntries(described));
});

describe('the check of --map and the published schema', () => {
  const uri = 'https://example.com/import-map.schema.json';
  registerSchema({ ...(schema as object), $id: uri } as Parameters<typeof registerSchema>[0], uri);
  afterAll(() => unregisterSchema(uri));

  /** Maps, and what is nearly one: a value of any kind in the place of any part, properties too many and too few. */
  const leaf = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom('a', '@acme/identity', 'B', '$', '_b1', 'ä', '𝒳', '', 'd e', '1a', 'a-b') },
    fc.constantFrom(0, 1, 2, true, false, null, [], {}),
  );
  const names = fc.constantFrom('module', 'name', 'typeOnly', 'reason', 'since', 'removedIn', 'symbols', 'extra');
  const symbol = fc.oneof(
    leaf,
    fc.record({ module: leaf, name: leaf, typeOnly: fc.oneof(leaf, fc.boolean()), reason: leaf }, { requiredKeys: [] }),
    fc.dictionary(names, leaf),
  );
  const keys = fc.constantFrom('a', 'default', 'a/b', 'toString');
  const moved = fc.oneof(
    leaf,
    fc.record({ module: leaf, symbols: fc.dictionary(keys, symbol), since: leaf }, { requiredKeys: [] }),
    fc.dictionary(names, leaf),
  );
  const kept = fc.oneof(leaf, fc.dictionary(keys, fc.oneof(leaf, fc.array(leaf, { maxLength: 2 }))));
  const map = fc.oneof(
    leaf,
    fc.record(
      { $schema: leaf, version: fc.constantFrom(1, 2, '1'), modules: fc.dictionary(keys, moved), kept, extra: leaf },
      { requiredKeys: [] },
    ),
    fc.record({ version: fc.constant(1), modules: fc.dictionary(keys, moved) }),
    fc.record({ version: fc.constant(1), modules: fc.constant({}), kept }),
  );

  test('accept and refuse the same', async () => {
    const published = await validate(uri);
    const accepted = { yes: 0, no: 0 };
    fc.assert(
      fc.property(map, (value) => {
        const problem = findMapProblem(value);
        accepted[problem ? 'no' : 'yes']++;
        expect(problem === undefined, JSON.stringify(problem)).toBe(
          published(value as Parameters<typeof published>[0]).valid,
        );
      }),
      { numRuns: 1000 },
    );
    expect(Math.min(accepted.yes, accepted.no)).toBeGreaterThan(20);
  });
});

test("the package's own map fits it", async () => {
  const map = buildImportMap(renames);
  expect(await reading({ $schema: './import-map.schema.json', ...map })).toMatchObject(map);
});

test.each([
  ['no JSON', '{', /map\.json: found .*JSON/],
  ['no object', [], /map\.json: found \[\]; expected an object/],
  ['no version', { modules: {} }, /map\.json: found \{"modules":\{\}\}; expected an object with "version"/],
  ['another version', { version: 2, modules: {} }, /map\.json at \/version: found 2; expected 1/],
  ['an unknown property', { version: 1, modules: {}, extra: 1 }, /at \/extra: found 1; expected no such property/],
  [
    'a symbol without a module',
    { version: 1, modules: { a: { symbols: { B: {} } } } },
    /at \/modules\/a\/symbols\/B: found \{\}; expected an object with "module"/,
  ],
  [
    'a name that is none',
    { version: 1, modules: { 'a/b': { symbols: { B: { module: 'c', name: 'd e' } } } } },
    /at \/modules\/a~1b\/symbols\/B\/name: found "d e"; expected a name that JavaScript can import/,
  ],
  [
    'a flag that is none',
    { version: 1, modules: { a: { symbols: { B: { module: 'c', typeOnly: 1 } } } } },
    /typeOnly: found 1/,
  ],
  ['a chain', { version: 1, modules: { a: { module: 'b' }, b: { module: 'c' } } }, /map\.json: a: found a move to b/],
])('%s is refused, and the refusal says where and what', async (_what, content, message) => {
  await expect(reading(content)).rejects.toMatchObject({
    name: 'InvalidInput',
    message: expect.stringMatching(message),
  });
});

test('a file that does not exist is refused, and the error names it', async () => {
  await expect(readImportMap(join(folder, 'none.json'))).rejects.toMatchObject({
    name: 'InvalidInput',
    object: join(folder, 'none.json'),
  });
});
