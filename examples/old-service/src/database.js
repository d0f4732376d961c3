const { drizzle } = require('drizzle-orm/node-postgres');
const pg = require('pg');

/** @typedef {ReturnType<typeof createDatabase>} Database */

/**
 * The two ways in which this service reads and writes: Drizzle with the models, and SQL of its own.
 *
 * @param {string} url
 */
function createDatabase(url) {
  const pool = new pg.Pool({
    connectionString: url,
    max: 5,
    connectionTimeoutMillis: 5_000,
    statement_timeout: 10_000,
  });
  // An idle connection that the server closed: the pool opens another one.
  pool.on('error', () => console.error('old-service: lost an idle connection to the database'));
  return { pool, db: drizzle({ client: pool }) };
}

module.exports = { createDatabase };
