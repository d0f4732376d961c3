import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { serveStatic } from '@hono/node-server/serve-static';
import { Hono } from 'hono';

const start = `window.ui = SwaggerUIBundle({
  url: './openapi.json',
  dom_id: '#swagger-ui',
  presets: [SwaggerUIBundle.presets.apis],
  validatorUrl: null,
});
`;

/** Where Swagger UI is. To import it would load all of it into the service. */
const files = dirname(fileURLToPath(import.meta.resolve('swagger-ui-dist/package.json')));

/** The OpenAPI document, and Swagger UI from the disk to read it with: `/docs/`. */
export function documentPages(document: object): Hono {
  const pages = new Hono();
  const text = JSON.stringify(document);
  pages.get('/openapi.json', (c) => c.body(text, 200, { 'content-type': 'application/json' }));
  pages.get('/swagger-initializer.js', (c) => c.body(start, 200, { 'content-type': 'text/javascript' }));
  pages.get('/', (c, next) => (c.req.path.endsWith('/') ? next() : Promise.resolve(c.redirect('/docs/', 301))));
  pages.use('/*', serveStatic({ root: files, rewriteRequestPath: (path) => path.replace(/^\/docs/, '') }));
  return pages;
}
