import { z } from 'zod';
import { flawOf, type Payload } from './column-limits.ts';
import type { JsonValue } from './columns.ts';

/** How deep JSON may be nested. PostgreSQL accepts a few thousand levels, depending on its stack. */
const deepestJson = 1_000;

/** Replaces the value with a plain copy, so that what is stored is what was checked. */
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
 * Copies the value.
 *
 * @param path Where the value is. If it holds anything that PostgreSQL does not store as JSON unchanged, this ends as the path to it.
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
