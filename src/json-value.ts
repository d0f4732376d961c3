import { z } from 'zod';
import { flawOf, type Payload } from './column-limits.ts';
import type { JsonValue } from './columns.ts';

/** How deep JSON may be nested. PostgreSQL takes some thousand levels, as many as its stack has room for. */
const deepestJson = 1_000;

/** Puts a plain copy of the value in its place, so that what is stored is what was checked. */
export function copyJson(payload: Payload<unknown>): void {
  const { value: input } = payload;
  const path: PropertyKey[] = [];
  try {
    payload.value = jsonOf(input, path);
  } catch (error) {
    if (!(error instanceof NotJson)) throw error;
    payload.issues.push({ code: 'custom', message: `Invalid JSON: ${error.message}`, path, input });
  }
}

class NotJson extends Error {}

/**
 * A copy of the value.
 *
 * @param path Where the value stands; where it does not hold JSON that PostgreSQL stores as it is, it ends as the path to the flaw.
 * @throws NotJson
 */
function jsonOf(value: unknown, path: PropertyKey[]): JsonValue {
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (typeof value === 'string') return jsonText(value);
  const child = (key: PropertyKey, inner: unknown): JsonValue => {
    path.push(key);
    if (path.length > deepestJson) throw new NotJson(`nested more than ${deepestJson} deep, or without end`);
    const copy = jsonOf(inner, path);
    path.pop();
    return copy;
  };
  if (Array.isArray(value)) return Array.from(value, (inner, index) => child(index, inner));
  if (z.core.util.isPlainObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [jsonText(key), child(key, inner)]));
  }
  throw new NotJson(`received ${nameOf(value)}`);
}

function jsonText(value: string): string {
  const flaw = flawOf(value);
  if (flaw) throw new NotJson(flaw);
  return value;
}

function nameOf(value: unknown): string {
  if (typeof value === 'number') return String(value);
  return typeof value === 'object' ? 'an object of a class' : typeof value;
}
