import { readFile } from 'node:fs/promises';
import type { Ajv } from 'ajv';
import schema from '../../../import-map.schema.json' with { type: 'json' };
import { InvalidInput } from '../../errors.ts';
import type { ImportMap } from '../../import-map.ts';
import { rejectChains } from './moved.ts';

/**
 * Reads an import map from a JSON file and checks it against the published schema.
 *
 * Throws `InvalidInput` if the file cannot be read, is not JSON, has another shape, or chains moves.
 *
 * @example
 * const map = await readImportMap('moved.json');
 */
export async function readImportMap(path: string): Promise<ImportMap> {
  const map = parsed(path, await textOf(path));
  const problem = await problemIn(map);
  if (problem) {
    const next = 'set "$schema" in it to canonical-models/import-map.schema.json, and mend what the editor marks';
    throw new InvalidInput({
      object: `${path}${problem.at}`,
      found: problem.found,
      expected: problem.expected,
      next,
    });
  }
  rejectChains(map as ImportMap, path);
  return map as ImportMap;
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const found = cause instanceof Error ? cause.message : String(cause);
    throw new InvalidInput({
      object: path,
      found,
      expected: 'a JSON file with an import map',
      next: 'name a file that can be read after --map',
      cause,
    });
  }
}

function parsed(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const found = cause instanceof Error ? cause.message : String(cause);
    throw new InvalidInput({ object: path, found, expected: 'JSON', next: 'mend the file', cause });
  }
}

/** What keeps a value from being an import map, if anything does. */
async function problemIn(value: unknown): Promise<{ at: string; found: string; expected: string } | undefined> {
  const { Ajv } = (await import('ajv')) as { Ajv: new (options: object) => Ajv };
  const validate = new Ajv({ allErrors: false, strict: false }).compile(schema);
  if (validate(value)) return undefined;
  const [error] = validate.errors ?? [];
  const at = error?.instancePath ?? '';
  const found = JSON.stringify(at.split('/').slice(1).map(unescaped).reduce(memberOf, value)) ?? 'nothing';
  const detail = Object.values((error?.params ?? {}) as Record<string, unknown>).map(String);
  return {
    at: at === '' ? '' : ` at ${at}`,
    found: found.length > 80 ? `${found.slice(0, 79)}…` : found,
    expected: `a value that ${error?.message ?? 'fits the schema'}${error?.keyword === 'additionalProperties' ? `, not even "${detail.join()}"` : ''}`,
  };
}

function unescaped(step: string): string {
  return step.replaceAll('~1', '/').replaceAll('~0', '~');
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
