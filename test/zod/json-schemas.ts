import '@hyperjump/json-schema/formats';
import { setShouldValidateFormat, unregisterSchema } from '@hyperjump/json-schema';
import { registerSchema, validate } from '@hyperjump/json-schema/draft-2020-12';
import '@hyperjump/json-schema/openapi-3-0';
import { z } from 'zod';

// The JSON Schemas are checked with an implementation of JSON Schema and OpenAPI that knows nothing about zod.
setShouldValidateFormat(true);

const dialects = {
  'draft-2020-12': 'https://json-schema.org/draft/2020-12/schema',
  'openapi-3.0': 'https://spec.openapis.org/oas/3.0/dialect',
} as const;

/** A JSON Schema that `z.toJSONSchema` made, as a validator reads it. */
export interface Validator {
  /** As in `openapi-3.0, input`. */
  readonly name: string;
  accepts(body: unknown): boolean;
}

/**
 * The JSON Schemas of a schema: of its input and its output unless one is asked for, in both dialects.
 *
 * @throws if `z.toJSONSchema` cannot express something, or its result is not valid in the dialect.
 */
export async function jsonSchemasOf(
  schema: z.ZodType,
  sides: readonly ('input' | 'output')[] = ['input', 'output'],
): Promise<Validator[]> {
  const kinds = sides.flatMap((io) => (['draft-2020-12', 'openapi-3.0'] as const).map((target) => ({ io, target })));
  return Promise.all(kinds.map((kind) => validatorOf(schema, kind)));
}

let registered = 0;

async function validatorOf(
  schema: z.ZodType,
  { io, target }: { io: 'input' | 'output'; target: keyof typeof dialects },
): Promise<Validator> {
  const { $schema, ...jsonSchema } = z.toJSONSchema(schema, { io, target });
  const id = `https://schemas.example/${++registered}`;
  registerSchema(jsonSchema as Parameters<typeof registerSchema>[0], id, dialects[target]);
  try {
    const validator = await validate(id);
    return { name: `${target}, ${io}`, accepts: (body) => validator(body as Parameters<typeof validator>[0]).valid };
  } finally {
    unregisterSchema(id);
  }
}
