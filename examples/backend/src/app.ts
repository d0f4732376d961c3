import { randomUUID } from 'node:crypto';
import { serveStatic } from '@hono/node-server/serve-static';
import { Hono, type MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { csrf } from 'hono/csrf';
import { timeout } from 'hono/timeout';
import { documentPages } from './document-pages.ts';
import { codeOf, log } from './log.ts';
import { buildDocument } from './openapi.ts';
import { answerTo, InvalidRequest, troubleOf } from './problems.ts';
import { rateLimit } from './rate-limit.ts';
import { readInput } from './read-input.ts';
import type { Services } from './route.ts';
import { readRoutes } from './routes.ts';

/** What a request carries along: its id, and the pattern of its route for the log. */
type Env = { Variables: { requestId: string; route?: string } };

/**
 * Scripts and styles are files of the service, and no other site shows its pages in a frame. They are set before a route runs: set on its
 * answer they would make the server build it twice, which takes as long as a query.
 */
const securityHeaders = [
  [
    'content-security-policy',
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  ],
  ['cross-origin-opener-policy', 'same-origin'],
  ['cross-origin-resource-policy', 'same-origin'],
  ['referrer-policy', 'no-referrer'],
  ['strict-transport-security', 'max-age=15552000'],
  ['x-content-type-options', 'nosniff'],
] as const;

/** The service as a function from requests to answers. */
export async function buildApp(services: Services): Promise<Hono<Env>> {
  const { settings } = services;
  const folders = await readRoutes();
  const app = new Hono<Env>();

  app.use(async (c, next) => {
    const started = performance.now();
    const requestId = randomUUID();
    c.set('requestId', requestId);
    c.header('x-request-id', requestId);
    for (const [name, value] of securityHeaders) c.header(name, value);
    await next();
    log('info', 'answered', {
      requestId,
      method: c.req.method,
      route: c.get('route') ?? 'file',
      status: c.res.status,
      milliseconds: Math.round(performance.now() - started),
      ...(c.error && { code: codeOf(c.error) }),
    });
  });
  app.onError((error, c) => {
    const trouble = troubleOf(error);
    if (trouble.status === 500) log('error', 'a defect', { requestId: c.get('requestId'), code: codeOf(error) });
    return answerTo(c, trouble);
  });
  app.notFound((c) => answerTo(c, { status: 404, code: 'no-such-page' }));

  // Before the limit: a page is a dozen files.
  const files = serveStatic({ root: new URL('../pages/', import.meta.url).pathname });
  app.use((c, next) => (c.req.path.startsWith('/api/') ? next() : files(c, next)));
  app.use(rateLimit({ perSecond: settings.requestsPerSecond, proxies: settings.proxies }));
  // Another site can have a browser send its cookie, and no header of its own.
  const protect = csrf();
  app.use((c, next) => (c.req.header('authorization') ? next() : protect(c, next)));
  app.use(timeout(10_000));
  const maxSize = 64 * 1024;
  const onError = () => {
    throw new InvalidRequest({ status: 413, code: 'too-large' }, 'expected a body of at most 64 kB');
  };
  const limitStream = bodyLimit({ maxSize, onError });
  const limit: MiddlewareHandler = (c, next) => {
    const length = c.req.header('content-length');
    // bodyLimit compares the length, too, but opens the body as a stream before, which takes longer than all else here.
    if (length === undefined || c.req.header('transfer-encoding') !== undefined) return limitStream(c, next);
    return Number(length) > maxSize ? onError() : next();
  };

  for (const { routes } of folders) {
    for (const route of routes) {
      if (route.body) app.on(route.method.toUpperCase(), route.path, limit);
      app.on(route.method.toUpperCase(), route.path, async (c) => {
        c.set('route', route.path);
        const result = await route.run(services, c, await readInput(route, c));
        if (result instanceof Response) return result;
        c.header('cache-control', 'no-store');
        return result === undefined ? c.body(null, 204) : c.json(result as object, route.status === 201 ? 201 : 200);
      });
    }
  }

  app.route('/docs', documentPages(buildDocument(folders, settings.site.url)));
  return app;
}
