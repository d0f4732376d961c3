const http = require('node:http');
const { HttpError, findHttpError } = require('./http-error');

/**
 * A request as routes take it: the parts of the path after `:`, in order.
 *
 * @typedef {{
 *   database: import('./database').Database,
 *   ids: readonly string[],
 *   query: URLSearchParams,
 *   body: import('./input').Input,
 * }} Request
 *
 * @typedef {(request: Request) => Promise<{ status?: number, body: unknown }>} Route
 */

/** @type {Readonly<Record<string, Route>>} */
const routes = {
  'GET /health': async () => ({ body: { status: 'up' } }),
  ...require('./routes/bookings'),
  ...require('./routes/messages'),
  ...require('./routes/reviews'),
  ...require('./routes/social'),
  ...require('./routes/staff'),
};
const patterns = Object.entries(routes).map(([route, answer]) => ({
  pattern: new RegExp(`^${route.replace(/:\w+/g, '([^/]+)')}$`),
  answer,
}));

const maximumOfBody = 64 * 1024;

/**
 * @param {http.IncomingMessage} request
 * @returns {Promise<import('./input').Input>}
 */
async function readBody(request) {
  const chunks = [];
  let size = 0;
  // If it is too long, the answer still has to go out: the connection is not destroyed.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    size += chunk.length;
    if (size > maximumOfBody) throw new HttpError(413, `The body is longer than ${maximumOfBody} bytes.`);
    chunks.push(chunk);
  }
  if (request.method === 'GET') return {};
  try {
    const body = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body;
  } catch {
    // Answered below, as what is JSON and no object is.
  }
  throw new HttpError(400, 'The body is not a JSON object.');
}

/**
 * @param {http.IncomingMessage} request
 * @param {import('./database').Database} database
 */
async function answer(request, database) {
  const address = `http://localhost${request.url}`;
  if (!URL.canParse(address)) throw new HttpError(400, 'The address has no path that can be read.');
  const { pathname, searchParams: query } = new URL(address);
  for (const { pattern, answer } of patterns) {
    const match = pattern.exec(`${request.method} ${pathname}`);
    if (match) return answer({ database, ids: match.slice(1), query, body: await readBody(request) });
  }
  throw new HttpError(404, 'There is no such route.');
}

/** @param {import('./database').Database} database */
function createServer(database) {
  const server = http.createServer(async (request, response) => {
    /** @param {number} status @param {unknown} body */
    const send = (status, body) => {
      response.setHeader('content-type', 'application/json');
      response.setHeader('cache-control', 'no-store');
      // A server that is closing waits for connections that are kept alive.
      if (!server.listening) response.setHeader('connection', 'close');
      response.statusCode = status;
      response.end(JSON.stringify(body));
    };
    try {
      const { status = 200, body } = await answer(request, database);
      send(status, body);
    } catch (error) {
      const known = findHttpError(error);
      // Not the message: that of a driver's error may hold values of a row.
      if (!known) console.error('old-service: a request failed', error instanceof Error ? error.name : typeof error);
      send(known?.status ?? 500, { error: known?.message ?? 'It failed. The log of the service says more.' });
    }
  });
  return server;
}

module.exports = { createServer };
