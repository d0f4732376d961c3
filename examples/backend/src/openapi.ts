import { z } from 'zod';
import { Problem } from './problems.ts';
import type { Route } from './route.ts';
import type { RouteFolder } from './routes.ts';

const titles: Readonly<Record<number, string>> = {
  301: 'It has another address now.',
  400: 'The request does not have its form.',
  401: 'No session, or one that is not valid.',
  403: 'The session does not permit it.',
  404: 'There is no such thing at the station.',
  409: 'The present state does not allow it.',
  413: 'The body is too large.',
  415: 'The body is not JSON.',
  429: 'Too many requests.',
  503: 'The database does not answer. Repeat the request.',
  504: 'It took too long.',
};

/** What a route answers besides success. */
function refusalsOf(route: Route): number[] {
  const ofAll = [400, 429, 503, 504];
  const ofStation = route.access === 'station' ? [401, 403] : route.method === 'get' ? [] : [403];
  const ofBody = route.body ? [413, 415] : [];
  return [...ofAll, ...ofStation, ...ofBody, ...(route.refuses ?? [])].sort((a, b) => a - b);
}

interface Schema {
  readonly properties?: Readonly<Record<string, object>>;
  readonly required?: readonly string[];
}

/** As it stands on the wire: a date is a text, and what has a default may be left out. */
function schemaOf(type: z.ZodType): Schema {
  const { $schema: _, ...schema } = z.toJSONSchema(type, {
    target: 'draft-2020-12',
    io: 'input',
    unrepresentable: 'any',
  });
  return schema as Schema;
}

function parametersOf(type: z.ZodType | undefined, place: 'path' | 'query'): object[] {
  if (!type) return [];
  const { properties = {}, required = [] } = schemaOf(type);
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema,
  }));
}

function contentOf(answer: Route['answer']): object | undefined {
  if (answer === undefined) return undefined;
  if (typeof answer === 'string')
    return { [answer]: { schema: { type: answer.endsWith('json') ? 'object' : 'string' } } };
  return { 'application/json': { schema: schemaOf(answer) } };
}

function operationOf(route: Route, tag: string): object {
  const content = contentOf(route.answer);
  const refused = refusalsOf(route).map((status) => [
    status,
    {
      description: titles[status],
      ...(status !== 301 && {
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      }),
    },
  ]);
  return {
    tags: [tag],
    summary: route.summary,
    parameters: [...parametersOf(route.params, 'path'), ...parametersOf(route.query, 'query')],
    ...(route.body && { requestBody: { required: true, content: contentOf(route.body) } }),
    responses: {
      [route.status ?? 200]: { description: 'Done.', ...(content && { content }) },
      ...Object.fromEntries(refused),
    },
    ...(route.access === 'station' && { security: [{ session: [] }, { token: [], station: [] }] }),
  };
}

/** The OpenAPI document of all routes. */
export function buildDocument(folders: readonly RouteFolder[], server: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const { name, routes } of folders) {
    for (const route of routes) {
      const path = route.path.replace(/:(\w+)/g, '{$1}');
      paths[path] = { ...paths[path], [route.method]: operationOf(route, name) };
    }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Example backend', version: '1.0.0' },
    servers: [{ url: server }],
    paths,
    components: {
      schemas: { Problem: schemaOf(Problem) },
      securitySchemes: {
        session: { type: 'apiKey', in: 'cookie', name: 'session' },
        token: { type: 'http', scheme: 'bearer' },
        station: { type: 'apiKey', in: 'header', name: 'Station-Id' },
      },
    },
  };
}
