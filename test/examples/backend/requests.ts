import fc from 'fast-check';
import type { Operation, Schema } from './operations.ts';

// Requests for an operation, from its description alone: some that are valid, some in which one thing is wrong, some that are meant to harm.

/** A request, ready to be sent. */
export interface GeneratedRequest {
  readonly operation: Operation;
  /** With the query string. */
  readonly path: string;
  readonly contentType: string | undefined;
  readonly body: string | undefined;
  /** Who asks. */
  readonly who:
    | 'here'
    | 'here, by cookie'
    | 'elsewhere'
    | 'with the token of another station'
    | 'nobody'
    | 'a stranger';
}

/** Values that a valid request can name, by the name of its field. */
export type Known = Readonly<Record<string, readonly unknown[]>>;

const hostileTexts = [
  '',
  "'; DROP TABLE bookings; --",
  "' OR '1'='1",
  '\u0000',
  'a\u0000b',
  '\ud800',
  '\u202e\u2066',
  '𝕏'.repeat(300),
  'a'.repeat(9_000),
  '../../../etc/passwd',
  '..',
  '<script>alert(1)</script>',
  '__proto__',
  'constructor',
  '${7*7}{{7*7}}',
  'NaN',
  '-1',
  '1e309',
  '9223372036854775808',
  '0x10',
  '1; SELECT pg_sleep(10)',
  'WyIxIl0',
  'bnVsbA',
  '2026-02-30T00:00:00Z',
  '+275760-09-13T00:00:00.000Z',
  '00000000-0000-0000-0000-000000000000',
  '%',
  '%00',
  '%E0%A4%A',
];
const hostileText = fc.oneof(fc.constantFrom(...hostileTexts), fc.string({ unit: 'binary', maxLength: 40 }));
const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  hostileText,
  fc.constantFrom(null, true, 0, -1, 1.5, 2 ** 31, -(2 ** 31), 2 ** 53, 1e300, [], {}, [[]], { $ne: null }),
  fc.constant(Array.from({ length: 500 }, () => ({}))),
  fc.jsonValue({ maxDepth: 3 }),
);

/** A value that the schema describes, or nearly. */
function draw(schema: Schema, name: string, known: Known): fc.Arbitrary<unknown> {
  const values = known[name];
  if (values && values.length > 0) return fc.constantFrom(...values);
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return fc.oneof(...choices.map((choice) => draw(choice, name, known)));
  switch (schema.type) {
    case 'object':
      return recordOf(schema, known);
    case 'array':
      return fc.array(draw(schema.items ?? {}, name, known), { maxLength: Math.min(schema.maxItems ?? 2, 2) });
    case 'integer':
    case 'number':
      return fc.integer({ min: Math.max(schema.minimum ?? 0, 0), max: Math.min(schema.maximum ?? 1000, 100_000) });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    default:
      return textOf(schema);
  }
}

function textOf({ format, pattern, maxLength = 60 }: Schema): fc.Arbitrary<string> {
  const noInvalidDate = true;
  if (format === 'date-time') {
    const [min, max] = [new Date('2020-01-01'), new Date('2035-01-01')];
    return fc.date({ min, max, noInvalidDate }).map((date) => date.toISOString());
  }
  if (format === 'uuid' || format === 'guid') return fc.uuid();
  if (format === 'email') return fc.constant('ada@example.com');
  if (format === 'uri') return fc.webUrl();
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern));
  return fc.string({ minLength: 2, maxLength: Math.min(maxLength, 60), unit: fc.constantFrom(...'abcdefghij KLMNO') });
}

function recordOf({ properties = {}, required = [] }: Schema, known: Known): fc.Arbitrary<Record<string, unknown>> {
  const fields = Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => [name, draw(schema, name, known)]),
  );
  return fc.record(fields, { requiredKeys: required.filter((name) => name in fields) });
}

/** An object in which one thing is wrong. */
const spoiled = (valid: fc.Arbitrary<Record<string, unknown>>): fc.Arbitrary<Record<string, unknown>> =>
  fc
    .tuple(valid, fc.nat(), hostileValue, fc.constantFrom('replaced', 'left out', 'added'))
    .map(([object, at, value, how]) => {
      const names = Object.keys(object);
      const name = names[at % Math.max(1, names.length)] ?? 'field';
      if (how === 'left out') return Object.fromEntries(Object.entries(object).filter(([key]) => key !== name));
      return { ...object, [how === 'added' ? `${name}_` : name]: value };
    });

interface Body {
  readonly contentType: string | undefined;
  readonly text: string | undefined;
}

