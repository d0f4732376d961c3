import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGenerator } from 'ts-json-schema-generator';
import { afterAll, expect, test } from 'vitest';
import { importMap } from '../../../src/import-map.ts';
import { renames } from '../../../src/renames.ts';
import { readImportMap } from '../../../src/tools/codemod/map-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'canonical-models-map-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Writes a map and reads it as the command does. */
async function reading(content: unknown) {
  const path = join(folder, 'map.json');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return readImportMap(path);
}

test('the published schema is the one of the type (vitest run -u writes it)', async () => {
  const config = { path: 'src/import-map.ts', tsconfig: 'tsconfig.json', type: 'ImportMap', topRef: false };
  const schema = createGenerator({ ...config, skipTypeCheck: true }).createSchema('ImportMap');
  const $comment = 'Made from the type ImportMap in src/import-map.ts by its test: npx vitest run -u map-file';
  const published = `${JSON.stringify({ $comment, title: 'Import map', ...schema }, null, 2)}\n`;
  await expect(published).toMatchFileSnapshot('../../../import-map.schema.json');
}, 60_000);

test("the package's own map fits it", async () => {
  const map = importMap(renames);
  expect(await reading({ $schema: './import-map.schema.json', ...map })).toMatchObject(map);
});

test.each([
  ['no JSON', '{', /map\.json: found .*JSON/],
  ['no object', [], /map\.json: found \[\]; expected a value that must be object/],
  ['no version', { modules: {} }, /must have required property 'version'/],
  [
    'another version',
    { version: 2, modules: {} },
    /at \/version: found 2; expected a value that must be equal to constant/,
  ],
  ['an unknown property', { version: 1, modules: {}, extra: 1 }, /additional properties, not even "extra"/],
  [
    'a symbol without a module',
    { version: 1, modules: { a: { symbols: { B: {} } } } },
    /at \/modules\/a\/symbols\/B: found \{\}/,
  ],
  [
    'a name that is none',
    { version: 1, modules: { 'a/b': { symbols: { B: { module: 'c', name: 'd e' } } } } },
    /found "d e"/,
  ],
  ['a chain', { version: 1, modules: { a: { module: 'b' }, b: { module: 'c' } } }, /map\.json: a: found a move to b/],
])('%s is refused, and the refusal says where and what', async (_what, content, message) => {
  await expect(reading(content)).rejects.toMatchObject({
    name: 'InvalidInput',
    message: expect.stringMatching(message),
  });
});

test('a file that is not there is refused by its name', async () => {
  await expect(readImportMap(join(folder, 'none.json'))).rejects.toMatchObject({
    name: 'InvalidInput',
    object: join(folder, 'none.json'),
  });
});

test('the schema speaks of every property in words', () => {
  const schema = JSON.parse(readFileSync('import-map.schema.json', 'utf8')) as {
    definitions: Record<string, { properties: object }>;
  };
  const properties = Object.values(schema.definitions).flatMap((definition) => Object.values(definition.properties));
  expect(properties.every((property) => typeof property.description === 'string')).toBe(true);
});
