import { z } from 'zod';

/** A form that text must have, such as {@link emailAddress}. */
export type Form = z.core.$ZodCheck<string>;

/**
 * A check with its JSON Schema. zod's own checks put that into the bag of the schema that they are attached to, where
 * `z.toJSONSchema` finds it; so does this.
 */
export function saidCheck<T>(check: z.core.CheckFn<T>, { pattern, length, format }: Said): z.core.$ZodCheck<T> {
  const said = z.check<T>(check);
  said._zod.onattach.push(({ _zod: { bag } }) => {
    if (pattern !== undefined) bag['patterns'] = new Set([pattern]);
    if (length !== undefined) bag['maximum'] = length;
    if (format !== undefined) bag['format'] = format;
  });
  return said;
}

interface Said {
  readonly pattern?: RegExp | undefined;
  /** The maximum number of characters. */
  readonly length?: number | undefined;
  readonly format?: 'date' | undefined;
}

/** @internal The same schema, with the JSON Schema that `z.toJSONSchema` returns for it. It has no parent, whose JSON Schema zod would look up. */
export function withJsonSchema<S extends z.ZodType>(schema: S, jsonSchema: () => z.core.JSONSchema.BaseSchema): S {
  const described = z.clone(schema, schema._zod.def);
  described._zod.toJSONSchema = () => ({ ...jsonSchema() });
  return described;
}
