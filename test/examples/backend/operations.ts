import '@hyperjump/json-schema/formats';
import { registerSchema, validate } from '@hyperjump/json-schema/draft-2020-12';

/** A JSON Schema, as far as the generator of requests reads it. */
export interface Schema {
  readonly type?: string;
  readonly format?: string;
  readonly pattern?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
}

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly required: boolean;
  readonly schema: Schema;
}

type Content = Readonly<Record<string, { readonly schema: Schema }>>;

/** One operation of an OpenAPI document. */
export interface Operation {
  /** As in `get /api/bookings`. */
  readonly name: string;
  readonly method: string;
  /** As in `/api/customers/{customerId}`. */
  readonly path: string;
  readonly isOfStation: boolean;
  readonly parameters: readonly Parameter[];
  readonly body: Schema | undefined;
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>;
  /** Whether a JSON answer of that status has its documented form. */
  accepts(status: number, contentType: string, body: string): Promise<boolean>;
}

interface Document {
  readonly openapi: string;
  readonly paths: Readonly<
    Record<
      string,
      Readonly<
        Record<
          string,
          Pick<Operation, 'parameters' | 'responses'> & {
            readonly requestBody?: { readonly content: Content };
            readonly security?: readonly object[];
          }
        >
      >
    >
  >;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

/** The operations of a document. */
export function operationsOf(document: Document): Operation[] {
  const validators = new Map<string, Promise<(body: unknown) => boolean>>();
  const validatorOf = (key: string, schema: Schema) => {
    const known = validators.get(key) ?? compile(schema);
    validators.set(key, known);
    return known;
  };
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { parameters, responses, requestBody, security }]): Operation => {
      const name = `${method} ${path}`;
      return {
        name,
        method: method.toUpperCase(),
        path,
        isOfStation: security !== undefined,
        parameters,
        body: requestBody?.content['application/json']?.schema,
        responses,
        async accepts(status, contentType, body) {
          const content = responses[status]?.content;
          if (content === undefined) return body === '' || status === 301;
          const type = contentType.split(';')[0] ?? '';
          const documented = content[type];
          if (documented === undefined) return false;
          if (!type.endsWith('json')) return body !== '';
          const isProblem = type === 'application/problem+json';
          const schema = isProblem ? (document.components.schemas['Problem'] as Schema) : documented.schema;
          const isValid = await validatorOf(isProblem ? 'problem' : `${name} ${status}`, schema);
          return isValid(JSON.parse(body));
        },
      };
    }),
  );
}

let registered = 0;

async function compile(schema: Schema): Promise<(body: unknown) => boolean> {
  const id = `https://backend.example/${++registered}`;
  registerSchema(schema as Parameters<typeof registerSchema>[0], id, 'https://json-schema.org/draft/2020-12/schema');
  const isValid = await validate(id);
  return (body) => isValid(body as Parameters<typeof isValid>[0]).valid;
}
