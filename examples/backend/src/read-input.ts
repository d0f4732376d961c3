import type { Context } from 'hono';
import { z } from 'zod';
import { InvalidRequest } from './problems.ts';
import type { Input, Route } from './route.ts';

/**
 * Reads what a route takes of a request.
 *
 * @throws {InvalidRequest} that names each field which is wrong, and no value.
 */
export async function readInput(route: Route, c: Context): Promise<Input<unknown, unknown, unknown>> {
  return {
    params: parse(route.params ?? nothing, route.params ? c.req.param() : undefined, 'path'),
    query: parse(route.query ?? noFields, c.req.query(), 'query'),
    body: route.body ? parse(route.body, await readJson(c), 'body') : undefined,
  };
}

const nothing = z.undefined();
const noFields = z.strictObject({});

function parse(schema: z.ZodType, value: unknown, place: string): unknown {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const errors = result.error.issues.slice(0, 20).map(({ path, message, code }) => ({
    field: [place, ...path].map(String).join('.'),
    // zod's messages name the rule, but for that of unknown keys, which repeats what was sent.
    message: code === 'unrecognized_keys' ? 'Unknown fields: expected none' : message,
  }));
  throw new InvalidRequest({ status: 400, code: 'invalid-input' }, 'The request does not have its form.', errors);
}

async function readJson(c: Context): Promise<unknown> {
  if (!/^application\/json\s*(;|$)/i.test(c.req.header('content-type') ?? '')) {
    throw new InvalidRequest({ status: 415, code: 'not-json' }, 'expected the header Content-Type: application/json');
  }
  try {
    return JSON.parse(await c.req.text());
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new InvalidRequest({ status: 400, code: 'not-json' }, 'expected a body that is JSON');
  }
}
