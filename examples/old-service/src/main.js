const { createDatabase } = require('./database');
const { createServer } = require('./server');

const { DATABASE_URL, PORT = '8004' } = process.env;
if (!DATABASE_URL) {
  console.error('old-service: found no DATABASE_URL; expected the address of the migrated database, as postgres://…');
  process.exit(2);
}

const database = createDatabase(DATABASE_URL);
const server = createServer(database);

server.once('error', (error) => {
  console.error(`old-service: could not listen on port ${PORT}: ${error.message}`);
  process.exit(2);
});
server.listen(Number(PORT), '127.0.0.1', () => {
  const address = server.address();
  console.log(`old-service: http://127.0.0.1:${typeof address === 'object' ? address?.port : address}`);
});

/** Answers what has begun, and ends. */
function stop() {
  server.close(() => void database.pool.end());
}
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