/** What a generated part of a request may be. */
type Kind = 'valid' | 'any';

function bodyOf({ body }: Operation, known: Known, kind: Kind): fc.Arbitrary<Body> {
  const json = (text: string | undefined): Body => ({ contentType: 'application/json', text });
  if (!body) {
    const none = fc.constant<Body>({ contentType: undefined, text: undefined });
    if (kind === 'valid') return none;
    return fc.oneof(
      { weight: 4, arbitrary: none },
      { weight: 1, arbitrary: hostileValue.map((value) => json(JSON.stringify(value))) },
    );
  }
  const valid = recordOf(body, known);
  if (kind === 'valid') return valid.map((value) => json(JSON.stringify(value)));
  return fc.oneof(
    { weight: 6, arbitrary: valid.map((value) => json(JSON.stringify(value))) },
    { weight: 3, arbitrary: spoiled(valid).map((value) => json(JSON.stringify(value))) },
    { weight: 1, arbitrary: hostileValue.map((value) => json(JSON.stringify(value))) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        json(''),
        json('{'),
        json('{"a":1,"a":2}'),
        json('{"__proto__":{"isAdmin":true}}'),
        json(`${'['.repeat(20_000)}${']'.repeat(20_000)}`),
        json(`"${'x'.repeat(70_000)}"`),
        { contentType: 'text/plain', text: '{}' },
        { contentType: 'application/x-www-form-urlencoded', text: 'a=1' },
        { contentType: undefined, text: undefined },
      ),
    },
  );
}

function pathOf(operation: Operation, known: Known, kind: Kind): fc.Arbitrary<string> {
  const inPath = operation.parameters.filter((parameter) => parameter.in === 'path');
  const inQuery = operation.parameters.filter((parameter) => parameter.in === 'query');
  const text = (value: unknown) => (typeof value === 'string' ? value : String(JSON.stringify(value) ?? value));
  const encoded = (value: unknown) => encodeURIComponent(text(value).replace(/\p{Surrogate}/gu, '\uFFFD')) || '%20';
  const isValid = kind === 'valid';
  const values = fc.tuple(
    ...inPath.map(({ name, schema }) => {
      const valid = draw(schema, name, known).map(encoded);
      if (isValid) return valid;
      const broken = fc.constantFrom('%', '%00', '%E0%A4%A', '%2e%2e%2f', '%ff');
      return fc.oneof({ weight: 8, arbitrary: valid }, hostileText.map(encoded), broken);
    }),
  );
  // Each is left out more often than not: of several at once, most would be refused for the first.
  const query = fc.record(
    Object.fromEntries(
      (isValid ? [] : inQuery).map(({ name, schema }) => [
        name,
        fc.oneof(
          { weight: 6, arbitrary: fc.constant(undefined) },
          { weight: 3, arbitrary: draw(schema, name, known).map(encoded) },
          hostileText.map(encoded),
        ),
      ]),
    ),
  );
  const odd = fc.constantFrom('limit[]=1', 'unknown=1', 'limit=1&limit=2', '%', '=', 'a=%ff');
  const extra = isValid ? fc.constant('') : fc.oneof({ weight: 12, arbitrary: fc.constant('') }, odd);
  return fc.tuple(values, query, extra).map(([parts, fields, more]) => {
    const path = inPath.reduce(
      (url, { name }, index) => url.replace(`{${name}}`, () => parts[index] ?? ''),
      operation.path,
    );
    const pairs = [
      ...Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`])),
      ...(more ? [more] : []),
    ];
    return pairs.length > 0 ? `${path}?${pairs.join('&')}` : path;
  });
}

const whos = fc.oneof(
  { weight: 6, arbitrary: fc.constant('here' as const) },
  { weight: 3, arbitrary: fc.constantFrom('here, by cookie' as const, 'elsewhere' as const) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('with the token of another station' as const, 'nobody' as const, 'a stranger' as const),
  },
);

/** Requests to the operations, each in its turn. */
export function requestsTo(operations: readonly Operation[], known: Known, count: number): GeneratedRequest[] {
  return operations.flatMap((operation, index) => {
    const share = Math.ceil((count - index) / operations.length);
    const mixed = fc.tuple(pathOf(operation, known, 'any'), bodyOf(operation, known, 'any'), whos);
    const valid = fc.tuple(
      pathOf(operation, known, 'valid'),
      bodyOf(operation, known, 'valid'),
      fc.constant('here' as const),
    );
    const request = fc
      .oneof(mixed, valid)
      .map(([path, { contentType, text: body }, who]) => ({ operation, path, contentType, body, who }));
    return fc.sample(request, share);
  });
}
